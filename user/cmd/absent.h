/* SPDX-License-Identifier: GPL-2.0-only */
/* Filters that match no process that runs now: mistyped, or meant for one that is yet to start. */
#ifndef KS_ABSENT_H
#define KS_ABSENT_H

#include "filter/filter.h"

/* A line for each kind of filter by name, unit or sender's pid of which an item matches nothing. */
void absent_report(const struct filter *filter);

#endif
