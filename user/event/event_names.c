// SPDX-License-Identifier: GPL-2.0-only
#include "event/event_names.h"

#include <errno.h>
#include <libaudit.h>
#include <signal.h>
#include <string.h>

#include "lib/array.h"

static const char *const results[] = {
	[RESULT_DELIVERED] = "delivered", [RESULT_IGNORED] = "ignored",
	[RESULT_PENDING] = "pending",	  [RESULT_OVERFLOW] = "overflow",
	[RESULT_LOST_INFO] = "lost_info", [RESULT_PROBED] = "probed",
	[RESULT_DENIED] = "denied",	  [RESULT_NO_PROCESS] = "no_process",
	[RESULT_INVALID] = "invalid",	  [RESULT_BAD_FD] = "bad_fd",
	[RESULT_FAILED] = "failed",	  [RESULT_RESUMED] = "resumed",
	[RESULT_UNKNOWN] = NULL,
};
_Static_assert(ARRAY_SIZE(results) == RESULT_MAX, "every result has a name");

static const char *const scopes[] = {
	[SCOPE_PROCESS] = "process",
	[SCOPE_THREAD] = "thread",
	[SCOPE_GROUP] = "group",
	[SCOPE_ALL] = "all",
};

static const char *const origins[] = {
	[ORIGIN_KERNEL] = "kernel",
	[ORIGIN_USER] = "user",
	[ORIGIN_OOM] = "oom",
	[ORIGIN_CGROUP_KILL] = "cgroup.kill",
	[ORIGIN_PIDNS_EXIT] = "pidns_exit",
	[ORIGIN_PARENT_DEATH] = "parent_death",
	[ORIGIN_ORPHANED_PGRP] = "orphaned_pgrp",
	[ORIGIN_TTY] = "tty",
	[ORIGIN_HANGUP] = "hangup",
	[ORIGIN_ITIMER] = "itimer",
	[ORIGIN_POSIX_TIMER] = "posix_timer",
	[ORIGIN_CPU_LIMIT] = "cpu_limit",
	[ORIGIN_SECCOMP] = "seccomp",
	[ORIGIN_FAULT] = "fault",
	[ORIGIN_PIPE] = "pipe",
	[ORIGIN_FILE_SIZE] = "file_size",
	[ORIGIN_MEMORY_FAILURE] = "memory_failure",
	[ORIGIN_PTRACE] = "ptrace",
	[ORIGIN_AUTOKILL] = "autokill",
	[ORIGIN_BPF] = "bpf",
	[ORIGIN_IO] = "io",
	[ORIGIN_MQUEUE] = "mqueue",
	[ORIGIN_CHILD] = "child",
	[ORIGIN_SYSRQ] = "sysrq",
	[ORIGIN_REBOOT] = "reboot",
};
_Static_assert(ARRAY_SIZE(origins) == ORIGIN_MAX, "every origin has a name");

static const char *const relations[] = {
	[RELATION_NONE] = NULL,		  [RELATION_CHILD] = "child",
	[RELATION_RELATIVE] = "relative", [RELATION_SESSION] = "session",
	[RELATION_PROGRAM] = "program",	  [RELATION_PID_FILE] = "pid_file",
};
_Static_assert(ARRAY_SIZE(relations) == RELATION_MAX, "every relation has a name");

static const char *const vias[] = {
#define NAME(via, name, ...) [KS_VIA_##via] = #name,
	KS_SYSCALLS(NAME)
#undef NAME
};

static const struct loss_words losses[] = {
	[KS_LOST_EVENT] = { "ring_full", "event", "events", true },
	[KS_LOST_RETURN] = { "return_lost", "result of a call", "results of calls", false },
	[KS_LOST_PROCESS] = { "process_lost", "description of a process",
			      "descriptions of processes", false },
	[KS_LOST_EXIT] = { "exit_lost", "end of a process", "ends of processes", false },
	[KS_LOST_BUSY] = { "busy", "event", "events", true },
	[KS_LOST_LABEL] = { "label_lost", "text", "texts", false },
	[KS_LOST_STATE] = { "no_memory", "call", "calls", true },
	[KS_LOST_SEARCH] = { "too_many_targets", "end of a list of targets",
			     "ends of lists of targets", false },
	[KS_LOST_LETHAL] = { "ring_full", "event", "events", true },
	[KS_LOST_SHARE] = { "share_used", "event", "events", true },
	[LOSS_HOOK_BUSY] = { "hook_busy", "event", "events", true },
	[LOSS_RECORD] = { "bad_record", "record", "records", true },
	[LOSS_MEMORY] = { "out_of_memory", "record", "records", true },
};
_Static_assert(ARRAY_SIZE(losses) == LOSS_MAX, "every cause of loss has a name");

