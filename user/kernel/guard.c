// SPDX-License-Identifier: GPL-2.0-only
#include "kernel/guard.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/procfs.h"

struct guarded {
	void (*function)(void *argument);
	void *argument;
	const int *fds;
};

/* Whoever waits for the end of a pipe that we have must not wait for this. */
static void guard_close(unsigned int first, unsigned int last)
{
	if (first <= last)
		syscall(SYS_close_range, first, last, 0);
}

static int guard_run_here(void *argument)
{
	const struct guarded *guarded = argument;

	prctl(PR_SET_PDEATHSIG, SIGKILL); /* where the kernel waits for a lock, it ends that */
	if (guarded->fds[0])
		guard_close(0, guarded->fds[0] - 1U);
	guard_close(guarded->fds[0] + 1, guarded->fds[1] - 1U);
	guard_close(guarded->fds[1] + 1, UINT_MAX);
	guarded->function(guarded->argument);
	_exit(0);
}

/* A copy of our memory; no SIGCHLD comes at its end. */
static int guard_start(struct guarded *guarded)
{
	static _Alignas(16) char stack[256 << 10];
	int child = clone(guard_run_here, stack + sizeof(stack), 0, guarded);

	return child < 0 ? -errno : child;
}

static int guard_reap(int child)
{
	int status;

	if (waitpid(child, &status, __WALL) != child)
		return -errno;
	return status ? -EIO : 0;
}

/* Without a pidfd there is no deadline. */
static int guard_wait(int child, int pidfd, atomic_uint *progress)
{
	struct pollfd end = { .fd = pidfd, .events = POLLIN };
	unsigned int before;
	int n;

	do {
		before = atomic_load(progress);
		n = pidfd < 0 ? 1 : poll(&end, 1, GUARD_STALL_MS);
		if (n > 0)
			return guard_reap(child);
	} while (n < 0 || atomic_load(progress) != before || procfs_state(child) == 'R');
	return -ETIMEDOUT;
}

int guard_run(void (*function)(void *argument), void *argument, const int fds[2],
	      atomic_uint *progress)
{
	struct guarded guarded = { function, argument, fds };
	int child = guard_start(&guarded), pidfd, err;

	if (child < 0)
		return child;
	pidfd = syscall(SYS_pidfd_open, child, 0);
	err = guard_wait(child, pidfd, progress);
	if (pidfd >= 0)
		close(pidfd);
	return err;
}
