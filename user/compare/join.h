/* SPDX-License-Identifier: GPL-2.0-only */
/* Which event of one side belongs to which of the other. */
#ifndef KS_COMPARE_JOIN_H
#define KS_COMPARE_JOIN_H

#include "compare/bucket.h"

/* An event that comes, in its bucket: it meets an identical one, or waits. */
void join_event(struct compare *compare, struct compare_event *event);

/* The event has waited long enough: it gets the likeliest partner, or stands alone. */
void join_settle(struct compare *compare, struct compare_event *event);

/* Whether the partner that the order gives has not come yet. */
bool join_is_early(const struct compare_event *event);

#endif
