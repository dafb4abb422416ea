/* SPDX-License-Identifier: GPL-2.0-only */
/* Signals to killsnoop itself. */
#ifndef KS_SIGNALS_H
#define KS_SIGNALS_H

#include <stdbool.h>

/* Whether we have a controlling terminal that is still there. */
bool signals_have_terminal(void);

/*
 * Blocks SIGINT, SIGTERM, SIGCHLD and SIGHUP, which arrive as records of the descriptor that is
 * returned, without blocking a read; SIGPIPE and SIGXFSZ are ignored. A SIGHUP that is ignored, by
 * nohup(1), stays so unless `takes_hangup`. SIGWINCH, if `takes_resize`, is another. Returns a
 * negative errno on error.
 */
int signals_open(bool takes_hangup, bool takes_resize);

#endif
