/* SPDX-License-Identifier: GPL-2.0-only */
/* `-- COMMAND`: a child that waits until it is watched, then executes. */
#ifndef KS_CHILD_H
#define KS_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

struct child {
	pid_t pid;    /* 0: none */
	int go_fd;    /* a byte lets it go */
	int error_fd; /* brings its errno if exec failed */
};

/*
 * Forks; the child executes after child_go(), with the signal mask and dispositions of now. If we
 * end before, so does it. 0, or -errno reported on stderr.
 */
int child_fork(struct child *command, char **argv);

/* Lets it go. 0, or the exit status of a command that could not be executed (126, 127), reported.
 */
int child_go(struct child *command, char **argv);

/*
 * Collects the child; its status as a shell gives it. `has_ended`: it is known to be about to, and
 * is waited for; otherwise -EAGAIN if it has not ended yet.
 */
int child_wait(struct child *command, bool has_ended);

#endif
