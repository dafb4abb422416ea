/* SPDX-License-Identifier: GPL-2.0-only */
/* What a record says of a signal beside who sent it to whom: part of record.h, which includes it.
 */
#ifndef KS_FACTS_LAYOUT_H
#define KS_FACTS_LAYOUT_H

/* What the target does about a signal, by its table of handlers. */
enum ks_handler { KS_HANDLER_DEFAULT, KS_HANDLER_IGNORED, KS_HANDLER_HANDLED, KS_HANDLER_MAX };

/*
 * The target just after the signal was generated. A signal that ends the process has overwritten
 * `signal_flags` by then: whether it had been stopped is not known. The same for each signal of a
 * storm, or none could be a KS_REC_REPEAT.
 */
struct ks_effect {
	ks_u32 facts;	     /* KS_EFFECT_* */
	ks_u32 signal_flags; /* of its process: SIGNAL_*, include/linux/sched/signal.h */
	ks_u32 exit_code;    /* of its process, which is being ended; 0: it is not */
	ks_u8 handler;	     /* enum ks_handler */
	ks_u8 padding[3];
};

enum {
	KS_EFFECT_KNOWN = 1 << 0,   /* the rest is known */
	KS_EFFECT_BLOCKED = 1 << 1, /* by the thread; of a process, by its leader */
	KS_EFFECT_STOPPED = 1 << 2, /* the process was */
	KS_EFFECT_INIT = 1 << 3,    /* the first process of a pid namespace */
	KS_EFFECT_DYING = 1 << 4,   /* the process was ending before the signal came */
	KS_EFFECT_ZOMBIE = 1 << 5,
	KS_EFFECT_EXIT = 1 << 6, /* this signal ends the process... */
	KS_EFFECT_CORE = 1 << 7, /* ...or will, after a core dump */
};

enum { KS_SIGINFO_BYTES = 48 }; /* of what the kernel uses */

/*
 * What is known of why the kernel sent a signal: who ran is `sender`, and `call` what that was in.
 * Grows at its end: the span that leads here says how much of it there is.
 */
struct ks_cause {
	ks_u8 siginfo[KS_SIGINFO_BYTES]; /* struct kernel_siginfo, of KS_INFO_REAL; else 0 */
	ks_u32 facts;			 /* KS_CAUSE_* */
	ks_s32 pdeath;			 /* the signal that the target gets when its parent ends */
	/* Ids of KS_REC_TEXT records before this one; 0: none. */
	ks_u64 file;	   /* that an argument of `call` may be a descriptor of, if it is special */
	ks_u64 stack;	   /* how the kernel came to send the signal, if nothing else says that */
	ks_u32 file_magic; /* of the file system it is on: include/uapi/linux/magic.h */
	ks_u8 file_argument; /* which argument */
	ks_u8 padding[3];
	/* The limit that the target came up against. */
	ks_u64 rlimit;	     /* RLIMIT_FSIZE, in bytes, for SIGXFSZ; else RLIMIT_CPU, in seconds */
	ks_u64 memory_limit; /* bytes: of the nearest memory cgroup that has used up its own */
	ks_u64 memory_bytes; /* resident, of the target; a few hundred KB a CPU are not counted */
	ks_u32
	    memory_level; /* of that cgroup: how many names its path has. ~0: its path is unknown */
	ks_u32 memory_limits; /* so many memory cgroups have used up their own, this one included */
};

enum {
	KS_CAUSE_KNOWN = 1 << 0, /* the rest is known */
	/* Who ran is... */
	KS_CAUSE_WORKER = 1 << 1,   /* a thread of the kernel that works for others: a workqueue */
	KS_CAUSE_REAPER = 1 << 2,   /* the first process of its pid namespace */
	KS_CAUSE_PARENT = 1 << 3,   /* the target's parent */
	KS_CAUSE_EXITKILL = 1 << 4, /* the target's tracer, by PTRACE_O_EXITKILL */
	/* The target is... */
	KS_CAUSE_FOREGROUND = 1 << 5, /* in the foreground of its terminal */
	/* Known are... */
	KS_CAUSE_RLIMIT = 1 << 6, /* rlimit */
	KS_CAUSE_MEMORY = 1 << 7, /* memory_bytes */
};

_Static_assert(sizeof(struct ks_effect) == 16, "contract");
_Static_assert(sizeof(struct ks_cause) == 112, "contract");

#endif
