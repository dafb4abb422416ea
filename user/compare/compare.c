// SPDX-License-Identifier: GPL-2.0-only
#include "compare/compare.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>
#include <utlist.h>

#include "compare/explain.h"

enum {
	FIELDS_MAX = 64,
	WAITING_BYTES_MAX = 256 << 20, /* of one side */
	DISORDERS_MAX = 256,	       /* more than come at once of one side */
};

/* Longer than we wait for a return that was lost: RETURN_WAIT_NS of stream/pipeline.c. */
#define SETTLE_NS 3000000000ull
#define NS_PER_MS 1000000

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
	struct compare_event *pairs, *lenders; /* see pass_on() */
	UT_hash_handle hh;
};

int compare_init(struct compare *compare, const struct filter *filter,
		 const struct compare_host *host, compare_handler *handle, void *context)
{
	*compare = (struct compare){
		.filter = filter,
		.host = host,
		.handle = handle,
		.context = context,
		.parser = audit_text_new(),
	};
	return compare->parser ? 0 : -ENOMEM;
}

/* ---- events that wait ---- */

static size_t size_of(const struct compare_event *event)
{
	return sizeof(*event) + event->text.cap + event->body.cap;
}

static void free_facts(const struct compare_facts *facts)
{
	free(facts->living_title);
	free(facts->born);
}

static void free_event(struct compare_event *event)
{
	strbuf_free(&event->text);
	strbuf_free(&event->body);
	free_facts(&event->facts);
	free(event);
}

static struct compare_bucket *bucket_of(struct compare *compare, const struct audit_key *key)
{
	struct compare_bucket *bucket;

	HASH_FIND(hh, compare->buckets, key, sizeof(*key), bucket);
	if (bucket)
		return bucket;
	bucket = calloc(1, sizeof(*bucket));
	if (!bucket)
		return NULL;
	bucket->key = *key;
	HASH_ADD(hh, compare->buckets, key, sizeof(bucket->key), bucket);
	return bucket;
}

static struct compare_event *last_of(const struct bucket_side *side)
{
	return side->waiting ? side->waiting->bucket_prev : NULL;
}

/* The one before it; NULL: it is the first. */
static struct compare_event *previous_of(const struct bucket_side *side,
					 const struct compare_event *event)
{
	return event == side->waiting ? NULL : event->bucket_prev;
}

/* They come almost in the order of time: the place is near the end. */
static void insert_by_time(struct bucket_side *side, struct compare_event *event)
{
	struct compare_event *at = last_of(side);

	while (at && at->call.time_ms > event->call.time_ms)
		at = previous_of(side, at);
	if (at)
		DL_APPEND_ELEM2(side->waiting, at, event, bucket_prev, bucket_next);
	else
		DL_PREPEND2(side->waiting, event, bucket_prev, bucket_next);
}

static void wait_for_partner(struct compare *compare, struct compare_event *event)
{
	struct compare_stream *stream = &compare->streams[event->side];
	struct bucket_side *side = &event->bucket->sides[event->side];

	DL_APPEND(stream->waiting, event);
	insert_by_time(side, event);
	side->n_waiting++;
	stream->bytes += size_of(event);
}

/* The event is the caller's then. */
static void stop_waiting(struct compare *compare, struct compare_event *event)
{
	struct compare_stream *stream = &compare->streams[event->side];
	struct bucket_side *side = &event->bucket->sides[event->side];

	for (int i = 0; i < FINGERS; i++)
		if (side->fingers[i] == event)
			side->fingers[i] = event->bucket_next;
	DL_DELETE(stream->waiting, event);
	DL_DELETE2(side->waiting, event, bucket_prev, bucket_next);
	side->n_waiting--;
	stream->bytes -= size_of(event);
}

static void drop_if_empty(struct compare *compare, struct compare_bucket *bucket)
{
	if (bucket->sides[SIDE_KILLSNOOP].waiting || bucket->sides[SIDE_AUDIT].waiting ||
	    bucket->pairs || bucket->lenders)
		return;
	HASH_DEL(compare->buckets, bucket);
	free(bucket);
}

