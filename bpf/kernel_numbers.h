/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Numbers of the kernel that its BTF does not have, or not of each kernel. killsnoop relies on
 * them: user/kernel/self_test.c compares what it can with this kernel, at start.
 */
#ifndef KS_KERNEL_NUMBERS_H
#define KS_KERNEL_NUMBERS_H

enum {
	PF_EXITING = 0x00000004, /* include/linux/sched.h */
	PF_WQ_WORKER = 0x00000020,
	PF_KTHREAD = 0x00200000,
	PT_EXITKILL = 1 << 23, /* include/linux/ptrace.h: PTRACE_O_EXITKILL << 3 */
	/* include/linux/sched/signal.h */
	SIGNAL_STOP_STOPPED = 0x1,
	SIGNAL_GROUP_EXIT = 0x4,
	SIGNAL_GROUP_COREDUMP = 0x8, /* until v5.16, 2f824d4d197e: then core_state has it */
	SIGNAL_CLD_MASK = 0x30,	     /* the target was stopped and runs again */
	SIGNAL_UNKILLABLE = 0x40,
	TS_COMPAT = 0x2,     /* arch/x86/include/asm/thread_info.h */
	TIF_32BIT = 1 << 22, /* arch/arm64/include/asm/thread_info.h */
	XA_TAG_MASK = 3,     /* include/linux/xarray.h */
	XA_TAG_NODE = 2,     /* xa_is_node() */
	XA_CHUNK_MASK = 63,  /* of a node's slots; 15 with CONFIG_BASE_SMALL */
};

/* User space relies on these, too: they do not change. */
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
	MINOR_BITS = 20, /* of a dev_t: MINORBITS, include/linux/kdev_t.h */
};

/* Where its BTF has no enum pid_type, include/linux/pid_types.h. */
enum ks_pid_type { KS_PIDTYPE_PID = 0, KS_PIDTYPE_PGID = 2, KS_PIDTYPE_SID = 3 };

#endif
