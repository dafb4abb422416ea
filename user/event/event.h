/* SPDX-License-Identifier: GPL-2.0-only */
/* An event: what decode makes of records, and what filters, fields and formats work on. */
#ifndef KS_EVENT_H
#define KS_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "event/texts.h"
#include "event/process.h"
#include "record.h"

enum event_type { EVENT_SIGNAL, EVENT_EXIT, EVENT_LOST };

/* Whom a signal was meant for: by the call's arguments, or as the kernel generated it. */
enum event_scope { SCOPE_PROCESS, SCOPE_THREAD, SCOPE_GROUP, SCOPE_ALL };

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

/* A task at the moment of the event. */
struct task {
	bool present;
	struct ks_ids ids;
	uint32_t known, flags; /* KS_KNOWN_*, KS_FLAG_*: of the numbers, and of argv if it is set */
	struct process *process; /* the rest; NULL: never described. The event holds a reference. */
	struct shared_text *label; /* NULL: none or unknown. The event holds a reference. */
	char *argv;		   /* live; owned. NULL: take the one of process */
	size_t argv_bytes;
	size_t live_argv_bytes,
	    arg_area_bytes;  /* of live argv: all that was read; the argument area */
	const char *syscall; /* that it was in when the kernel sent a signal; static. NULL: none,
			      * or unknown */
	const char *user;    /* the name of ids.uid, by enrich_event(); NULL: unknown */
};

/* The call it came from; all events of one call have the same. */
struct event_call {
	uint64_t id; /* 0: none, or it stands alone */
	uint64_t args[4];
	int64_t ret;
	bool ret_known;
	bool sigkill_pending; /* the sender, when the call returned */
	uint64_t entry_ns;    /* CLOCK_MONOTONIC, when it began; 0: unknown */
	uint64_t coarse_ns;   /* likewise, CLOCK_REALTIME_COARSE */
	uint32_t arch, nr;
	uint8_t via;		 /* enum ks_via */
	uint32_t index, targets; /* this event's place among those of its call */
	uint32_t unshown;	 /* of these, targets that got no signal and have no event */
};

/* A signal that equals the one before it, in all that its record says. */
struct event_repeat {
	uint64_t of;	    /* the same of all that are equal; 0: it is not known to be one */
	uint64_t before_ns; /* CLOCK_MONOTONIC, of the one before */
};

/* What user space loses, in the gap of enum ks_lost. The names are in event_names.c. */
enum loss {
	LOSS_HOOK_BUSY = KS_LOST_SEARCH + 1, /* a hook was skipped: see loader_missed() */
	LOSS_RECORD,			     /* malformed, or of an unknown type */
	LOSS_MEMORY,
	LOSS_MAX = KS_LOST_MAX,
};

struct event_loss {
	uint64_t count;
	unsigned int cause; /* enum ks_lost or enum loss */
	bool has_users;	    /* it is known whose they were: */
	uint64_t users[KS_USERS];
	uint64_t from_ns, to_ns; /* CLOCK_MONOTONIC: of the records before and after; 0: unknown */
	uint64_t from_real_ns, to_real_ns; /* likewise, CLOCK_REALTIME */
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
	RELATION_MAX,
};

/* What made the kernel send a signal without a kill call. */
struct kernel_cause {
	enum event_origin origin;
	const char *words; /* static; what is not certain says "probably". NULL: unknown */
	enum event_how how;
	bool is_sent; /* who ran did it, by another system call or by its end */
};

