/* SPDX-License-Identifier: GPL-2.0-only */
/* Runs what may block for ever in a child, which is left behind if it does. */
#ifndef KS_GUARD_H
#define KS_GUARD_H

#include <stdatomic.h>

/*
 * Runs a function in a child that has no descriptors but these two, `fds[0] < fds[1]`, and waits
 * until it returns. 0; -ETIMEDOUT if it sleeps and has not counted `progress`, which is in shared
 * memory, for GUARD_STALL_MS; another negative errno if it could not be run, or failed. A child
 * that is left behind cannot be ended while it is blocked: it should end by itself.
 */
int guard_run(void (*function)(void *argument), void *argument, const int fds[2],
	      atomic_uint *progress);

enum { GUARD_STALL_MS = 500 };

#endif
