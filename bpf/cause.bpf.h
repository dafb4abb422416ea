/* SPDX-License-Identifier: GPL-2.0-only */
/* Facts of why the kernel sent a signal. What follows from them, user space decides. */
#ifndef KS_CAUSE_BPF_H
#define KS_CAUSE_BPF_H

static __always_inline bool is_reaper(struct task_struct *task)
{
	struct pid *pid = BPF_CORE_READ(task, thread_pid);
	struct upid upid = {};

	if (!pid)
		return false;
	read_upid(&upid, pid, BPF_CORE_READ(pid, level) & 31);
	return BPF_CORE_READ(STRUCT_AT(pid_namespace, upid.ns), child_reaper, tgid) ==
	       BPF_CORE_READ(task, tgid);
}

static __always_inline bool is_exitkill(struct task_struct *target, u32 tgid)
{
	return BPF_CORE_READ(target, ptrace) & PT_EXITKILL &&
	       (u32)BPF_CORE_READ(target, parent, tgid) == tgid;
}

static __always_inline bool is_in_foreground(struct task_struct *task)
{
	struct signal_struct *signal = BPF_CORE_READ(task, signal);
	struct tty_struct *tty = BPF_CORE_READ(signal, tty);

	return tty && foreground_of(tty) == BPF_CORE_READ(signal, pids[PID_TYPE(PGID)]);
}

static __always_inline u32 facts_of(struct task_struct *task, struct task_struct *target)
{
	u32 tgid = BPF_CORE_READ(task, tgid);
	u32 facts = KS_CAUSE_KNOWN;

	if (own_flags(task) & PF_WQ_WORKER)
		facts |= KS_CAUSE_WORKER;
	if (is_reaper(task))
		facts |= KS_CAUSE_REAPER;
	if ((u32)BPF_CORE_READ(target, real_parent, tgid) == tgid)
		facts |= KS_CAUSE_PARENT;
	if (is_exitkill(target, tgid))
		facts |= KS_CAUSE_EXITKILL;
	if (is_in_foreground(target))
		facts |= KS_CAUSE_FOREGROUND;
	return facts;
}

/* How often a timer was set again is of no use, and would make each record of a storm another. */
static __always_inline void copy_siginfo(struct ks_cause *to, u64 info, const struct ks_info *head)
{
	if (head->kind != KS_INFO_REAL)
		return;
	bpf_probe_read_kernel(to->siginfo, sizeof(to->siginfo), (void *)info);
	if (head->code == SI_TIMER)
		*(u32 *)(to->siginfo + SI_SYS_PRIVATE_OFFSET) = 0;
}

static __always_inline bool is_noinfo_explained(const struct ks_signal *record,
						const struct ks_cause *cause, bool is_self,
						bool is_exiting)
{
	if (is_self)
		return record->signal == SIGPIPE || record->signal == SIGXFSZ;
	return is_exiting && record->signal == cause->pdeath;
}

static __always_inline bool is_priv_explained(const struct ks_signal *record, u32 facts,
					      bool is_self, bool is_exiting)
{
	const u64 timers = BIT(SIGALRM) | BIT(SIGVTALRM) | BIT(SIGPROF);
	const u64 keys = BIT(SIGINT) | BIT(SIGQUIT) | BIT(SIGTSTP);
	u64 signal = BIT(record->signal);

	if (signal & timers || (is_self && record->signal == SIGXCPU))
		return true;
	if (is_exiting)
		return record->signal == SIGKILL && facts & (KS_CAUSE_REAPER | KS_CAUSE_EXITKILL);
	return signal & keys && facts & KS_CAUSE_WORKER && facts & KS_CAUSE_FOREGROUND;
}

/* Codes of I/O on a descriptor, include/uapi/asm-generic/siginfo.h: whose, the stack shows. */
static __always_inline bool is_io(const struct ks_signal *record)
{
	const u64 others = BIT(SIGILL) | BIT(SIGTRAP) | BIT(SIGBUS) | BIT(SIGFPE) | BIT(SIGSEGV) |
			   BIT(SIGCHLD) | BIT(SIGSYS);
	s32 code = record->info.code;

	return code == SI_SIGIO ||
	       (code > 0 && code <= NSIGPOLL && !(BIT(record->signal) & others));
}

/* Whether the facts say why the kernel sent the signal: neither a file nor a stack is needed. */
static __always_inline bool is_explained(const struct ks_signal *record,
					 const struct ks_cause *cause, struct task_struct *task)
{
	bool is_self = record->target.ids.process.pid == (u32)BPF_CORE_READ(task, tgid);
	bool is_exiting = own_flags(task) & PF_EXITING;

	switch (record->info.kind) {
	case KS_INFO_NOINFO: return is_noinfo_explained(record, cause, is_self, is_exiting);
	case KS_INFO_PRIV: return is_priv_explained(record, cause->facts, is_self, is_exiting);
	}
	return !is_io(record);
}

static __always_inline struct ks_cause *cause_in(struct scratch *slot)
{
	return (void *)(slot->bytes + sizeof(struct ks_signal));
}

/*
 * Of the record in SLOT_SIGNAL, right behind which it is put. `target`: a thread. Returns whether
 * that is all there is to know. A global function: its stack is its own.
 */
__noinline int fill_cause(u64 info, u64 target)
{
	struct scratch *to = slot_bytes(SLOT_SIGNAL);
	struct task_struct *to_thread = STRUCT_AT(task_struct, target);
	struct ks_signal *record;
	struct ks_cause *cause;

	if (!to)
		return 1;
	record = (void *)to->bytes;
	cause = cause_in(to);
	__builtin_memset(cause, 0, sizeof(*cause));
	copy_siginfo(cause, info, &record->info);
	cause->facts = facts_of(current_task(), to_thread);
	cause->pdeath = BPF_CORE_READ(to_thread, pdeath_signal);
	record->cause.offset = sizeof(*record);
	record->cause.bytes = sizeof(*cause);
	return is_explained(record, cause, current_task());
}

#endif
