/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sums up equal signals. The first is shown at once; those that follow wait for at most
 * REPEATS_WINDOW_NS and are one event then, with a count. Time is that of the events: a
 * recording gives the same sums again.
 */
#ifndef KS_REPEATS_H
#define KS_REPEATS_H

#include <stdbool.h>
#include <stdint.h>
#include <uthash.h>

#include "event/event.h"

enum { REPEATS_WINDOW_NS = 100 * 1000 * 1000 };

/* Signals that wait. The window begins with the first of them. */
struct repeats_sum {
	uint64_t of; /* as in struct event_repeat */
	struct event *event;
	UT_hash_handle hh;
};

struct repeats {
	struct repeats_sum *all; /* hash by `of`, the oldest window first */
};

/*
 * Takes a signal that repeats another within the window, and owns it then. Windows that its time
 * is past have been closed. False: it is to be shown now; also where there is no memory.
 */
bool repeats_take(struct repeats *repeats, struct event *event);

/*
 * Closes the window of what `event` repeats if the sender or the target has been described anew
 * since it began: the record is the same, but not all that an event shows. Returns as
 * repeats_close() does; `event` is to be shown then, too.
 */
struct event *repeats_close_unlike(struct repeats *repeats, const struct event *event);

/*
 * Closes the oldest window that ends before `time_ns`. Returns its event, which the caller owns, or
 * NULL. UINT64_MAX: the oldest there is.
 */
struct event *repeats_close(struct repeats *repeats, uint64_t time_ns);

/* Likewise, a window of signals for a process. */
struct event *repeats_close_for(struct repeats *repeats, const struct ks_pidref *target);

#endif
