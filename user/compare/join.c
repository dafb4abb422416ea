// SPDX-License-Identifier: GPL-2.0-only
#include "compare/join.h"

#include "compare/explain.h"
#include "compare/finding.h"
#include "compare/near.h"
#include "compare/window.h"

enum { DISORDERS_MAX = 256 }; /* more than come at once of one side */

/*
 * The number of the partner that the order gives: both sides number the calls of a bucket, and the
 * shift between the numbers is that of the last pair.
 */
static uint64_t join_number_of_partner(const struct compare_event *event)
{
	uint64_t shift = event->bucket->shift;

	return event->side == SIDE_KILLSNOOP ? event->number - shift : event->number + shift;
}

/* The partner that the order gives, if it is no further away. */
static struct compare_event *join_find_next(const struct compare_event *event, enum finger finger,
					    uint64_t range_ms)
{
	struct bucket_side *side = &event->bucket->sides[!event->side];
	struct compare_event *other =
	    bucket_find_from(side, finger, event->call.time_ms - range_ms);

	for (; other && near_distance_ms(event, other) <= range_ms; other = other->bucket_next) {
		int64_t steps = other->number - event->partner_number;

		if (steps >= 0)
			return steps ? NULL : other;
	}
	return NULL;
}

/* The first identical one. */
static struct compare_event *join_find_same(const struct compare *compare,
					    const struct compare_event *event, enum finger finger)
{
	struct bucket_side *side = &event->bucket->sides[!event->side];
	struct compare_event *other =
	    bucket_find_from(side, finger, event->call.time_ms - near_tolerance_ms(compare));

	for (; other && !near_is_late(compare, event, other); other = other->bucket_next)
		if (near_has_same_body(compare, event, other))
			return other;
	return NULL;
}

/* Whether the partner that the order gives has not come yet. */
bool join_is_early(const struct compare_event *event)
{
	const struct bucket_side *others = &event->bucket->sides[!event->side];

	return (int64_t)(event->partner_number - others->n_seen) >= 0;
}

/*
 * One that comes. Where the order gives a partner that is different, or to come, an identical one
 * waits: it may well be the partner of another call. But for a while only, since the order may be
 * wrong, such as after a loss.
 */
static struct compare_event *join_find_identical(const struct compare *compare,
						 const struct compare_event *event)
{
	struct compare_bucket *bucket = event->bucket;
	struct compare_event *next = join_find_next(event, FINGER_JOIN, near_tolerance_ms(compare));
	struct compare_event *same;

	if (next && near_has_same_body(compare, event, next)) {
		bucket->disorders = 0;
		return next;
	}
	same = join_find_same(compare, event, FINGER_JOIN);
	if (same && (next || join_is_early(event)) && bucket->disorders++ < DISORDERS_MAX)
		return NULL;
	return same;
}

/* Of those at the same distance, the first. */
static struct compare_event *join_find_nearest(const struct compare_event *event)
{
	struct bucket_side *side = &event->bucket->sides[!event->side];
	struct compare_event *later = bucket_find_from(side, FINGER_SETTLE, event->call.time_ms);
	struct compare_event *earlier = later ? bucket_previous(side, later) : bucket_last(side);

	if (!earlier ||
	    (later && near_distance_ms(event, later) < near_distance_ms(event, earlier)))
		return later;
	return bucket_find_from(side, FINGER_SETTLE, earlier->call.time_ms);
}

/* Whether nothing that waits beside the event is nearer to `other`. */
static bool join_is_nearest(const struct compare_event *event, const struct compare_event *other)
{
	const struct bucket_side *side = &event->bucket->sides[event->side];
	const struct compare_event *earlier = bucket_previous(side, event),
				   *later = event->bucket_next;
	uint64_t distance = near_distance_ms(event, other);

	return (!earlier || distance <= near_distance_ms(earlier, other)) &&
	       (!later || distance <= near_distance_ms(later, other));
}

static void join_note_order(const struct compare_event *event, const struct compare_event *other)
{
	bool ours = event->side == SIDE_KILLSNOOP;

	event->bucket->shift = ours ? event->number - other->number : other->number - event->number;
}