/* The first that waits there from that time on; NULL: none. */
static struct compare_event *find_from(struct bucket_side *side, enum finger finger,
				       uint64_t time_ms)
{
	struct compare_event *at = side->fingers[finger], *previous;

	if (!at)
		at = last_of(side);
	while (at && (previous = previous_of(side, at)) && previous->call.time_ms >= time_ms)
		at = previous;
	while (at && at->call.time_ms < time_ms)
		at = at->bucket_next;
	side->fingers[finger] = at;
	return at;
}

/* ---- findings ---- */

static void report(struct compare *compare, const struct compare_finding *finding)
{
	compare->counts[finding->outcome][finding->cause]++;
	compare->handle(compare->context, finding);
}

/* Whether a loss on that side can explain what is missing there; each loss explains one. */
static bool use_loss(struct compare *compare, enum compare_side side)
{
	struct compare_stream *stream = &compare->streams[side];

	if (stream->lost_used >= stream->lost)
		return false;
	stream->lost_used++;
	return true;
}

static enum compare_cause explain_alone(const struct compare *compare,
					const struct compare_event *event)
{
	return event->side == SIDE_KILLSNOOP
		   ? compare_explain_killsnoop(compare->host, event)
		   : compare_explain_audit(compare->parser, compare->filter, compare->host, event);
}

static void report_alone(struct compare *compare, const struct compare_event *event)
{
	bool ours = event->side == SIDE_KILLSNOOP;
	struct compare_finding finding = {
		.outcome = ours ? OUTCOME_ONLY_KILLSNOOP : OUTCOME_ONLY_AUDIT,
		.cause = explain_alone(compare, event),
	};

	finding.events[event->side] = event;
	if (!finding.cause && use_loss(compare, ours ? SIDE_AUDIT : SIDE_KILLSNOOP))
		finding.cause = ours ? CAUSE_LOST_BY_AUDIT : CAUSE_LOST_BY_KILLSNOOP;
	report(compare, &finding);
}

static enum compare_cause explain_difference(struct compare *compare,
					     const struct compare_event *ours,
					     const struct compare_event *audit)
{
	if (compare_lacks_return(compare->host, ours))
		return CAUSE_COMPAT;
	if (compare_lacks_records(audit, ours)) {
		if (compare->host->others.exclude)
			return CAUSE_EXCLUDE_RULE;
		return use_loss(compare, SIDE_AUDIT) ? CAUSE_LOST_BY_AUDIT : CAUSE_NONE;
	}
	if (compare_lacks_records(ours, audit) && use_loss(compare, SIDE_KILLSNOOP))
		return CAUSE_LOST_BY_KILLSNOOP;
	return CAUSE_NONE;
}

struct fields {
	char *names[FIELDS_MAX];
	size_t n;
};

static void add_field(void *context, const char *name)
{
	struct fields *fields = context;

	if (fields->n < FIELDS_MAX && (fields->names[fields->n] = strdup(name)))
		fields->n++;
}

static size_t count_lines(const struct strbuf *body)
{
	size_t n = 0;

	for (const char *at = strbuf_str(body); (at = strchr(at, '\n')); at++)
		n++;
	return n;
}

/* A field's name is that of a record if one side lacks such a record: see audit_text_difference().
 */
static enum compare_cause explain_field(struct compare *compare, const struct compare_event *ours,
					const struct compare_event *audit, const char *name)
{
	bool is_record = !strchr(name, '.') && strcmp(name, "time");
	enum compare_cause cause =
	    compare_explain_field(compare->parser, compare->host, ours, audit, name);

	if (cause || !is_record)
		return cause;
	return count_lines(&ours->body) < count_lines(&audit->body) &&
		       use_loss(compare, SIDE_KILLSNOOP)
		   ? CAUSE_LOST_BY_KILLSNOOP
		   : CAUSE_NONE;
}

