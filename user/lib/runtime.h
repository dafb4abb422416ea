/* SPDX-License-Identifier: GPL-2.0-only */
/* What every command needs that runs until it is told to end. */
#ifndef KS_RUNTIME_H
#define KS_RUNTIME_H

#include <stdbool.h>
#include <stdint.h>

/* CLOCK_MONOTONIC of the kernel, as records have it: see clock_monotonic_ns(). */
uint64_t runtime_now_ns(void);

/* Whether we have a controlling terminal that is still there. */
bool runtime_has_terminal(void);

/*
 * Blocks SIGINT, SIGTERM, SIGCHLD and SIGHUP, which arrive as records of the descriptor that is
 * returned, without blocking a read; SIGPIPE and SIGXFSZ are ignored. A SIGHUP that is ignored, by
 * nohup(1), stays so unless `takes_hangup`. SIGWINCH, if `takes_resize`, is another. Returns a
 * negative errno on error.
 */
int runtime_open_signals(bool takes_hangup, bool takes_resize);

/* Writes what stdout still has: 0, or -EIO told on stderr if any of it could not be written. */
int runtime_flush_stdout(void);

/* Whether it is in effect, in our user namespace. */
bool runtime_has_capability(int capability);

/* For `keep` of runtime_drop_privileges(). */
enum { RUNTIME_KEEP_NOTHING = -1 };

/*
 * Everything is open: from here on, nothing is needed but the capability `keep`, if we have it.
 * Children cannot get more.
 */
void runtime_drop_privileges(int keep);

/* Writes a byte to the descriptor of --ready-fd, if there is one, and closes it. */
void runtime_tell_ready(int fd);

#endif
