// SPDX-License-Identifier: GPL-2.0-only
#include <signal.h>

#include "events.h"
#include "enrich/kernel_cause.h"
#include "kernel_numbers.h"

enum { SELF = 20, OTHER = 10 };

/* A signal to process 20 while `running` was in `syscall`. */
static struct event *new_kernel(uint32_t running, int number, struct ks_info info,
				const char *syscall)
{
	struct event *event = new_signal(running, 20, number);

	event->signal.origin = KS_ORIGIN_KERNEL;
	event->signal.info = info;
	event->signal.call = (struct event_call){ 0 };
	event->signal.sender.syscall = syscall;
	return event;
}

/* The words of the cause begin so; NULL: there are none. */
static void check(struct event *event, const char *words, enum event_how how)
{
	struct kernel_cause cause = kernel_cause_find(event);

	if (words && (!cause.words || strncmp(cause.words, words, strlen(words))))
		fail_msg("signal %d: '%s', not '%s'", event->signal.number, cause.words, words);
	if (!words && cause.words)
		fail_msg("signal %d: '%s'", event->signal.number, cause.words);
	assert_int_equal(cause.how, how);
	event_free(event);
}

#define NOINFO ((struct ks_info){ .kind = KS_INFO_NOINFO })
#define PRIV ((struct ks_info){ .kind = KS_INFO_PRIV })
#define CODE(number) ((struct ks_info){ .kind = KS_INFO_REAL, .code = (number) })

static void test_own_doing(void **state)
{
	(void)state;
	check(new_kernel(SELF, SIGSEGV, CODE(1), NULL), "a fault", HOW_FAULT);
	check(new_kernel(SELF, SIGSEGV, CODE(128), NULL), "a fault", HOW_FAULT);
	check(new_kernel(SELF, SIGFPE, CODE(1), NULL), "a fault", HOW_FAULT);
	check(new_kernel(OTHER, SIGBUS, CODE(5), NULL), "a memory error", HOW_FAULT);
	check(new_kernel(SELF, SIGBUS, CODE(4), NULL), "a memory error", HOW_FAULT);
	check(new_kernel(SELF, SIGBUS, CODE(3), NULL), "a fault", HOW_FAULT);
	check(new_kernel(SELF, SIGSYS, CODE(1), "getpid"), "a system call that seccomp",
	      HOW_KILLED);
	check(new_kernel(SELF, SIGPIPE, NOINFO, "write"), "a write to a pipe", HOW_KILLED);
	check(new_kernel(SELF, SIGXFSZ, NOINFO, "write"), "its limit of file size", HOW_LIMIT);
	check(new_kernel(SELF, SIGXCPU, PRIV, NULL), "its limit of CPU time", HOW_LIMIT);
	check(new_kernel(SELF, SIGKILL, PRIV, NULL), "probably out of memory, or its limit",
	      HOW_KILLED);
	check(new_kernel(OTHER, SIGALRM, PRIV, "read"), "its timer", HOW_KILLED);
	check(new_kernel(OTHER, SIGUSR1, CODE(-2), "read"), "its timer", HOW_KILLED);
}

/* A number of the kernel's that means a fault only to whom it happens. */
static void test_others_are_no_faults(void **state)
{
	(void)state;
	check(new_kernel(OTHER, SIGSEGV, CODE(1), "write"), "probably asynchronous I/O",
	      HOW_KILLED);
	check(new_kernel(OTHER, SIGKILL, CODE(1), "write"), "probably asynchronous I/O",
	      HOW_KILLED);
}