/* The reason of the first, if there is one for each. */
static enum compare_cause explain_fields(struct compare *compare, const struct compare_event *ours,
					 const struct compare_event *audit,
					 const struct fields *fields)
{
	enum compare_cause first = CAUSE_NONE;

	for (size_t i = 0; i < fields->n; i++) {
		enum compare_cause cause = explain_field(compare, ours, audit, fields->names[i]);

		if (!cause)
			return CAUSE_NONE;
		first = first ? first : cause;
	}
	return first;
}

static void report_different(struct compare *compare, const struct compare_event *ours,
			     const struct compare_event *audit, bool is_late, bool has_same_body)
{
	struct fields fields = { 0 };
	struct compare_finding finding = {
		.outcome = OUTCOME_DIFFERENT,
		.cause = explain_difference(compare, ours, audit),
		.events = { ours, audit },
		.fields = (const char *const *)fields.names,
	};

	if (is_late)
		add_field(&fields, "time");
	if (!has_same_body)
		audit_text_difference(compare->parser, &ours->text, &audit->text, add_field,
				      &fields);
	finding.n_fields = fields.n;
	if (!finding.cause)
		finding.cause = explain_fields(compare, ours, audit, &fields);
	report(compare, &finding);
	for (size_t i = 0; i < fields.n; i++)
		free(fields.names[i]);
}

/* ---- the join ---- */

static uint64_t distance_ms(const struct compare_event *a, const struct compare_event *b)
{
	return a->call.time_ms > b->call.time_ms ? a->call.time_ms - b->call.time_ms
						 : b->call.time_ms - a->call.time_ms;
}

/* What times may differ by: both are cut to milliseconds. */
static uint64_t tolerance_ms(const struct compare *compare)
{
	return compare->host->tick_ns / NS_PER_MS + 1;
}

/* How far apart the same call can be: as far as audit's clock can be late. */
static uint64_t reach_ms(const struct compare *compare)
{
	return compare_clock_lag_ns(compare->host) / NS_PER_MS;
}

static bool is_late(const struct compare *compare, const struct compare_event *a,
		    const struct compare_event *b)
{
	return distance_ms(a, b) > tolerance_ms(compare);
}

static bool is_same_text(const struct strbuf *a, const struct strbuf *b)
{
	return a->len == b->len && !memcmp(strbuf_str(a), strbuf_str(b), a->len);
}

static bool has_same_body(const struct compare *compare, const struct compare_event *event,
			  const struct compare_event *other)
{
	const struct compare_event *ours = event->side == SIDE_KILLSNOOP ? event : other;
	const struct compare_event *audit = ours == event ? other : event;

	return is_same_text(&ours->body, &audit->body) ||
	       compare_is_superset(compare->parser, compare->filter, ours, audit);
}

/*
 * The number of the partner that the order gives: both sides number the calls of a bucket, and the
 * shift between the numbers is that of the last pair.
 */
static uint64_t number_of_partner(const struct compare_event *event)
{
	uint64_t shift = event->bucket->shift;

	return event->side == SIDE_KILLSNOOP ? event->number - shift : event->number + shift;
}

/* The partner that the order gives, if it is no further away. */
static struct compare_event *find_next(const struct compare_event *event, enum finger finger,
				       uint64_t range_ms)
{
	struct bucket_side *side = &event->bucket->sides[!event->side];
	struct compare_event *other = find_from(side, finger, event->call.time_ms - range_ms);

	for (; other && distance_ms(event, other) <= range_ms; other = other->bucket_next) {
		int64_t steps = other->number - event->partner_number;

		if (steps >= 0)
			return steps ? NULL : other;
	}
	return NULL;
}

/* The first identical one. */
static struct compare_event *find_same(const struct compare *compare,
				       const struct compare_event *event, enum finger finger)
{
	struct bucket_side *side = &event->bucket->sides[!event->side];
	struct compare_event *other =
	    find_from(side, finger, event->call.time_ms - tolerance_ms(compare));

	for (; other && !is_late(compare, event, other); other = other->bucket_next)
		if (has_same_body(compare, event, other))
			return other;
	return NULL;
}

