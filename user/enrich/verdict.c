// SPDX-License-Identifier: GPL-2.0-only
#include "enrich/verdict_internal.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "lib/array.h"
#include "lib/signame.h"

struct verdict *verdict_find(struct verdicts *verdicts, const struct ks_pidref *ref,
			     uint32_t signal)
{
	struct process_key key = process_key(ref, signal);
	struct verdict *verdict;

	HASH_FIND(hh, verdicts->all, &key, sizeof(key), verdict);
	return verdict;
}

bool verdict_is_of(const struct verdict *verdict, const struct ks_pidref *ref)
{
	return verdict->key.pid == ref->pid && verdict->key.start_ns == ref->start_ns;
}

bool verdict_is_stop_request(int signal)
{
	return signal == SIGTERM || signal == SIGINT || signal == SIGQUIT;
}

void verdict_take(struct event_cause *to, struct event_cause *from)
{
	cause_clear(to);
	*to = *from;
	*from = (struct event_cause){ 0 };
}

static void verdict_drop(struct verdicts *verdicts, struct verdict *verdict)
{
	HASH_DEL(verdicts->all, verdict);
	cause_clear(&verdict->outside);
	cause_clear(&verdict->own);
	cause_clear(&verdict->earlier);
	free(verdict);
}

/* Which to forget for one of that user: none of others, if possible. */
static struct verdict *verdict_find_oldest(struct verdicts *verdicts, uint32_t uid)
{
	struct verdict *of_users = NULL;

	for (struct verdict *verdict = verdicts->all; verdict; verdict = verdict->hh.next) {
		if (verdict->uid == uid)
			return verdict;
		if (!of_users && verdict->uid)
			of_users = verdict;
	}
	return of_users ? of_users : verdicts->all;
}

static struct verdict *verdict_make(struct verdicts *verdicts, const struct task *target,
				    uint32_t signal)
{
	struct verdict *verdict = calloc(1, sizeof(*verdict));

	if (!verdict)
		return NULL;
	if (HASH_COUNT(verdicts->all) == VERDICTS_MAX)
		verdict_drop(verdicts, verdict_find_oldest(verdicts, target->ids.uid));
	verdict->key = process_key(&target->ids.process, signal);
	verdict->uid = target->ids.uid;
	HASH_ADD(hh, verdicts->all, key, sizeof(verdict->key), verdict);
	return verdict;
}

/* ---- note ---- */

static bool verdict_is_descendant(const struct task *sender, const struct ks_pidref *target)
{
	const struct ancestors *ancestors = sender->process ? sender->process->ancestors : NULL;

	for (size_t i = 0; ancestors && i < ancestors->n; i++)
		if (pidref_equal(&ancestors->items[i].ref, target))
			return true;
	return false;
}

/* Not from another login or terminal, though it may descend from there. */
static bool verdict_shares_session(const struct ks_ids *a, const struct ks_ids *b)
{
	return a->ses == b->ses && !memcmp(a->tty, b->tty, sizeof(a->tty));
}

/*
 * A process sends itself a signal, or has a child do it that it started since it was sent the same
 * from outside: in some shells, `kill -TERM $$` starts a program.
 */
static bool verdict_is_own(const struct verdict *verdict, const struct event *event)
{
	const struct task *sender = event_sender(event), *target = &event->signal.target;

	if (!sender)
		return false;
	if (pidref_equal(&sender->ids.process, &target->ids.process))
		return true;
	return verdict->outside.known && verdict->outside.boot_ns < sender->ids.process.start_ns &&
	       verdict_shares_session(&sender->ids, &target->ids) &&
	       verdict_is_descendant(sender, &target->ids.process);
}

static int verdict_fill_cause(struct event_cause *cause, const struct event *event,
			      const struct clock *clock)
{
	bool has_sender = event_sender(event);
	int err;

	cause_clear(cause);
	err = task_copy(has_sender ? &cause->sender : &cause->context, &event->signal.sender);
	cause->known = true;
	cause->how = event->signal.kernel_cause.how;
	cause->origin = event_origin(event);
	cause->kernel_cause = event->signal.kernel_cause.words;
	cause->seq = 0;
	cause->time_ns = event->time_ns;
	cause->boot_ns = event->time_ns + (clock ? clock->mono_to_boot_ns : 0);
	cause->signal = event->signal.number;
	cause->code = event->signal.info.code;
	cause->former = event->signal.former;
	cause->relation = event->signal.relation;
	cause->limit = event->signal.limit;
	texts_get(cause->limit.cgroup);
	cause->has_handler = event->signal.target.flags & KS_FLAG_HANDLER;
	return err;
}

/*
 * Real-time signals of one number are queued: the first one kills, unless the process has a
 * handler.
 */
static bool verdict_is_queued_behind(const struct event_cause *first, const struct event *event)
{
	return event->signal.number >= 32 && first->known && !first->has_handler &&
	       event->time_ns - first->time_ns <= VERDICT_STOPPED_NS;
}

