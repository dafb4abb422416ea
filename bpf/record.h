/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The record contract: what the BPF programs write into the ring and user space decodes. Both sides
 * include this with what it includes, and nothing else of each other.
 *
 * Rules: fixed-width types and no hidden padding; a value that could not be had has its bit in
 * `known` clear, so that zero never means unknown. A process is named by pid and start time (struct
 * ks_pidref). Strings live behind the fixed part, addressed by struct ks_span; the reader checks
 * every span against `size`.
 */
#ifndef KS_RECORD_H
#define KS_RECORD_H

#ifndef __VMLINUX_H__
#include <stdint.h>
typedef uint8_t ks_u8;
typedef uint16_t ks_u16;
typedef uint32_t ks_u32;
typedef int32_t ks_s32;
typedef uint64_t ks_u64;
typedef int64_t ks_s64;
#else
typedef u8 ks_u8;
typedef u16 ks_u16;
typedef u32 ks_u32;
typedef s32 ks_s32;
typedef u64 ks_u64;
typedef s64 ks_s64;
#endif

#include "syscalls.h"
#include "ref_layout.h"
#include "label_layout.h"
#include "facts_layout.h"
#include "env_layout.h"

/*
 * What may change, and how. A member is appended at the end of a record's own struct: its
 * `fixed_bytes` says whether it is there. Nothing else grows, moves or goes:
 * neither the header nor what a record's struct is made of. Numbers of types, of enums and of flags
 * are appended, too, and an unused one is not used again. What cannot be done so takes a new
 * version, and a reader of the old one in user/event/record_view.c.
 */
#define KS_RECORD_VERSION 2

enum {
	KS_TTY_BYTES =
	    16, /* driver names are shorter: "ttyAMA0", "pts/4194303" has 9 as pts4194303 */
	KS_PATH_BYTES = 4107, /* what d_path gives audit at most: PATH_MAX and " (deleted)" */
	KS_CGROUP_BYTES = 1024,
	KS_ARGV_BYTES = 2048,
	KS_TITLE_BYTES = 512, /* of a title, beyond the arguments it was written over */
	KS_EXEC_ARGV_BYTES = 512,
	KS_EXEC_EXE_BYTES = 512,
	KS_ANCESTORS_MAX = 16,
	KS_SIGNAL_MAX = 64, /* _NSIG */
	KS_TEXT_BYTES = 1024,
};

enum ks_record_type {
	KS_REC_SIGNAL = 1,  /* struct ks_signal: a signal was generated */
	KS_REC_CALL = 2,    /* struct ks_signal: a call returned that generated no signal we want */
	KS_REC_RETURN = 3,  /* struct ks_return: the call of earlier KS_REC_SIGNALs returned */
	KS_REC_PROCESS = 4, /* struct ks_description: a process that others refer to */
	KS_REC_EXIT = 5,    /* struct ks_exit: a described or watched process ended */
	KS_REC_LABEL =
	    6,		 /* struct ks_text without `kind`, a label: before there were other texts */
	KS_REC_TEXT = 7, /* struct ks_text: a text that others refer to */
	KS_REC_REPEAT = 8, /* struct ks_repeat: an earlier KS_REC_SIGNAL or KS_REC_CALL once more */
	KS_REC_LOSSES = 9, /* struct ks_losses: events for which there was no room */
	KS_REC_TITLE = 10, /* struct ks_description, of a process that a signal ends, with the
			      title that it has: for earlier records, too; its `lost` is 0 */
};

/*
 * Two rings, so that a storm of other signals cannot crowd out those that end processes. Each has
 * the descriptions and texts that its own events refer to. See ring.bpf.h.
 */
enum ks_ring { KS_RING_BULK, KS_RING_LETHAL, KS_RINGS };