/* Whether the partner that the order gives has not come yet. */
static bool is_early(const struct compare_event *event)
{
	const struct bucket_side *others = &event->bucket->sides[!event->side];

	return (int64_t)(event->partner_number - others->n_seen) >= 0;
}

/*
 * One that comes. Where the order gives a partner that is different, or to come, an identical one
 * waits: it may well be the partner of another call. But for a while only, since the order may be
 * wrong, such as after a loss.
 */
static struct compare_event *find_identical(const struct compare *compare,
					    const struct compare_event *event)
{
	struct compare_bucket *bucket = event->bucket;
	struct compare_event *next = find_next(event, FINGER_JOIN, tolerance_ms(compare));
	struct compare_event *same;

	if (next && has_same_body(compare, event, next)) {
		bucket->disorders = 0;
		return next;
	}
	same = find_same(compare, event, FINGER_JOIN);
	if (same && (next || is_early(event)) && bucket->disorders++ < DISORDERS_MAX)
		return NULL;
	return same;
}

/* Of those at the same distance, the first. */
static struct compare_event *find_nearest(const struct compare_event *event)
{
	struct bucket_side *side = &event->bucket->sides[!event->side];
	struct compare_event *later = find_from(side, FINGER_SETTLE, event->call.time_ms);
	struct compare_event *earlier = later ? previous_of(side, later) : last_of(side);

	if (!earlier || (later && distance_ms(event, later) < distance_ms(event, earlier)))
		return later;
	return find_from(side, FINGER_SETTLE, earlier->call.time_ms);
}

/* Whether nothing that waits beside the event is nearer to `other`. */
static bool is_nearest(const struct compare_event *event, const struct compare_event *other)
{
	const struct bucket_side *side = &event->bucket->sides[event->side];
	const struct compare_event *earlier = previous_of(side, event), *later = event->bucket_next;
	uint64_t distance = distance_ms(event, other);

	return (!earlier || distance <= distance_ms(earlier, other)) &&
	       (!later || distance <= distance_ms(later, other));
}

static void report_identical(struct compare *compare, const struct compare_event *event,
			     const struct compare_event *other)
{
	struct compare_finding finding = { .outcome = OUTCOME_IDENTICAL };

	finding.events[event->side] = event;
	finding.events[other->side] = other;
	report(compare, &finding);
}

/* ---- the begin of the window ---- */

/*
 * Audit has records of some of the calls that began before all rules were in place. Of the same
 * call, in quick succession, its coarse time does not say which: the first records meet the
 * earliest calls in reach, and as many calls within the window would remain without a record, where
 * the succession ends. So such an early call has lent itself to a record only. In the order of our
 * calls, each pair within the window passes this on: its call could have the record that is lent,
 * and the early call its record. A call that remains without a record takes the one that is lent
 * then; what remains alone is the early call.
 */
static bool is_before_window(const struct compare *compare, const struct compare_event *event)
{
	return event->facts.begin_ns < compare->host->begin_ns;
}

static bool is_too_late_for(const struct compare *compare, const struct compare_event *event,
			    const struct compare_event *lender)
{
	return event->call.time_ms > lender->lent_ms + tolerance_ms(compare);
}

static bool can_replace(const struct compare *compare, const struct compare_event *event,
			const struct compare_event *lender)
{
	return !is_too_late_for(compare, event, lender) &&
	       event->call.time_ms + tolerance_ms(compare) >= lender->lent_ms &&
	       is_same_text(&event->body, &lender->body);
}

static void remove_from(struct compare_event **list, struct compare_event *event)
{
	DL_DELETE2(*list, event, bucket_prev, bucket_next);
}

/* The first lender whose record the call could have. Those whose record is too early are dropped.
 */