/* The same sender goes on: its last signal stands for all. */
static bool verdict_is_once_more(const struct event_cause *last, const struct event *event)
{
	const struct task *sender = last->sender.present ? &last->sender : &last->context;

	return !last->known ||
	       (pidref_equal(&sender->ids.process, &event->signal.sender.ids.process) &&
		event->time_ns - last->time_ns < VERDICT_ONCE_MORE_NS);
}

int verdict_note(struct verdicts *verdicts, const struct event *event)
{
	const struct ks_pidref *ref = &event->signal.target.ids.process;
	struct verdict *verdict;
	int err = 0;

	if (event->type != EVENT_SIGNAL || !signame_is_fatal(event->signal.number) ||
	    (event->signal.result != RESULT_DELIVERED && event->signal.result != RESULT_LOST_INFO))
		return 0;
	verdict = verdict_find(verdicts, ref, event->signal.number);
	if (!verdict)
		verdict = verdict_make(verdicts, &event->signal.target, event->signal.number);
	if (!verdict)
		return -ENOMEM;
	if (verdict_is_own(verdict, event)) {
		err = verdict_fill_cause(&verdict->own, event, verdicts->clock);
		verdict->own.is_own = pidref_equal(&event->signal.sender.ids.process, ref);
	} else if (!verdict_is_queued_behind(&verdict->outside, event)) {
		if (!verdict_is_once_more(&verdict->outside, event))
			verdict_take(&verdict->earlier, &verdict->outside);
		err = verdict_fill_cause(&verdict->outside, event, verdicts->clock);
		err = err ? err : verdict_find_path(verdicts, &verdict->outside, event);
	}
	return err;
}

/* Another process may have sent the same signal meanwhile. */
static void verdict_number_cause(struct event_cause *cause, const struct event *event)
{
	const struct task *of = cause->sender.present ? &cause->sender : &cause->context;
	uint64_t last_ns = event->signal.count > 1 ? event->signal.last_ns : event->time_ns;

	if (cause->known && !cause->seq && cause->time_ns >= event->time_ns &&
	    cause->time_ns <= last_ns && of->ids.tid == event->signal.sender.ids.tid)
		cause->seq = event->seq;
}

void verdict_number(struct verdicts *verdicts, const struct event *event)
{
	struct verdict *verdict;

	if (event->type != EVENT_SIGNAL)
		return;
	verdict = verdict_find(verdicts, &event->signal.target.ids.process, event->signal.number);
	if (!verdict)
		return;
	verdict_number_cause(&verdict->outside, event);
	verdict_number_cause(&verdict->own, event);
	verdict_number_cause(&verdict->earlier, event);
}

/* ---- reach ---- */

/* How a process ends by itself: by a status, or by a signal that it sends itself. */
struct ending {
	uint64_t time_ns;
	int status_signal; /* that a status above 128 names; 0: none */
	bool is_success;   /* status 0 */
};

/* How likely it is that a process ends because of that signal: 0 is not at all. */
static int verdict_rank_of(const struct event_cause *cause, const struct ending *ending)
{
	uint64_t age_ns = ending->time_ns - cause->time_ns;

	if (!cause->known || age_ns > VERDICT_STOPPED_NS)
		return 0;
	if (cause->signal == ending->status_signal)
		return 3;
	if (verdict_is_stop_request(cause->signal))
		return 2;
	if (cause->sender.present || cause->signal == SIGHUP)
		return age_ns <= VERDICT_HANDLED_NS;
	/* Faults are handled every day, too, but a failure at once is of this one. */
	return (cause->how == HOW_FAULT || cause->how == HOW_LIMIT) && !ending->is_success &&
	       age_ns <= VERDICT_FAULT_NS;
}

static struct event_cause *verdict_pick_handled(struct verdicts *verdicts,
						const struct ks_pidref *ref,
						const struct ending *ending)
{
	struct event_cause *best = NULL;
	int best_rank = 0;

	for (struct verdict *verdict = verdicts->all; verdict; verdict = verdict->hh.next) {
		struct event_cause *cause = &verdict->outside;
		int rank = verdict_is_of(verdict, ref) ? verdict_rank_of(cause, ending) : 0;

		if (!rank || rank < best_rank ||
		    (rank == best_rank && cause->time_ns < best->time_ns))
			continue;
		best = cause;
		best_rank = rank;
	}
	return best;
}

/* The process handled `cause` and ended by itself. `own`: the signal it sent itself, or NULL. */
static void verdict_take_handled(struct event_cause *to, struct event_cause *cause,
				 struct event_cause *own)
{
	bool is_same = own && own->signal == cause->signal;

	verdict_take(to, cause);
	if (own) {
		to->blow.seq = own->seq;
		to->blow.time_ns = own->time_ns;
		to->blow.sender = own->sender;
		own->sender = (struct task){ 0 };
	}
	if (to->how != HOW_FAULT && to->how != HOW_LIMIT)
		to->how = is_same ? HOW_RERAISED : HOW_HANDLED;
}

