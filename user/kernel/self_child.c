// SPDX-License-Identifier: GPL-2.0-only
#include "kernel/self_child.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stddef.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STACK_BYTES = 16 << 10 };

struct stacks {
	_Alignas(16) char leader[STACK_BYTES], thread[STACK_BYTES];
};

static struct stacks self_child_stacks;

/* No SIGCHLD comes at its end. */
static int self_child_start(int (*function)(void *argument), void *argument)
{
	pid_t child = clone(function, self_child_stacks.leader + STACK_BYTES, 0, argument);

	return child < 0 ? -errno : child;
}

void self_child_reap(int child)
{
	waitpid(child, NULL, __WALL);
}

/* ---- one that has ended ---- */

static int self_child_wait_forever(void *unused)
{
	(void)unused;
	while (pause())
		;
	return 0;
}

/* Before v5.16, exit_group(2) sets SIGNAL_GROUP_EXIT only if there is another thread to end. */
static int self_child_end_with_thread(void *unused)
{
	int flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD;

	(void)unused;
	_exit(clone(self_child_wait_forever, self_child_stacks.thread + STACK_BYTES, flags, NULL) <
	      0);
}

/* Waits until it has ended, and leaves it a zombie. 0 or -errno. */
static int self_child_await_end(pid_t child)
{
	siginfo_t ended;

	while (waitid(P_PID, child, &ended, WEXITED | WNOWAIT | __WALL))
		if (errno != EINTR)
			return -errno;
	return ended.si_code == CLD_EXITED && !ended.si_status ? 0 : -EAGAIN;
}

int self_child_make_ended(void)
{
	int child = self_child_start(self_child_end_with_thread, NULL);
	int err = child < 0 ? child : self_child_await_end(child);

	if (!err)
		return child;
	if (child > 0)
		self_child_reap(child);
	return err;
}

/* ---- one that is traced ---- */

/* It has one thread only: at the end of another, its tracer would be sent SIGCHLD. */
static int self_child_wait_for_end_of_file(void *argument)
{
	const int *go = argument;
	char none;

	close(go[1]);
	while (read(go[0], &none, 1) < 0 && errno == EINTR)
		continue;
	_exit(0);
}

int self_child_make_traced(int *ret_go)
{
	int go[2], child, err;

	if (pipe2(go, O_CLOEXEC))
		return -errno;
	child = self_child_start(self_child_wait_for_end_of_file, go);
	close(go[0]);
	err = child < 0							     ? child
	      : ptrace(PTRACE_SEIZE, child, NULL, (void *)PTRACE_O_EXITKILL) ? -errno
									     : 0;
	if (err) {
		self_child_end(child, go[1]);
		return err;
	}
	*ret_go = go[1];
	return child;
}

void self_child_end(int child, int go)
{
	close(go);
	if (child > 0)
		self_child_reap(child);
}
