/* SPDX-License-Identifier: GPL-2.0-only */
/* What records do not say, added to each event once: filters and formats find it there. */
#ifndef KS_ENRICH_H
#define KS_ENRICH_H

#include <stdbool.h>

#include "enrich/sent.h"
#include "event/event.h"
#include "lib/clock.h"

struct enrich {
	const struct clock *clock;
	struct process_table *processes;
	const struct sent_table *sent; /* NULL: nothing is remembered */
};

/*
 * Fills in real_ns and, of each process in the event, unit, container and ancestors; of a signal
 * that no call sent, what made the kernel send it. What it fills in is good until the process table
 * changes. 0, or -ENOMEM: some of it is missing.
 */
int enrich_event(const struct enrich *enrich, struct event *event);

/*
 * Fills in the names of users and containers. The system may have to be asked for them: for events
 * that are shown only. They are good until enrich_release().
 */
void enrich_names(struct event *event);

/* The events that were enriched have been handled. */
void enrich_release(void);

#endif