static const char *const reasons[] = {
	[KS_REASON_HANDLER] = "handler",
	[KS_REASON_DEFAULT] = "default",
	[KS_REASON_DYING] = "dying",
	[KS_REASON_ZOMBIE] = "zombie",
	[KS_REASON_NAMESPACE_INIT] = "namespace_init",
	[KS_REASON_KERNEL_THREAD] = "kernel_thread",
	[KS_REASON_OTHER_USER] = "other_user",
	[KS_REASON_SECURITY_MODULE] = "security_module",
	[KS_REASON_SIGINFO] = "siginfo",
};
_Static_assert(ARRAY_SIZE(reasons) == KS_REASON_MAX, "every reason has a name");

static const char *const handlers[] = {
	[KS_HANDLER_DEFAULT] = "default",
	[KS_HANDLER_IGNORED] = "ignored",
	[KS_HANDLER_HANDLED] = "handled",
};
_Static_assert(ARRAY_SIZE(handlers) == KS_HANDLER_MAX, "every kind has a name");

static const char *const hows[] = {
	[HOW_KILLED] = "killed", [HOW_RERAISED] = "reraised", [HOW_HANDLED] = "handled",
	[HOW_FAULT] = "fault",	 [HOW_LIMIT] = "limit",	      [HOW_INJECTED] = "injected",
};
_Static_assert(ARRAY_SIZE(hows) == HOW_MAX, "every way to an end has a name");

/* include/uapi/asm-generic/siginfo.h */
static const struct {
	int signal; /* 0: of any */
	int code;
	const char *name;
} codes[] = {
	{ 0, 0, "SI_USER" },
	{ 0, 0x80, "SI_KERNEL" },
	{ 0, -1, "SI_QUEUE" },
	{ 0, -2, "SI_TIMER" },
	{ 0, -3, "SI_MESGQ" },
	{ 0, -4, "SI_ASYNCIO" },
	{ 0, -5, "SI_SIGIO" },
	{ 0, -6, "SI_TKILL" },
	{ 0, -7, "SI_DETHREAD" },
	{ 0, -60, "SI_ASYNCNL" },
	{ SIGILL, 1, "ILL_ILLOPC" },
	{ SIGILL, 2, "ILL_ILLOPN" },
	{ SIGILL, 3, "ILL_ILLADR" },
	{ SIGILL, 4, "ILL_ILLTRP" },
	{ SIGILL, 5, "ILL_PRVOPC" },
	{ SIGILL, 6, "ILL_PRVREG" },
	{ SIGILL, 7, "ILL_COPROC" },
	{ SIGILL, 8, "ILL_BADSTK" },
	{ SIGFPE, 1, "FPE_INTDIV" },
	{ SIGFPE, 2, "FPE_INTOVF" },
	{ SIGFPE, 3, "FPE_FLTDIV" },
	{ SIGFPE, 4, "FPE_FLTOVF" },
	{ SIGFPE, 5, "FPE_FLTUND" },
	{ SIGFPE, 6, "FPE_FLTRES" },
	{ SIGFPE, 7, "FPE_FLTINV" },
	{ SIGFPE, 8, "FPE_FLTSUB" },
	{ SIGSEGV, 1, "SEGV_MAPERR" },
	{ SIGSEGV, 2, "SEGV_ACCERR" },
	{ SIGSEGV, 3, "SEGV_BNDERR" },
	{ SIGSEGV, 4, "SEGV_PKUERR" },
	{ SIGSEGV, 8, "SEGV_MTEAERR" },
	{ SIGSEGV, 9, "SEGV_MTESERR" },
	{ SIGSEGV, 10, "SEGV_CPERR" },
	{ SIGBUS, 1, "BUS_ADRALN" },
	{ SIGBUS, 2, "BUS_ADRERR" },
	{ SIGBUS, 3, "BUS_OBJERR" },
	{ SIGBUS, 4, "BUS_MCEERR_AR" },
	{ SIGBUS, 5, "BUS_MCEERR_AO" },
	{ SIGTRAP, 1, "TRAP_BRKPT" },
	{ SIGTRAP, 2, "TRAP_TRACE" },
	{ SIGTRAP, 3, "TRAP_BRANCH" },
	{ SIGTRAP, 4, "TRAP_HWBKPT" },
	{ SIGTRAP, 5, "TRAP_UNK" },
	{ SIGTRAP, 6, "TRAP_PERF" },
	{ SIGCHLD, 1, "CLD_EXITED" },
	{ SIGCHLD, 2, "CLD_KILLED" },
	{ SIGCHLD, 3, "CLD_DUMPED" },
	{ SIGCHLD, 4, "CLD_TRAPPED" },
	{ SIGCHLD, 5, "CLD_STOPPED" },
	{ SIGCHLD, 6, "CLD_CONTINUED" },
	{ SIGIO, 1, "POLL_IN" },
	{ SIGIO, 2, "POLL_OUT" },
	{ SIGIO, 3, "POLL_MSG" },
	{ SIGIO, 4, "POLL_ERR" },
	{ SIGIO, 5, "POLL_PRI" },
	{ SIGIO, 6, "POLL_HUP" },
	{ SIGSYS, 1, "SYS_SECCOMP" },
	{ SIGSYS, 2, "SYS_USER_DISPATCH" },
};

