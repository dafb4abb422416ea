// SPDX-License-Identifier: GPL-2.0-only
/* The fields of an exit and of a loss. */
#include "format/fields_internal.h"

#include <sys/wait.h>

#include "event/event_names.h"

/* ---- an exit ---- */

GET(field_get_status_code, struct event)
{
	if (WIFEXITED(from->exit.code))
		set_number(ret, WEXITSTATUS(from->exit.code));
}

GET(field_get_status_signal, struct event)
{
	static int number;
	number = WTERMSIG(from->exit.code);
	set_object(ret, &number_set, number ? &number : NULL);
}

GET(field_get_status_core, struct event)
{
	set_bool(ret, WCOREDUMP(from->exit.code));
}

static const struct field status_fields[] = {
	{ NAME("code"), NULL, 0, field_get_status_code, "" },
	{ NAME("signal"), NULL, 0, field_get_status_signal, "" },
	{ NAME("core"), NULL, 0, field_get_status_core, "" },
};
static const struct field_set status_set = { SET(status_fields) };

static void fields_set_present(struct value *ret, const struct field_set *set,
			       const struct task *task)
{
	set_object(ret, set, task->present ? task : NULL);
}

/* ---- a signal of its story ---- */

GET(field_get_target_pid, struct cause_target)
{
	set_pid(ret, from->ref.vpid);
}

GET(field_get_target_comm, struct cause_target)
{
	set_text(ret, from->comm, comm_length(from->comm));
}

static const struct field target_fields[] = {
	{ NAME("pid"), NULL, 0, field_get_target_pid, "" },
	{ NAME("comm"), NULL, 0, field_get_target_comm, "" },
};
static const struct field_set target_set = { SET(target_fields) };

GET(field_get_step_target, struct cause_step)
{
	set_object(ret, &target_set, &from->target);
}

GET(field_get_step_seq, struct cause_step)
{
	if (from->seq)
		set_number(ret, from->seq);
}

GET(field_get_step_signal, struct cause_step)
{
	set_object(ret, &number_set, &from->signal);
}

GET(field_get_step_result, struct cause_step)
{
	set_string(ret, name_of_result(from->result));
}

GET(field_get_step_sender, struct cause_step)
{
	fields_set_present(ret, &step_sender_set, &from->sender);
}

GET(field_get_step_origin, struct cause_step)
{
	set_string(ret, name_of_origin(from->origin));
}

GET(field_get_step_delay, struct cause_step)
{
	if (from->delay_ns)
		set_number(ret, from->delay_ns);
}

static const struct field step_fields[] = {
	{ NAME("seq"), NULL, 0, field_get_step_seq, "" },
	{ NAME("signal"), NULL, 0, field_get_step_signal, "" },
	{ NAME("result"), NULL, 0, field_get_step_result, "" },
	{ NAME("target"), NULL, 0, field_get_step_target, "" },
	{ NAME("sender"), NULL, 0, field_get_step_sender, "" },
	{ NAME("origin"), NULL, 0, field_get_step_origin, "" },
	{ NAME("delay_ns"), NULL, 0, field_get_step_delay, "" },
};
static const struct field_set step_set = { SET(step_fields) };

static void fields_set_steps(struct value *ret, const struct cause_steps *steps)
{
	ret->kind = VALUE_STEPS;
	ret->set = &step_set;
	ret->n = steps ? steps->n : 0;
	ret->steps = steps ? steps->items : NULL;
}

/* ---- the cause ---- */

GET(field_get_cause_seq, struct event)
{
	if (from->exit.cause.seq)
		set_number(ret, from->exit.cause.seq);
}

GET(field_get_cause_signal, struct event)
{
	set_object(ret, &number_set, &from->exit.cause.signal);
}

GET(field_get_cause_target, struct event)
{
	set_object(ret, &target_set, &from->exit.cause.target);
}

GET(field_get_cause_sender, struct event)
{
	fields_set_present(ret, &cause_sender_set, &from->exit.cause.sender);
}

GET(field_get_cause_context, struct event)
{
	fields_set_present(ret, &cause_context_set, &from->exit.cause.context);
}

GET(field_get_cause_how, struct event)
{
	set_string(ret, name_of_how(from->exit.cause.how));
}

GET(field_get_cause_origin, struct event)
{
	set_string(ret, name_of_origin(from->exit.cause.origin));
}

GET(field_get_cause_path, struct event)
{
	fields_set_steps(ret, from->exit.cause.path);
}

