/* SPDX-License-Identifier: GPL-2.0-only */
/* What is noted of signals, for the files that make up the verdict. */
#ifndef KS_VERDICT_INTERNAL_H
#define KS_VERDICT_INTERNAL_H

#include "enrich/verdict.h"

/* Signals that follow each other so closely, from one sender, are one matter. */
#define VERDICT_ONCE_MORE_NS UINT64_C(1000000000)

/* The signals of one number to one process. */
struct verdict {
	struct process_key key;	    /* of the signal */
	struct event_cause outside, /* the last one */
	    earlier,		    /* the last one before that, from another sender or long ago */
	    own;		    /* the last one that the process or a child sent */
	uint32_t uid;		    /* of the process */
	UT_hash_handle hh;
};

/* NULL: none was noted. */
struct verdict *verdict_find(struct verdicts *verdicts, const struct ks_pidref *ref,
			     uint32_t signal);
bool verdict_is_of(const struct verdict *verdict, const struct ks_pidref *ref);
bool verdict_is_stop_request(int signal);

/* Moves a cause; what `to` was is forgotten. */
void verdict_take(struct event_cause *to, struct event_cause *from);

/*
 * Fills in the path of a cause, which is of that event. 0, or -ENOMEM: some of it, or the arguments
 * of a process in it, are missing.
 */
int verdict_find_path(struct verdicts *verdicts, struct event_cause *cause,
		      const struct event *event);

/* Remembers why a process ended. 0, or -ENOMEM: it is not remembered, or some of it. */
int verdict_note_end(struct verdicts *verdicts, const struct event *exit);

/* An exit has its cause: completes the path of that, and adds what came before. */
int verdict_add_story(struct verdicts *verdicts, struct event *exit);

#endif
