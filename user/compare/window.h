/* SPDX-License-Identifier: GPL-2.0-only */
/* The begin of the window: calls that have a record although they began before all rules were
 * there. */
#ifndef KS_COMPARE_WINDOW_H
#define KS_COMPARE_WINDOW_H

#include "compare/bucket.h"

bool window_is_before(const struct compare *compare, const struct compare_event *event);

/* A pair of identical events, one of each side: both are the function's. */
void window_keep_pair(struct compare *compare, struct compare_event *event,
		      struct compare_event *other);

/* Handles the pairs before that number in order: all calls before it have a record, or never will.
 */
void window_pass_on_until(const struct compare *compare, struct compare_bucket *bucket,
			  uint64_t number);

/*
 * The first lender whose record the call could have; it is the caller's then. NULL: none. Those
 * whose record is too early are dropped.
 */
struct compare_event *window_take_lender(const struct compare *compare,
					 const struct compare_event *event);

/* Frees what is kept of pairs. */
void window_clear(struct compare *compare);

#endif
