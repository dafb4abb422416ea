// SPDX-License-Identifier: GPL-2.0-only
#include "event/correlate.h"
#include "lib/array.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct events {
	struct event **items;
	size_t n, room;
};

struct call_key {
	uint64_t id, tid;
};

struct pending_call {
	struct call_key key;
	struct call_source source; /* of its first signal */
	bool has_returned;
	struct call_return returned;  /* if so */
	struct events signals, after; /* after: exits that wait */
	UT_hash_handle hh, hh_open;
};

static int correlate_events_add(struct events *events, struct event *event)
{
	struct event **items =
	    array_reserve(events->items, &events->room, events->n, sizeof(*items));

	if (!items)
		return -ENOMEM;
	events->items = items;
	items[events->n++] = event;
	return 0;
}

static void correlate_events_clear(struct events *events)
{
	for (size_t i = 0; i < events->n; i++)
		event_free(events->items[i]);
	free(events->items);
}

/*
 * Targets that got no signal go to where the kernel looked at them: those that it found when the
 * call returned come behind all others.
 */
static void correlate_insert_undelivered(struct events *signals)
{
	for (size_t i = 0; i < signals->n; i++) {
		struct event *event = signals->items[i];
		size_t place = event->signal.prior_targets;

		if (!event->signal.is_refused || place >= i)
			continue;
		memmove(&signals->items[place + 1], &signals->items[place],
			(i - place) * sizeof(event));
		signals->items[place] = event;
	}
}

/* Targets that no filter wants are in the stream for the verdict only. */
static void correlate_assign_indexes(struct events *signals)
{
	uint32_t targets = 0;

	for (size_t i = 0; i < signals->n; i++) {
		signals->items[i]->signal.call.index = targets;
		targets += !signals->items[i]->signal.filtered_out;
	}
	for (size_t i = 0; i < signals->n; i++)
		signals->items[i]->signal.call.targets =
		    targets + signals->items[i]->signal.call.unshown;
}

void correlate_add_alone(struct correlator *calls, struct event *event)
{
	if (event->type == EVENT_SIGNAL)
		event->signal.call.targets = event->signal.target.present;
	calls->handle(calls->context, &event, 1);
	event_free(event);
}

static bool correlate_has_target(const struct pending_call *call, const struct ks_pidref *ref)
{
	for (size_t i = 0; i < call->signals.n; i++) {
		const struct ks_pidref *target = &call->signals.items[i]->signal.target.ids.process;

		if (pidref_equal(target, ref))
			return true;
	}
	return false;
}

/*
 * An exit waits for the calls that hit the process, and a loss for all that began before it: for
 * one after the other, as each is finished.
 */
static bool correlate_waits_for(const struct event *event, const struct pending_call *call)
{
	return event->type == EVENT_EXIT
		   ? correlate_has_target(call, &event->exit.process.ids.process)
		   : call->key.id < event->time_ns;
}

void correlate_add_other(struct correlator *calls, struct event *event)
{
	struct pending_call *call, *next;

	HASH_ITER (hh, calls->pending, call, next) {
		if (correlate_waits_for(event, call) && !correlate_events_add(&call->after, event))
			return;
	}
	correlate_add_alone(calls, event);
}

/* Only the return would show whether a probe was refused. */
static void correlate_mark_unreturned(struct correlator *calls, struct pending_call *call)
{
	calls->unreturned++;
	for (size_t i = 0; i < call->signals.n; i++)
		if (call->signals.items[i]->signal.result == RESULT_PROBED)
			call->signals.items[i]->signal.result = RESULT_UNKNOWN;
}

static void correlate_set_return(struct event *event, const struct call_return *returned)
{
	event->signal.call.ret = returned->ret;
	event->signal.call.ret_known = true;
	event->signal.call.sigkill_pending = returned->sigkill_pending;
	event->signal.call.unshown = returned->unshown;
	if (event->signal.is_refused && event_is_denial(returned->ret))
		event->signal.result = RESULT_DENIED; /* signal 0, too, was refused to all */
}

static void correlate_set_returns(struct correlator *calls, struct pending_call *call)
{
	if (!call->has_returned)
		correlate_mark_unreturned(calls, call);
	for (size_t i = 0; call->has_returned && i < call->signals.n; i++)
		correlate_set_return(call->signals.items[i], &call->returned);
}

/*
 * The order in which the kernel sent them: what the rings have of one call may come one after the
 * other.
 */
