/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Numbers of the kernel that its BTF does not have, or not of each kernel. killsnoop relies on
 * them: the self-test, user/kernel/self_facts.c, compares what it can with this kernel, at start.
 */
#ifndef KS_KERNEL_NUMBERS_H
#define KS_KERNEL_NUMBERS_H

/* Of these, the self-test reads each of this kernel... */
enum {
	PF_EXITING = 0x00000004, /* include/linux/sched.h */
	PF_WQ_WORKER = 0x00000020,
	PF_KTHREAD = 0x00200000,
	PT_EXITKILL = 1 << 23, /* include/linux/ptrace.h: PTRACE_O_EXITKILL << 3 */
	/* include/linux/sched/signal.h */
	SIGNAL_GROUP_EXIT = 0x4,
	SIGNAL_UNKILLABLE = 0x40,
	XA_TAG_MASK = 3,    /* include/linux/xarray.h */
	XA_TAG_NODE = 2,    /* xa_is_node() */
	XA_CHUNK_MASK = 63, /* of a node's slots; 15 with CONFIG_BASE_SMALL */
	MINOR_BITS = 20,    /* of a dev_t: MINORBITS, include/linux/kdev_t.h */
};

/*
 * ...of these only that they are not set where they must not be: whoever has them set gets a signal
 * for that, which other tracers and audit would report, or makes calls that this kernel may not
 * have. Macros, of which none has changed since Linux 2.6.30; live tests show them on each kernel
 * that they run on: effect.t, delivery_result.t and compat.t.
 */
enum {
	SIGNAL_STOP_STOPPED = 0x1,   /* include/linux/sched/signal.h */
	SIGNAL_GROUP_COREDUMP = 0x8, /* until v5.16, 2f824d4d197e: then core_state has it */
	SIGNAL_CLD_MASK = 0x30,	     /* the target was stopped and runs again */
	TS_COMPAT = 0x2,	     /* arch/x86/include/asm/thread_info.h */
	TIF_32BIT = 1 << 22,	     /* arch/arm64/include/asm/thread_info.h */
};

/*
 * User space relies on these, too: they do not change. tests/unit/test_kernel_numbers.c compares
 * them with what programs are compiled with.
 */
enum {
	/* include/uapi/linux/magic.h */
	PROC_SUPER_MAGIC = 0x9fa0,
	DEVPTS_SUPER_MAGIC = 0x1cd1,
	CGROUP2_SUPER_MAGIC = 0x63677270,
	/* include/uapi/linux/stat.h */
	S_IFMT = 0170000,
	S_IFCHR = 0020000,
	/* include/uapi/linux/major.h */
	TTY_MAJOR = 4,
	TTYAUX_MAJOR = 5,
	CAP_KILL = 5,			/* include/uapi/linux/capability.h */
	PIDFD_SIGNAL_PROCESS_GROUP = 4, /* include/uapi/linux/pidfd.h */
	/* Of siginfo_t, include/uapi/asm-generic/siginfo.h: struct kernel_siginfo begins so. */
	SI_CODE_OFFSET = 8, /* 64 and 32 bits */
	SI_SYS_PRIVATE_OFFSET = 32,
};

/* Where its BTF has no enum pid_type, include/linux/pid_types.h. */
enum ks_pid_type { KS_PIDTYPE_PID = 0, KS_PIDTYPE_PGID = 2, KS_PIDTYPE_SID = 3 };

#endif
