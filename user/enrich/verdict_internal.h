/* SPDX-License-Identifier: GPL-2.0-only */
/* What is noted of signals, for the files that make up the verdict. */
#ifndef KS_VERDICT_INTERNAL_H
#define KS_VERDICT_INTERNAL_H

#include "enrich/verdict.h"

/* Signals that follow each other so closely, from one sender, are one matter. */
#define VERDICT_ONCE_MORE_NS UINT64_C(1000000000)

/* The signals of one number to one process. */
struct verdict {
	struct process_key key; /* of the signal */
	union {
		struct {
			struct event_cause outside, /* the last one */
			    first, /* the first one of those that led to it: see VERDICT_FIRST_NS */
			    earlier, /* another one before, of another sender or long ago */
			    ignored, /* the last one, of those that the process ignored */
			    own;     /* the last one that the process or a child sent */
		};
		struct event_cause noted[5];
	};
	uint32_t uid; /* of the process */
	UT_hash_handle hh;
};

/* NULL: none was noted. */
struct verdict *verdict_find(struct verdicts *verdicts, const struct ks_pidref *ref,
			     uint32_t signal);
bool verdict_is_of(const struct verdict *verdict, const struct ks_pidref *ref);

/* When, by CLOCK_BOOTTIME, as processes start. `clock`: NULL: the same. */
static inline uint64_t verdict_boot_ns(const struct clock *clock, uint64_t time_ns)
{
	return time_ns + (clock ? (uint64_t)clock->mono_to_boot_ns : 0);
}

bool verdict_is_stop_request(int signal);

/* Of one signal from several senders, the one that counts for a process that handles it and then
 * ends, or passes it on, at `end_ns`. */
struct event_cause *verdict_asked_first(struct verdict *verdict, uint64_t end_ns);

/* Another signal, of that time, takes the place of the last one, which is kept. */
void verdict_make_room(struct verdict *verdict, uint64_t time_ns);

void verdict_forget(struct verdicts *verdicts, const struct ks_pidref *ref);

/* Moves a cause; what `to` was is forgotten. */
void verdict_take(struct event_cause *to, struct event_cause *from);

/*
 * Fills in the path of a cause, which is of that event. 0, or -ENOMEM: some of it, or the arguments
 * of a process in it, are missing.
 */
int verdict_find_path(struct verdicts *verdicts, struct event_cause *cause,
		      const struct event *event);

/* Appends a signal, or several, to the path of one that followed. 0, or -ENOMEM. */
int verdict_add_step(struct cause_steps **steps, const struct event_cause *cause);
int verdict_add_steps(struct cause_steps **steps, const struct cause_steps *more, size_t from);

/* Why that process ended, if it did so within VERDICT_ENDED_NS before `time_ns`; NULL: unknown. */
const struct cause_steps *verdict_find_ended(const struct verdicts *verdicts,
					     const struct ks_pidref *ref, uint64_t time_ns);

/*
 * Whether a child of the process was killed by the signal that its exit status names: then it ended
 * because of that. Wrappers wait for their child, and pass its status on. Fills in the cause; sets
 * *err to 0, or -ENOMEM.
 */
bool verdict_reach_by_child(struct verdicts *verdicts, struct event *exit, int *err);

/* Whether the parent of its target sent the signal. */
bool verdict_is_by_parent(const struct event *event);

/*
 * Its parent may have ended the process because another child of it was killed. Adds that to the
 * path of the cause. 0, or -ENOMEM.
 */
int verdict_add_sibling(struct verdicts *verdicts, struct event *exit);

void verdict_forget_end(struct verdict_ended *ended);

/* Remembers why a process ended. 0, or -ENOMEM: it is not remembered, or some of it. */
int verdict_note_end(struct verdicts *verdicts, const struct event *exit);

/* An exit has its cause: completes the path of that, and adds what came before. */
int verdict_add_story(struct verdicts *verdicts, struct event *exit);

#endif
