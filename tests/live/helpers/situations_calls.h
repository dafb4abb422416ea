/* SPDX-License-Identifier: GPL-2.0-only */
/* Situations: each call of the kill family, its errors, and its arguments. */
#ifndef KS_TESTS_SITUATIONS_CALLS_H
#define KS_TESTS_SITUATIONS_CALLS_H

#include "scenario.h"

/* In a child, for where there is none, the interrupt is a fault. */
static bool has_i386(void)
{
	const long none[4] = {};
	pid_t pid = fork();
	int status;

	if (!pid)
		_exit(enter_i386(20, none) == getpid() ? 0 : 1); /* getpid(2) */
	return waitpid(pid, &status, 0) == pid && !status;
}

static void need_entry(enum entry entry)
{
	if (entry == ENTRY_I386 && !has_i386())
		skip("this kernel has no i386 system calls");
}

static const void *queue_info(enum entry entry, int signal)
{
	return (const void *)make_info(entry, signal,
				       &(struct claim){ .code = -1, .pid = 4242, .uid = 77 });
}

/* ---- each of the six ---- */

/* All calls at `process`, with `signals` in turn; `targets` of each. */
static void call_each(enum entry entry, struct process process, int signal,
		      const struct targets *targets)
{
	struct aim aim = { .pid = process.pid, .tid = process.pid, .signal = signal };

	aim.fd = open_pidfd(process.pid);
	for (int via = 0; via < VIA_MAX; via++) {
		aim.info = via == QUEUE || via == TGQUEUE ? queue_info(entry, signal) : NULL;
		call_aimed(entry, via, &aim, targets);
	}
	close(aim.fd);
}

/* To one who takes it; `number` is the signal. */
static void each_succeeds(const struct situation *s)
{
	struct process target = start_plain();

	need_entry(s->entry);
	call_each(s->entry, target, s->number, TARGETS(target.id));
}

static void each_is_denied(const struct situation *s)
{
	struct process target = start_plain();

	need_entry(s->entry);
	become_nobody();
	call_each(s->entry, target, s->number, TARGETS(target.id));
}

static void each_finds_nobody(const struct situation *s)
{
	struct aim aim = { .signal = s->number };
	int fd;

	need_entry(s->entry);
	aim.pid = aim.tid = make_gone(&fd);
	aim.fd = fd;
	for (int via = 0; via < VIA_MAX; via++) {
		aim.info = via == QUEUE || via == TGQUEUE ? queue_info(s->entry, s->number) : NULL;
		call_aimed(s->entry, via, &aim, NO_TARGETS);
	}
}

/* There is no such signal: audit does not see whom it was meant for. */
static void each_is_invalid(const struct situation *s)
{
	struct process target = start_plain();

	need_entry(s->entry);
	call_each(s->entry, target, s->number, NO_TARGETS);
}

static void each_to_self(const struct situation *s)
{
	need_entry(s->entry);
	call_each(s->entry, (struct process){ getpid(), own_id() }, s->number, TARGETS(own_id()));
}

/* A siginfo with real-time signals, which are queued one after the other. */
static void each_queues(const struct situation *s)
{
	struct process target = start_plain();

	need_entry(s->entry);
	for (int i = 0; i < 3; i++)
		call_each(s->entry, target, SIGRTMIN + i, TARGETS(target.id));
}

/* ---- pids that are none ---- */

static void odd_pids(const struct situation *s)
{
	static const long odd[] = { 0, -1, -4, INT_MIN, INT_MAX };
	struct aim aim = { .signal = SIGUSR1, .info = queue_info(s->entry, SIGUSR1) };

	need_entry(s->entry);
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		aim.pid = aim.tid = odd[i];
		for (int via = TKILL; via < PIDFD; via++)
			call_aimed(s->entry, via, &aim, NO_TARGETS);
	}
	aim.pid = INT_MIN; /* no group: its negative is no number */
	call_aimed(s->entry, KILL, &aim, NO_TARGETS);
	aim.pid = INT_MAX;
	call_aimed(s->entry, KILL, &aim, NO_TARGETS);
}

