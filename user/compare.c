// SPDX-License-Identifier: GPL-2.0-only
#include "compare.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>
#include <utlist.h>

#include "compare_explain.h"

enum {
	FIELDS_MAX = 64,
	WAITING_BYTES_MAX = 256 << 20, /* of one side */
};

/* Longer than we wait for a return that was lost: RETURN_WAIT_NS of pipeline.c. */
#define SETTLE_NS 3000000000ull

/* What waits of one call. */
struct compare_bucket {
	struct audit_key key;
	struct compare_event *waiting[SIDES];
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

static void wait_for_partner(struct compare *compare, struct compare_event *event)
{
	struct compare_stream *stream = &compare->streams[event->side];

	DL_APPEND(stream->waiting, event);
	DL_APPEND2(event->bucket->waiting[event->side], event, bucket_prev, bucket_next);
	stream->bytes += size_of(event);
}

/* The event is the caller's then. */
static void stop_waiting(struct compare *compare, struct compare_event *event)
{
	struct compare_stream *stream = &compare->streams[event->side];

	DL_DELETE(stream->waiting, event);
	DL_DELETE2(event->bucket->waiting[event->side], event, bucket_prev, bucket_next);
	stream->bytes -= size_of(event);
}

static void drop_if_empty(struct compare *compare, struct compare_bucket *bucket)
{
	if (bucket->waiting[SIDE_KILLSNOOP] || bucket->waiting[SIDE_AUDIT])
		return;
	HASH_DEL(compare->buckets, bucket);
	free(bucket);
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

static void report_alone(struct compare *compare, const struct compare_event *event)
{
	bool ours = event->side == SIDE_KILLSNOOP;
	struct compare_finding finding = {
		.outcome = ours ? OUTCOME_ONLY_KILLSNOOP : OUTCOME_ONLY_AUDIT,
		.cause = ours ? compare_explain_killsnoop(compare->host, event)
			      : compare_explain_audit(compare->parser, compare->filter,
						      compare->host, event),
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

/* Both are cut to milliseconds. */
static bool is_late(const struct compare *compare, const struct compare_event *a,
		    const struct compare_event *b)
{
	return distance_ms(a, b) > compare->host->tick_ns / 1000000 + 1;
}

static bool has_same_body(const struct compare *compare, const struct compare_event *event,
			  const struct compare_event *other)
{
	const struct compare_event *ours = event->side == SIDE_KILLSNOOP ? event : other;
	const struct compare_event *audit = ours == event ? other : event;

	return (ours->body.len == audit->body.len &&
		!memcmp(strbuf_str(&ours->body), strbuf_str(&audit->body), ours->body.len)) ||
	       compare_is_superset(compare->parser, compare->filter, ours, audit);
}

static struct compare_event *find_identical(struct compare *compare,
					    const struct compare_event *event)
{
	struct compare_event *other;

	DL_FOREACH2(event->bucket->waiting[!event->side], other, bucket_next)
	if (!is_late(compare, event, other) && has_same_body(compare, event, other))
		return other;
	return NULL;
}

static struct compare_event *find_nearest(const struct compare_event *event)
{
	struct compare_event *other, *nearest = NULL;

	DL_FOREACH2(event->bucket->waiting[!event->side], other, bucket_next)
	if (!nearest || distance_ms(event, other) < distance_ms(event, nearest))
		nearest = other;
	return nearest;
}

static void report_identical(struct compare *compare, const struct compare_event *event,
			     const struct compare_event *other)
{
	struct compare_finding finding = { .outcome = OUTCOME_IDENTICAL };

	finding.events[event->side] = event;
	finding.events[other->side] = other;
	report(compare, &finding);
}

static void join(struct compare *compare, struct compare_event *event)
{
	struct compare_bucket *bucket = event->bucket;
	struct compare_event *other = find_identical(compare, event);

	if (!other) {
		wait_for_partner(compare, event);
		return;
	}
	stop_waiting(compare, other);
	report_identical(compare, event, other);
	free_event(event);
	free_event(other);
	drop_if_empty(compare, bucket);
}

static bool is_nearest(const struct compare_event *event, const struct compare_event *other)
{
	return distance_ms(other, event) <= distance_ms(other, find_nearest(other));
}

/*
 * Of the same call, repeated: as many on both sides are paired in order. Of the side that has more,
 * those remain alone that are no nearest to anything.
 */
static struct compare_event *find_partner(struct compare_event *event)
{
	struct compare_event *const *waiting = event->bucket->waiting, *at, *other;
	int own, others;

	DL_COUNT2(waiting[event->side], at, own, bucket_next);
	DL_COUNT2(waiting[!event->side], at, others, bucket_next);
	if (own == others)
		return waiting[!event->side];
	other = find_nearest(event);
	return other && (own < others || is_nearest(event, other)) ? other : NULL;
}

/* The event has waited long enough. */
static void settle(struct compare *compare, struct compare_event *event)
{
	struct compare_bucket *bucket = event->bucket;
	struct compare_event *other = find_partner(event);

	stop_waiting(compare, event);
	if (other) {
		bool ours = event->side == SIDE_KILLSNOOP;

		stop_waiting(compare, other);
		report_different(compare, ours ? event : other, ours ? other : event,
				 is_late(compare, event, other),
				 has_same_body(compare, event, other));
		free_event(other);
	} else {
		report_alone(compare, event);
	}
	free_event(event);
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

void compare_finish(struct compare *compare)
{
	for (enum compare_side side = 0; side < SIDES; side++)
		while (compare->streams[side].waiting)
			settle(compare, compare->streams[side].waiting);
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

static void drop_waiting(struct compare *compare, enum compare_side side)
{
	struct compare_event *event;

	while ((event = compare->streams[side].waiting)) {
		struct compare_bucket *bucket = event->bucket;

		stop_waiting(compare, event);
		free_event(event);
		drop_if_empty(compare, bucket);
	}
}

void compare_clear(struct compare *compare)
{
	drop_waiting(compare, SIDE_KILLSNOOP);
	drop_waiting(compare, SIDE_AUDIT);
	audit_text_free(compare->parser);
	compare->parser = NULL;
}
