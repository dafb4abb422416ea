/* SPDX-License-Identifier: GPL-2.0-only */
/* Where kernels and architectures differ, behind accessors: callers see one kernel. */
#ifndef KS_COMPAT_BPF_H
#define KS_COMPAT_BPF_H

/* 633488947ef6 ("kernfs: Use RCU to access kernfs_node::parent.", v6.15) renamed the member. */
struct kernfs_node___rcu {
	struct kernfs_node *__parent;
} __attribute__((preserve_access_index));

static __always_inline u64 kernfs_parent(u64 node)
{
	struct kernfs_node___rcu *rcu = (void *)node;
	struct kernfs_node *plain = (void *)node;

	if (bpf_core_field_exists(rcu->__parent))
		return (u64)BPF_CORE_READ(rcu, __parent);
	return (u64)BPF_CORE_READ(plain, parent);
}

/*
 * While a hook is preempted it is skipped on that CPU, and what other tasks do meanwhile goes
 * unseen (measured on 7.3: tracepoints no longer run without preemption there). From v6.10 on,
 * programs can ask for that themselves: fc7566ad0a82 ("bpf: Introduce bpf_preempt_[disable,enable]
 * kfuncs"). Some that have these (measured: 6.12) refuse global functions in between; user space
 * tries and sees.
 */
extern void bpf_preempt_disable(void) __ksym __weak;
extern void bpf_preempt_enable(void) __ksym __weak;

static __always_inline void stay_on_cpu(void)
{
	if (cfg_stay_on_cpu && bpf_preempt_disable)
		bpf_preempt_disable();
}

static __always_inline void leave_cpu(void)
{
	if (cfg_stay_on_cpu && bpf_preempt_enable)
		bpf_preempt_enable();
}

enum { NSEC_PER_SEC = 1000000000 };

/*
 * The kernel's clocks, tk_core in kernel/time/timekeeping.c: a count of changes, then the
 * timekeeper. Older kernels had no name for a struct of these two.
 */
static __always_inline struct timekeeper *timekeeper(void)
{
	u64 offset = bpf_core_type_exists(struct tk_data)
			 ? bpf_core_field_offset(struct tk_data, timekeeper)
			 : sizeof(u64);

	return (void *)(cfg_timekeeper + offset);
}

/* ktime_get_coarse_real_ts64(), kernel/time/timekeeping.c, without a second look at the count. */
static __always_inline u64 read_coarse_clock(void)
{
	struct timekeeper *clock = timekeeper();
	u64 ns;

	if (bpf_core_field_exists(clock->coarse_nsec))
		ns = BPF_CORE_READ(clock, coarse_nsec);
	else
		ns = BPF_CORE_READ(clock, tkr_mono.xtime_nsec) >>
		     (BPF_CORE_READ(clock, tkr_mono.shift) & 63);
	return BPF_CORE_READ(clock, xtime_sec) * NSEC_PER_SEC + ns;
}

/* CLOCK_REALTIME_COARSE, which no helper gives to these programs; 0: it cannot be read. */
static __always_inline u64 coarse_real_ns(void)
{
	u32 before = 0, after = 0;
	u64 now;

	if (!cfg_timekeeper)
		return 0;
	bpf_probe_read_kernel(&before, sizeof(before), (void *)cfg_timekeeper);
	now = read_coarse_clock();
	bpf_probe_read_kernel(&after, sizeof(after), (void *)cfg_timekeeper);
	return before & 1 || before != after ? 0 : now; /* changing just now: a tick in 10,000 */
}

enum { PROC_SUPER_MAGIC = 0x9fa0 }; /* include/uapi/linux/magic.h */

/*
 * The struct pid of a file that is known to be a pidfd: pidfs keeps it in the inode, cb12fd8e0dab
 * ("pidfd: add pidfs", v6.9); before, the file had it. A directory /proc/PID serves, too:
 * tgid_pidfd_to_pid(), fs/proc/base.c.
 */
static __always_inline struct pid *pid_of_pidfd(struct file *file)
{
	struct inode *inode = BPF_CORE_READ(file, f_inode);
	struct proc_inode *proc =
	    (void *)inode - bpf_core_field_offset(struct proc_inode, vfs_inode);

	if (BPF_CORE_READ(inode, i_sb, s_magic) == PROC_SUPER_MAGIC)
		return BPF_CORE_READ(proc, pid);
	return BPF_CORE_READ(inode, i_private) ?: BPF_CORE_READ(file, private_data);
}

