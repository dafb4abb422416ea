// SPDX-License-Identifier: GPL-2.0-only
/*
 * chains DEAD: a process "parent" prints its pid, forks "orphan" and ends. "orphan" signals itself,
 * has DEAD children that each signal themselves and end, waits for the end of its standard input,
 * calls itself "later", and signals itself again. The signal is SIGRTMAX-3, which no other program
 * uses.
 */
#include <signal.h>
#include <sys/wait.h>

#include "helper.h"

static void signal_self(void)
{
	kill(getpid(), SIGRTMAX - 3);
}

static void name_self(const char *name)
{
	prctl(PR_SET_NAME, name);
}

static void make_dead(long n)
{
	for (long i = 0; i < n; i++) {
		pid_t child = fork();

		if (child < 0)
			die("fork");
		if (!child) {
			name_self("child");
			signal_self();
			_exit(0);
		}
		waitpid(child, NULL, 0);
	}
}

static void wait_for_end(int fd)
{
	char byte;

	if (read(fd, &byte, 1))
		die("there is something to read");
}

/* The end of the parent is that of the pipe. */
static void be_orphan(int parent, long n)
{
	name_self("orphan");
	wait_for_end(parent);
	signal_self();
	make_dead(n);
	wait_for_end(STDIN_FILENO);
	name_self("later");
	signal_self();
}

int main(int argc, char **argv)
{
	int ends[2];

	if (argc != 2 || pipe(ends))
		return EXIT_BROKEN;
	signal(SIGRTMAX - 3, SIG_IGN);
	name_self("parent");
	if (fork()) {
		dprintf(STDOUT_FILENO, "%d\n", getpid());
		_exit(0);
	}
	close(ends[1]);
	be_orphan(ends[0], strtol(argv[1], NULL, 10));
	return 0;
}
