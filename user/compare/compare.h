/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Joins two streams of audit's records, ours and the kernel's, by the call that they are of. Knows
 * text and times only: no kernel is needed to test it.
 *
 * Events that are identical meet at once, in the order of the streams. One without such a partner
 * waits until the other stream is known to be well beyond it; then it is paired with the nearest
 * event of the same call that waits, too, which makes a difference, or it stands alone.
 */
#ifndef KS_COMPARE_H
#define KS_COMPARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "audit/netlink.h"
#include "audit/text.h"
#include "filter/filter.h"
#include "compare/stalls.h"

enum compare_side { SIDE_KILLSNOOP, SIDE_AUDIT, SIDES };

enum compare_outcome {
	OUTCOME_IDENTICAL,
	OUTCOME_DIFFERENT,
	OUTCOME_ONLY_KILLSNOOP,
	OUTCOME_ONLY_AUDIT,
	OUTCOME_MAX,
};

/* Why an event is not identical in both streams. The words are in explain.c. */
enum compare_cause {
	CAUSE_NONE, /* unexplained */
	CAUSE_KERNEL,
	CAUSE_OLDER,
	CAUSE_NEVER_TASK,
	CAUSE_X32,
	CAUSE_AUDITD,
	CAUSE_EXCLUDE_RULE,
	CAUSE_LOST_BY_AUDIT,
	CAUSE_MUTED,
	CAUSE_COMPAT,
	CAUSE_LOST_BY_KILLSNOOP,
	CAUSE_OUTSIDE,	   /* before the rules were in place, or when they were being removed */
	CAUSE_FILTERED,	   /* audit cannot leave it out, the filters do */
	CAUSE_TITLE,	   /* audit shows the title that it read for an earlier record */
	CAUSE_MEMORY,	   /* arguments that are not in memory: audit waits for them */
	CAUSE_CLOCK,	   /* the coarse clock of the kernel cannot be read, and was late */
	CAUSE_INTERRUPTED, /* between the clocks that audit and we read when the call began */
	CAUSE_DYING,	   /* the sender was killed after audit had read it and before we did */
	CAUSE_SEARCHED,	   /* targets that we search for when the call returns came and went */
	CAUSE_MAX,
};

/* What is known of an event beside its records. Times are CLOCK_MONOTONIC in ns. */
struct compare_facts {
	uint64_t begin_ns; /* of the call, as exactly as the stream has it */
	uint64_t end_ns;   /* its return was seen; 0: unknown */
	uint64_t arrival_ns;
	/* Of ours only. */
	uint64_t sender_start_ns; /* CLOCK_BOOTTIME */
	bool is_audited;	  /* the sender has an audit context */
	bool lacks_process;	  /* its description was lost */
	bool lacks_title;	  /* its arguments could not be read */
	char *living_title; /* what audit reads while the sender is not dying; NULL: it is not */
	bool is_searched;   /* targets without a signal were searched for at the return */
	uint32_t *born;	    /* pids of those that are younger than the call */
	size_t n_born;
};

struct compare_event {
	enum compare_side side;
	struct audit_call call;
	struct compare_facts facts;
	struct strbuf text; /* as it came */
	struct strbuf body; /* without what differs from stream to stream */
	struct compare_bucket *bucket;
	uint64_t number;	 /* among those of the same call, of that side */
	uint64_t partner_number; /* that the order gave when it came */
	uint64_t lent_ms;	 /* our event: the time of a record that another call may have */
	struct compare_event *prev, *next;		 /* all that wait, of that side */
	struct compare_event *bucket_prev, *bucket_next; /* those of the same call */
};