static struct compare_event *find_lender(const struct compare *compare,
					 const struct compare_event *event)
{
	struct compare_event **lenders = &event->bucket->lenders, *lender, *next;

	DL_FOREACH_SAFE2(*lenders, lender, next, bucket_next)
	{
		if (is_too_late_for(compare, event, lender)) {
			remove_from(lenders, lender);
			free_event(lender);
		} else if (can_replace(compare, event, lender)) {
			return lender;
		}
	}
	return NULL;
}

/* A pair, of which ours has the time of audit's record. */
static void pass_on(const struct compare *compare, struct compare_event *ours)
{
	struct compare_event **lenders = &ours->bucket->lenders, *lender;

	if (is_before_window(compare, ours)) {
		DL_APPEND2(*lenders, ours, bucket_prev, bucket_next);
		return;
	}
	lender = find_lender(compare, ours);
	if (lender) {
		remove_from(lenders, lender);
		lender->lent_ms = ours->lent_ms;
		DL_APPEND2(*lenders, lender, bucket_prev, bucket_next);
	}
	free_event(ours);
}

/* Handles the pairs before that number in order: all calls before it have a record, or never will.
 */
static void pass_on_until(const struct compare *compare, struct compare_bucket *bucket,
			  uint64_t number)
{
	struct compare_event *ours;

	while ((ours = bucket->pairs) && ours->number < number) {
		remove_from(&bucket->pairs, ours);
		pass_on(compare, ours);
	}
}

/* They come almost in the order of their numbers. */
static void add_pair(struct compare_bucket *bucket, struct compare_event *ours)
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
static void keep_pair(struct compare *compare, struct compare_event *ours,
		      struct compare_event *audit)
{
	struct compare_bucket *bucket = ours->bucket;
	const struct compare_event *first = bucket->sides[SIDE_KILLSNOOP].waiting;

	report_identical(compare, ours, audit);
	ours->lent_ms = audit->call.time_ms;
	free_event(audit);
	if (!is_before_window(compare, ours))
		strbuf_free(&ours->text);
	add_pair(bucket, ours);
	pass_on_until(compare, bucket, first ? first->number : UINT64_MAX);
}

static void keep_either_pair(struct compare *compare, struct compare_event *event,
			     struct compare_event *other)
{
	if (event->side == SIDE_KILLSNOOP)
		keep_pair(compare, event, other);
	else
		keep_pair(compare, other, event);
}

/* ---- join and settle ---- */

static void note_order(const struct compare_event *event, const struct compare_event *other)
{
	bool ours = event->side == SIDE_KILLSNOOP;

	event->bucket->shift = ours ? event->number - other->number : other->number - event->number;
}

static void join(struct compare *compare, struct compare_event *event)
{
	struct compare_bucket *bucket = event->bucket;
	struct compare_event *other;

	event->number = bucket->sides[event->side].n_seen++;
	event->partner_number = number_of_partner(event);
	other = find_identical(compare, event);
	if (!other) {
		wait_for_partner(compare, event);
		return;
	}
	stop_waiting(compare, other);
	note_order(event, other);
	keep_either_pair(compare, event, other);
	drop_if_empty(compare, bucket);
}

/* The one that the order gives, or the nearest within the tolerance. */
static struct compare_event *find_near(const struct compare *compare,
				       const struct compare_event *event)
{
	struct compare_event *other = find_next(event, FINGER_SETTLE, reach_ms(compare));

	if (other)
		return other;
	other = find_nearest(event);
	return other && !is_late(compare, event, other) && is_nearest(event, other) ? other : NULL;
}

/*
 * At any distance: as many on both sides are paired in order. Of the side that has more, those
 * remain alone that are no nearest to anything.
 */
static struct compare_event *find_far(const struct compare_event *event)
{
	const struct bucket_side *own = &event->bucket->sides[event->side];
	const struct bucket_side *others = &event->bucket->sides[!event->side];
	struct compare_event *nearest;

	if (own->n_waiting == others->n_waiting)
		return others->waiting;
	nearest = find_nearest(event);
	return nearest && (own->n_waiting < others->n_waiting || is_nearest(event, nearest))
		   ? nearest
		   : NULL;
}

