/* SPDX-License-Identifier: GPL-2.0-only */
/* What ended a process: the signal that its status names, and who sent that. */
#ifndef KS_VERDICT_H
#define KS_VERDICT_H

#include <stdint.h>

#include "event.h"

struct verdict;

/* The last lethal signals to each process; a list that verdict_clear() frees. */
struct verdicts {
	struct verdict *all;
};

/*
 * Remembers a signal event that may end its target: the last one that was delivered, for once a
 * process is being killed, what comes later is ignored: prepare_signal(), kernel/signal.c, since
 * v6.1 (9a95f78eab70). Before, most of it is already pending, but real-time signals, and those to
 * another thread, are delivered.
 */
void verdict_note(struct verdicts *verdicts, const struct event *event);

/* Fills in the cause of an exit event, if it was noted, and forgets the process. */
void verdict_reach(struct verdicts *verdicts, struct event *exit);

void verdict_clear(struct verdicts *verdicts);

#endif
