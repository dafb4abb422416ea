// SPDX-License-Identifier: GPL-2.0-only
/*
 * counted: until a line comes, again and again: kill() of a process that does not exist, whose
 * number counts up from FIRST; kill() of a child that ignores it; the same again, which nothing but
 * the time shows that it is another than the one before. Prints how often.
 */
#include <poll.h>
#include <signal.h>

#include "helper.h"

enum { FIRST = 0x10000000 }; /* above any pid */

static int has_line(void)
{
	struct pollfd fd = { .fd = STDIN_FILENO, .events = POLLIN };

	return poll(&fd, 1, 0) == 1;
}

int main(void)
{
	int rounds = 0, pid;

	signal(SIGUSR1, SIG_IGN);
	pid = fork();
	if (!pid)
		for (;;)
			pause();
	printf("ready\n");
	fflush(stdout);
	for (; !has_line(); rounds++) {
		kill(FIRST + rounds, SIGUSR1);
		kill(pid, SIGUSR1);
		kill(pid, SIGUSR1);
		usleep(50);
	}
	kill(pid, SIGKILL);
	printf("%d\n", rounds);
	return 0;
}