/* Whether a loss on the other side may be why it is alone. */
static bool may_be_lost(const struct compare *compare, const struct compare_event *event)
{
	const struct compare_stream *other = &compare->streams[!event->side];

	return other->lost_used < other->lost;
}

static enum compare_cause explain_time(const struct compare *compare,
				       const struct compare_event *event,
				       const struct compare_event *other)
{
	bool ours = event->side == SIDE_KILLSNOOP;

	return compare_explain_field(compare->parser, compare->host, ours ? event : other,
				     ours ? other : event, "time");
}

/* It is not paired with one of another time if there is a reason why it is alone. */
static struct compare_event *find_partner(const struct compare *compare,
					  const struct compare_event *event)
{
	struct compare_event *other = find_near(compare, event);

	if (!other)
		other = find_far(event);
	if (!other || !is_late(compare, event, other))
		return other;
	if (may_be_lost(compare, event) && !explain_time(compare, event, other))
		return NULL;
	return explain_alone(compare, event) ? NULL : other;
}

static bool settle_by_lender(struct compare *compare, struct compare_event *event)
{
	struct compare_bucket *bucket = event->bucket;
	struct compare_event *lender;

	if (event->side != SIDE_KILLSNOOP || is_before_window(compare, event) ||
	    find_next(event, FINGER_SETTLE, reach_ms(compare)))
		return false;
	pass_on_until(compare, bucket, event->number);
	lender = find_lender(compare, event);
	if (!lender)
		return false;
	stop_waiting(compare, event);
	remove_from(&bucket->lenders, lender);
	report_alone(compare, lender);
	free_event(lender);
	free_event(event);
	return true;
}

static bool settle_by_same(struct compare *compare, struct compare_event *event)
{
	struct compare_event *other = find_same(compare, event, FINGER_SETTLE);

	if (!other)
		return false;
	stop_waiting(compare, event);
	stop_waiting(compare, other);
	keep_either_pair(compare, event, other);
	return true;
}

static void settle_by_partner(struct compare *compare, struct compare_event *event)
{
	struct compare_event *other = find_partner(compare, event);
	bool ours = event->side == SIDE_KILLSNOOP;

	stop_waiting(compare, event);
	if (!other) {
		report_alone(compare, event);
	} else {
		stop_waiting(compare, other);
		report_different(compare, ours ? event : other, ours ? other : event,
				 is_late(compare, event, other),
				 has_same_body(compare, event, other));
		free_event(other);
	}
	free_event(event);
}

/* The event has waited long enough. */
static void settle(struct compare *compare, struct compare_event *event)
{
	struct compare_bucket *bucket = event->bucket;

	if (!settle_by_same(compare, event) && !settle_by_lender(compare, event))
		settle_by_partner(compare, event);
	drop_if_empty(compare, bucket);
}

/* ---- from outside ---- */

static struct compare_event *new_event(struct compare *compare, const char *text, size_t bytes)
{
	struct compare_event *event = calloc(1, sizeof(*event));

	if (!event)
		return NULL;
	strbuf_add(&event->text, text, bytes);
	audit_text_strip(&event->body, text, bytes);
	if (event->text.err || event->body.err ||
	    audit_text_call(compare->parser, text, bytes, &event->call)) {
		free_event(event);
		return NULL;
	}
	return event;
}

int compare_add(struct compare *compare, enum compare_side side, const char *text, size_t bytes,
		const struct compare_facts *facts)
{
	struct compare_event *event = new_event(compare, text, bytes);

	if (!event) {
		free_facts(facts);
		compare->bad++;
		return -EBADMSG;
	}
	event->side = side;
	event->facts = *facts;
	event->bucket = bucket_of(compare, &event->call.key);
	if (!event->bucket) {
		free_event(event);
		return -ENOMEM;
	}
	join(compare, event);
	while (compare->streams[side].bytes > WAITING_BYTES_MAX)
		settle(compare, compare->streams[side].waiting);
	return 0;
}

