// SPDX-License-Identifier: GPL-2.0-only
/*
 * Audit has records of some of the calls that began before all rules were in place. Of the same
 * call, in quick succession, its coarse time does not say which: the first records meet the
 * earliest calls in reach, and as many calls within the window would remain without a record, where
 * the succession ends. So such an early call has lent itself to a record only. In the order of our
 * calls, each pair within the window passes this on: its call could have the record that is lent,
 * and the early call its record. A call that remains without a record takes the one that is lent
 * then; what remains alone is the early call.
 */
#include "compare/window.h"

#include <utlist.h>

#include "compare/bucket.h"
#include "compare/finding.h"
#include "compare/near.h"

bool window_is_before(const struct compare *compare, const struct compare_event *event)
{
	return event->facts.begin_ns < compare->host->begin_ns;
}

static bool window_is_too_late_for(const struct compare *compare, const struct compare_event *event,
				   const struct compare_event *lender)
{
	return event->call.time_ms > lender->lent_ms + near_tolerance_ms(compare);
}

static bool window_can_replace(const struct compare *compare, const struct compare_event *event,
			       const struct compare_event *lender)
{
	return !window_is_too_late_for(compare, event, lender) &&
	       event->call.time_ms + near_tolerance_ms(compare) >= lender->lent_ms &&
	       near_is_same_text(&event->body, &lender->body);
}

static void window_remove(struct compare_event **list, struct compare_event *event)
{
	DL_DELETE2(*list, event, bucket_prev, bucket_next);
}

struct compare_event *window_take_lender(const struct compare *compare,
					 const struct compare_event *event)
{
	struct compare_event **lenders = &event->bucket->lenders, *lender, *next;

	DL_FOREACH_SAFE2(*lenders, lender, next, bucket_next)
	{
		bool is_too_late = window_is_too_late_for(compare, event, lender);

		if (!is_too_late && !window_can_replace(compare, event, lender))
			continue;
		window_remove(lenders, lender);
		if (!is_too_late)
			return lender;
		bucket_free_event(lender);
	}
	return NULL;
}

/* A pair, of which ours has the time of audit's record. */
static void window_pass_on(const struct compare *compare, struct compare_event *ours)
{
	struct compare_event **lenders = &ours->bucket->lenders, *lender;

	if (window_is_before(compare, ours)) {
		DL_APPEND2(*lenders, ours, bucket_prev, bucket_next);
		return;
	}
	lender = window_take_lender(compare, ours);
	if (lender) {
		lender->lent_ms = ours->lent_ms;
		DL_APPEND2(*lenders, lender, bucket_prev, bucket_next);
	}
	bucket_free_event(ours);
}

/* Handles the pairs before that number in order: all calls before it have a record, or never will.
 */
void window_pass_on_until(const struct compare *compare, struct compare_bucket *bucket,
			  uint64_t number)
{
	struct compare_event *ours;

	while ((ours = bucket->pairs) && ours->number < number) {
		window_remove(&bucket->pairs, ours);
		window_pass_on(compare, ours);
	}
}

/* They come almost in the order of their numbers. */
static void window_add_pair(struct compare_bucket *bucket, struct compare_event *ours)
{
	struct compare_event **pairs = &bucket->pairs, *at = *pairs ? (*pairs)->bucket_prev : NULL;

	while (at && at->number > ours->number)
		at = at == *pairs ? NULL : at->bucket_prev;
	if (at)
		DL_APPEND_ELEM2(*pairs, at, ours, bucket_prev, bucket_next);
	else
		DL_PREPEND2(*pairs, ours, bucket_prev, bucket_next);
}

/* Both are the function's. */
static void window_keep_ordered(struct compare *compare, struct compare_event *ours,
				struct compare_event *audit)
{
	struct compare_bucket *bucket = ours->bucket;
	const struct compare_event *first = bucket->sides[SIDE_KILLSNOOP].waiting;

	finding_report_identical(compare, ours, audit);
	ours->lent_ms = audit->call.time_ms;
	bucket_free_event(audit);
	if (!window_is_before(compare, ours))
		strbuf_free(&ours->text);
	window_add_pair(bucket, ours);
	window_pass_on_until(compare, bucket, first ? first->number : UINT64_MAX);
}

void window_keep_pair(struct compare *compare, struct compare_event *event,
		      struct compare_event *other)
{
	if (event->side == SIDE_KILLSNOOP)
		window_keep_ordered(compare, event, other);
	else
		window_keep_ordered(compare, other, event);
}

void window_clear(struct compare *compare)
{
	struct compare_bucket *bucket, *next;
	struct compare_event *lender;

	HASH_ITER (hh, compare->buckets, bucket, next) {
		window_pass_on_until(compare, bucket, UINT64_MAX);
		while ((lender = bucket->lenders)) {
			window_remove(&bucket->lenders, lender);
			bucket_free_event(lender);
		}
		bucket_drop_if_empty(compare, bucket);
	}
}
