/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the BPF side keeps of each process. No record has it: user space only adds the processes
 * that are older than the tracer, and lists those that live.
 */
#ifndef KS_EXEC_LAYOUT_H
#define KS_EXEC_LAYOUT_H

#include "record.h"

/* The key of an exec info, in terms that /proc has, too: user space adds those of older processes.
 */
struct ks_exec_key {
	ks_u64 start_ticks; /* CLOCK_BOOTTIME in hundredths of a second, as in /proc/PID/stat */
	ks_u32 pid;	    /* in the initial namespace... */
	ks_u32 is_nested;   /* ...or, 1, in the tracer's, if user space added it and does not know
			       that */
};

#define KS_TICK_NS 10000000 /* NSEC_PER_SEC / USER_HZ */

/* See read_places() in exec.bpf.h; cgroup is not 0. */
struct ks_places {
	ks_u64 cgroup, cwd, root, exe;
};

struct ks_fingerprint {
	struct ks_places places;
	ks_u64 version; /* seqcount of the exec info, and above it `generation` */
};

/* What has been written of a process into a ring. */
struct ks_noted {
	struct ks_fingerprint described; /* by the last KS_REC_PROCESS; all 0: none */
	ks_u64 ancestors_generation; /* value of `exec_generation` when all its ancestors had been
					described */
	ks_u32 way;		     /* see mix_way() in path.bpf.h; 0: unknown */
	ks_u32 way_time;	     /* when it was compared last: see way_time() */
};

/* How a signal ended a process: each of these happens once. */
enum {
	KS_DEATH_EXIT = 1 << 0, /* the kernel ends the whole group */
	KS_DEATH_CORE = 1 << 1, /* it will, after a core dump */
};

/*
 * The arguments and the path of what a process executed, where struct ks_exec has no room for them;
 * or the environment variables that are wanted, an item each KS_ENV_ITEM_BYTES, filled with NULs.
 * Processes that fork share it, and nothing of it changes but `users`. It is deleted when that
 * becomes 0, and its id is not used again.
 */
struct ks_long_text {
	ks_u32 users; /* exec infos that refer to it */
	ks_u32 padding;
	char text[KS_EXEC_ARGV_BYTES + KS_EXEC_EXE_BYTES];
};

/* Its id: a count, and the CPU that made it, or... */
enum { KS_TEXT_CPU_BITS = 16, KS_TEXT_NO_CPU = 0xffff /* user space made it */ };

/* So much that, in the kernel's map, an exec info takes 512 bytes: the next smaller size would have
 * next to none. */
enum { KS_EXEC_TEXT_BYTES = 240 };

/*
 * What is kept of a process while it lives: what it executed, which nothing else can read from its
 * memory later. Filled at exec, inherited at fork, and from /proc for those older than the tracer.
 */
struct ks_exec {
	struct ks_pidref creator; /* who forked it; pid 0: unknown, older than the tracer */
	ks_u64
	    start_ns; /* as in struct ks_pidref: two in a row may have the same key; 0: unknown */
	struct ks_noted noted[KS_RINGS];
	ks_u32 deaths;	 /* KS_DEATH_*: which have been reported */
	ks_u32 seqcount; /* counts by 2; odd: exec is writing what follows */
	ks_u32 known;	 /* KS_KNOWN_EXE | KS_KNOWN_ARGV */
	ks_u32 flags;	 /* KS_FLAG_* */
	ks_u16 argv_bytes, exe_bytes;
	ks_u32 owner;	/* the user for whom it is counted; 0: for none */
	ks_u64 exec_ns; /* as in struct ks_description, as are these: */
	ks_u64 exe_inode;
	ks_u32 exe_device;
	ks_u32 has_file;  /* the two are as the kernel has them: see executable() */
	ks_u64 long_text; /* id of a struct ks_long_text, which has the text; 0: it is here */
	ks_u64 env;	  /* likewise, with its environment; 0: unknown */
	char text[KS_EXEC_TEXT_BYTES]; /* argv, then exe, leaf first as in struct ks_process */
};

KS_CHECK(ks_exec_key, 16);
KS_CHECK(ks_long_text, 1032);
_Static_assert(sizeof(struct ks_long_text) == 8 + KS_ENV_BYTES, "all variables have room in it");
KS_CHECK(ks_exec, 440);

#endif