static int correlate_compare_times(const void *a, const void *b)
{
	uint64_t time_a = (*(struct event *const *)a)->time_ns;
	uint64_t time_b = (*(struct event *const *)b)->time_ns;

	return (time_a > time_b) - (time_a < time_b);
}

static void correlate_put_in_order(struct pending_call *call)
{
	struct events *signals = &call->signals;

	if (call->has_returned && call->returned.has_more)
		qsort(signals->items, signals->n, sizeof(*signals->items), correlate_compare_times);
	correlate_insert_undelivered(signals);
	correlate_assign_indexes(signals);
}

static void correlate_open(struct correlator *calls, struct pending_call *call)
{
	HASH_ADD(hh_open, calls->open, source, sizeof(call->source), call);
}

static void correlate_close(struct correlator *calls, struct pending_call *call)
{
	if (!call->has_returned)
		HASH_DELETE(hh_open, calls->open, call);
}

static void correlate_finish(struct correlator *calls, struct pending_call *call)
{
	correlate_close(calls, call);
	HASH_DEL(calls->pending, call);
	correlate_set_returns(calls, call);
	correlate_put_in_order(call);
	if (call->signals.n)
		calls->handle(calls->context, call->signals.items, call->signals.n);
	for (size_t i = 0; i < call->after.n; i++)
		correlate_add_other(calls, call->after.items[i]);
	correlate_events_clear(&call->signals);
	free(call->after.items);
	free(call);
}

static struct pending_call *correlate_find(struct correlator *calls, uint32_t tid, uint64_t id)
{
	struct call_key key = { .id = id, .tid = tid };
	struct pending_call *call;

	HASH_FIND(hh, calls->pending, &key, sizeof(key), call);
	return call;
}

/* The call whose return the ring should have next. */
static struct pending_call *correlate_find_open(struct correlator *calls, struct call_source source)
{
	struct pending_call *call;

	HASH_FIND(hh_open, calls->open, &source, sizeof(source), call);
	return call;
}

static struct pending_call *correlate_begin(struct correlator *calls, struct call_source source,
					    uint64_t id)
{
	struct pending_call *call, *before = correlate_find_open(calls, source);

	if (before)
		correlate_finish(calls, before); /* its return was lost: the thread is in another */
	call = calloc(1, sizeof(*call));
	if (!call)
		return NULL;
	call->key = (struct call_key){ .id = id, .tid = source.tid };
	call->source = source;
	HASH_ADD(hh, calls->pending, key, sizeof(call->key), call);
	correlate_open(calls, call);
	return call;
}

/*
 * A call has each process as its target once. If the first comes again, the thread is in the next
 * call, and the return of this one was not seen: the BPF side takes two calls with the same
 * arguments for one then.
 */
static bool correlate_repeats(const struct pending_call *call, const struct event *event)
{
	const struct task *first, *target = &event->signal.target;

	if (!call->signals.n)
		return false;
	first = &call->signals.items[0]->signal.target;
	return first->present && target->present &&
	       pidref_equal(&first->ids.process, &target->ids.process) &&
	       first->ids.tid == target->ids.tid;
}

int correlate_add_signal(struct correlator *calls, struct event *event, struct call_source source)
{
	struct pending_call *call = correlate_find(calls, source.tid, event->signal.call.id);

	if (call && correlate_repeats(call, event)) {
		correlate_finish(calls, call);
		call = NULL;
	}
	if (!call)
		call = correlate_begin(calls, source, event->signal.call.id);
	if (call && !correlate_events_add(&call->signals, event))
		return 0;
	event_free(event);
	return -ENOMEM;
}

void correlate_return(struct correlator *calls, const struct call_return *returned)
{
	struct pending_call *call = correlate_find(calls, returned->tid, returned->id);
	bool is_first;

	if (!call)
		return;
	is_first = !call->has_returned;
	correlate_close(calls, call);
	call->has_returned = true;
	call->returned = *returned;
	if (!returned->has_more || !is_first)
		correlate_finish(calls, call);
}

void correlate_expire(struct correlator *calls, uint64_t time_ns)
{
	struct pending_call *call, *next;

	HASH_ITER (hh, calls->pending, call, next) {
		/* The id is the time it began, or so the record says. */
		if (call->key.id < time_ns || time_ns == UINT64_MAX)
			correlate_finish(calls, call);
	}
}

bool correlate_has_older(const struct correlator *calls, uint64_t time_ns)
{
	for (const struct pending_call *call = calls->pending; call; call = call->hh.next)
		if (call->key.id < time_ns)
			return true;
	return false;
}
