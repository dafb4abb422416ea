/* SPDX-License-Identifier: GPL-2.0-only */
/* Where kernels and architectures differ, behind accessors: callers see one kernel. */
#ifndef KS_COMPAT_BPF_H
#define KS_COMPAT_BPF_H

/*
 * With KS_UNTYPED, the programs are for kernels that do not know their own types: hooks are given
 * addresses, and neither functions can be hooked nor those of the kernel be called. Nothing else
 * differs.
 */
#ifdef KS_UNTYPED
#define HOOK(name) SEC("raw_tp/" name)
enum { IS_TYPED = 0 };
#else
#define HOOK(name) SEC("tp_btf/" name)
enum { IS_TYPED = 1 };
#endif

static __always_inline struct task_struct *current_task(void)
{
	return STRUCT_AT(task_struct, bpf_get_current_task());
}

/* `task`, which is current, for what reads it by NUMBER(), typed; needs cfg_task_btf. */
static __always_inline struct task_struct *typed_current(struct task_struct *task)
{
	return IS_CAST ? task : bpf_get_current_task_btf();
}

/* ---- the state of a call ---- */

/*
 * Programs that trace have storage on tasks since v5.13: a10787e6d58c ("bpf: Enable task local
 * storage for tracing programs"). Before, a table by thread stands in; entries go when the call
 * returns and when the thread ends. It is no LRU table: that may give an entry to another thread
 * while a program still writes to it.
 *
 * Not inline, as all of the table: the stack of the callers is scarce.
 */
static const struct call_state no_call;

static __noinline struct call_state *find_by_tid(void)
{
	u32 tid = bpf_get_current_pid_tgid();

	return bpf_map_lookup_elem(&calls_by_tid, &tid);
}

static __noinline void add_by_tid(void)
{
	u32 tid = bpf_get_current_pid_tgid();

	bpf_map_update_elem(&calls_by_tid, &tid, &no_call, BPF_NOEXIST);
}

static __noinline void remove_by_tid(void)
{
	u32 tid = bpf_get_current_pid_tgid();

	bpf_map_delete_elem(&calls_by_tid, &tid);
}

/* NULL: there is none. */
static __always_inline struct call_state *state_of_current(void)
{
	if (cfg_task_storage)
		return bpf_task_storage_get(&calls, bpf_get_current_task_btf(), NULL, 0);
	return find_by_tid();
}

/* The same, made if there is none; NULL: there is no memory. */
static __always_inline struct call_state *new_state_of_current(void)
{
	if (cfg_task_storage)
		return bpf_task_storage_get(&calls, bpf_get_current_task_btf(), NULL,
					    BPF_LOCAL_STORAGE_GET_F_CREATE);
	add_by_tid();
	return find_by_tid();
}

/* The call has returned: its state is gone, or as good as new. */
static __always_inline void forget_state(struct call_state *state)
{
	if (!cfg_task_storage) {
		remove_by_tid();
		return;
	}
	state->id = 0;
	state->pending_check = 0;
	state->entry_ns = 0;
}

/* Current ends; its storage, where it has that, goes with it. */
static __always_inline void forget_thread(void)
{
	if (!cfg_task_storage)
		remove_by_tid();
}

/* ---- members that moved ---- */

/* 633488947ef6 ("kernfs: Use RCU to access kernfs_node::parent.", v6.15) renamed the member. */
struct kernfs_node___rcu {
	struct kernfs_node *__parent;
} __attribute__((preserve_access_index));

static __always_inline u64 kernfs_parent(struct kernfs_node *node)
{
	struct kernfs_node___rcu *rcu = (void *)node;

	if (bpf_core_field_exists(rcu->__parent))
		return (u64)BPF_CORE_READ(rcu, __parent);
	return (u64)BPF_CORE_READ(node, parent);
}

/* 64d608db38ff ("tty: cumulate and document tty_struct::ctrl* members", v5.14) moved the member. */
struct tty_struct___ungrouped {
	struct pid *pgrp;
} __attribute__((preserve_access_index));

