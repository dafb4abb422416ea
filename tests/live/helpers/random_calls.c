// SPDX-License-Identifier: GPL-2.0-only
/*
 * random_calls PROCESSES CALLS: so many processes at once make so many calls each, of all six kinds
 * and chosen at random, to separate targets: one process, a thread, a group, none. Then it prints
 * how many there were.
 */
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "helper.h"

enum { TARGETS = 4, GONE = 0x7ffffff0 };

static pid_t targets[TARGETS]; /* the later half is a process group */
static int pidfd;

/* Whatever they get stays pending. */
static void start_targets(void)
{
	sigset_t all, before;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &before);
	for (int i = 0; i < TARGETS; i++) {
		pid_t group = i > TARGETS / 2 ? targets[TARGETS / 2] : 0;

		targets[i] = fork();
		if (targets[i] < 0)
			die("fork");
		while (!targets[i])
			pause();
		if (i >= TARGETS / 2 && setpgid(targets[i], group))
			die("setpgid");
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	pidfd = syscall(SYS_pidfd_open, targets[0], 0);
	if (pidfd < 0)
		die("pidfd_open");
}

static void make_call(void)
{
	static const int signals[] = { SIGHUP, SIGINT, SIGUSR1, SIGTERM, SIGALRM, 40, 50, 64 };
	siginfo_t info = { .si_code = -1 };
	int signal = signals[rand() % (int)(sizeof(signals) / sizeof(signals[0]))];
	pid_t pid = targets[rand() % TARGETS];

	switch (rand() % 9) {
	case 0: kill(pid, signal); break;
	case 1: syscall(SYS_tkill, pid, signal); break;
	case 2: syscall(SYS_tgkill, pid, pid, signal); break;
	case 3: syscall(SYS_rt_sigqueueinfo, pid, signal, &info); break;
	case 4: syscall(SYS_rt_tgsigqueueinfo, pid, pid, signal, &info); break;
	case 5: syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0); break;
	case 6: kill(-targets[TARGETS / 2], signal); break;
	case 7: kill(GONE, signal); break;
	case 8: syscall(SYS_pidfd_send_signal, -1, signal, NULL, 0); break;
	}
}

static void start_sender(int seed, long calls)
{
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (pid)
		return;
	srand(seed);
	for (long i = 0; i < calls; i++)
		make_call();
	_exit(0);
}

static void wait_for_senders(int senders)
{
	while (senders--) {
		int status;

		if (wait(&status) < 0 || status)
			die("a sender");
	}
}

int main(int argc, char **argv)
{
	int senders = argc == 3 ? atoi(argv[1]) : 0;
	long calls = argc == 3 ? atol(argv[2]) : 0;

	prctl(PR_SET_NAME, "ks-mix");
	start_targets();
	for (int i = 0; i < senders; i++)
		start_sender(i + 1, calls);
	wait_for_senders(senders);
	printf("{\"calls\":%ld,\"parent\":%d}\n", senders * calls, getpid());
	fflush(stdout);
	prctl(PR_SET_NAME, "mix"); /* what follows does not count */
	for (int i = 0; i < TARGETS; i++)
		kill(targets[i], SIGKILL);
	return 0;
}