static void test_calls_of_others(void **state)
{
	struct event *event;

	(void)state;
	check(new_kernel(OTHER, SIGKILL, NOINFO, "write"), "probably by a write to cgroup.kill",
	      HOW_KILLED);
	check(new_kernel(OTHER, SIGKILL, NOINFO, "pwrite64"), "probably by a write to cgroup.kill",
	      HOW_KILLED);
	check(new_kernel(OTHER, SIGKILL, NOINFO, "ptrace"), "its tracer, by ptrace", HOW_KILLED);
	check(new_kernel(OTHER, SIGKILL, PRIV, "ptrace"), "probably by ptrace, or", HOW_KILLED);
	check(new_kernel(OTHER, SIGKILL, NOINFO, "io_getevents"),
	      "probably by a write to cgroup.kill", HOW_KILLED);
	check(new_kernel(OTHER, SIGUSR1, NOINFO, "read"), NULL, HOW_KILLED);
	check(new_kernel(OTHER, SIGTERM, PRIV, "write"), "probably by a write to sysrq-trigger",
	      HOW_KILLED);
	check(new_kernel(OTHER, SIGUSR1, CODE(-3), "mq_timedsend"), "a message in a queue",
	      HOW_KILLED);
	event = new_kernel(OTHER, SIGUSR1, PRIV, "ioctl");
	event->signal.call.args[1] = 0x40045436;
	check(event, "ioctl(TIOCSIG)", HOW_KILLED);
	check(new_kernel(OTHER, SIGUSR1, PRIV, "ioctl"), NULL, HOW_KILLED);
}

enum { TMPFS_MAGIC = 0x01021994 };

static struct event *new_write(int number, struct ks_info info, const char *syscall,
			       uint8_t argument, const char *path, uint32_t magic)
{
	struct event *event = new_kernel(OTHER, number, info, syscall);

	event->signal.cause.file_argument = argument;
	event->signal.cause.file_magic = magic;
	set_file(event, path);
	return event;
}

/* Is certain if the file is the one: by its name, and where it is. */
static void test_writes(void **state)
{
	const char *kill = "/sys/fs/cgroup/a b/cgroup.kill", *sysrq = "/proc/sysrq-trigger";

	(void)state;
	check(new_write(SIGKILL, NOINFO, "write", 0, kill, CGROUP2_SUPER_MAGIC),
	      "a write to cgroup.kill", HOW_KILLED);
	check(new_write(SIGKILL, NOINFO, "splice", 2, kill, CGROUP2_SUPER_MAGIC),
	      "a write to cgroup.kill", HOW_KILLED);
	check(new_write(SIGTERM, PRIV, "write", 0, sysrq, PROC_SUPER_MAGIC),
	      "a write to sysrq-trigger", HOW_KILLED);
	check(new_write(SIGKILL, PRIV, "pwrite64", 0, sysrq, PROC_SUPER_MAGIC),
	      "a write to sysrq-trigger", HOW_KILLED);
}

static void test_other_writes(void **state)
{
	const char *kill = "/sys/fs/cgroup/cgroup.kill", *other = "/sys/fs/cgroup/cgroup.kill/x";

	(void)state;
	check(new_write(SIGKILL, NOINFO, "write", 0, kill, TMPFS_MAGIC),
	      "probably by a write to cgroup.kill", HOW_KILLED);
	check(new_write(SIGKILL, NOINFO, "write", 0, other, CGROUP2_SUPER_MAGIC), "probably",
	      HOW_KILLED);
	check(new_write(SIGKILL, NOINFO, "write", 0, "cgroup.kill", CGROUP2_SUPER_MAGIC),
	      "probably", HOW_KILLED);
	check(new_write(SIGKILL, NOINFO, "read", 0, kill, CGROUP2_SUPER_MAGIC), "probably",
	      HOW_KILLED);
	check(new_write(SIGKILL, NOINFO, "splice", 0, kill, CGROUP2_SUPER_MAGIC), "probably",
	      HOW_KILLED);
	check(new_write(SIGKILL, PRIV, "write", 0, kill, CGROUP2_SUPER_MAGIC),
	      "probably out of memory", HOW_KILLED);
	check(new_write(SIGUSR1, NOINFO, "write", 0, kill, CGROUP2_SUPER_MAGIC), NULL, HOW_KILLED);
	check(new_write(SIGTERM, PRIV, "write", 0, "/proc/sysrq-trigger", TMPFS_MAGIC),
	      "probably by a write to sysrq-trigger", HOW_KILLED);
}

/* Whoever needed the memory, in whatever call, is not said to have done it. */
static void test_out_of_memory(void **state)
{
	static const char *const calls[] = { NULL, "mmap", "read", "execve" };

	(void)state;
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		check(new_kernel(OTHER, SIGKILL, PRIV, calls[i]), "probably out of memory: see",
		      HOW_KILLED);
}

