/* SPDX-License-Identifier: GPL-2.0-only */
/* `-- COMMAND`: a child that waits until it is watched, then executes. */
#ifndef KS_COMMAND_H
#define KS_COMMAND_H

#include <sys/types.h>

struct command {
	pid_t pid;    /* 0: none */
	int go_fd;    /* a byte lets it go */
	int error_fd; /* brings its errno if exec failed */
};

/* Forks; the child executes after command_go(). 0, or -errno told on stderr. */
int command_fork(struct command *command, char **argv);

/* Lets it go. 0, or the exit status of a command that could not be executed (126, 127), told. */
int command_go(struct command *command, char **argv);

/* Collects the child, which has ended, as a shell's status; -EAGAIN: it has not. */
int command_wait(struct command *command);

/* Ends a child that was not let go. */
void command_abort(struct command *command);

#endif
