/* SPDX-License-Identifier: GPL-2.0-only */
/* What becomes of a signal: the state of its target, and why it was ignored. */
#ifndef KS_EFFECT_BPF_H
#define KS_EFFECT_BPF_H

/* SIG_KERNEL_COREDUMP_MASK, include/linux/signal.h: QUIT ILL TRAP ABRT BUS FPE SEGV XCPU XFSZ SYS
 */
#define CORE_SIGNALS 0x418004fcULL

static __always_inline bool is_queued(int result)
{
	return result == KS_RESULT_DELIVERED || result == KS_RESULT_LOST_INFO;
}

/* ---- the state of the target ---- */

/* The handler of `sig`: 0 is SIG_DFL, 1 is SIG_IGN. */
static __always_inline u64 handler_of(struct task_struct *task, int sig)
{
	u64 action = ADDRESS_OF(BPF_CORE_READ(task, sighand)) +
		     bpf_core_field_offset(struct sighand_struct, action) +
		     ((sig - 1) & 63) * bpf_core_type_size(struct k_sigaction);

	return (u64)BPF_CORE_READ(STRUCT_AT(k_sigaction, action), sa.sa_handler);
}

static __always_inline enum ks_handler kind_of_handler(u64 handler)
{
	return handler > 1 ? KS_HANDLER_HANDLED : handler ? KS_HANDLER_IGNORED : KS_HANDLER_DEFAULT;
}

/* sigtimedwait(2) takes what it waits for out of `blocked`: what it was is in `real_blocked`. */
static __always_inline bool is_blocked(struct task_struct *task, int sig, const bool typed)
{
	return (NUMBER(blocked.sig[0]) | NUMBER(real_blocked.sig[0])) & BIT(sig);
}

/* The kernel dumps a core before it ends the group: if these conditions hold, it will. */
static __always_inline bool will_dump_core(const struct ks_effect *effect, struct task_struct *task,
					   int sig, const bool typed)
{
	return CORE_SIGNALS & BIT(sig) && effect->handler == KS_HANDLER_DEFAULT &&
	       !(effect->facts & (KS_EFFECT_BLOCKED | KS_EFFECT_STOPPED)) && !NUMBER(ptrace);
}

/*
 * Whether this signal is what ends its target. complete_signal(), kernel/signal.c, has run: where
 * the default action ends the group, it has set that about.
 */
static __always_inline u32 end_of(const struct ks_effect *effect, struct task_struct *task, int sig,
				  bool is_queued, const bool typed)
{
	if (effect->signal_flags & SIGNAL_GROUP_EXIT)
		return is_queued && effect->exit_code == (u32)sig ? KS_EFFECT_EXIT
								  : KS_EFFECT_DYING;
	if (effect->signal_flags & SIGNAL_GROUP_COREDUMP)
		return KS_EFFECT_DYING;
	return is_queued && will_dump_core(effect, task, sig, typed) ? KS_EFFECT_CORE : 0;
}

/* `is_queued`: the signal was. */
static __always_inline void fill_effect(struct ks_effect *to, struct task_struct *task, int sig,
					bool is_queued, const bool typed)
{
	struct signal_struct *signal = BPF_CORE_READ(task, signal);
	u32 flags = BPF_CORE_READ(signal, flags);

	__builtin_memset(to, 0, sizeof(*to));
	to->facts = KS_EFFECT_KNOWN | (flags & SIGNAL_STOP_STOPPED ? KS_EFFECT_STOPPED : 0) |
		    (flags & SIGNAL_UNKILLABLE ? KS_EFFECT_INIT : 0);
	to->signal_flags = flags;
	if (flags & SIGNAL_GROUP_EXIT)
		to->exit_code = BPF_CORE_READ(signal, group_exit_code);
	to->handler = kind_of_handler(handler_of(task, sig));
	if (is_blocked(task, sig, typed))
		to->facts |= KS_EFFECT_BLOCKED;
	/* A leader that has ended is no zombie while other threads live. */
	if (NUMBER(exit_state) && !BPF_CORE_READ(signal, live.counter))
		to->facts |= KS_EFFECT_ZOMBIE;
	to->facts |= end_of(to, task, sig, is_queued, typed);
}

/* ---- why a signal was ignored ---- */

static __always_inline bool is_ignored_by_default(int sig)
{
	return sig == SIGCHLD || sig == SIGCONT || sig == SIGURG || sig == SIGWINCH;
}

/* The order is that of prepare_signal() and sig_task_ignored(), kernel/signal.c. */
static __always_inline enum ks_reason reason_of(const struct ks_effect *effect,
						struct task_struct *task, int sig, const bool typed)
{
	if (effect->facts & KS_EFFECT_ZOMBIE)
		return KS_REASON_ZOMBIE;
	if (effect->facts & KS_EFFECT_DYING)
		return KS_REASON_DYING;
	if (NUMBER(flags) & PF_KTHREAD)
		return KS_REASON_KERNEL_THREAD;
	if (effect->handler != KS_HANDLER_DEFAULT)
		return effect->handler == KS_HANDLER_IGNORED ? KS_REASON_HANDLER : KS_REASON_NONE;
	if (is_ignored_by_default(sig))
		return KS_REASON_DEFAULT;
	return effect->facts & KS_EFFECT_INIT ? KS_REASON_NAMESPACE_INIT : KS_REASON_NONE;
}

/*
 * SIGCONT that makes a stopped process run is ignored all the same if it has no handler: it does
 * that before it would be queued. The target clears the mark when it runs.
 */
static __always_inline void explain_ignored(struct ks_signal *record, struct task_struct *task,
					    int sig, const bool typed)
{
	if (sig == SIGCONT && record->effect.signal_flags & SIGNAL_CLD_MASK)
		record->result = KS_RESULT_RESUMED;
	else
		record->info.reason = reason_of(&record->effect, task, sig, typed);
}

#endif
