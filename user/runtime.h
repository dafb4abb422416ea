/* SPDX-License-Identifier: GPL-2.0-only */
/* What every command needs that runs until it is told to end. */
#ifndef KS_RUNTIME_H
#define KS_RUNTIME_H

#include <stdbool.h>
#include <stdint.h>

/* CLOCK_MONOTONIC. */
uint64_t runtime_now_ns(void);

/*
 * Blocks SIGINT, SIGTERM, SIGHUP and SIGCHLD, which arrive as records of the descriptor that is
 * returned, without blocking a read; SIGPIPE is ignored. A negative errno on error.
 */
int runtime_open_signals(void);

/* Whether it is in effect, in our user namespace. */
bool runtime_has_capability(int capability);

/* For `keep` of runtime_drop_privileges(). */
enum { RUNTIME_KEEP_NOTHING = -1 };

/*
 * Everything is open: from here on, nothing is needed but the capability `keep`. Children cannot
 * get more.
 */
void runtime_drop_privileges(int keep);

/* Writes a byte to the descriptor of --ready-fd, if there is one, and closes it. */
void runtime_tell_ready(int fd);

#endif
