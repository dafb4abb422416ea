/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Children whose state is certain, for the self-test. No signal is sent for them, nor at their end:
 * whoever waits for the end of a command may have one counted.
 */
#ifndef KS_SELF_CHILD_H
#define KS_SELF_CHILD_H

/* One that has ended, as one of two threads: its pid, to be reaped, or -errno. */
int self_child_make_ended(void);

/*
 * One that lives, and has us as its tracer, with PTRACE_O_EXITKILL. Its pid, to be given to
 * self_child_end(), or -errno: that may be forbidden.
 */
int self_child_make_traced(int *ret_go);

/* `go`: what was returned in ret_go. */
void self_child_end(int child, int go);

void self_child_reap(int child);

#endif
