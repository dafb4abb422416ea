/* SPDX-License-Identifier: GPL-2.0-only */
/* Which processes were sent SIGSTOP and not yet SIGCONT. */
#ifndef KS_STOPS_H
#define KS_STOPS_H

#include "event/event.h"

struct stop;

struct stops {
	struct stop *all; /* freed by stops_clear() */
};

/*
 * Corrects the result of SIGCONT: one that comes before the process has acted upon SIGSTOP takes
 * that out of its queue, which leaves no trace in the kernel, and is ignored itself. 0, or -ENOMEM:
 * a SIGSTOP could not be noted.
 */
int stops_note(struct stops *stops, struct event *event);

void stops_clear(struct stops *stops);

#endif