/* Every record begins so. */
struct ks_header {
	ks_u8 version;	    /* KS_RECORD_VERSION */
	ks_u8 type;	    /* enum ks_record_type */
	ks_u16 fixed_bytes; /* of the part before the strings, this header included */
	ks_u32 size;	    /* of the whole record, in bytes */
	ks_u64 lost;	/* events that had no room in this ring, since the start: see ks_losses */
	ks_u64 time_ns; /* CLOCK_MONOTONIC */
	ks_u16 flags; /* none so far: a record with one that the reader does not know is refused */
	ks_u16 generation; /* counts how often user space has asked to have all described again */
	ks_u8 ring;	   /* enum ks_ring */
	ks_u8 slot;	   /* of a record that may be repeated: which one it is on `cpu`; else 0 */
	ks_u16 cpu;	   /* that wrote it, modulo 65,536 */
};

/* What is the same for every task and read live, at the moment of the event. */
struct ks_ids {
	struct ks_pidref process;
	ks_u32 tid, vtid;
	ks_u32 ppid, vppid;
	ks_u32 uid, gid, euid, egid, suid, sgid, fsuid, fsgid; /* in the initial user namespace */
	ks_u32 auid, ses;				       /* 4294967295: unset */
	char comm[KS_COMM_BYTES];			       /* of the thread */
	char tty[KS_TTY_BYTES]; /* the driver's name, e.g. pts0; empty: none */
};

struct ks_span {
	ks_u16 offset; /* from the start of the record */
	ks_u16 bytes;
};

/*
 * A process that events refer to: what changes rarely. Paths come leaf first, each component ended
 * by NUL ("bash\0bin\0usr\0"): the order in which the kernel links them, so that one pass suffices.
 * argv is as in memory, NUL between the arguments, at the last exec.
 */
struct ks_process {
	struct ks_ids ids;	 /* at the time of the description, except process */
	struct ks_pidref parent; /* who created it; pid 0: unknown */
	ks_u64 cgroup_id;
	ks_u32 known; /* KS_KNOWN_* */
	ks_u32 flags; /* KS_FLAG_* */
	struct ks_span exe, cwd, cgroup, argv;
	ks_u16 exe_below_root; /* bytes of exe until its own root directory: what d_path shows it */
	ks_u16 padding[3];
};

enum {
	KS_KNOWN_IDS = 1 << 0,
	KS_KNOWN_EXE = 1 << 1,
	KS_KNOWN_CWD = 1 << 2,
	KS_KNOWN_CGROUP = 1 << 3,
	KS_KNOWN_ARGV = 1 << 4,
	KS_KNOWN_AUDIT = 1 << 5, /* auid and ses: the kernel has CONFIG_AUDIT */

	KS_FLAG_EXE_DELETED = 1 << 0,
	KS_FLAG_CWD_DELETED = 1 << 1,
	KS_FLAG_EXE_CUT = 1 << 2, /* longer than there is room: the root's side is missing */
	KS_FLAG_CWD_CUT = 1 << 3,
	KS_FLAG_CGROUP_CUT =
	    1 << 4,		   /* the leaf's side is missing: the unit is on the root's side */
	KS_FLAG_ARGV_CUT = 1 << 5, /* the end is missing */
	KS_FLAG_KTHREAD = 1 << 6,
	KS_FLAG_TITLE =
	    1 << 7, /* argv is a title that was written over it: it ends at the first NUL */
	KS_FLAG_DEAD =
	    1 << 8, /* described when its last thread had ended: a zombie, or about to be */
	KS_FLAG_AUDITED = 1 << 9, /* the thread has an audit context: audit can see its calls */
	KS_FLAG_PERMISSION_CHECKED = 1 << 10, /* a target for which the kernel came to check the
				      permission: what audit lists */
	KS_FLAG_EXITING = 1 << 11,	      /* the thread is in do_exit(), kernel/exit.c */
	KS_FLAG_TRACED = 1 << 12,	      /* the thread has a tracer: ptrace(2) */
	KS_FLAG_CGROUP_LOST = 1 << 13,	      /* too deep: the root's side of cgroup is missing */
	KS_FLAG_EXEC = 1 << 14,	   /* exec was just replacing argv, which is unknown therefore */
	KS_FLAG_HANDLER = 1 << 15, /* a watched target has a handler for the signal */
	KS_FLAG_OTHER_MOUNTS =
	    1 << 16, /* its mount namespace is not the tracer's: paths may be others there */
	KS_FLAG_ARGV_OWN = 1 << 17, /* argv is what it executed, or was read from its memory... */
	KS_FLAG_ARGV_INHERITED = 1 << 18, /* ...or what the one had that it was forked from */
	KS_FLAG_EXE_DETACHED = 1 << 19,	  /* in a mount that neither its mount namespace has nor the
					     tracer's: where its path begins is not known */
};

