/* SPDX-License-Identifier: GPL-2.0-only */
/* The system call that current is in, the siginfo, and whether the one sent the other. */
#ifndef KS_SYSCALL_BPF_H
#define KS_SYSCALL_BPF_H

enum {
	EPERM = 1,
	EAGAIN = 11,
	EACCES = 13,
	EINVAL = 22,
	SI_USER = 0,
	SI_TIMER = -2,
	SI_SIGIO = -5,
	SI_TKILL = -6,
	NSIGPOLL = 6, /* codes of POLL_ */
	SIGINT = 2,
	SIGQUIT = 3,
	SIGILL = 4,
	SIGTRAP = 5,
	SIGBUS = 7,
	SIGFPE = 8,
	SIGKILL = 9,
	SIGSEGV = 11,
	SIGPIPE = 13,
	SIGALRM = 14,
	SIGCHLD = 17,
	SIGCONT = 18,
	SIGTSTP = 20,
	SIGURG = 23,
	SIGXCPU = 24,
	SIGXFSZ = 25,
	SIGVTALRM = 26,
	SIGPROF = 27,
	SIGWINCH = 28,
	SIGSYS = 31,
	SIGRTMIN = 32,
};

static __always_inline s32 signal_argument(const struct ks_call *call)
{
	return ks_signal_argument(call->via) == 2 ? call->args[2] : call->args[1];
}

/* Who ends will never return: its registers are those of the call by which it killed itself. */
static __always_inline void fill_call(struct ks_call *call, struct task_struct *task)
{
	__builtin_memset(call, 0, sizeof(*call));
	if (own_flags(task) & (PF_KTHREAD | PF_EXITING))
		return;
	read_call(call);
	call->via = ks_via_of(call->arch, call->nr);
}

/* `info`: see pointer_to_scalar(). As a typed pointer it would be taken for a valid one. */
static __always_inline void fill_info(struct ks_info *to, u64 info)
{
	struct kernel_siginfo *real = STRUCT_AT(kernel_siginfo, info);

	__builtin_memset(to, 0, sizeof(*to));
	/* SEND_SIG_NOINFO and SEND_SIG_PRIV, include/linux/sched/signal.h, are no addresses. */
	if (info <= 1) {
		to->kind = info ? KS_INFO_PRIV : KS_INFO_NOINFO;
		return;
	}
	to->kind = KS_INFO_REAL;
	to->code = BPF_CORE_READ(real, si_code);
	to->pid = BPF_CORE_READ(real, _sifields._kill._pid);
	to->uid = BPF_CORE_READ(real, _sifields._kill._uid);
}

/* Whether the call takes a siginfo from the sender. */
static __always_inline bool passes_info(const struct ks_call *call)
{
	return call->via == KS_VIA_RT_SIGQUEUEINFO || call->via == KS_VIA_RT_TGSIGQUEUEINFO ||
	       (call->via == KS_VIA_PIDFD_SEND_SIGNAL && call->args[2]);
}

/*
 * Did the call that current is in send this? A timer may fire, and a fault happen, while current is
 * in kill(2): only what the call itself would send counts. Newer kernels (measured: 7.3, not yet
 * 6.18) leave it to the queueing of a signal to fill in the siginfo of kill(2): no data here.
 */
static __always_inline bool is_sent_by(const struct ks_call *call, const struct ks_info *info,
				       int sig)
{
	if (!call->via || signal_argument(call) != sig)
		return false;
	if (info->kind != KS_INFO_REAL)
		return info->kind == KS_INFO_NOINFO;
	switch (call->via) {
	case KS_VIA_KILL: return info->code == SI_USER;
	case KS_VIA_TKILL:
	case KS_VIA_TGKILL: return info->code == SI_TKILL;
	}
	return true; /* the sender chose the code */
}

#endif
