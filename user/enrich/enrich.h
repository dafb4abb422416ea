/* SPDX-License-Identifier: GPL-2.0-only */
/* What records do not say, added to each event once: filters and formats find it there. */
#ifndef KS_ENRICH_H
#define KS_ENRICH_H

#include <stdbool.h>

#include "event/event.h"
#include "lib/clock.h"

struct enrich {
	const struct clock *clock;
	struct process_table *processes;
	bool wants_names; /* of users, which the system is asked for */
};

/*
 * Fills in real_ns and, of each process in the event, the user's name, unit, container and
 * ancestors; of a signal that no call sent, what made the kernel send it. What it fills in is good
 * until enrich_release(), or the process table changes. 0, or -ENOMEM: some of it is missing.
 */
int enrich_event(const struct enrich *enrich, struct event *event);

/* The events that were enriched have been handled. */
void enrich_release(void);

#endif