const char *name_of_result(enum event_result result)
{
	return results[result];
}

const char *name_of_scope(enum event_scope scope)
{
	return scopes[scope];
}

const char *name_of_origin(enum event_origin origin)
{
	return origins[origin];
}

const char *name_of_via(uint8_t via)
{
	return via < KS_VIA_MAX ? vias[via] : NULL;
}

const char *name_of_arch(uint32_t arch, uint32_t nr)
{
	switch (arch) {
	case KS_ARCH_X86_64: return nr & KS_X32_BIT ? "x32" : "x86_64";
	case KS_ARCH_I386: return "i386";
	case KS_ARCH_AARCH64: return "aarch64";
	case KS_ARCH_ARM: return "arm";
	}
	return NULL;
}

const char *name_of_error(int error)
{
	return strerrorname_np(error);
}

const char *name_of_reason(enum ks_reason reason)
{
	return reasons[reason];
}

const char *name_of_handler(enum ks_handler handler)
{
	return handlers[handler];
}

const char *name_of_relation(enum event_relation relation)
{
	return relations[relation];
}

const char *name_of_limit(enum limit_kind kind)
{
	static const char *const limits[LIMIT_MAX] = {
		[LIMIT_CPU_TIME] = "cpu_time",
		[LIMIT_FILE_SIZE] = "file_size",
		[LIMIT_MEMORY] = "memory",
	};

	return limits[kind];
}

const char *name_of_how(enum event_how how)
{
	return hows[how];
}

int ring_of_loss(unsigned int cause)
{
	for (int ring = 0; ring < KS_RINGS; ring++)
		if (cause == KS_LOST_OF_RING(ring))
			return ring;
	return cause == KS_LOST_SHARE ? KS_RING_BULK : -1;
}

const char *name_of_ring(int ring)
{
	return ring < 0 ? NULL : ring == KS_RING_LETHAL ? "lethal" : "bulk";
}

const struct loss_words *loss_words(unsigned int cause)
{
	return &losses[cause];
}

const char *name_of_syscall(uint32_t arch, uint32_t nr)
{
	int machine = arch ? audit_elf_to_machine(arch) : -1;

	return machine < 0 ? NULL : audit_syscall_to_name(nr & ~KS_X32_BIT, machine);
}

const char *name_of_code(int signal, int code)
{
	for (size_t i = 0; i < ARRAY_SIZE(codes); i++)
		if (codes[i].code == code && (!codes[i].signal || codes[i].signal == signal))
			return codes[i].name;
	return NULL;
}

int origin_by_name(const char *name)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(origins); i++)
		if (!strcmp(origins[i], name))
			return i;
	return -EINVAL;
}
