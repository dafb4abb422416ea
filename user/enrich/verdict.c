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
	for (size_t i = 0; i < ARRAY_SIZE(verdict->noted); i++)
		cause_clear(&verdict->noted[i]);
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
static bool verdict_is_own(struct verdict *verdict, const struct event *event)
{
	const struct task *sender = event_sender(event), *target = &event->signal.target;
	const struct event_cause *asked = verdict_asked_first(verdict, event->time_ns);

	if (!sender)
		return false;
	if (pidref_equal(&sender->ids.process, &target->ids.process))
		return true;
	return asked->known && asked->boot_ns < sender->ids.process.start_ns &&
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
	cause->target = cause_target_of(&event->signal.target);
	cause->how = event->signal.kernel_cause.how;
	cause->origin = event_origin(event);
	cause->result = event->signal.result;
	cause->kernel_cause = event->signal.kernel_cause.words;
	cause->seq = 0;
	cause->time_ns = event->time_ns;
	cause->boot_ns = verdict_boot_ns(clock, event->time_ns);
	cause->signal = event->signal.number;
	cause->code = event->signal.info.code;
	cause->former = event->signal.former;
	cause->relation = event->signal.relation;
	cause->pid_file = texts_get(event->signal.pid_file);
	cause->limit = event->signal.limit;
	texts_get(cause->limit.cgroup);
	cause->is_by_parent = verdict_is_by_parent(event);
	cause->has_handler = event->signal.target.flags & KS_FLAG_HANDLER;
	cause->is_caught = event->signal.effect.handler == KS_HANDLER_HANDLED &&
			   !(event->signal.effect.facts & KS_EFFECT_BLOCKED);
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

struct event_cause *verdict_asked_first(struct verdict *verdict, uint64_t end_ns)
{
	const struct event_cause *outside = &verdict->outside, *first = &verdict->first;
	bool is_by_last = outside->time_ns - first->time_ns >= VERDICT_ANSWER_NS &&
			  end_ns - outside->time_ns <= VERDICT_AT_ONCE_NS;
	bool is_by_first = first->known && !is_by_last &&
			   end_ns - first->time_ns <= VERDICT_STOPPED_NS &&
			   verdict_is_stop_request(outside->signal);

	return is_by_first ? &verdict->first : &verdict->outside;
}

void verdict_make_room(struct verdict *verdict, uint64_t time_ns)
{
	if (time_ns - verdict->outside.time_ns > VERDICT_FIRST_NS) {
		verdict_take(&verdict->earlier, &verdict->outside);
		cause_clear(&verdict->first);
	} else if (verdict->first.known) {
		verdict_take(&verdict->earlier, &verdict->outside);
	} else {
		verdict_take(&verdict->first, &verdict->outside);
	}
}

/* A relay that is asked again at once passes that on, too: its path goes back to the first. */
static int verdict_note_once_more(struct verdicts *verdicts, struct event_cause *outside,
				  const struct event *event)
{
	struct cause_steps *path = outside->path;
	int err;

	outside->path = NULL;
	err = verdict_fill_cause(outside, event, verdicts->clock);
	outside->path = path;
	return err;
}

static int verdict_note_outside(struct verdicts *verdicts, struct verdict *verdict,
				const struct event *event)
{
	struct event_cause *outside = &verdict->outside;
	int err;

	if (verdict_is_queued_behind(outside, event))
		return 0;
	if (!verdict_is_once_more(outside, event))
		verdict_make_room(verdict, event->time_ns);
	else if (outside->path && verdict_is_stop_request(outside->signal))
		return verdict_note_once_more(verdicts, outside, event);
	err = verdict_fill_cause(outside, event, verdicts->clock);
	return err ? err : verdict_find_path(verdicts, outside, event);
}

/* What it was asked before, and did not do. */
static bool verdict_is_ignored(const struct event *event)
{
	return event->signal.result == RESULT_IGNORED && event_sender(event) &&
	       (event->signal.reason == KS_REASON_HANDLER ||
		event->signal.reason == KS_REASON_NAMESPACE_INIT);
}

static bool verdict_is_noted(const struct event *event)
{
	return event->type == EVENT_SIGNAL && signame_is_fatal(event->signal.number) &&
	       (event->signal.result == RESULT_DELIVERED ||
		event->signal.result == RESULT_LOST_INFO || verdict_is_ignored(event));
}

int verdict_note(struct verdicts *verdicts, const struct event *event)
{
	struct verdict *verdict;
	int err;

	if (!verdict_is_noted(event))
		return 0;
	verdict = verdict_find(verdicts, &event->signal.target.ids.process, event->signal.number);
	if (!verdict)
		verdict = verdict_make(verdicts, &event->signal.target, event->signal.number);
	if (!verdict)
		return -ENOMEM;
	if (event->signal.result == RESULT_IGNORED)
		return verdict_fill_cause(&verdict->ignored, event, verdicts->clock);
	if (!verdict_is_own(verdict, event))
		return verdict_note_outside(verdicts, verdict, event);
	err = verdict_fill_cause(&verdict->own, event, verdicts->clock);
	verdict->own.is_own =
	    pidref_equal(&event->signal.sender.ids.process, &event->signal.target.ids.process);
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
	for (size_t i = 0; i < ARRAY_SIZE(verdict->noted); i++)
		verdict_number_cause(&verdict->noted[i], event);
}

void verdict_forget(struct verdicts *verdicts, const struct ks_pidref *ref)
{
	struct verdict *verdict, *next;

	HASH_ITER (hh, verdicts->all, verdict, next) {
		if (verdict_is_of(verdict, ref))
			verdict_drop(verdicts, verdict);
	}
}

void verdict_clear(struct verdicts *verdicts)
{
	struct verdict *verdict, *next;

	HASH_ITER (hh, verdicts->all, verdict, next) {
		verdict_drop(verdicts, verdict);
	}
	for (size_t i = 0; i < ARRAY_SIZE(verdicts->ended); i++)
		verdict_forget_end(&verdicts->ended[i]);
}
