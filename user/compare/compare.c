// SPDX-License-Identifier: GPL-2.0-only
#include "compare/compare.h"

#include <errno.h>
#include <stdlib.h>
#include <utlist.h>

#include "compare/bucket.h"
#include "compare/join.h"
#include "compare/window.h"

enum { WAITING_BYTES_MAX = 256 << 20 }; /* of one side */

/* Longer than we wait for a return that was lost: RETURN_WAIT_NS of stream/pipeline.c. */
#define SETTLE_NS 3000000000ull

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

static struct compare_event *compare_new_event(struct compare *compare, const char *text,
					       size_t bytes)
{
	struct compare_event *event = calloc(1, sizeof(*event));

	if (!event)
		return NULL;
	strbuf_add(&event->text, text, bytes);
	audit_text_strip(&event->body, text, bytes);
	if (event->text.err || event->body.err ||
	    audit_text_read_call(compare->parser, text, bytes, &event->call)) {
		bucket_free_event(event);
		return NULL;
	}
	return event;
}

int compare_add(struct compare *compare, enum compare_side side, const char *text, size_t bytes,
		const struct compare_facts *facts)
{
	struct compare_event *event = compare_new_event(compare, text, bytes);

	if (!event) {
		bucket_free_facts(facts);
		compare->bad++;
		return -EBADMSG;
	}
	event->side = side;
	event->facts = *facts;
	event->bucket = bucket_of(compare, &event->call.key);
	if (!event->bucket) {
		bucket_free_event(event);
		return -ENOMEM;
	}
	join_event(compare, event);
	while (compare->streams[side].bytes > WAITING_BYTES_MAX)
		join_settle(compare, compare->streams[side].waiting);
	return 0;
}

void compare_add_kernel(struct compare *compare)
{
	compare->counts[OUTCOME_ONLY_KILLSNOOP][CAUSE_KERNEL]++;
}

void compare_advance(struct compare *compare, enum compare_side side, uint64_t time_ns)
{
	struct compare_stream *stream = &compare->streams[side], *other = &compare->streams[!side];

	if (time_ns > stream->watermark_ns)
		stream->watermark_ns = time_ns;
	while (other->waiting &&
	       other->waiting->facts.arrival_ns + SETTLE_NS <= stream->watermark_ns)
		join_settle(compare, other->waiting);
}

void compare_set_lost(struct compare *compare, enum compare_side side, uint64_t total)
{
	compare->streams[side].lost = total;
}

static void compare_drop(struct compare *compare, struct compare_event *event)
{
	struct compare_bucket *bucket = event->bucket;

	bucket_stop_waiting(compare, event);
	bucket_free_event(event);
	bucket_drop_if_empty(compare, bucket);
}

/* Audit's times may be earlier than ours, as far as its clock lags. */
void compare_forget(struct compare *compare)
{
	uint64_t end_ns = compare->host->end_ns, lag_ns = compare_clock_lag_ns(compare->host);
	struct compare_event *event, *next;

	DL_FOREACH_SAFE (compare->streams[SIDE_KILLSNOOP].waiting, event, next)
		if (event->facts.begin_ns >= end_ns || join_is_early(event))
			compare_drop(compare, event);
	DL_FOREACH_SAFE (compare->streams[SIDE_AUDIT].waiting, event, next)
		if (event->facts.begin_ns + lag_ns >= end_ns)
			compare_drop(compare, event);
}

/* The earliest of both sides, as far as each is in order. */
static struct compare_event *compare_first_waiting(const struct compare *compare)
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

	while ((event = compare_first_waiting(compare)))
		join_settle(compare, event);
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

void compare_clear(struct compare *compare)
{
	for (int side = 0; side < SIDES; side++)
		while (compare->streams[side].waiting)
			compare_drop(compare, compare->streams[side].waiting);
	window_clear(compare);
	audit_text_free(compare->parser);
	compare->parser = NULL;
}