/* The thread is there, but in another process. */
static void wrong_process(const struct situation *s)
{
	struct process target = start_plain();
	struct aim aim = { .pid = getpid(), .tid = target.pid, .signal = SIGUSR1 };

	need_entry(s->entry);
	aim.info = queue_info(s->entry, SIGUSR1);
	call_aimed(s->entry, TGKILL, &aim, NO_TARGETS);
	call_aimed(s->entry, TGQUEUE, &aim, NO_TARGETS);
	aim.pid = target.pid;
	aim.tid = getpid();
	call_aimed(s->entry, TGKILL, &aim, NO_TARGETS);
	call_aimed(s->entry, TGQUEUE, &aim, NO_TARGETS);
}

/* ---- descriptors ---- */

static void call_pidfd(enum entry entry, long fd, long flags, const struct targets *targets)
{
	struct aim aim = { .fd = fd, .signal = SIGUSR1, .flags = flags };

	call_aimed(entry, PIDFD, &aim, targets);
}

/* Closed ones, and files that are no process. */
static void bad_pidfds(const struct situation *s)
{
	int file = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
	int ends[2];

	need_entry(s->entry);
	make_pipe(ends);
	call_pidfd(s->entry, -1, 0, NO_TARGETS);
	call_pidfd(s->entry, 9999, 0, NO_TARGETS);
	call_pidfd(s->entry, file, 0, NO_TARGETS);
	call_pidfd(s->entry, ends[0], 0, NO_TARGETS);
	call_pidfd(s->entry, PROC_FD, 0, NO_TARGETS);
}

/* An early form of pidfds, which still works. */
static void proc_directory(const struct situation *s)
{
	struct process target = start_plain();
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d", target.id);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	call_pidfd(s->entry, fd, 0, TARGETS(target.id));
	become_nobody();
	call_pidfd(s->entry, fd, 0, TARGETS(target.id));
}

static void bad_pidfd_flags(const struct situation *s)
{
	struct process target = start_plain();
	int fd = open_pidfd(target.pid);

	need_entry(s->entry);
	call_pidfd(s->entry, fd, 0x80, NO_TARGETS);
	call_pidfd(s->entry, fd, 0xffffffff, NO_TARGETS);
	call_pidfd(s->entry, fd, 3, NO_TARGETS);
}

/*
 * PIDFD_SIGNAL_THREAD, _THREAD_GROUP and _PROCESS_GROUP, since v6.9: `number`. The target leads a
 * group of two.
 */
static void pidfd_scope(const struct situation *s)
{
	struct process target = start_plain(), second = start_plain();
	struct targets targets = { s->number == 4 ? 2 : 1, { target.id, second.id } };
	struct aim aim = { .signal = SIGUSR1, .flags = s->number };
	struct attempt attempt;

	if (setpgid(target.pid, target.pid) || setpgid(second.pid, target.pid))
		die("setpgid");
	aim.fd = open_pidfd(target.pid);
	attempt = aimed(ENTRY_NATIVE, PIDFD, &aim);
	make_raw_call(&attempt);
	if (attempt.ret)
		targets.n = 0; /* there is no such flag here */
	print_call(&attempt, &targets, "");
	attempt.args[1] = 0;
	make_and_print(&attempt, &targets);
	become_nobody();
	make_and_print(&attempt, &targets);
}

/* A flag that no kernel has, beside that of a group, which there is. */
static void bad_group_flags(const struct situation *s)
{
	struct process target = start_plain();
	struct aim aim = { .signal = (int)s->number, .flags = 0x84 };

	if (setpgid(target.pid, target.pid))
		die("setpgid");
	aim.fd = open_pidfd(target.pid);
	call_aimed(ENTRY_NATIVE, PIDFD, &aim, NO_TARGETS);
}

