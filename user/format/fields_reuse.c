// SPDX-License-Identifier: GPL-2.0-only
/* The fields of who had the pid of a target before. */
#include "format/fields_internal.h"

#include <sys/wait.h>

#include "event/event_names.h"

GET(field_get_former_pid, struct ks_former)
{
	set_pid(ret, from->process.vpid);
}

GET(field_get_former_start_time, struct ks_former)
{
	set_start(context, ret, from->process.start_ns);
}

GET(field_get_former_comm, struct ks_former)
{
	set_text(ret, from->comm, comm_length(from->comm));
}

GET(field_get_former_uid, struct ks_former)
{
	set_number(ret, from->uid);
}

GET(field_get_former_ppid, struct ks_former)
{
	set_pid(ret, from->parent.vpid);
}

GET(field_get_former_status, struct ks_former)
{
	if (WIFEXITED(from->code))
		set_number(ret, WEXITSTATUS(from->code));
}

GET(field_get_former_signal, struct ks_former)
{
	if (WIFSIGNALED(from->code))
		set_number(ret, WTERMSIG(from->code));
}

static const struct field former_fields[] = {
	{ NAME("pid"), NULL, 0, field_get_former_pid, "" },
	{ NAME("start_time"), NULL, 0, field_get_former_start_time, "" },
	{ NAME("comm"), NULL, 0, field_get_former_comm, "" },
	{ NAME("uid"), NULL, 0, field_get_former_uid, "" },
	{ NAME("ppid"), NULL, 0, field_get_former_ppid, "" },
	{ NAME("code"), NULL, 0, field_get_former_status, "" },
	{ NAME("signal"), NULL, 0, field_get_former_signal, "" },
};
static const struct field_set former_set = { SET(former_fields) };

GET(field_get_reuse_former, struct event)
{
	set_object(ret, &former_set, &from->signal.former);
}

GET(field_get_reuse_ended, struct event)
{
	set_date(ret, clock_mono_to_real(context->clock, from->signal.former.end_ns));
}

GET(field_get_reuse_relation, struct event)
{
	set_string(ret, name_of_relation(from->signal.relation));
}

GET(field_get_reuse_file, struct event)
{
	const struct shared_text *path = from->signal.pid_file;

	if (path)
		set_text(ret, path->text, path->bytes);
}

static const struct field reuse_fields[] = {
	{ NAME("former"), NULL, 0, field_get_reuse_former, "", &former_set },
	{ NAME("ended"), NULL, 0, field_get_reuse_ended, "" },
	{ NAME("relation"), NULL, 0, field_get_reuse_relation, "" },
	{ NAME("pid_file"), NULL, 0, field_get_reuse_file, "" },
};
static const struct field_set reuse_set = { SET(reuse_fields) };

/* Pids are used again every day: it matters if the sender may have meant the former owner. */
GET_PUBLIC(field_get_pid_reuse, struct event)
{
	if (from->signal.relation != RELATION_NONE)
		set_object(ret, &reuse_set, from);
}
