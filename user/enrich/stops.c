// SPDX-License-Identifier: GPL-2.0-only
#include "enrich/stops.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <uthash.h>

enum { STOPS_MAX = 4096 }; /* the first ones are forgotten beyond */

struct stop {
	struct process_key key;
	UT_hash_handle hh;
};

static struct stop *stops_find(struct stops *stops, const struct ks_pidref *ref)
{
	struct process_key key = process_key(ref, 0);
	struct stop *stop;

	HASH_FIND(hh, stops->all, &key, sizeof(key), stop);
	return stop;
}

static void stops_drop(struct stops *stops, struct stop *stop)
{
	if (!stop)
		return;
	HASH_DEL(stops->all, stop);
	free(stop);
}

static int stops_add(struct stops *stops, const struct ks_pidref *ref)
{
	struct stop *stop;

	if (stops_find(stops, ref))
		return 0;
	stop = calloc(1, sizeof(*stop));
	if (!stop)
		return -ENOMEM;
	stop->key = process_key(ref, 0);
	HASH_ADD(hh, stops->all, key, sizeof(stop->key), stop);
	if (HASH_COUNT(stops->all) > STOPS_MAX)
		stops_drop(stops, stops->all);
	return 0;
}

static void stops_note_continue(struct stops *stops, struct event *event)
{
	struct stop *stop = stops_find(stops, &event->signal.target.ids.process);

	if (stop && event->signal.result == RESULT_IGNORED) {
		event->signal.result = RESULT_RESUMED;
		event->signal.reason = KS_REASON_NONE;
	}
	stops_drop(stops, stop);
}

int stops_note(struct stops *stops, struct event *event)
{
	if (event->type == EVENT_EXIT) {
		stops_drop(stops, stops_find(stops, &event->exit.process.ids.process));
	} else if (event->type == EVENT_SIGNAL && event->signal.target.present) {
		if (event->signal.number == SIGCONT)
			stops_note_continue(stops, event);
		else if (event->signal.number == SIGSTOP &&
			 event->signal.result == RESULT_DELIVERED)
			return stops_add(stops, &event->signal.target.ids.process);
	}
	return 0;
}

void stops_clear(struct stops *stops)
{
	while (stops->all)
		stops_drop(stops, stops->all);
}
