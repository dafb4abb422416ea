// SPDX-License-Identifier: GPL-2.0-only
/* Which of the signals that a process got brought its end about. */
#include "enrich/verdict_internal.h"

#include <signal.h>
#include <sys/wait.h>

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
		struct event_cause *cause = verdict_asked_first(verdict, ending->time_ns);
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
		before = verdict_asked_first(verdict, own->time_ns);
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
			verdict_make_room(verdict, blow->time_ns);
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
	cause->target = cause_target_of(&exit->exit.process);
	cause->how = HOW_INJECTED;
	cause->origin = ORIGIN_PTRACE;
	cause->kernel_cause = "probably injected by its tracer";
	cause->signal = WTERMSIG(exit->exit.code);
	task_copy(&cause->sender, &exit->exit.tracer);
}

/* A signal that it injected was seen, of which the kernel shows no sender. */
static void verdict_name_tracer(struct event *exit)
{
	struct event_cause *cause = &exit->exit.cause;

	if (!cause->known || cause->how != HOW_INJECTED || cause->sender.present ||
	    !exit->exit.tracer.present)
		return;
	task_clear(&cause->context);
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

/* What the status names comes first: the signal that the process got, or that killed a child. */
static int verdict_reach_exited(struct verdicts *verdicts, struct event *exit)
{
	int status = WEXITSTATUS(exit->exit.code), err = 0;
	const struct ending ending = { exit->time_ns, status > 128 ? status - 128 : 0, !status };
	struct event_cause *handled =
	    verdict_pick_handled(verdicts, &exit->exit.process.ids.process, &ending);

	if ((!handled || handled->signal != ending.status_signal) &&
	    verdict_reach_by_child(verdicts, exit, &err))
		return err;
	if (handled)
		verdict_take_handled(&exit->exit.cause, handled, NULL);
	return 0;
}

int verdict_reach(struct verdicts *verdicts, struct event *exit)
{
	int err = 0;

	if (WIFEXITED(exit->exit.code))
		err = verdict_reach_exited(verdicts, exit);
	else
		verdict_reach_killed(verdicts, exit);
	verdict_name_tracer(exit);
	err = err ? err : verdict_add_story(verdicts, exit);
	err = err ? err : verdict_note_end(verdicts, exit);
	verdict_forget(verdicts, &exit->exit.process.ids.process);
	return err;
}