/* The process group in the foreground of `tty`. */
static __always_inline struct pid *foreground_of(struct tty_struct *tty)
{
	struct tty_struct___ungrouped *older = (void *)tty;

	if (bpf_core_field_exists(older->pgrp))
		return BPF_CORE_READ(older, pgrp);
	return BPF_CORE_READ(tty, ctrl.pgrp);
}

/* f1a7941243c1 ("mm: convert mm's rss stats into percpu_counter", v6.2) moved the counts. */
struct mm_rss_stat {
	atomic_long_t count[4];
} __attribute__((preserve_access_index));

struct mm_struct___counted {
	struct mm_rss_stat rss_stat;
} __attribute__((preserve_access_index));

/* Pages of files, anonymous and shared ones: include/linux/mm_types_task.h. */
static __always_inline s64 resident_pages(struct mm_struct *mm)
{
	struct mm_struct___counted *older = (void *)mm;

	if (bpf_core_type_exists(struct mm_rss_stat))
		return BPF_CORE_READ(older, rss_stat.count[0].counter) +
		       BPF_CORE_READ(older, rss_stat.count[1].counter) +
		       BPF_CORE_READ(older, rss_stat.count[3].counter);
	return BPF_CORE_READ(mm, rss_stat[0].count) + BPF_CORE_READ(mm, rss_stat[1].count) +
	       BPF_CORE_READ(mm, rss_stat[3].count);
}

/* ---- preemption ---- */

/*
 * While a hook is preempted it is skipped on that CPU, and what other tasks do meanwhile goes
 * unseen (measured on 7.3: tracepoints no longer run without preemption there). From v6.10 on,
 * programs can ask for that themselves: fc7566ad0a82 ("bpf: Introduce bpf_preempt_[disable,enable]
 * kfuncs"). Some that have these (measured: 6.12) refuse global functions in between; user space
 * tries and sees.
 */
#ifdef KS_UNTYPED
static __always_inline void disable_preemption(void)
{
}

static __always_inline void enable_preemption(void)
{
}
#else
static void (*const preempt_disable)(void) = (void *)KS_KFUNC_PREEMPT_DISABLE;
static void (*const preempt_enable)(void) = (void *)KS_KFUNC_PREEMPT_ENABLE;

static __always_inline void disable_preemption(void)
{
	if (cfg_disable_preemption)
		preempt_disable();
}

static __always_inline void enable_preemption(void)
{
	if (cfg_disable_preemption)
		preempt_enable();
}
#endif

/* ---- the return of a call, as its tracepoint has it ---- */

/* kernel/trace/trace.h; what comes before is longer where tasks have more ways of preemption. */
struct syscall_trace_exit {
	long ret;
} __attribute__((preserve_access_index));

/* ---- the coarse clock ---- */

enum { NSEC_PER_SEC = 1000000000 };

/* More than a count where the kernel is fully preemptible, or checks its locks. */
struct seqcount_raw_spinlock {
	u32 count; /* and more */
} __attribute__((preserve_access_index));

/*
 * The kernel's clocks, tk_core in kernel/time/timekeeping.c: a count of changes, then the
 * timekeeper. Older kernels had no name for a struct of these two.
 */
static __always_inline struct timekeeper *timekeeper(void)
{
	u64 count_bytes = bpf_core_type_size(struct seqcount_raw_spinlock);
	u64 offset = bpf_core_type_exists(struct tk_data)
			 ? bpf_core_field_offset(struct tk_data, timekeeper)
			 : (count_bytes + 7) & ~7ULL;

	return STRUCT_AT(timekeeper, cfg_timekeeper + offset);
}

/* ktime_get_coarse_real_ts64(), kernel/time/timekeeping.c, without reading the count again. */
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

/* ---- pidfds ---- */

/*
 * The struct pid of a file that is known to be a pidfd: pidfs keeps it in the inode, cb12fd8e0dab
 * ("pidfd: add pidfs", v6.9); before, the file had it. A directory /proc/PID serves, too:
 * tgid_pidfd_to_pid(), fs/proc/base.c.
 */
static __always_inline struct pid *pid_of_pidfd(struct file *file)
{
	struct inode *inode = BPF_CORE_READ(file, f_inode);
	struct proc_inode *proc = STRUCT_AT(
	    proc_inode, (void *)inode - bpf_core_field_offset(struct proc_inode, vfs_inode));

	if (BPF_CORE_READ(inode, i_sb, s_magic) == PROC_SUPER_MAGIC)
		return BPF_CORE_READ(proc, pid);
	return STRUCT_AT(pid, BPF_CORE_READ(inode, i_private) ?: BPF_CORE_READ(file, private_data));
}