void join_event(struct compare *compare, struct compare_event *event)
{
	struct compare_bucket *bucket = event->bucket;
	struct compare_event *other;

	event->number = bucket->sides[event->side].n_seen++;
	event->partner_number = join_number_of_partner(event);
	other = join_find_identical(compare, event);
	if (!other) {
		bucket_wait(compare, event);
		return;
	}
	bucket_stop_waiting(compare, other);
	join_note_order(event, other);
	window_keep_pair(compare, event, other);
	bucket_drop_if_empty(compare, bucket);
}

/* The one that the order gives, or the nearest within the tolerance. */
static struct compare_event *join_find_near(const struct compare *compare,
					    const struct compare_event *event)
{
	struct compare_event *other = join_find_next(event, FINGER_SETTLE, near_reach_ms(compare));

	if (other)
		return other;
	other = join_find_nearest(event);
	return other && !near_is_late(compare, event, other) && join_is_nearest(event, other)
		   ? other
		   : NULL;
}

/*
 * At any distance: as many on both sides are paired in order. Of the side that has more, those
 * remain alone that are no nearest to anything.
 */
static struct compare_event *join_find_far(const struct compare_event *event)
{
	const struct bucket_side *own = &event->bucket->sides[event->side];
	const struct bucket_side *others = &event->bucket->sides[!event->side];
	struct compare_event *nearest;

	if (own->n_waiting == others->n_waiting)
		return others->waiting;
	nearest = join_find_nearest(event);
	return nearest && (own->n_waiting < others->n_waiting || join_is_nearest(event, nearest))
		   ? nearest
		   : NULL;
}

/* Whether a loss on the other side may be why it is alone. */
static bool join_may_be_lost(const struct compare *compare, const struct compare_event *event)
{
	const struct compare_stream *other = &compare->streams[!event->side];

	return other->lost_used < other->lost;
}

static enum compare_cause join_explain_time(const struct compare *compare,
					    const struct compare_event *event,
					    const struct compare_event *other)
{
	bool ours = event->side == SIDE_KILLSNOOP;

	return compare_explain_field(compare->parser, compare->host, ours ? event : other,
				     ours ? other : event, "time");
}

/* It is not paired with one of another time if there is a reason why it is alone. */
static struct compare_event *join_find_partner(const struct compare *compare,
					       const struct compare_event *event)
{
	struct compare_event *other = join_find_near(compare, event);

	if (!other)
		other = join_find_far(event);
	if (!other || !near_is_late(compare, event, other))
		return other;
	if (join_may_be_lost(compare, event) && !join_explain_time(compare, event, other))
		return NULL;
	return finding_explain_alone(compare, event) ? NULL : other;
}

static bool join_settle_by_lender(struct compare *compare, struct compare_event *event)
{
	struct compare_bucket *bucket = event->bucket;
	struct compare_event *lender;

	if (event->side != SIDE_KILLSNOOP || window_is_before(compare, event) ||
	    join_find_next(event, FINGER_SETTLE, near_reach_ms(compare)))
		return false;
	window_pass_on_until(compare, bucket, event->number);
	lender = window_take_lender(compare, event);
	if (!lender)
		return false;
	bucket_stop_waiting(compare, event);
	finding_report_alone(compare, lender);
	bucket_free_event(lender);
	bucket_free_event(event);
	return true;
}

static bool join_settle_by_same(struct compare *compare, struct compare_event *event)
{
	struct compare_event *other = join_find_same(compare, event, FINGER_SETTLE);

	if (!other)
		return false;
	bucket_stop_waiting(compare, event);
	bucket_stop_waiting(compare, other);
	window_keep_pair(compare, event, other);
	return true;
}

static void join_settle_by_partner(struct compare *compare, struct compare_event *event)
{
	struct compare_event *other = join_find_partner(compare, event);
	bool ours = event->side == SIDE_KILLSNOOP;

	bucket_stop_waiting(compare, event);
	if (!other) {
		finding_report_alone(compare, event);
	} else {
		bucket_stop_waiting(compare, other);
		finding_report_different(compare, ours ? event : other, ours ? other : event,
					 near_is_late(compare, event, other),
					 near_has_same_body(compare, event, other));
		bucket_free_event(other);
	}
	bucket_free_event(event);
}

/* The event has waited long enough. */
void join_settle(struct compare *compare, struct compare_event *event)
{
	struct compare_bucket *bucket = event->bucket;

	if (!join_settle_by_same(compare, event) && !join_settle_by_lender(compare, event))
		join_settle_by_partner(compare, event);
	bucket_drop_if_empty(compare, bucket);
}