/* PIDFD_SELF_THREAD and PIDFD_SELF_THREAD_GROUP of include/uapi/linux/fcntl.h, since v6.14. */
static void pidfd_self(const struct situation *s)
{
	(void)s;
	for (int fd = -10000; fd >= -10001; fd--) {
		struct attempt attempt =
		    aimed(ENTRY_NATIVE, PIDFD, &(struct aim){ .fd = fd, .signal = SIGUSR1 });

		make_raw_call(&attempt);
		print_call(&attempt, attempt.ret ? NO_TARGETS : TARGETS(own_id()), "");
	}
}

/* PIDFD_THREAD of pidfd_open(2), since v6.9, has the value of O_EXCL. */
static void pidfd_of_thread(const struct situation *s)
{
	struct process target = start_plain();
	int fd = syscall(SYS_pidfd_open, target.pid, O_EXCL);

	(void)s;
	if (fd < 0)
		skip("this kernel has no pidfds of threads");
	call_pidfd(ENTRY_NATIVE, fd, 0, TARGETS(target.id));
	become_nobody();
	call_pidfd(ENTRY_NATIVE, fd, 0, TARGETS(target.id));
}

static void pidfd_of_zombie(const struct situation *s)
{
	pid_t pid = fork();
	siginfo_t info;
	int fd;

	if (!pid)
		_exit(0);
	fd = open_pidfd(pid);
	if (waitid(P_PID, pid, &info, WEXITED | WNOWAIT))
		die("waitid");
	call_pidfd(s->entry, fd, 0, TARGETS(pid));
	wait_for_end(pid);
	call_pidfd(s->entry, fd, 0, NO_TARGETS);
}

/* ---- siginfo ---- */

static const enum via with_info[] = { QUEUE, TGQUEUE, PIDFD };

static void call_with_info(enum entry entry, struct aim *aim, const struct targets *targets)
{
	for (int i = 0; i < 3; i++)
		call_aimed(entry, with_info[i], aim, targets);
}

static const void *info_of_code(enum entry entry, int code)
{
	return (const void *)make_info(entry, SIGUSR1,
				       &(struct claim){ .code = code, .pid = 1, .uid = 0 });
}

/* Codes that only the kernel may use: refused before the target is looked up. */
static void forged_code(const struct situation *s)
{
	struct process target = start_plain();
	struct aim aim = { .pid = target.pid, .tid = target.pid, .signal = SIGUSR1 };

	need_entry(s->entry);
	aim.fd = open_pidfd(target.pid);
	aim.info = info_of_code(s->entry, s->number);
	call_with_info(s->entry, &aim, NO_TARGETS);
}

/* To itself it may claim anything; what comes from the kernel, by its code, audit does not see. */
static void forged_code_to_self(const struct situation *s)
{
	struct aim aim = { .pid = getpid(), .tid = getpid(), .signal = SIGUSR1 };

	need_entry(s->entry);
	aim.fd = open_pidfd(getpid());
	aim.info = info_of_code(s->entry, s->number);
	call_with_info(s->entry, &aim, s->number > 0 ? NO_TARGETS : TARGETS(own_id()));
}

/* Allowed to all: codes below zero. */
static void claimed_code(const struct situation *s)
{
	struct process target = start_plain();
	struct aim aim = { .pid = target.pid, .tid = target.pid, .signal = SIGUSR1 };

	need_entry(s->entry);
	aim.fd = open_pidfd(target.pid);
	aim.info = info_of_code(s->entry, s->number);
	call_with_info(s->entry, &aim, TARGETS(target.id));
}

/* The siginfo names another signal: only pidfd_send_signal(2) minds. */
static void other_signal_in_info(const struct situation *s)
{
	struct process target = start_plain();
	struct aim aim = { .pid = target.pid, .tid = target.pid, .signal = SIGUSR2 };

	need_entry(s->entry);
	aim.fd = open_pidfd(target.pid);
	aim.info = info_of_code(s->entry, -1);
	call_aimed(s->entry, QUEUE, &aim, TARGETS(target.id));
	call_aimed(s->entry, TGQUEUE, &aim, TARGETS(target.id));
	call_aimed(s->entry, PIDFD, &aim, NO_TARGETS);
}