/* ---- the system call that current is in ---- */

/*
 * A register of current as user space left it, by its offset in struct pt_regs. That is where
 * task_pt_regs() has it, arch/x86/include/asm/processor.h and arch/arm64/include/asm/processor.h;
 * how far into the stack that begins, user space has found out. Not inline: see find_by_tid().
 */
__noinline u64 saved_register(u32 offset)
{
	u64 stack = ADDRESS_OF(BPF_CORE_READ(current_task(), stack)), value = 0;

	bpf_probe_read_kernel(&value, sizeof(value), (void *)(stack + cfg_regs_bytes + offset));
	return value;
}

/*
 * The same for all kernels: from v5.15 on, a helper returns where they are, dd6e10fbd9fb ("bpf: Add
 * bpf_task_pt_regs() helper").
 */
#define REGISTER(member)                                                                           \
	(regs ? regs->member : saved_register(bpf_core_field_offset(struct pt_regs, member)))

/* `regs`: NULL, as a constant, where the helper is missing. */
#if defined(__TARGET_ARCH_x86)
#define CALL_NUMBER orig_ax

enum { ARCH_NATIVE = KS_ARCH_X86_64, ARCH_COMPAT = KS_ARCH_I386 };

static __always_inline void copy_call(struct ks_call *call, struct pt_regs *regs, u32 status)
{
	call->nr = REGISTER(orig_ax);
	if (status & TS_COMPAT) {
		call->arch = KS_ARCH_I386;
		call->args[0] = REGISTER(bx);
		call->args[1] = REGISTER(cx);
		call->args[2] = REGISTER(dx);
		call->args[3] = REGISTER(si);
	} else {
		call->arch = KS_ARCH_X86_64;
		call->args[0] = REGISTER(di);
		call->args[1] = REGISTER(si);
		call->args[2] = REGISTER(dx);
		call->args[3] = REGISTER(r10);
	}
}

static __always_inline u32 call_status(struct task_struct *task, const bool typed)
{
	return NUMBER(thread_info.status);
}

static __always_inline bool is_compat(const struct ks_call *call)
{
	return call->arch != KS_ARCH_X86_64 || call->nr & KS_X32_BIT;
}
#elif defined(__TARGET_ARCH_arm64)
#define CALL_NUMBER syscallno

enum { ARCH_NATIVE = KS_ARCH_AARCH64, ARCH_COMPAT = KS_ARCH_ARM };

static __always_inline void copy_call(struct ks_call *call, struct pt_regs *regs, u64 flags)
{
	call->arch = flags & TIF_32BIT ? KS_ARCH_ARM : KS_ARCH_AARCH64;
	call->nr = REGISTER(syscallno);
	call->args[0] = REGISTER(orig_x0);
	call->args[1] = REGISTER(regs[1]);
	call->args[2] = REGISTER(regs[2]);
	call->args[3] = REGISTER(regs[3]);
}

static __always_inline u64 call_status(struct task_struct *task, const bool typed)
{
	return NUMBER(thread_info.flags);
}

static __always_inline bool is_compat(const struct ks_call *call)
{
	return call->arch != KS_ARCH_AARCH64;
}
#endif

/* The number that a hook on all system calls is given. */
static __always_inline u32 call_number(struct pt_regs *regs)
{
	return IS_TYPED ? regs->CALL_NUMBER : BPF_CORE_READ(regs, CALL_NUMBER);
}

/*
 * The system call that current is in: number, architecture and arguments. Outside
 * of a system call the number is -1 or stale, which the callers' checks of the signal catch.
 */
static __always_inline void read_call(struct ks_call *call)
{
	if (cfg_regs_bytes) {
		copy_call(call, NULL, call_status(current_task(), false));
	} else {
		struct task_struct *task = bpf_get_current_task_btf();

		copy_call(call, (struct pt_regs *)bpf_task_pt_regs(task), call_status(task, true));
	}
}

#endif
