// SPDX-License-Identifier: GPL-2.0-only
#include "enrich/kernel_stack.h"

#include <string.h>

#include "lib/array.h"

/* By ptrace_report_syscall(), include/linux/ptrace.h: the process sends it itself, in the kernel.
 */
#define INJECTED                                                                                   \
	{                                                                                          \
		ORIGIN_PTRACE, "injected by its tracer", HOW_INJECTED                              \
	}

/* A file of the target, on which the process that runs did something. */
#define WATCHED(function, words)                                                                   \
	{                                                                                          \
		function,                                                                          \
		{                                                                                  \
			ORIGIN_IO, words, .is_sent = true                                          \
		}                                                                                  \
	}

/*
 * Functions that stand for a cause, of Linux 5.10 to 7.3: those that send the signal, then what
 * calls them. The first row of which a function is in the stack wins.
 */
static const struct {
	const char *function;
	struct kernel_cause cause;
} markers[] = {
	{ "moom_callback", { ORIGIN_OOM, "out of memory, said sysrq", HOW_LIMIT } },
	{ "mem_cgroup_out_of_memory",
	  { ORIGIN_OOM, "out of memory in a cgroup that has a limit", HOW_LIMIT } },
	{ "oom_kill_memcg_member",
	  { ORIGIN_OOM, "out of memory in its cgroup (memory.oom.group)", HOW_LIMIT } },
	{ "oom_kill_process", { ORIGIN_OOM, "out of memory", HOW_LIMIT } },
	{ "__oom_kill_process", { ORIGIN_OOM, "out of memory", HOW_LIMIT } },
	{ "posix_cpu_timers_work",
	  { ORIGIN_CPU_LIMIT, "its limit of CPU time (RLIMIT_CPU)", HOW_LIMIT } },
	{ "run_posix_cpu_timers",
	  { ORIGIN_CPU_LIMIT, "its limit of CPU time (RLIMIT_CPU)", HOW_LIMIT } },
	{ "bpf_send_signal_common", { ORIGIN_BPF, "a BPF program (bpf_send_signal)" } },
	{ "do_bpf_send_signal", { ORIGIN_BPF, "a BPF program (bpf_send_signal)" } },
	{ "__cgroup_kill", { ORIGIN_CGROUP_KILL, "a write to cgroup.kill", .is_sent = true } },
	{ "cgroup_post_fork",
	  { ORIGIN_CGROUP_KILL, "a fork in a cgroup that was being killed (cgroup.kill)" } },
	{ "zap_pid_ns_processes",
	  { ORIGIN_PIDNS_EXIT, "the first process of its pid namespace ended", .is_sent = true } },
	{ "reboot_pid_ns", { ORIGIN_REBOOT, "reboot(2) in its pid namespace", .is_sent = true } },
	{ "exit_ptrace",
	  { ORIGIN_PTRACE, "its tracer ended (PTRACE_O_EXITKILL)", .is_sent = true } },
	{ "ptrace_request", { ORIGIN_PTRACE, "its tracer, by ptrace", .is_sent = true } },
	{ "ptrace_attach", { ORIGIN_PTRACE, "its tracer, by ptrace", .is_sent = true } },
	{ "kill_orphaned_pgrp",
	  { ORIGIN_ORPHANED_PGRP, "its stopped process group was orphaned", .is_sent = true } },
	{ "__do_SAK", { ORIGIN_TTY, "the secure attention key of its terminal" } },
	{ "pty_signal", { ORIGIN_TTY, "ioctl(TIOCSIG) on its terminal", .is_sent = true } },
	{ "__tty_hangup", { ORIGIN_HANGUP, "its terminal was hung up", .is_sent = true } },
	{ "tty_signal_session_leader",
	  { ORIGIN_HANGUP, "its terminal was hung up", .is_sent = true } },
	{ "disassociate_ctty",
	  { ORIGIN_HANGUP, "the leader of its session let its terminal go", .is_sent = true } },
	{ "isig", { ORIGIN_TTY, "typed on its terminal" } },
	{ "__isig", { ORIGIN_TTY, "typed on its terminal" } },
	{ "send_sig_all", { ORIGIN_SYSRQ, "sysrq" } },
	{ "pidfs_file_release",
	  { ORIGIN_AUTOKILL, "the last pidfd of it was closed (CLONE_PIDFD_AUTOKILL)",
	    .is_sent = true } },
	{ "syscall_trace_enter", INJECTED },
	{ "syscall_trace_exit", INJECTED },
	{ "syscall_exit_work", INJECTED },
	{ "syscall_slow_exit_work", INJECTED },
	{ "syscall_exit_to_user_mode_prepare", INJECTED },
	WATCHED("lease_break_callback", "a use of a file of which it has a lease (F_SETLEASE)"),
	WATCHED("dnotify_handle_event", "a use of a directory that it watches (F_NOTIFY)"),
	WATCHED("inotify_handle_inode_event", "a use of a file that it watches (inotify)"),
	WATCHED("fanotify_handle_event", "a use of a file that it watches (fanotify)"),
	WATCHED("anon_pipe_write", "a write to a pipe that it watches (F_SETSIG)"),
	WATCHED("pipe_write", "a write to a pipe that it watches (F_SETSIG)"),
	WATCHED("anon_pipe_read", "a read from a pipe that it watches (F_SETSIG)"),
	WATCHED("pipe_read", "a read from a pipe that it watches (F_SETSIG)"),
	WATCHED("pipe_release", "a close of a pipe that it watches (F_SETSIG)"),
	WATCHED("unix_stream_sendmsg", "a write to a socket that it watches (F_SETSIG)"),
	WATCHED("unix_dgram_sendmsg", "a write to a socket that it watches (F_SETSIG)"),
	WATCHED("unix_stream_connect", "a connection to a socket that it watches (F_SETSIG)"),
	WATCHED("unix_release_sock", "a close of a socket that it watches (F_SETSIG)"),
	WATCHED("unix_shutdown", "a shutdown of a socket that it watches (F_SETSIG)"),
	WATCHED("pty_write", "a write to a terminal that it watches (F_SETSIG)"),
	/* By whatever else, and in interrupts: nothing shows who is behind that. */
	{ "send_sigio", { ORIGIN_IO, "asynchronous I/O on a descriptor (F_SETOWN, F_SETSIG)" } },
	{ "send_sigurg", { ORIGIN_IO, "urgent data on a socket (F_SETOWN)" } },
};

