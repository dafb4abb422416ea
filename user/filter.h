/* SPDX-License-Identifier: GPL-2.0-only */
/* The filters on events: what the kernel side decided already holds here, too. */
#ifndef KS_FILTER_H
#define KS_FILTER_H

#include <stdbool.h>

#include "event.h"
#include "opts.h"

/*
 * Whether a signal event is to be shown; every other kind of event is. A filter on what is unknown
 * lets it pass, and says so in `undecided`.
 */
bool filter_match(const struct filter *filter, struct event *event);

/* Whether some of it is decided in user space only: by name or unit. */
bool filter_is_late(const struct filter *filter);

#endif
