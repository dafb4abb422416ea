// SPDX-License-Identifier: GPL-2.0-only
#include "stream/repeats.h"

#include <stdlib.h>

static struct repeats_sum *repeats_find(const struct repeats *repeats, uint64_t of)
{
	struct repeats_sum *sum;

	HASH_FIND(hh, repeats->all, &of, sizeof(of), sum);
	return sum;
}

static bool repeats_open(struct repeats *repeats, struct event *event)
{
	struct repeats_sum *sum = calloc(1, sizeof(*sum));

	if (!sum)
		return false;
	sum->of = event->signal.repeat.of;
	sum->event = event;
	HASH_ADD(hh, repeats->all, of, sizeof(sum->of), sum);
	return true;
}

static void repeats_add(struct event *sum, struct event *event)
{
	sum->signal.count++;
	sum->signal.last_ns = event->time_ns;
	event_free(event);
}

/* After a pause, a signal is news again. */
static bool repeats_is_soon(const struct event *event)
{
	return event->time_ns - event->signal.repeat.before_ns <= REPEATS_WINDOW_NS;
}

bool repeats_take(struct repeats *repeats, struct event *event)
{
	struct repeats_sum *sum;

	if (event->type != EVENT_SIGNAL || !event->signal.repeat.of)
		return false;
	sum = repeats_find(repeats, event->signal.repeat.of);
	if (!sum)
		return repeats_is_soon(event) && repeats_open(repeats, event);
	repeats_add(sum->event, event);
	return true;
}

static bool repeats_is_alike(const struct event *a, const struct event *b)
{
	return a->signal.sender.process == b->signal.sender.process &&
	       a->signal.target.process == b->signal.target.process;
}

static struct event *repeats_remove(struct repeats *repeats, struct repeats_sum *sum)
{
	struct event *event = sum->event;

	HASH_DEL(repeats->all, sum);
	free(sum);
	return event;
}

struct event *repeats_close_unlike(struct repeats *repeats, const struct event *event)
{
	struct repeats_sum *sum = NULL;

	if (event->type == EVENT_SIGNAL && event->signal.repeat.of)
		sum = repeats_find(repeats, event->signal.repeat.of);
	return sum && !repeats_is_alike(sum->event, event) ? repeats_remove(repeats, sum) : NULL;
}

struct event *repeats_close(struct repeats *repeats, uint64_t time_ns)
{
	struct repeats_sum *oldest = repeats->all;

	if (!oldest || oldest->event->time_ns + REPEATS_WINDOW_NS >= time_ns)
		return NULL;
	return repeats_remove(repeats, oldest);
}

struct event *repeats_close_for(struct repeats *repeats, const struct ks_pidref *target)
{
	for (struct repeats_sum *sum = repeats->all; sum; sum = sum->hh.next)
		if (pidref_equal(&sum->event->signal.target.ids.process, target))
			return repeats_remove(repeats, sum);
	return NULL;
}