static void test_flags(void **state)
{
	struct event *event = new_kernel(OTHER, SIGTERM, NOINFO, NULL);

	(void)state;
	event->signal.sender.flags |= KS_FLAG_EXITING;
	check(event, "probably by its end, as the parent", HOW_KILLED);
	event = new_kernel(OTHER, SIGKILL, PRIV, NULL);
	event->signal.sender.flags |= KS_FLAG_EXITING;
	check(event, "probably by its end, as the first process", HOW_KILLED);
	event = new_kernel(OTHER, SIGINT, PRIV, NULL);
	event->signal.sender.flags |= KS_FLAG_KTHREAD;
	check(event, "probably typed on its terminal", HOW_KILLED);
	event = new_kernel(SELF, SIGXCPU, PRIV, "getpid");
	event->signal.target.flags |= KS_FLAG_TRACED;
	check(event, "its limit of CPU time", HOW_LIMIT);
	event = new_kernel(SELF, SIGKILL, PRIV, "getpid");
	event->signal.target.flags |= KS_FLAG_TRACED;
	check(event, "probably out of memory, its limit of CPU time (RLIMIT_CPU), or its tracer",
	      HOW_KILLED);
	event = new_kernel(OTHER, SIGTERM, CODE(0), "read");
	event->signal.target.flags |= KS_FLAG_TRACED;
	check(event, "probably by its tracer", HOW_KILLED);
	event = new_kernel(SELF, SIGTERM, PRIV, "getpid");
	event->signal.target.flags |= KS_FLAG_TRACED;
	check(event, "probably injected by its tracer", HOW_KILLED);
}

/* ---- origin and sender ---- */

static void check_origin(struct event *event, enum event_origin origin, bool is_sent)
{
	event->signal.kernel_cause = kernel_cause_find(event);
	assert_int_equal(event_origin(event), origin);
	assert_int_equal(!!event_sender(event), is_sent);
	assert_int_equal(!!event_context(event), !is_sent);
	event_free(event);
}

/* The facts of the record; `flags`: of who ran. */
static struct event *new_facts(int number, struct ks_info info, uint32_t flags, uint32_t facts)
{
	struct event *event = new_kernel(OTHER, number, info, NULL);

	event->signal.sender.flags |= flags;
	event->signal.cause.facts = KS_CAUSE_KNOWN | facts;
	return event;
}

static void test_ends(void **state)
{
	struct event *event = new_facts(SIGTERM, NOINFO, KS_FLAG_EXITING, 0);

	(void)state;
	event->signal.cause.pdeath = SIGTERM;
	check_origin(event, ORIGIN_PARENT_DEATH, true);
	event = new_facts(SIGTERM, NOINFO, KS_FLAG_EXITING, 0);
	event->signal.cause.pdeath = SIGINT;
	check_origin(event, ORIGIN_KERNEL, false);
	check_origin(new_facts(SIGKILL, PRIV, KS_FLAG_EXITING, KS_CAUSE_EXITKILL), ORIGIN_PTRACE,
		     true);
	check_origin(new_facts(SIGKILL, PRIV, KS_FLAG_EXITING, KS_CAUSE_REAPER), ORIGIN_PIDNS_EXIT,
		     true);
	check_origin(new_facts(SIGKILL, PRIV, KS_FLAG_EXITING, 0), ORIGIN_KERNEL, false);
	check_origin(new_facts(SIGKILL, PRIV, 0, KS_CAUSE_REAPER), ORIGIN_KERNEL, false);
}