static void bad_info_pointer(const struct situation *s)
{
	struct process target = start_plain();
	struct aim aim = { .pid = target.pid, .tid = target.pid, .signal = SIGUSR1 };

	need_entry(s->entry);
	aim.fd = open_pidfd(target.pid);
	aim.info = (const void *)s->number;
	call_with_info(s->entry, &aim, NO_TARGETS);
}

/* rt_sigqueueinfo(2) needs one. */
static void null_info(const struct situation *s)
{
	struct process target = start_plain();
	struct aim aim = { .pid = target.pid, .tid = target.pid, .signal = SIGUSR1 };

	need_entry(s->entry);
	call_aimed(s->entry, QUEUE, &aim, NO_TARGETS);
	call_aimed(s->entry, TGQUEUE, &aim, NO_TARGETS);
}

/* A code without a known layout, and data where the kernel keeps none: E2BIG. */
static void oversized_info(const struct situation *s)
{
	struct process target = start_plain();
	struct aim aim = { .pid = target.pid, .tid = target.pid, .signal = SIGUSR1 };
	char *info = (char *)info_of_code(s->entry, -70);

	aim.fd = open_pidfd(target.pid);
	aim.info = info;
	info[sizeof(siginfo_t) - 1] = 1;
	call_with_info(s->entry, &aim, NO_TARGETS);
}

static void limit_queue(void *context)
{
	struct rlimit none = {};

	(void)context;
	if (setrlimit(RLIMIT_SIGPENDING, &none))
		die("setrlimit");
}

/* No room for real-time signals: EAGAIN, unless it is kill(2), which is delivered without data. */
static void queue_overflow(const struct situation *s)
{
	struct process target = start(limit_queue, NULL);

	need_entry(s->entry);
	call_each(s->entry, target, SIGRTMIN + 1, TARGETS(target.id));
	call_each(s->entry, target, SIGUSR1, TARGETS(target.id));
}

/* ---- registers ---- */

/* The kernel reads 32 bits; audit shows all, those of unused arguments, too. */
static void wide_registers(const struct situation *s)
{
	const long high = 0x7a5a5a5aL << 32;
	struct process target = start_plain();
	long pid = high | target.pid, sig = high | SIGUSR1, fd = high | open_pidfd(target.pid);
	const struct targets *targets = TARGETS(target.id);

	need_entry(s->entry);
	struct attempt list[] = {
		{ &calls[KILL], s->entry, { pid, sig, -2, 0x123456789abcdef } },
		{ &calls[TKILL], s->entry, { pid, sig, 0x11, 0x22 } },
		{ &calls[TGKILL], s->entry, { pid, pid, sig, -1 } },
		{ &calls[QUEUE], s->entry, { pid, sig, 0, LONG_MIN } },
		{ &calls[TGQUEUE], s->entry, { pid, pid, sig, 0 } },
		{ &calls[PIDFD], s->entry, { fd, sig, 0, high } },
	};
	list[QUEUE].args[2] = list[TGQUEUE].args[3] = (long)queue_info(s->entry, SIGUSR1);
	for (int via = 0; via < VIA_MAX; via++)
		make_and_print(&list[via], targets);
}

/* The same where nothing comes of it, and with numbers whose sign is only in the upper half. */
static void wide_failures(const struct situation *s)
{
	const long high = 0x5a5a5a5aL << 32;
	long gone = make_gone(NULL);

	need_entry(s->entry);
	struct attempt list[] = {
		{ &calls[KILL], s->entry, { high | gone, high | SIGUSR1, 1, 2 } },
		{ &calls[KILL], s->entry, { -gone & 0xffffffff, SIGUSR1 } },
		{ &calls[TKILL], s->entry, { LONG_MIN, SIGUSR1, -1, -1 } },
		{ &calls[TGKILL], s->entry, { high | gone, high | gone, high | 9, high } },
		{ &calls[PIDFD], s->entry, { high | 9999, 9, 0, 0 } },
	};
	for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++)
		make_and_print(&list[i], NO_TARGETS);
}

#endif