/* Of the path of an executable: the root's side is missing; or anything else is to be said. */
#define KS_FLAG_EXE_ROOTLESS (KS_FLAG_EXE_CUT | KS_FLAG_EXE_DETACHED)
#define KS_FLAG_EXE_PATH (KS_FLAG_EXE_CUT | KS_FLAG_EXE_DELETED | KS_FLAG_EXE_DETACHED)

/* Which hierarchy of cgroups is used: the number of one of version 1, or... */
enum {
	KS_HIERARCHY_NONE = -1, /* it is not known */
	KS_HIERARCHY_V2 = 0,
};

/*
 * Functions of the kernel that programs call where it has them: compiled as helpers by numbers that
 * none has, which user space replaces; see user/kernel/kfuncs.h.
 */
enum ks_kfunc {
	KS_KFUNC_PREEMPT_DISABLE = 0x6b730001,
	KS_KFUNC_PREEMPT_ENABLE,
	KS_KFUNC_RDONLY_CAST,
};

/* How many there can be: that of version 2, and of version 1 one per controller and named ones. */
enum { KS_HIERARCHIES_MAX = 32 };

/*
 * The system call of the kill family that `current` is in. Of kernel origin: any system call that
 * it is in, with `via` KS_VIA_NONE; arch 0: none.
 */
struct ks_call {
	ks_u64 id; /* with the sender's tid: which call; 0 for KS_REC_CALL, which stands alone */
	ks_u64 args[4];	       /* raw registers: a 32-bit caller means the lower half */
	ks_s64 ret;	       /* of KS_REC_CALL, or with ret_known; else KS_REC_RETURN brings it */
	ks_u32 arch;	       /* AUDIT_ARCH_* */
	ks_u32 nr;	       /* as audit counts: with the x32 bit */
	ks_u8 via;	       /* enum ks_via */
	ks_u8 returns;	       /* a KS_REC_RETURN will follow */
	ks_u8 sigkill_pending; /* as in struct ks_return, which is the last word */
	ks_u8 ret_known;
	ks_u8 padding[4];
	ks_u64 entry_ns;  /* CLOCK_MONOTONIC when it began; where that is not seen, now */
	ks_u64 coarse_ns; /* likewise, CLOCK_REALTIME_COARSE; 0: not known */
};

/* The outcome at generation, from include/trace/events/signal.h: TRACE_SIGNAL_*. */
enum ks_result {
	KS_RESULT_DELIVERED,
	KS_RESULT_IGNORED,
	KS_RESULT_PENDING,
	KS_RESULT_OVERFLOW,
	KS_RESULT_LOST_INFO,
	KS_RESULT_NONE,	   /* nothing was generated: the call's error says why, or, in a call with
			      other targets, the sender may not, or it was signal 0 */
	KS_RESULT_RESUMED, /* SIGCONT, not queued, made a stopped process run: prepare_signal() */
	KS_RESULT_MAX,
};

/*
 * Why a signal was ignored: prepare_signal() and sig_task_ignored(), kernel/signal.c; or why a call
 * was refused: check_kill_permission() there.
 */