static void test_origins(void **state)
{
	struct event *event = new_kernel(OTHER, SIGINT, PRIV, "ioctl");

	(void)state;
	event->signal.call.args[1] = 0x40045436;
	check_origin(event, ORIGIN_TTY, true);
	check_origin(
	    new_facts(SIGINT, PRIV, KS_FLAG_KTHREAD, KS_CAUSE_WORKER | KS_CAUSE_FOREGROUND),
	    ORIGIN_TTY, false);
	check_origin(new_write(SIGKILL, NOINFO, "write", 0, "/c/cgroup.kill", CGROUP2_SUPER_MAGIC),
		     ORIGIN_CGROUP_KILL, true);
	check_origin(new_write(SIGKILL, NOINFO, "write", 0, "/c/cgroup.kill", TMPFS_MAGIC),
		     ORIGIN_CGROUP_KILL, false);
	check_origin(new_write(SIGTERM, PRIV, "write", 0, "/proc/sysrq-trigger", PROC_SUPER_MAGIC),
		     ORIGIN_SYSRQ, true);
	check_origin(new_kernel(OTHER, SIGUSR1, CODE(-3), "mq_timedsend"), ORIGIN_MQUEUE, true);
	check_origin(new_kernel(OTHER, SIGUSR1, CODE(-3), NULL), ORIGIN_MQUEUE, false);
	check_origin(new_kernel(OTHER, SIGKILL, NOINFO, "ptrace"), ORIGIN_PTRACE, true);
	check_origin(new_kernel(OTHER, SIGSTOP, PRIV, "ptrace"), ORIGIN_PTRACE, true);
	check_origin(new_kernel(OTHER, SIGIO, PRIV, "ptrace"), ORIGIN_IO, false);
	check_origin(new_kernel(SELF, SIGSEGV, CODE(1), NULL), ORIGIN_FAULT, false);
	check_origin(new_kernel(SELF, SIGPIPE, NOINFO, "write"), ORIGIN_PIPE, false);
	check_origin(new_kernel(OTHER, SIGKILL, PRIV, "mmap"), ORIGIN_KERNEL, false);
	check_origin(new_signal(OTHER, SELF, SIGKILL), ORIGIN_USER, true);
}

static struct event *new_stacked(int number, struct ks_info info, const char *stack, size_t bytes)
{
	struct event *event = new_kernel(OTHER, number, info, "write");

	set_stack(event, stack, bytes);
	return event;
}

#define STACK(frames) frames, sizeof(frames) - 1

static void test_stacks(void **state)
{
	struct event *event;

	(void)state;
	check_origin(new_stacked(SIGKILL, PRIV,
				 STACK("do_send_sig_info\0__oom_kill_process\0oom_kill_process\0")),
		     ORIGIN_OOM, false);
	check_origin(new_stacked(SIGKILL, PRIV, STACK("a\0oom_kill_process.constprop.0")),
		     ORIGIN_OOM, false);
	check_origin(new_stacked(SIGKILL, PRIV, STACK("a\0oom_kill_processes")), ORIGIN_KERNEL,
		     false);
	check_origin(new_stacked(SIGKILL, PRIV, STACK("a\0posix_cpu_timers_work\0")),
		     ORIGIN_CPU_LIMIT, false);
	check_origin(new_stacked(SIGIO, CODE(1), STACK("send_sigio\0kill_fasync\0pipe_write\0")),
		     ORIGIN_IO, true);
	check_origin(
	    new_stacked(SIGIO, CODE(1), STACK("send_sigio\0pipe_write\0handle_softirqs\0")),
	    ORIGIN_IO, false);
	check_origin(
	    new_stacked(SIGHUP, PRIV, STACK("tty_signal_session_leader\0__tty_hangup.part.0\0")),
	    ORIGIN_HANGUP, true);
	check_origin(new_stacked(SIGINT, PRIV, STACK("isig\0n_tty_receive_buf_common\0")),
		     ORIGIN_TTY, false);
	event = new_kernel(OTHER, SIGINT, PRIV, "ioctl"); /* TIOCSTI */
	set_stack(event, STACK("isig\0n_tty_receive_buf_common\0tty_ioctl\0"));
	check_origin(event, ORIGIN_TTY, true);
	event = new_stacked(SIGHUP, PRIV, STACK("__tty_hangup\0process_one_work\0"));
	event->signal.sender.flags |= KS_FLAG_KTHREAD;
	check_origin(event, ORIGIN_HANGUP, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_own_doing),	cmocka_unit_test(test_others_are_no_faults),
		cmocka_unit_test(test_calls_of_others), cmocka_unit_test(test_out_of_memory),
		cmocka_unit_test(test_flags),		cmocka_unit_test(test_writes),
		cmocka_unit_test(test_other_writes),	cmocka_unit_test(test_ends),
		cmocka_unit_test(test_origins),		cmocka_unit_test(test_stacks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
