/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * When CLOCK_REALTIME_COARSE, which audit's times are of, was seen to stand still for longer than
 * it does between ticks. It never goes back by itself: what it shows now, it did not exceed before.
 */
#ifndef KS_STALLS_H
#define KS_STALLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { STALLS_MAX = 256 }; /* the newest */

struct stalls {
	struct stall {
		uint64_t clock_ms; /* what it showed... */
		uint64_t until_ns; /* ...at that time, CLOCK_MONOTONIC */
	} items[STALLS_MAX];
	size_t n; /* in all */
};

void stalls_add(struct stalls *stalls, uint64_t clock_ms, uint64_t until_ns);

/* Looks at the clock, whose ticks are that long. */
void stalls_watch(struct stalls *stalls, uint64_t tick_ns);

/* Whether it showed `clock_ms`, or less, at `time_ns` (CLOCK_MONOTONIC). NULL: none were seen. */
bool stalls_has(const struct stalls *stalls, uint64_t clock_ms, uint64_t time_ns);

#endif