enum {
	/* include/uapi/linux/audit.h */
	ARCH_X86_64 = 0xc000003e,
	ARCH_I386 = 0x40000003,
	ARCH_AARCH64 = 0xc00000b7,
	ARCH_ARM = 0x40000028,
};

/*
 * The table of system call numbers: asm/unistd_{64,x32,32}.h of x86, asm-generic/unistd.h for
 * arm64, arch/arm/tools/syscall.tbl for its 32-bit callers.
 */
static __always_inline u8 via_of(u32 arch, u32 nr)
{
#define X32 0x40000000
	switch (arch) {
	case ARCH_X86_64:
		switch (nr & ~X32) {
		case 62: return KS_VIA_KILL;
		case 200: return KS_VIA_TKILL;
		case 234: return KS_VIA_TGKILL;
		case 424: return KS_VIA_PIDFD_SEND_SIGNAL;
		case 129: return nr & X32 ? KS_VIA_NONE : KS_VIA_RT_SIGQUEUEINFO;
		case 297: return nr & X32 ? KS_VIA_NONE : KS_VIA_RT_TGSIGQUEUEINFO;
		case 524: return nr & X32 ? KS_VIA_RT_SIGQUEUEINFO : KS_VIA_NONE;
		case 536: return nr & X32 ? KS_VIA_RT_TGSIGQUEUEINFO : KS_VIA_NONE;
		}
		return KS_VIA_NONE;
	case ARCH_I386:
	case ARCH_ARM:
		if (nr == (arch == ARCH_ARM ? 268 : 270))
			return KS_VIA_TGKILL;
		if (nr == (arch == ARCH_ARM ? 363 : 335))
			return KS_VIA_RT_TGSIGQUEUEINFO;
		switch (nr) {
		case 37: return KS_VIA_KILL;
		case 238: return KS_VIA_TKILL;
		case 178: return KS_VIA_RT_SIGQUEUEINFO;
		case 424: return KS_VIA_PIDFD_SEND_SIGNAL;
		}
		return KS_VIA_NONE;
	case ARCH_AARCH64:
		switch (nr) {
		case 129: return KS_VIA_KILL;
		case 130: return KS_VIA_TKILL;
		case 131: return KS_VIA_TGKILL;
		case 138: return KS_VIA_RT_SIGQUEUEINFO;
		case 240: return KS_VIA_RT_TGSIGQUEUEINFO;
		case 424: return KS_VIA_PIDFD_SEND_SIGNAL;
		}
	}
	return KS_VIA_NONE;
#undef X32
}

/*
 * The system call that current is in: number, architecture and arguments. Outside
 * of a system call the number is -1 or stale, which the callers' checks of the signal catch.
 */
#if defined(__TARGET_ARCH_x86)
static __always_inline void read_call(struct ks_call *call)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);

	call->nr = regs->orig_ax;
	if (task->thread_info.status & 2 /* TS_COMPAT, arch/x86/include/asm/thread_info.h */) {
		call->arch = ARCH_I386;
		call->args[0] = regs->bx;
		call->args[1] = regs->cx;
		call->args[2] = regs->dx;
		call->args[3] = regs->si;
	} else {
		call->arch = ARCH_X86_64;
		call->args[0] = regs->di;
		call->args[1] = regs->si;
		call->args[2] = regs->dx;
		call->args[3] = regs->r10;
	}
}

static __always_inline bool is_compat(const struct ks_call *call)
{
	return call->arch != ARCH_X86_64 || call->nr & 0x40000000;
}
#elif defined(__TARGET_ARCH_arm64)
static __always_inline void read_call(struct ks_call *call)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);

	/* TIF_32BIT, arch/arm64/include/asm/thread_info.h */
	call->arch = task->thread_info.flags & (1 << 22) ? ARCH_ARM : ARCH_AARCH64;
	call->nr = regs->syscallno;
	call->args[0] = regs->orig_x0;
	call->args[1] = regs->regs[1];
	call->args[2] = regs->regs[2];
	call->args[3] = regs->regs[3];
}

static __always_inline bool is_compat(const struct ks_call *call)
{
	return call->arch != ARCH_AARCH64;
}
#endif

#endif
