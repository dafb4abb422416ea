/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel's table of tracepoints. */
#ifndef KS_TRACEFS_H
#define KS_TRACEFS_H

/*
 * The perf event of the tracepoint of a system call, e.g. "kill", on one `side`: "enter" or "exit",
 * to which programs can be attached. Its descriptor, or a negative errno. A tracefs need not be
 * mounted and is not mounted by this; to see its own, one needs CAP_SYS_ADMIN. The event takes
 * CAP_PERFMON, or, on kernels of Debian with their default of kernel.perf_event_paranoid,
 * CAP_SYS_ADMIN.
 */
int tracefs_open_syscall(const char *side, const char *call);

#endif
