/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel's table of tracepoints. */
#ifndef KS_TRACEFS_H
#define KS_TRACEFS_H

/*
 * The id of the tracepoint of a system call, e.g. "kill", on one `side`: "enter" or "exit". tracefs
 * need not be mounted and is not mounted by this. A negative errno if it cannot be had.
 */
int tracefs_syscall_id(const char *side, const char *call);

#endif
