/* SPDX-License-Identifier: GPL-2.0-only */
/* Situations: how a sender starts, what it does next, what holds it back. */
#ifndef KS_TESTS_SITUATIONS_SENDERS_H
#define KS_TESTS_SITUATIONS_SENDERS_H

#include <elf.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>

#include "situations_threads.h"

/* ---- senders ---- */

static void unblock_signals(void)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static void forbid_core(void)
{
	struct rlimit none = {};

	setrlimit(RLIMIT_CORE, &none);
}

/* Audit reports a sender's end as any call: the signal waits for the way out of the kernel. */
static NORETURN void play_suicide(const struct situation *s, pid_t pid)
{
	struct attempt attempt = aimed(s->entry, KILL, &(struct aim){ pid, .signal = s->number });

	print_call(&attempt, TARGETS(own_id()), "");
	forbid_core();
	unblock_signals();
	make_raw_call(&attempt);
	die("suicide");
}

static void suicide(const struct situation *s)
{
	pid_t pid;

	need_entry(s->entry);
	pid = fork();
	if (!pid)
		play_suicide(s, getpid());
	wait_for_end(pid);
}

/* By its whole group, which it is all of. */
static void suicide_of_group(const struct situation *s)
{
	pid_t pid = fork();

	if (!pid) {
		setpgid(0, 0);
		play_suicide(s, 0);
	}
	wait_for_end(pid);
}

struct hit {
	int ends[2];
	int signal;
};

static void *hit_leader(void *context)
{
	const struct hit *hit = context;

	hear(hit->ends[0]);
	announce(TGKILL, getpid(), getpid(), hit->signal, TARGETS(own_id()));
	enter_native(SYS_tgkill, (const long[4]){ getpid(), getpid(), hit->signal });
	die("the end");
}

/*
 * One thread hits another: all of them end. It waits until the leader has come back from the
 * creation of threads, in which libc blocks all signals.
 */
static void killed_by_thread(const struct situation *s)
{
	struct hit hit = { .signal = s->number };
	pthread_t thread;
	pid_t pid;

	make_pipe(hit.ends);
	pid = fork();
	if (!pid) {
		unblock_signals();
		if (pthread_create(&thread, NULL, hit_leader, &hit))
			die("thread");
		report(hit.ends[1], 0);
		wait_for_curtain();
	}
	wait_for_end(pid);
}

static void play_abort(void *context)
{
	(void)context;
	forbid_core();
	announce_loosely(TGKILL, getpid(), getpid(), SIGABRT, TARGETS(own_id()));
	abort();
}

static void aborted(const struct situation *s)
{
	pid_t pid = fork();

	(void)s;
	if (!pid)
		play_abort(NULL);
	wait_for_end(pid);
}

static void act_raise(void *context)
{
	(void)context;
	announce_loosely(TGKILL, getpid(), syscall(SYS_gettid), SIGUSR1, TARGETS(own_id()));
	raise(SIGUSR1);
}

static void raised(const struct situation *s)
{
	(void)s;
	act_raise(NULL);
	start_thread(act_raise, NULL);
}

/* The child of a vfork: another's memory, and so another's title. */
static void sent_by_vfork(const struct situation *s)
{
	static struct process target;
	pid_t pid;

	(void)s;
	target = start_plain();
	pid = vfork();
	if (!pid) {
		call_each(ENTRY_NATIVE, target, SIGUSR1, TARGETS(target.id));
		_exit(0);
	}
	wait_for_success(pid);
}

static int clone_main(void *context)
{
	struct process *target = context;

	prctl(PR_SET_NAME, "clone");
	call_each(ENTRY_NATIVE, *target, SIGUSR1, TARGETS(target->id));
	return 0;
}

/* Processes that share what processes seldom share: `number` has flags of clone(2). */
static void sent_by_clone(const struct situation *s)
{
	static char stack[1 << 17] __attribute__((aligned(16)));
	struct process target = start_plain();
	pid_t pid = clone(clone_main, stack + sizeof(stack), (int)s->number | SIGCHLD, &target);

	wait_for_success(pid);
}

/* CLONE_PARENT: its parent is not who made it. */
static void play_sibling(void *context)
{
	static char stack[1 << 17] __attribute__((aligned(16)));
	struct process *target = context;
	pid_t pid = clone(clone_main, stack + sizeof(stack), CLONE_PARENT | SIGCHLD, target);

	if (pid < 0)
		die("clone");
}

static void sent_by_sibling(const struct situation *s)
{
	struct process target = start_plain();
	int status;

	(void)s;
	in_child(play_sibling, &target);
	if (waitpid(-1, &status, 0) < 0 || status)
		die("the sibling");
}

/* Waits until its parent is another, by the pidfd of the first one. */
static void wait_for_orphanage(int parent)
{
	struct pollfd end = { .fd = parent, .events = POLLIN };

	if (poll(&end, 1, 10000) != 1)
		die("the parent lives");
}

/* A sender whose parent has ended before. */
static void orphaned_sender(const struct situation *s)
{
	struct process target = start_plain();
	int ends[2];
	pid_t pid;

	(void)s;
	make_pipe(ends);
	pid = fork();
	if (!pid) {
		int self = open_pidfd(getpid());

		if (fork())
			_exit(0);
		wait_for_orphanage(self);
		call_each(ENTRY_NATIVE, target, SIGUSR1, TARGETS(target.id));
		call_kill(make_gone(NULL), SIGUSR1, NO_TARGETS);
		report(ends[1], 1);
		_exit(0);
	}
	wait_for_end(pid);
	hear(ends[0]);
}