enum ks_reason {
	KS_REASON_NONE,
	KS_REASON_HANDLER, /* the target ignores it: SIG_IGN */
	KS_REASON_DEFAULT, /* its default action is to be ignored */
	KS_REASON_DYING,   /* the target is being killed or exits */
	KS_REASON_ZOMBIE,
	KS_REASON_NAMESPACE_INIT, /* the first process of a pid namespace, which does not handle it
				   */
	KS_REASON_KERNEL_THREAD,
	KS_REASON_OTHER_USER,	   /* the sender has neither the user of the target nor CAP_KILL */
	KS_REASON_SECURITY_MODULE, /* the sender may, but for a security module */
	KS_REASON_SIGINFO,	   /* si_code is one that only the kernel may send to others */
	KS_REASON_MAX,
};

/* What the kernel passed as siginfo: the two marks of include/linux/sched/signal.h, or real data.
 */
enum ks_info_kind { KS_INFO_NOINFO, KS_INFO_PRIV, KS_INFO_REAL, KS_INFO_NONE };

enum ks_origin { KS_ORIGIN_USER, KS_ORIGIN_KERNEL, KS_ORIGIN_MAX };

/* Whether si_pid and si_uid are those of the sender, by its own numbers. */
enum ks_claim { KS_CLAIM_UNKNOWN, KS_CLAIM_TRUE, KS_CLAIM_FORGED };

struct ks_info {
	ks_s32 code; /* si_code */
	ks_u32 pid;  /* si_pid, si_uid: what the target sees, which rt_sigqueueinfo may forge */
	ks_u32 uid;
	ks_u8 kind;   /* enum ks_info_kind; code, pid and uid count for KS_INFO_REAL only */
	ks_u8 reason; /* enum ks_reason, of KS_RESULT_IGNORED, and of refused calls */
	ks_u8 claim;  /* enum ks_claim, of a sender that passed a siginfo */
	ks_u8 padding;
};

/* A task in an event: its numbers live, the rest in the KS_REC_PROCESS of ids.process before it. */
struct ks_task {
	struct ks_ids ids;
	ks_u32 known; /* KS_KNOWN_IDS, KS_KNOWN_AUDIT, KS_KNOWN_ARGV; 0: there is no such task */
	ks_u32 flags; /* KS_FLAG_* of a thread, and of its argv if that is known */
};

/*
 * One signal and one target. `sender` is current: of kernel origin, it only happened to run. Its
 * argv is read at that moment from its own memory, since programs rewrite their titles.
 */
struct ks_signal {
	struct ks_header header;
	struct ks_call call;
	struct ks_info info;
	ks_s32 signal;		/* what was asked: may be 0 or invalid in KS_REC_CALL */
	ks_u8 result;		/* enum ks_result */
	ks_u8 origin;		/* enum ks_origin */
	ks_u8 process_directed; /* generated for the process, not for one thread */
	ks_u8 filtered_out;	/* no filter wants it, but it may be why a watched process ends */
	ks_u32 personality;	/* of the sender */
	struct ks_span argv;	/* of the sender */
	struct ks_task target;
	struct ks_task sender;
	ks_u32 prior_targets; /* of KS_RESULT_NONE in KS_REC_SIGNAL: targets of the call that come
				 before it */
	ks_u32
	    argv_area_bytes; /* in argv; what follows there is the environment, see KS_FLAG_TITLE */
	ks_u64 target_label; /* KS_LABEL_* or the id of a KS_REC_TEXT before it; audit's obj= */
	ks_u64 sender_label; /* audit's subj= */
	struct ks_span former;	 /* struct ks_former; empty: none is known. See former.bpf.h */
	struct ks_span cause;	 /* struct ks_cause, of kernel origin; empty: none */
	struct ks_effect effect; /* of a signal that was generated */
	ks_u32 target_number;	 /* if there is a former: the pid of both, as the sender counts */
	ks_u32 former_session;	 /* which the sender is of, and the target is not; 0: none, or
				    unknown; as the initial pid namespace counts */
};

