// SPDX-License-Identifier: GPL-2.0-only
/*
 * storm N: sends SIGUSR1 to its child N times, as fast as it can, once a line comes on
 * stdin. Prints who it is before and how long it took after.
 */
#include <signal.h>
#include <sys/wait.h>

#include "helper.h"

/* All signals stay pending: no handler runs beside the storm. */
static pid_t start_target(void)
{
	sigset_t all, before;
	pid_t pid;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &before);
	pid = fork();
	if (pid < 0)
		die("fork");
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	return pid;
}

static void wait_for_line(void)
{
	char line[16];

	if (!fgets(line, sizeof(line), stdin))
		_exit(EXIT_BROKEN);
}

int main(int argc, char **argv)
{
	long calls = argc == 2 ? atol(argv[1]) : 0;
	pid_t target = start_target();
	int64_t start_ns;

	printf("{\"pid\":%d,\"target\":%d}\n", getpid(), target);
	fflush(stdout);
	wait_for_line();
	start_ns = now_ns();
	for (long i = 0; i < calls; i++)
		if (kill(target, SIGUSR1))
			die("kill");
	printf("{\"sent\":%ld,\"ns\":%lld}\n", calls, (long long)(now_ns() - start_ns));
	fflush(stdout);
	wait_for_line();
	kill(target, SIGKILL);
	waitpid(target, NULL, 0);
	return 0;
}