/*
 * A signal that the process had a handler for does not kill it, unless it was blocked until the
 * handler was gone. What did, long after, or while a tracer could inject it, was not seen then.
 */
static bool verdict_may_kill(const struct event_cause *cause, const struct event *exit)
{
	return cause->known &&
	       (!cause->has_handler || (exit->time_ns - cause->time_ns <= VERDICT_STOPPED_NS &&
					!exit->exit.tracer.present));
}

/* The process sent itself `own`, or had a child do so. */
static void verdict_reach_own(struct verdicts *verdicts, struct verdict *verdict,
			      struct event *exit)
{
	struct event_cause *own = &verdict->own, *before = NULL;
	const struct ending ending = { .time_ns = own->time_ns };

	if (verdict->outside.known && own->time_ns - verdict->outside.time_ns <= VERDICT_STOPPED_NS)
		before = &verdict->outside;
	else if (own->is_own)
		before = verdict_pick_handled(verdicts, &exit->exit.process.ids.process, &ending);
	if (before)
		verdict_take_handled(&exit->exit.cause, before, own);
	else
		verdict_take(&exit->exit.cause, own);
}

/*
 * The blow counts if all that was noted of the same number came before: the event of it was lost
 * then.
 */
static void verdict_add_blow(struct verdict *verdict, struct event *exit)
{
	struct event_cause *blow = &exit->exit.blow;

	if (blow->known && blow->signal == (int)WTERMSIG(exit->exit.code) &&
	    blow->time_ns > verdict->own.time_ns && blow->time_ns > verdict->outside.time_ns) {
		if (!blow->is_own && verdict->outside.known)
			verdict_take(&verdict->earlier, &verdict->outside);
		verdict_take(blow->is_own ? &verdict->own : &verdict->outside, blow);
	}
}

/*
 * The kernel generates no signal for one that a tracer injects; nor for an end by seccomp before
 * v5.16.
 */
static void verdict_blame_tracer(struct event *exit)
{
	struct event_cause *cause = &exit->exit.cause;

	cause->known = true;
	cause->how = HOW_INJECTED;
	cause->origin = ORIGIN_PTRACE;
	cause->signal = WTERMSIG(exit->exit.code);
	task_copy(&cause->sender, &exit->exit.tracer);
}

static void verdict_reach_killed(struct verdicts *verdicts, struct event *exit)
{
	const struct ks_pidref *ref = &exit->exit.process.ids.process;
	struct verdict *verdict = verdict_find(verdicts, ref, WTERMSIG(exit->exit.code));
	struct verdict unseen = { 0 };

	if (!verdict)
		verdict = &unseen;
	verdict_add_blow(verdict, exit);
	if (verdict->own.known &&
	    !(verdict->outside.known && verdict->outside.time_ns > verdict->own.time_ns)) {
		if (verdict_may_kill(&verdict->own, exit))
			verdict_reach_own(verdicts, verdict, exit);
	} else if (verdict_may_kill(&verdict->outside, exit)) {
		verdict_take(&exit->exit.cause, &verdict->outside);
	}
	if (!exit->exit.cause.known && exit->exit.tracer.present &&
	    WTERMSIG(exit->exit.code) != SIGSYS)
		verdict_blame_tracer(exit);
}

static void verdict_reach_exited(struct verdicts *verdicts, struct event *exit)
{
	int status = WEXITSTATUS(exit->exit.code);
	const struct ending ending = { exit->time_ns, status > 128 ? status - 128 : 0, !status };
	struct event_cause *handled =
	    verdict_pick_handled(verdicts, &exit->exit.process.ids.process, &ending);

	if (handled)
		verdict_take_handled(&exit->exit.cause, handled, NULL);
}

static void verdict_forget(struct verdicts *verdicts, const struct ks_pidref *ref)
{
	struct verdict *verdict, *next;

	HASH_ITER (hh, verdicts->all, verdict, next) {
		if (verdict_is_of(verdict, ref))
			verdict_drop(verdicts, verdict);
	}
}

int verdict_reach(struct verdicts *verdicts, struct event *exit)
{
	int err;

	if (WIFEXITED(exit->exit.code))
		verdict_reach_exited(verdicts, exit);
	else
		verdict_reach_killed(verdicts, exit);
	err = verdict_add_story(verdicts, exit);
	err = err ? err : verdict_note_end(verdicts, exit);
	verdict_forget(verdicts, &exit->exit.process.ids.process);
	return err;
}

void verdict_clear(struct verdicts *verdicts)
{
	struct verdict *verdict, *next;

	HASH_ITER (hh, verdicts->all, verdict, next) {
		verdict_drop(verdicts, verdict);
	}
	for (size_t i = 0; i < ARRAY_SIZE(verdicts->ended); i++)
		cause_steps_free(verdicts->ended[i].steps);
	memset(verdicts->ended, 0, sizeof(verdicts->ended));
}