static void play_exec(void *context)
{
	struct process *target = context;

	call_kill(target->pid, SIGUSR1, TARGETS(target->id));
	call_kill(target->pid, SIGUSR2, TARGETS(target->id));
	execl("/proc/self/exe", "quits", "--quit", NULL);
	die("exec");
}

/* It becomes another program at once. */
static void exec_after(const struct situation *s)
{
	struct process target = start_plain();

	(void)s;
	in_child(play_exec, &target);
}

static void play_exec_between(void *context)
{
	struct process *target = context;
	char order[128], *environment[] = { order, NULL };
	char *argv[] = { "after", "the exec", NULL };

	call_kill(target->pid, SIGUSR1, TARGETS(target->id));
	snprintf(order, sizeof(order), "SENDER=%s %d plain -", situation_name, target->id);
	execve("/proc/self/exe", argv, environment);
	die("exec");
}

/* It goes on as another program, with other arguments. */
static void exec_between(const struct situation *s)
{
	struct process target = start_plain();

	(void)s;
	in_child(play_exec_between, &target);
}

static void play_brief(void *context)
{
	struct process *target = context;

	call_kill(target->pid, SIGUSR1, TARGETS(target->id));
}

static void brief_senders(const struct situation *s)
{
	struct process target = start_plain();

	(void)s;
	for (int i = 0; i < 20; i++)
		in_child(play_brief, &target);
}

static void no_new_privileges(const struct situation *s)
{
	struct process target = start_plain();

	(void)s;
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	call_each(ENTRY_NATIVE, target, SIGUSR1, TARGETS(target.id));
}

/* ---- seccomp ---- */

/* What becomes of kill(2) and of no other call. */
static bool filter_kill(unsigned int action)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_kill, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, action),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(code) / sizeof(code[0]), code };

	return !prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) &&
	       !prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

/* Never entered: no call that audit could record. */
static void print_unmade(const struct attempt *attempt)
{
	print_call(attempt, NO_TARGETS, ",\"unmade\":true");
}

static void seccomp_errno(const struct situation *s)
{
	struct process target = start_plain();
	struct attempt attempt =
	    aimed(ENTRY_NATIVE, KILL, &(struct aim){ target.pid, .signal = SIGUSR1 });

	(void)s;
	if (!filter_kill(SECCOMP_RET_ERRNO | EPERM))
		skip("no seccomp");
	make_raw_call(&attempt);
	print_unmade(&attempt);
	call_raw(TKILL, target.pid, SIGUSR1, 0, 0, TARGETS(target.id));
}

static void seccomp_kill(const struct situation *s)
{
	struct process target = start_plain();
	struct attempt attempt =
	    aimed(ENTRY_NATIVE, KILL, &(struct aim){ target.pid, .signal = SIGUSR1 });
	pid_t pid = fork();

	if (!pid) {
		forbid_core();
		if (!filter_kill(s->number))
			skip("no seccomp");
		print_unmade(&attempt);
		make_raw_call(&attempt);
		die("seccomp");
	}
	wait_for_end(pid);
}

static void seccomp_log(const struct situation *s)
{
	struct process target = start_plain();

	(void)s;
	if (!filter_kill(SECCOMP_RET_LOG))
		skip("no seccomp");
	call_kill(target.pid, SIGUSR1, TARGETS(target.id));
}

/* ---- a sender under ptrace ---- */

/* Stops itself, for its tracer; asks for SIGUSR1, and `context` says what becomes of that. */
static void play_traced(const struct process *target, long becomes)
{
	struct attempt attempt =
	    aimed(ENTRY_NATIVE, KILL, &(struct aim){ target->pid, .signal = SIGUSR1 });

	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL))
		skip("no ptrace");
	announce(KILL, getpid(), SIGSTOP, 0, TARGETS(own_id()));
	enter_native(SYS_kill, (const long[4]){ getpid(), SIGSTOP });
	make_raw_call(&attempt);
	attempt.args[1] = becomes;
	print_call(&attempt, TARGETS(target->id), "");
	_exit(0);
}

#ifdef __x86_64__
/* On its way into kill(2): before audit reads. */
static void replace_signal(pid_t pid, long becomes)
{
	struct user_regs_struct regs;

	if (ptrace(PTRACE_GETREGS, pid, NULL, &regs))
		die("ptrace");
	if (regs.orig_rax != SYS_kill || regs.rsi != SIGUSR1)
		return;
	regs.rsi = becomes;
	if (ptrace(PTRACE_SETREGS, pid, NULL, &regs))
		die("ptrace");
}
#else
static void replace_signal(pid_t pid, long becomes)
{
	struct user_regs_struct regs;
	struct iovec all = { &regs, sizeof(regs) };

	if (ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &all))
		die("ptrace");
	if (regs.regs[8] != SYS_kill || regs.regs[1] != SIGUSR1)
		return;
	regs.regs[1] = becomes;
	if (ptrace(PTRACE_SETREGSET, pid, NT_PRSTATUS, &all))
		die("ptrace");
}
#endif

static void traced_sender(const struct situation *s)
{
	struct process target = start_plain();
	int status = 0;
	pid_t pid = fork();

	if (!pid)
		play_traced(&target, s->number);
	while (waitpid(pid, &status, 0) == pid && WIFSTOPPED(status)) {
		if (s->number != SIGUSR1)
			replace_signal(pid, s->number);
		ptrace(PTRACE_SYSCALL, pid, NULL, NULL);
	}
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		_exit(WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_BROKEN);
}

#endif
