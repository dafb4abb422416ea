/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Processes that may be gone when a record refers to them, and what was kept of them: part of
 * record.h, which includes it.
 */
#ifndef KS_REF_LAYOUT_H
#define KS_REF_LAYOUT_H

enum { KS_COMM_BYTES = 16 }; /* TASK_COMM_LEN */

/* Which process: the pid in the initial pid namespace and its start. */
struct ks_pidref {
	ks_u32 pid;
	ks_u32 vpid;	 /* in the tracer's own pid namespace; 0: not visible there */
	ks_u64 start_ns; /* CLOCK_BOOTTIME, of the thread group leader */
};

/* Who had the pid of a target before, and ended. */
struct ks_former {
	struct ks_pidref process;
	struct ks_pidref parent; /* when it ended: it may have been inherited */
	ks_u64 end_ns;		 /* CLOCK_MONOTONIC, to about a tick */
	char comm[KS_COMM_BYTES];
	ks_u32 uid;
	ks_u32 code; /* as wait(2) gives it */
};

/* The signal that ended a process: so the record of its end names who sent it, if that of the
 * signal is lost. */
struct ks_blow {
	struct ks_pidref sender;  /* of kernel origin: who ran */
	ks_u64 time_ns;		  /* of that record: CLOCK_MONOTONIC */
	ks_u64 call_id;		  /* of that record: struct ks_call */
	char comm[KS_COMM_BYTES]; /* of the sender's thread, as... */
	ks_u32 tid, uid;
	ks_u32 signal; /* 0: none is known */
	ks_u8 origin;  /* enum ks_origin */
	ks_u8 padding[3];
};

_Static_assert(sizeof(struct ks_pidref) == 16, "contract");
_Static_assert(sizeof(struct ks_former) == 64, "contract");
_Static_assert(sizeof(struct ks_blow) == 64, "contract");

#endif