void compare_add_kernel(struct compare *compare)
{
	compare->counts[OUTCOME_ONLY_KILLSNOOP][CAUSE_KERNEL]++;
}

void compare_advance(struct compare *compare, enum compare_side side, uint64_t time_ns)
{
	struct compare_stream *stream = &compare->streams[side], *other = &compare->streams[!side];

	if (time_ns > stream->beyond_ns)
		stream->beyond_ns = time_ns;
	while (other->waiting && other->waiting->facts.arrival_ns + SETTLE_NS <= stream->beyond_ns)
		settle(compare, other->waiting);
}

void compare_lose(struct compare *compare, enum compare_side side, uint64_t total)
{
	compare->streams[side].lost = total;
}

static void drop(struct compare *compare, struct compare_event *event)
{
	struct compare_bucket *bucket = event->bucket;

	stop_waiting(compare, event);
	free_event(event);
	drop_if_empty(compare, bucket);
}

/* Audit's times may be earlier than ours, as far as its clock lags. */
void compare_forget(struct compare *compare)
{
	uint64_t end_ns = compare->host->end_ns, lag_ns = compare_clock_lag_ns(compare->host);
	struct compare_event *event, *next;

	DL_FOREACH_SAFE (compare->streams[SIDE_KILLSNOOP].waiting, event, next)
		if (event->facts.begin_ns >= end_ns || is_early(event))
			drop(compare, event);
	DL_FOREACH_SAFE (compare->streams[SIDE_AUDIT].waiting, event, next)
		if (event->facts.begin_ns + lag_ns >= end_ns)
			drop(compare, event);
}

/* The earliest of both sides, as far as each is in order. */
static struct compare_event *first_waiting(const struct compare *compare)
{
	struct compare_event *ours = compare->streams[SIDE_KILLSNOOP].waiting;
	struct compare_event *audit = compare->streams[SIDE_AUDIT].waiting;

	if (!ours || !audit)
		return ours ? ours : audit;
	return ours->call.time_ms <= audit->call.time_ms ? ours : audit;
}

void compare_finish(struct compare *compare)
{
	struct compare_event *event;

	while ((event = first_waiting(compare)))
		settle(compare, event);
}

uint64_t compare_count(const struct compare *compare, enum compare_outcome outcome)
{
	uint64_t count = 0;

	for (int cause = 0; cause < CAUSE_MAX; cause++)
		count += compare->counts[outcome][cause];
	return count;
}

uint64_t compare_compared(const struct compare *compare)
{
	return compare_count(compare, OUTCOME_IDENTICAL) +
	       compare_count(compare, OUTCOME_DIFFERENT) +
	       compare->counts[OUTCOME_ONLY_KILLSNOOP][CAUSE_NONE] +
	       compare->counts[OUTCOME_ONLY_AUDIT][CAUSE_NONE] + compare->bad;
}

uint64_t compare_unexplained(const struct compare *compare)
{
	uint64_t count = compare->bad;

	for (int outcome = OUTCOME_DIFFERENT; outcome < OUTCOME_MAX; outcome++)
		count += compare->counts[outcome][CAUSE_NONE];
	return count;
}

static void drop_lenders(struct compare *compare)
{
	struct compare_bucket *bucket, *next;
	struct compare_event *lender;

	HASH_ITER (hh, compare->buckets, bucket, next) {
		pass_on_until(compare, bucket, UINT64_MAX);
		while ((lender = bucket->lenders)) {
			remove_from(&bucket->lenders, lender);
			free_event(lender);
		}
		drop_if_empty(compare, bucket);
	}
}

void compare_clear(struct compare *compare)
{
	for (int side = 0; side < SIDES; side++)
		while (compare->streams[side].waiting)
			drop(compare, compare->streams[side].waiting);
	drop_lenders(compare);
	audit_text_free(compare->parser);
	compare->parser = NULL;
}