static const struct field cause_fields[] = {
	{ NAME("seq"), NULL, 0, field_get_cause_seq, "" },
	{ NAME("signal"), NULL, 0, field_get_cause_signal, "" },
	{ NAME("target"), NULL, 0, field_get_cause_target, "" },
	{ NAME("sender"), NULL, 0, field_get_cause_sender, "" },
	{ NAME("context"), NULL, 0, field_get_cause_context, "" },
	{ NAME("origin"), NULL, 0, field_get_cause_origin, "" },
	{ NAME("how"), NULL, 0, field_get_cause_how, "" },
	{ NAME("path"), NULL, 0, field_get_cause_path, "" },
	{ NAME("limit"), NULL, 0, field_get_cause_limit, "" },
};
static const struct field_set cause_set = { SET(cause_fields) };

GET(field_get_process, struct event)
{
	set_object(ret, &process_set, event_target(from));
}

GET(field_get_status, struct event)
{
	set_object(ret, &status_set, from);
}

GET(field_get_cause, struct event)
{
	set_object(ret, &cause_set, from->exit.cause.known ? from : NULL);
}

GET(field_get_delay, struct event)
{
	if (from->exit.cause.known && from->exit.cause.time_ns)
		set_number(ret, from->time_ns - from->exit.cause.time_ns);
}

GET(field_get_blow_seq, struct event)
{
	uint64_t seq =
	    from->exit.cause.blow.sender.present ? from->exit.cause.blow.seq : from->exit.cause.seq;

	if (from->exit.cause.known && seq)
		set_number(ret, seq);
}

GET(field_get_before, struct event)
{
	fields_set_steps(ret, from->exit.before);
}

GET(field_get_tracer, struct event)
{
	fields_set_present(ret, &cause_sender_set, &from->exit.tracer);
}

static const struct field exit_fields[] = {
	{ NAME("event"), NULL, 0, field_get_event, "" },
	{ NAME("time"), NULL, 0, field_get_time, "" },
	{ NAME("seq"), NULL, 0, field_get_seq, "" },
	{ NAME("process"), NULL, 0, field_get_process, "" },
	{ NAME("status"), NULL, 0, field_get_status, "" },
	{ NAME("cause"), NULL, 0, field_get_cause, "" },
	{ NAME("delay_ns"), NULL, 0, field_get_delay, "" },
	{ NAME("blow_seq"), NULL, 0, field_get_blow_seq, "" },
	{ NAME("tracer"), NULL, 0, field_get_tracer, "" },
	{ NAME("before"), NULL, 0, field_get_before, "" },
	{ NAME("undecided"), NULL, 0, field_get_undecided, "" },
};
const struct field_set exit_set = { SET(exit_fields) };

/* ---- a loss ---- */

GET(field_get_lost_count, struct event)
{
	set_number(ret, from->lost.count);
}

GET(field_get_lost_cause, struct event)
{
	set_string(ret, loss_words(from->lost.cause)->name);
}

GET(field_get_lost_ring, struct event)
{
	set_string(ret, name_of_ring(ring_of_loss(from->lost.cause)));
}

GET(field_get_lost_from, struct event)
{
	if (from->lost.from_real_ns)
		set_date(ret, from->lost.from_real_ns);
}

GET(field_get_lost_to, struct event)
{
	if (from->lost.to_real_ns)
		set_date(ret, from->lost.to_real_ns);
}

static void fields_set_lost_of(struct value *ret, const struct event *from, enum ks_user user)
{
	set_number(ret, from->lost.users[user]);
}

GET(field_get_lost_of_root, struct event)
{
	fields_set_lost_of(ret, from, KS_USER_ROOT);
}

GET(field_get_lost_of_system, struct event)
{
	fields_set_lost_of(ret, from, KS_USER_SYSTEM);
}

GET(field_get_lost_of_other, struct event)
{
	fields_set_lost_of(ret, from, KS_USER_OTHER);
}

static const struct field lost_users_fields[] = {
	{ NAME("root"), NULL, 0, field_get_lost_of_root, "" },
	{ NAME("system"), NULL, 0, field_get_lost_of_system, "" },
	{ NAME("other"), NULL, 0, field_get_lost_of_other, "" },
};
static const struct field_set lost_users_set = { SET(lost_users_fields) };

GET(field_get_lost_users, struct event)
{
	set_object(ret, &lost_users_set, from->lost.has_users ? from : NULL);
}

static const struct field lost_fields[] = {
	{ NAME("event"), NULL, 0, field_get_event, "" },
	{ NAME("time"), NULL, 0, field_get_time, "" },
	{ NAME("seq"), NULL, 0, field_get_seq, "" },
	{ NAME("count"), NULL, 0, field_get_lost_count, "" },
	{ NAME("cause"), NULL, 0, field_get_lost_cause, "" },
	{ NAME("ring"), NULL, 0, field_get_lost_ring, "" },
	{ NAME("from"), NULL, 0, field_get_lost_from, "" },
	{ NAME("to"), NULL, 0, field_get_lost_to, "" },
	{ NAME("users"), NULL, 0, field_get_lost_users, "" },
};
const struct field_set lost_set = { SET(lost_fields) };
