// SPDX-License-Identifier: GPL-2.0-only
/*
 * Senders whose calls are hard to join with audit's records:
 * unruly dying N: N times, a child signals its parent, which kills it as soon as it wakes.
 * unruly group N: N probes of a group whose members come and go.
 * unruly burst: the same call again and again, with pauses; a line for each burst.
 * unruly busy: the same call as fast as it goes.
 * The last two run until they are killed, after a line; the others print how many calls there were.
 */
#include <signal.h>
#include <sys/wait.h>

#include "helper.h"

static void say_calls(long calls)
{
	char line[96];

	say(line, snprintf(line, sizeof(line), "{\"calls\":%ld,\"ns\":%lld}\n", calls,
			   (long long)now_ns()));
}

/* A child that ignores the signal, until the end of its parent. */
static pid_t start_target(void)
{
	pid_t pid;

	signal(SIGUSR1, SIG_IGN);
	pid = fork();
	if (pid < 0)
		die("fork");
	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		pause();
}

static long be_dying(long rounds)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	for (long i = 0; i < rounds; i++) {
		pid_t pid = fork();

		if (pid < 0)
			die("fork");
		if (!pid) {
			kill(getppid(), SIGUSR1);
			for (;;)
				pause();
		}
		sigwaitinfo(&set, NULL);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	return 2 * rounds;
}

/* Forks and reaps as fast as it goes. */
static NORETURN void come_and_go(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		pid_t pid = fork();

		if (!pid)
			_exit(0);
		waitpid(pid, NULL, 0);
	}
}

static long be_group(long rounds)
{
	struct timespec pause = { .tv_nsec = 200000 };
	pid_t pid;

	setpgid(0, 0);
	pid = fork();
	if (!pid)
		come_and_go();
	for (long i = 0; i < rounds; i++) {
		kill(0, 0);
		nanosleep(&pause, NULL);
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return rounds + 1;
}

static NORETURN void be_burst(void)
{
	struct timespec pause = { .tv_nsec = 15000000 };
	pid_t target = start_target();

	for (long calls = 0;; say_calls(calls)) {
		int64_t end_ns = now_ns() + 60000000;

		for (int64_t next_ns = 0; next_ns < end_ns; calls++) {
			kill(target, SIGUSR1);
			next_ns = now_ns() + 20000;
			while (now_ns() < next_ns)
				;
		}
		nanosleep(&pause, NULL);
	}
}

static NORETURN void be_busy(void)
{
	pid_t target = start_target();

	say_calls(0);
	for (;;)
		kill(target, SIGUSR1);
}

int main(int argc, char **argv)
{
	long rounds = argc == 3 ? atol(argv[2]) : 0;

	if (argc == 2 && !strcmp(argv[1], "burst"))
		be_burst();
	if (argc == 2 && !strcmp(argv[1], "busy"))
		be_busy();
	if (argc == 3 && !strcmp(argv[1], "dying"))
		say_calls(be_dying(rounds));
	else if (argc == 3 && !strcmp(argv[1], "group"))
		say_calls(be_group(rounds));
	else
		return EXIT_BROKEN;
	return 0;
}