/* What is known of the host: see compare/explain.h. */
struct compare_host {
	uint64_t tick_ns; /* of CLOCK_REALTIME_COARSE, audit's clock */
	uint64_t
	    enabled_ns; /* CLOCK_BOOTTIME when we enabled audit for the first time; 0: not we */
	uint32_t auditd_pid;	   /* 0: none */
	struct audit_kinds others; /* rules beside ours */
	bool has_compat_returns;   /* failed calls of 32-bit programs are seen by us */
	bool has_labels;	   /* as far as audit has */
	bool has_clock;		   /* audit's own is read by us, too */
	uint64_t open_ns;  /* CLOCK_BOOTTIME: no rule and no hook of killsnoop was there before */
	uint64_t first_ns; /* CLOCK_MONOTONIC: there was no rule before */
	uint64_t begin_ns; /* likewise: the rules are in place from here... */
	uint64_t end_ns;   /* ...to there; UINT64_MAX: still */
	const struct stalls *stalls; /* of audit's clock */
	/* Whether the process of that pid is there that was there at a time (CLOCK_MONOTONIC). */
	bool (*has_process)(uint32_t pid, uint64_t time_ns);
};

/*
 * How far audit's clock may be behind. It shows the last tick, rounded down to a tick with another
 * phase: two ticks. A tick comes late if its processor has interrupts off or, in a virtual machine,
 * does not run. The worst that was measured is 35 ms, with ticks of 4 ms, on a busy virtual
 * machine; more than that must be measured while it lasts, see stalls.h.
 */
#define COMPARE_TICK_LATE_NS 40000000ull

static inline uint64_t compare_clock_lag_ns(const struct compare_host *host)
{
	return 2 * host->tick_ns + COMPARE_TICK_LATE_NS;
}

struct compare_finding {
	enum compare_outcome outcome;
	enum compare_cause cause;
	const struct compare_event *events[SIDES]; /* NULL: not on that side */
	const char *const *fields;		   /* names, of OUTCOME_DIFFERENT */
	size_t n_fields;
};

/* Gets each finding; nothing of it lasts. */
typedef void compare_handler(void *context, const struct compare_finding *finding);

struct compare_stream {
	struct compare_event *waiting; /* in the order they came */
	uint64_t watermark_ns;	       /* CLOCK_MONOTONIC: what happened earlier has come */
	uint64_t lost, lost_used;      /* events or records: in all, and those that explain one */
	size_t bytes;		       /* of what waits */
};

struct compare {
	const struct filter *filter;
	const struct compare_host *host;
	compare_handler *handle;
	void *context;
	struct audit_text *parser;
	struct compare_stream streams[SIDES];
	struct compare_bucket *buckets; /* hash by struct audit_key */
	uint64_t counts[OUTCOME_MAX][CAUSE_MAX];
	uint64_t bad; /* events that could not be read */
};

/* 0 or -ENOMEM. What is pointed to must outlive it, and may change. */
int compare_init(struct compare *compare, const struct filter *filter,
		 const struct compare_host *host, compare_handler *handle, void *context);

/*
 * An event of one side: its records, a line each. What the facts point to is the function's. 0;
 * -EBADMSG if the records cannot be read, which is counted; -ENOMEM.
 */
int compare_add(struct compare *compare, enum compare_side side, const char *text, size_t bytes,
		const struct compare_facts *facts);

/* Our event of a signal that no call sent: audit has no record of it. */
void compare_add_kernel(struct compare *compare);

/* All that happened on that side before `time_ns` (CLOCK_MONOTONIC) has been added. */
void compare_advance(struct compare *compare, enum compare_side side, uint64_t time_ns);

/* So much has been lost on that side until now: it explains as many events that are missing. */
void compare_set_lost(struct compare *compare, enum compare_side side, uint64_t total);

/*
 * Audit's stream has not been read to its end: nothing that waits of calls that began at the host's
 * `end_ns` or later is compared, nor our calls whose record may be among those that were not
 * read.
 */
void compare_forget(struct compare *compare);

/* Both streams have ended: nothing waits any longer. */
void compare_finish(struct compare *compare);

/* Findings of that outcome, whatever their cause. */
uint64_t compare_count(const struct compare *compare, enum compare_outcome outcome);

/* Calls that ought to be the same in both: all but those that something explains on one side only.
 */
uint64_t compare_compared(const struct compare *compare);

/* Findings that nothing explains. */
uint64_t compare_unexplained(const struct compare *compare);

void compare_clear(struct compare *compare);

#endif