/* These run whatever they interrupt: who ran has nothing to do with it. */
static const char *const interrupts[] = {
	"handle_softirqs", "__do_softirq",  "__irq_exit_rcu", "irq_exit_rcu",  "common_interrupt",
	"el1_interrupt",   "el0_interrupt", "__run_timers",   "worker_thread",
};

/* Compilers append to names: ".part.0", ".constprop.0". */
static bool kernel_stack_is(const char *frame, size_t bytes, const char *function)
{
	size_t length = strlen(function);

	return bytes >= length && !memcmp(frame, function, length) &&
	       (bytes == length || frame[length] == '.');
}

static bool kernel_stack_has(const struct shared_text *stack, const char *function)
{
	size_t bytes;

	for (size_t at = 0; at < stack->bytes; at += bytes + 1) {
		bytes = strnlen(stack->text + at, stack->bytes - at);
		if (kernel_stack_is(stack->text + at, bytes, function))
			return true;
	}
	return false;
}

static bool kernel_stack_is_interrupt(const struct shared_text *stack)
{
	for (size_t i = 0; i < ARRAY_SIZE(interrupts); i++)
		if (kernel_stack_has(stack, interrupts[i]))
			return true;
	return false;
}

/* Who pushes a key into a terminal does so in its own call; what is typed, a worker handles. */
static bool kernel_stack_is_pushed(const struct event *event, const struct kernel_cause *cause)
{
	const char *syscall = event->signal.sender.syscall;

	return cause->origin == ORIGIN_TTY && !cause->is_sent && syscall &&
	       !strcmp(syscall, "ioctl");
}

/* Only a system call of the process that runs does that. */
static bool kernel_stack_is_call(const struct kernel_cause *cause)
{
	return cause->how == HOW_INJECTED || (cause->origin == ORIGIN_IO && cause->is_sent);
}

bool kernel_stack_find(const struct event *event, struct kernel_cause *ret)
{
	const struct shared_text *stack = event->signal.stack;
	bool is_self =
	    pidref_equal(&event->signal.sender.ids.process, &event->signal.target.ids.process);
	bool is_own_doing;

	for (size_t i = 0; stack && i < ARRAY_SIZE(markers); i++) {
		if (!kernel_stack_has(stack, markers[i].function) ||
		    (markers[i].cause.how == HOW_INJECTED && !is_self))
			continue;
		is_own_doing = !(event->signal.sender.flags & KS_FLAG_KTHREAD) &&
			       !kernel_stack_is_interrupt(stack);
		/* It came by an interrupt, and not by what that interrupted. */
		if (kernel_stack_is_call(&markers[i].cause) && !is_own_doing)
			continue;
		*ret = markers[i].cause;
		ret->is_sent &= is_own_doing;
		if (is_own_doing && kernel_stack_is_pushed(event, ret))
			*ret = (struct kernel_cause){ ORIGIN_TTY, "ioctl(TIOCSTI) on its terminal",
						      .is_sent = true };
		return true;
	}
	return false;
}

bool kernel_stack_is_of_cgroup(const struct event *event)
{
	const struct shared_text *stack = event->signal.stack;

	return stack && (kernel_stack_has(stack, "mem_cgroup_out_of_memory") ||
			 kernel_stack_has(stack, "oom_kill_memcg_member"));
}
