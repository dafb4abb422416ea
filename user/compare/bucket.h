/* SPDX-License-Identifier: GPL-2.0-only */
/* What waits of one call, of both sides, in the order of time. */
#ifndef KS_COMPARE_BUCKET_H
#define KS_COMPARE_BUCKET_H

#include <uthash.h>

#include "compare/compare.h"

/* Where a search of a list ended: the next one is for a time nearby. */
enum finger { FINGER_JOIN, FINGER_SETTLE, FINGERS };

/* Of one side. */
struct bucket_side {
	struct compare_event *waiting; /* by time */
	struct compare_event *fingers[FINGERS];
	uint64_t n_waiting;
	uint64_t n_seen;
};

/* What waits of one call. */
struct compare_bucket {
	struct audit_key key;
	struct bucket_side sides[SIDES];
	unsigned int disorders; /* in a row: identical ones that the order speaks against */
	uint64_t shift;		/* of the last pair: killsnoop's number less audit's */
	struct compare_event *pairs, *lenders; /* see window.c */
	UT_hash_handle hh;
};

/* The bucket of that call, made if there is none; NULL: there is no memory. */
struct compare_bucket *bucket_of(struct compare *compare, const struct audit_key *key);
void bucket_drop_if_empty(struct compare *compare, struct compare_bucket *bucket);

/* From here on it waits in its bucket, and in the stream of its side. */
void bucket_wait(struct compare *compare, struct compare_event *event);

/* The event is the caller's then. */
void bucket_stop_waiting(struct compare *compare, struct compare_event *event);

/* The last that waits, and the one before `event`; NULL: there is none. */
struct compare_event *bucket_last(const struct bucket_side *side);
struct compare_event *bucket_previous(const struct bucket_side *side,
				      const struct compare_event *event);

/* The first that waits there from that time on; NULL: none. */
struct compare_event *bucket_find_from(struct bucket_side *side, enum finger finger,
				       uint64_t time_ms);

void bucket_free_facts(const struct compare_facts *facts);
void bucket_free_event(struct compare_event *event);

#endif