/*
 * The last KS_REC_SIGNAL or KS_REC_CALL of the same ring, cpu and slot once more: nothing differs,
 * byte by byte, but the members of the header that count and these.
 */
struct ks_repeat {
	struct ks_header header;
	ks_u64 call_id, entry_ns, coarse_ns; /* those of struct ks_call */
};

/* Slots of a CPU, and the longest record that is repeated: one with all the arguments there can be.
 */
enum { KS_REPEAT_SLOTS = 16, KS_REPEAT_BYTES = 4096 };

/*
 * A text that many events have. An id stands for the same text as long as the tracer runs; its
 * record may be emitted again.
 */
struct ks_text {
	struct ks_header header;
	ks_u64 id;
	struct ks_span text;
	ks_u32 is_cut; /* the end is missing */
	ks_u32 kind;   /* enum ks_text_kind */
	ks_u32 padding;
};

struct ks_return {
	struct ks_header header;
	ks_u64 call_id;
	ks_s64 ret;
	ks_u32 sender_tid;
	ks_u32
	    signals; /* KS_REC_SIGNAL records of this call in this ring, the lost ones included */
	ks_u8
	    sigkill_pending; /* SIGKILL was pending for the sender then, as for any fatal signal */
	ks_u8 padding[3];
	ks_u32
	    signals_elsewhere; /* likewise in the other ring, which has a KS_REC_RETURN then, too */
	ks_u32 unshown; /* targets that got no signal and have no record: there were too many */
	ks_u32 padding2;
};

struct ks_description {
	struct ks_header header;
	struct ks_process process;
	ks_u64 exec_ns; /* CLOCK_BOOTTIME: when its program was executed, by itself or by the one it
			   was forked from; 0: unknown, before the tracer started */
	/* The executable, whatever path leads to it: i_ino and i_sb->s_dev; device 0: unknown. */
	ks_u64 exe_inode;
	ks_u32 exe_device;
	ks_u32 mount_namespace; /* its inode; 0: unknown */
	struct ks_span env;	/* see env_layout.h; empty: unknown, or no variables are wanted */
	ks_u32 padding;
};

/* Why a process is watched: of an exit, and of each process in the map target_pids. */
enum ks_watch {
	KS_WATCH_NOT,
	KS_WATCH_TARGET, /* its signals and its end are events */
	KS_WATCH_RELAY,	 /* what happens to it may end a target: the verdict needs its signals */
	KS_WATCH_DESCENDANT, /* of a command: its signals are events, and its end if one ends it */
	KS_WATCH_MAIN,	     /* of an exit: the process was started from another cgroup */
	KS_WATCH_MAX,
};

struct ks_exit {
	struct ks_header header;
	struct ks_ids ids;
	ks_u32 code;  /* as wait(2) gives it */
	ks_u32 watch; /* enum ks_watch */
	ks_u32 known; /* KS_KNOWN_*, of ids */
	ks_u32 padding;
	struct ks_pidref tracer; /* pid 0: none; it may have injected what ended the process */
	struct ks_blow blow;
};

#include "loss_layout.h"

#define KS_CHECK(type, bytes)                                                                      \
	_Static_assert(sizeof(struct type) == (bytes),                                             \
		       "the layout of struct " #type " is a contract")
KS_CHECK(ks_header, 32);
KS_CHECK(ks_ids, 104);
KS_CHECK(ks_process, 160);
KS_CHECK(ks_task, 112);
KS_CHECK(ks_call, 80);
KS_CHECK(ks_info, 16);
KS_CHECK(ks_signal, 424);
KS_CHECK(ks_repeat, 56);
KS_CHECK(ks_return, 72);
KS_CHECK(ks_description, 224);
KS_CHECK(ks_exit, 232);
KS_CHECK(ks_text, 56);
_Static_assert(__builtin_offsetof(struct ks_signal, target) == 144, "contract");
_Static_assert(__builtin_offsetof(struct ks_signal, sender) == 256, "contract");

#endif /* KS_RECORD_H */
