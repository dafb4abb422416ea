/* SPDX-License-Identifier: GPL-2.0-only */
/* An event: what decode makes of records, and what filters, fields and formats work on. */
#ifndef KS_EVENT_H
#define KS_EVENT_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "event/cause.h"

/* Behind EVENT_LOST: what only formats for people show, and no field or number of the stream
 * counts. */
enum event_type { EVENT_SIGNAL, EVENT_EXIT, EVENT_LOST, EVENT_BLAST };

/* Whom a signal was meant for: by the call's arguments, or as the kernel generated it. */
enum event_scope { SCOPE_PROCESS, SCOPE_THREAD, SCOPE_GROUP, SCOPE_ALL };

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

/* What the signals of one process have reached: distinct ones of each kind. */
enum blast_kind {
	BLAST_PROCESSES,
	BLAST_UNITS,
	BLAST_CONTAINERS,
	BLAST_USERS,
	BLAST_ANCESTORS, /* of the sender, itself included */
	BLAST_KINDS,
};

/* See enrich/blast.h. */
struct blast_reach {
	uint64_t blast;		      /* the same of all signals of one blast; 0: it is of none */
	uint64_t first_seq;	      /* of its first event */
	uint32_t counts[BLAST_KINDS]; /* the others are 0 as long as there is one process */
	unsigned int more;	      /* bits, by kind: there are more than the count says */
};

/* Whether there are several processes. */
static inline bool blast_is_wide(const struct blast_reach *reach)
{
	return reach->counts[BLAST_PROCESSES] > 1 || reach->more & 1 << BLAST_PROCESSES;
}

struct blast_name {
	uint32_t vpid;
	char comm[KS_COMM_BYTES];
};

enum { BLAST_NAMED_MAX = 4 };

/* A blast that has ended. */
struct event_blast {
	struct blast_reach reach;
	struct blast_name sender;
	uint64_t signals; /* bit N - 1: there were some of number N */
	bool reaches_itself;
	size_t n_named;
	struct blast_name named[BLAST_NAMED_MAX]; /* ancestors that were reached, the first ones */
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
			struct event_limit limit;	  /* likewise */
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
			struct ks_former former;      /* who had the target's pid before: */
			uint32_t target_number;	      /* that pid, as the sender counts */
			uint32_t former_session;      /* as in struct ks_signal */
			enum event_relation relation; /* of that to the sender, by enrich_event() */
			struct shared_text
			    *pid_file; /* of RELATION_PID_FILE; the event holds a reference */
			struct blast_reach reach; /* of the sender so far, this included */
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
			unsigned int undecided;	    /* UNDECIDED_TARGET_*: as of a signal */
		} exit;
		struct event_loss lost;
		struct event_blast blast;
	};
};

/* Filters that let an event pass because they could not be decided. */
enum {
	UNDECIDED_TARGET_UNIT = 1 << 0,
	UNDECIDED_SENDER_UNIT = 1 << 1,
	UNDECIDED_TARGET_EXE = 1 << 2,
	UNDECIDED_SENDER_EXE = 1 << 3,
};

/* Returns UNDECIDED_*. */
static inline unsigned int event_undecided(const struct event *event)
{
	return event->type == EVENT_EXIT     ? event->exit.undecided
	       : event->type == EVENT_SIGNAL ? event->signal.undecided
					     : 0;
}

/* Frees the event and drops what it refers to; NULL is fine. */
void event_free(struct event *event);

/* The errno that a system call returned as `ret`, 0 if none: MAX_ERRNO of include/linux/err.h. */
static inline int event_errno(int64_t ret)
{
	return ret < 0 && ret >= -4095 ? (int)-ret : 0;
}

/* Whether it was refused: EACCES is what security modules answer. */
static inline bool event_is_denial(int64_t ret)
{
	return event_errno(ret) == EPERM || event_errno(ret) == EACCES;
}

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