/* A signal that is part of the story of an end. */
struct cause_step {
	uint64_t seq, time_ns; /* seq 0: it was not shown */
	uint64_t delay_ns;     /* until the end; 0: unknown */
	int signal;
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
	uint64_t seq, time_ns;
	int signal;
	int code; /* si_code, of HOW_FAULT */
	enum event_origin origin;
	const char *kernel_cause; /* as in struct kernel_cause; NULL: none, or unknown */
	struct task sender;	  /* not present: nothing that a process did sent it */
	struct task context;	  /* if so: who ran when the kernel sent it */
	bool is_own;		  /* the process sent it to itself */
	bool has_handler;	  /* the process had a handler for it */
	struct ks_former former;  /* who had the pid before, if the sender may have meant that: */
	enum event_relation relation;
	uint64_t boot_ns; /* when, by CLOCK_BOOTTIME, as processes start */
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

struct event {
	enum event_type type;
	uint64_t seq;	  /* in the stream; lost events count, so that a gap shows */
	uint64_t time_ns; /* CLOCK_MONOTONIC */
	uint64_t real_ns; /* CLOCK_REALTIME */
	union {
		struct {
			int number;
			bool filtered_out; /* no filter wants it: for the verdict only */
			enum event_scope scope;
			enum event_result result;
			enum ks_origin origin;
			struct ks_info info;
			bool info_names_sender; /* si_pid and si_uid: other codes keep other data
						   there */
			struct event_call call;
			uint32_t personality;
			enum ks_reason reason;	 /* of RESULT_IGNORED */
			struct ks_effect effect; /* facts 0: unknown */
			struct ks_cause cause;	 /* of kernel origin; facts 0: unknown */
			/* Of kernel origin; NULL: none, or unknown. The event holds references. */
			struct shared_text
			    *file; /* the path of what the call of `sender` was for */
			struct shared_text *stack; /* functions of the kernel, each ended by NUL */
			struct kernel_cause kernel_cause; /* by enrich_event() */
			struct event_repeat repeat;
			uint64_t count;	  /* so many equal signals, summed up: see repeats.h */
			uint64_t last_ns; /* CLOCK_MONOTONIC, of the last of them, if more than 1 */
			uint64_t last_real_ns;	/* likewise, CLOCK_REALTIME */
			unsigned int undecided; /* UNDECIDED_*: filters on what is unknown */
			bool is_refused;	/* no signal, but the kernel looked at the target */
			uint32_t prior_targets; /* if so: targets of the call that come before it */
			struct task sender;	/* of kernel origin: who ran, see event_sender() */
			struct task target;
			bool has_former;
			struct ks_former former;      /* who had the target's pid before */
			enum event_relation relation; /* of that to the sender, by enrich_event() */
		} signal;
		struct {
			struct task process;
			uint32_t code; /* as wait(2) gives it */
			enum ks_watch watch;
			struct event_cause cause;
			struct event_cause blow; /* the signal that ended it: its event may be lost
						  */
			struct cause_steps *before; /* what it got before the cause, the last first;
						     * NULL: nothing was seen */
			struct task tracer;	    /* not present: it had none */
		} exit;
		struct event_loss lost;
	};
};

/* Filters that let an event pass because they could not be decided. */
enum {
	UNDECIDED_TARGET_UNIT = 1 << 0,
	UNDECIDED_SENDER_UNIT = 1 << 1,
	UNDECIDED_TARGET_EXE = 1 << 2,
	UNDECIDED_SENDER_EXE = 1 << 3,
};

/* The length of a comm as text: it need not be NUL-terminated. */
static inline size_t comm_length(const char comm[KS_COMM_BYTES])
{
	return strnlen(comm, KS_COMM_BYTES);
}

static inline bool pidref_equal(const struct ks_pidref *a, const struct ks_pidref *b)
{
	return a->pid == b->pid && a->start_ns == b->start_ns;
}

void cause_clear(struct event_cause *cause);

/*
 * Adds a copy of a step behind the others, as long as there is room. 0, or -ENOMEM: it is not
 * added, or without the arguments of its sender.
 */
int cause_steps_add(struct cause_steps **steps, const struct cause_step *step);
void cause_steps_free(struct cause_steps *steps);

/* Frees the event and drops what it refers to; NULL is fine. */
void event_free(struct event *event);

/*
 * A copy that shares process and label and has its own argv; `to` is cleared with task_clear().
 * 0, or -ENOMEM: there was no memory for argv, and the copy is as one without.
 */
int task_copy(struct task *to, const struct task *from);
void task_clear(struct task *task);

/*
 * The length of arguments without the empty ones at their end, which programs leave that write a
 * title over them. The first argument stays even if it is empty.
 */
size_t event_argv_length(const char *argv, size_t bytes);

/*
 * The arguments, NUL between them: the live ones, or those at the last exec; NULL: unknown. Empty
 * ones at the end are left out.
 */
const char *task_argv(const struct task *task, size_t *ret_bytes);

/* The errno that a system call returned as `ret`, 0 if none: MAX_ERRNO of include/linux/err.h. */
static inline int event_errno(int64_t ret)
{
	return ret < 0 && ret >= -4095 ? (int)-ret : 0;
}

/* Whether all that is known of them is the same. */
bool task_equal(const struct task *a, const struct task *b);

static inline bool event_is_from_kernel(const struct event *event)
{
	return event->type == EVENT_SIGNAL && event->signal.origin != KS_ORIGIN_USER;
}

/* The sender, or NULL where no process sent it: of kernel origin, once that is enriched. */
static inline const struct task *event_sender(const struct event *event)
{
	return event->type == EVENT_SIGNAL && (event->signal.origin == KS_ORIGIN_USER ||
					       event->signal.kernel_cause.is_sent)
		   ? &event->signal.sender
		   : NULL;
}

/* Who happened to run when the kernel sent it, and has nothing to do with it, or NULL. */
static inline const struct task *event_context(const struct event *event)
{
	return event->type == EVENT_SIGNAL && !event_sender(event) ? &event->signal.sender : NULL;
}

static inline enum event_origin event_origin(const struct event *event)
{
	return event_is_from_kernel(event) ? event->signal.kernel_cause.origin : ORIGIN_USER;
}

/* The target of a signal or the process that ended, or NULL. */
static inline const struct task *event_target(const struct event *event)
{
	if (event->type == EVENT_EXIT)
		return &event->exit.process;
	return event->type == EVENT_SIGNAL && event->signal.target.present ? &event->signal.target
									   : NULL;
}

#endif
