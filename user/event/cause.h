/* SPDX-License-Identifier: GPL-2.0-only */
/* What became of a signal, why it was sent, and how signals brought an end about. */
#ifndef KS_CAUSE_H
#define KS_CAUSE_H

#include "event/task.h"

/* What became of it: enum ks_result refined by the call's error. The names are in event_names.c. */
enum event_result {
	RESULT_DELIVERED,
	RESULT_IGNORED,
	RESULT_PENDING,
	RESULT_OVERFLOW,
	RESULT_LOST_INFO,
	RESULT_PROBED, /* signal 0, and the process is there */
	RESULT_DENIED,
	RESULT_NO_PROCESS,
	RESULT_INVALID,
	RESULT_BAD_FD,
	RESULT_FAILED, /* any other error */
	RESULT_RESUMED,
	RESULT_UNKNOWN, /* the return of the call was lost */
	RESULT_MAX,
};

/* How the cause brought the end about. */
enum event_how {
	HOW_KILLED,
	HOW_RERAISED, /* the process handled the signal and then sent it itself */
	HOW_HANDLED,  /* it handled the signal and ended by itself */
	HOW_FAULT,
	HOW_LIMIT,
	HOW_INJECTED, /* by its tracer, which no signal shows */
	HOW_MAX,
};

/* Why a signal was sent. The names are in event_names.c. */
enum event_origin {
	ORIGIN_KERNEL, /* unknown, or one that has no name */
	ORIGIN_USER,   /* a call of the kill family */
	ORIGIN_OOM,
	ORIGIN_CGROUP_KILL,
	ORIGIN_PIDNS_EXIT,
	ORIGIN_PARENT_DEATH,
	ORIGIN_ORPHANED_PGRP,
	ORIGIN_TTY,
	ORIGIN_HANGUP,
	ORIGIN_ITIMER,
	ORIGIN_POSIX_TIMER,
	ORIGIN_CPU_LIMIT,
	ORIGIN_SECCOMP,
	ORIGIN_FAULT,
	ORIGIN_PIPE,
	ORIGIN_FILE_SIZE,
	ORIGIN_MEMORY_FAILURE,
	ORIGIN_PTRACE,
	ORIGIN_AUTOKILL,
	ORIGIN_BPF,
	ORIGIN_IO,
	ORIGIN_MQUEUE,
	ORIGIN_CHILD,
	ORIGIN_SYSRQ,
	ORIGIN_REBOOT,
	ORIGIN_MAX,
};

/* What the former owner of the target's pid was of the sender. The names are in event_names.c. */
enum event_relation {
	RELATION_NONE, /* nothing, or unknown */
	RELATION_CHILD,
	RELATION_RELATIVE, /* a child of an ancestor of the sender, as the target is not */
	RELATION_SESSION,  /* of the same session, as the target is not */
	RELATION_PROGRAM,  /* signalled by the same program before */
	RELATION_PID_FILE, /* a pid file names it */
	RELATION_MAX,
};

/* What made the kernel send a signal without a kill call. */
struct kernel_cause {
	enum event_origin origin;
	const char *words; /* static; what is not certain says "probably". NULL: unknown */
	enum event_how how;
	bool is_sent; /* who ran did it, by another system call or by its end */
};

enum limit_kind { LIMIT_NONE, LIMIT_CPU_TIME, LIMIT_FILE_SIZE, LIMIT_MEMORY, LIMIT_MAX };

/* What a process had come up against when the kernel sent it a signal for that. */
struct event_limit {
	enum limit_kind kind;
	bool is_known;	 /* value is... */
	bool is_certain; /* ...that of the limit; else of one of several that were used up */
	bool is_resident_known;
	uint64_t value;		    /* seconds of CPU time, or bytes */
	uint64_t resident_bytes;    /* of LIMIT_MEMORY: what the process had in memory, about */
	struct shared_text *cgroup; /* likewise, which one has the limit; NULL: unknown, or none.
				     * Who has the struct holds a reference. */
};

/* Whom a signal was sent to, in short. */
struct cause_target {
	struct ks_pidref ref;
	char comm[KS_COMM_BYTES];
};

/* A signal that is part of the story of an end. */
struct cause_step {
	struct cause_target target;
	uint64_t seq, time_ns; /* seq 0: it was not shown */
	uint64_t delay_ns;     /* until the end; 0: unknown */
	int signal;
	enum event_result result;
	enum event_origin origin;
	const char *kernel_cause; /* as in struct kernel_cause */
	struct task sender;	  /* not present: nothing that a process did sent it */
};

enum { CAUSE_STEPS_MAX = 4 };

struct cause_steps {
	size_t n;
	struct cause_step items[CAUSE_STEPS_MAX];
};

/* What brought an end about: a signal, or one that the process sent itself because of that. */
struct event_cause {
	bool known;
	enum event_how how;
	struct cause_target target; /* the process; or a child, whose end made the process end */
	uint64_t seq, time_ns;
	int signal;
	int code; /* si_code, of HOW_FAULT */
	enum event_result result;
	enum event_origin origin;
	const char *kernel_cause; /* as in struct kernel_cause; NULL: none, or unknown */
	struct task sender;	  /* not present: nothing that a process did sent it */
	struct task context;	  /* if so: who ran when the kernel sent it */
	bool is_own;		  /* the process sent it to itself */
	bool is_by_parent;	  /* its parent did, as which another may be described later */
	bool has_handler;	  /* the process had a handler for it... */
	bool is_caught;		  /* ...which was run at once, for the signal was not blocked */
	struct ks_former former;  /* who had the pid before, if the sender may have meant that: */
	enum event_relation relation;
	struct shared_text
	    *pid_file;	  /* of RELATION_PID_FILE. Who has the struct holds a reference. */
	uint64_t boot_ns; /* when, by CLOCK_BOOTTIME, as processes start */
	struct event_limit limit;
	/*
	 * What the sender got before and passed on, then what its sender got. Of an exit, the cause
	 * itself comes first. NULL: no sender was seen.
	 */
	struct cause_steps *path;
	struct {
		uint64_t seq, time_ns; /* seq 0: the cause itself, or it was not shown */
		struct task sender;    /* not present: the cause itself struck */
	} blow; /* the signal that struck last, if the process or a child of it sent that */
};

static inline struct cause_target cause_target_of(const struct task *task)
{
	struct cause_target target = { .ref = task->ids.process };

	memcpy(target.comm, task->ids.comm, sizeof(target.comm));
	return target;
}

void cause_clear(struct event_cause *cause);

/*
 * Adds a copy of a step behind the others, as long as there is room. 0, or -ENOMEM: it is not
 * added, or without the arguments of its sender.
 */
int cause_steps_add(struct cause_steps **steps, const struct cause_step *step);
void cause_steps_free(struct cause_steps *steps);

#endif
