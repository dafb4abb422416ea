/* SPDX-License-Identifier: GPL-2.0-only */
/* Situations: what state a target is in. */
#ifndef KS_TESTS_SITUATIONS_TARGETS_H
#define KS_TESTS_SITUATIONS_TARGETS_H

#include <sys/ptrace.h>

#include "situations_threads.h"

/* ---- the dead and the stopped ---- */

static void zombie_target(const struct situation *s)
{
	pid_t pid = fork();
	siginfo_t info;

	if (!pid)
		_exit(0);
	if (waitid(P_PID, pid, &info, WEXITED | WNOWAIT))
		die("waitid");
	call_each(s->entry, (struct process){ pid, pid }, s->number, TARGETS(pid));
}

static void prepare_dead_leader(void *context)
{
	(void)context;
	pthread_exit(NULL);
}

/* It has reported itself as ready by its other thread, which finds its leader dead or about to be.
 */
static void *outlive_leader(void *context)
{
	struct thread_play *play = context;
	char state = 'R', text[512];

	prctl(PR_SET_NAME, "outlives");
	while (state != 'Z') {
		sched_yield();
		if (read_file("/proc/self/stat", text, sizeof(text)) < 0)
			die("stat");
		state = strrchr(text, ')')[2];
	}
	report(play->ends[1], syscall(SYS_gettid));
	wait_for_curtain();
}

static void play_dead_leader(void *context)
{
	static struct thread_play play;

	play.ends[1] = *(int *)context;
	if (pthread_create(&play.thread, NULL, outlive_leader, &play))
		die("thread");
	prepare_dead_leader(NULL);
}

/* The leader is a zombie, another thread goes on. */
static void dead_leader(const struct situation *s)
{
	int ends[2];
	pid_t pid, tid;

	(void)s;
	make_pipe(ends);
	pid = fork();
	if (!pid) {
		die_with_parent();
		play_dead_leader(&ends[1]);
	}
	tid = hear(ends[0]);
	call_kill(pid, 0, TARGETS(pid));
	call_each(ENTRY_NATIVE, (struct process){ pid, pid }, SIGUSR1, TARGETS(pid));
	call_raw(TGKILL, pid, tid, SIGUSR1, 0, TARGETS(pid));
	call_kill(tid, SIGUSR2, TARGETS(pid));
	call_kill(pid, SIGKILL, TARGETS(pid));
}

static void *call_without_leader(void *context)
{
	struct process *target = context;
	char state = 'R', text[512];

	prctl(PR_SET_NAME, "orphan thread");
	while (state != 'Z') {
		sched_yield();
		if (read_file("/proc/self/stat", text, sizeof(text)) < 0)
			die("stat");
		state = strrchr(text, ')')[2];
	}
	call_each(ENTRY_NATIVE, *target, SIGUSR1, TARGETS(target->id));
	call_kill(make_gone(NULL), SIGUSR1, NO_TARGETS);
	_exit(0);
}

/* Sent by a thread whose leader has ended. */
static void sender_without_leader(const struct situation *s)
{
	struct process target = start_plain();
	pid_t pid = fork();
	pthread_t thread;

	(void)s;
	if (!pid) {
		if (pthread_create(&thread, NULL, call_without_leader, &target))
			die("thread");
		pthread_exit(NULL);
	}
	wait_for_success(pid);
}

static void wait_until_stopped(pid_t pid)
{
	if (waitpid(pid, NULL, WUNTRACED) != pid)
		die("stop");
}

static void stopped_target(const struct situation *s)
{
	struct process target = start_plain();

	(void)s;
	call_kill(target.pid, SIGSTOP, TARGETS(target.id));
	wait_until_stopped(target.pid);
	call_kill(target.pid, SIGUSR1, TARGETS(target.id));
	call_kill(target.pid, SIGSTOP, TARGETS(target.id));
	call_kill(target.pid, SIGCONT, TARGETS(target.id));
	call_kill(target.pid, SIGTSTP, TARGETS(target.id));
	call_kill(target.pid, SIGKILL, TARGETS(target.id));
	wait_for_end(target.pid);
	call_kill(target.pid, SIGKILL, NO_TARGETS);
}

static void traced_target(const struct situation *s)
{
	struct process target = start_plain();

	(void)s;
	if (ptrace(PTRACE_SEIZE, target.pid, NULL, NULL) ||
	    ptrace(PTRACE_INTERRUPT, target.pid, NULL, NULL))
		skip("no ptrace");
	wait_until_stopped(target.pid);
	call_each(ENTRY_NATIVE, target, SIGUSR1, TARGETS(target.id));
	call_kill(target.pid, SIGKILL, TARGETS(target.id));
}

/* Killed twice: the second one is ignored. */
static void killed_twice(const struct situation *s)
{
	struct process target = start_plain();

	(void)s;
	call_kill(target.pid, SIGKILL, TARGETS(target.id));
	call_kill(target.pid, SIGKILL, TARGETS(target.id));
	call_kill(target.pid, 0, TARGETS(target.id));
}

static void prepare_ignore(void *context)
{
	(void)context;
	signal(SIGUSR1, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	sigset_t none;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static void ignored_signals(const struct situation *s)
{
	struct process target = start(prepare_ignore, NULL);

	(void)s;
	call_each(ENTRY_NATIVE, target, SIGUSR1, TARGETS(target.id));
	call_kill(target.pid, SIGCHLD, TARGETS(target.id));
	call_kill(target.pid, SIGWINCH, TARGETS(target.id));
	call_kill(target.pid, SIGURG, TARGETS(target.id));
}

/* Every number there is, to one who blocks what can be blocked. */
static void every_signal(const struct situation *s)
{
	(void)s;
	for (int sig = 1; sig < 65; sig++) {
		struct process target = start_plain();

		call_kill(target.pid, sig, TARGETS(target.id));
	}
}

static bool is_kernel_thread(pid_t pid)
{
	char path[64], link[16];

	snprintf(path, sizeof(path), "/proc/%d/exe", pid);
	return readlink(path, link, sizeof(link)) < 0 && errno == ENOENT;
}

/* kthreadd: what is sent to it does nothing. */
static void kernel_thread(const struct situation *s)
{
	(void)s;
	if (!is_kernel_thread(2))
		skip("2 is no kernel thread here");
	call_kill(2, 0, TARGETS(2));
	call_kill(2, SIGCONT, TARGETS(2));
	become_nobody();
	call_kill(2, 0, TARGETS(2));
}

/* pid 1, with signals that do nothing. */
static void init_process(const struct situation *s)
{
	(void)s;
	call_kill(1, 0, TARGETS(1));
	call_kill(1, SIGCONT, TARGETS(1));
	become_nobody();
	call_kill(1, SIGTERM, TARGETS(1));
}

#endif
