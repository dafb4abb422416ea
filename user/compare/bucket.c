// SPDX-License-Identifier: GPL-2.0-only
#include "compare/bucket.h"

#include <stdlib.h>
#include <utlist.h>

static size_t bucket_size_of(const struct compare_event *event)
{
	return sizeof(*event) + event->text.cap + event->body.cap;
}

void bucket_free_facts(const struct compare_facts *facts)
{
	free(facts->living_title);
	free(facts->born);
}

void bucket_free_event(struct compare_event *event)
{
	strbuf_free(&event->text);
	strbuf_free(&event->body);
	bucket_free_facts(&event->facts);
	free(event);
}

struct compare_bucket *bucket_of(struct compare *compare, const struct audit_key *key)
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

struct compare_event *bucket_last(const struct bucket_side *side)
{
	return side->waiting ? side->waiting->bucket_prev : NULL;
}

/* The one before it; NULL: it is the first. */
struct compare_event *bucket_previous(const struct bucket_side *side,
				      const struct compare_event *event)
{
	return event == side->waiting ? NULL : event->bucket_prev;
}

/* They come almost in the order of time: the place is near the end. */
static void bucket_insert_by_time(struct bucket_side *side, struct compare_event *event)
{
	struct compare_event *at = bucket_last(side);

	while (at && at->call.time_ms > event->call.time_ms)
		at = bucket_previous(side, at);
	if (at)
		DL_APPEND_ELEM2(side->waiting, at, event, bucket_prev, bucket_next);
	else
		DL_PREPEND2(side->waiting, event, bucket_prev, bucket_next);
}

void bucket_wait(struct compare *compare, struct compare_event *event)
{
	struct compare_stream *stream = &compare->streams[event->side];
	struct bucket_side *side = &event->bucket->sides[event->side];

	DL_APPEND(stream->waiting, event);
	bucket_insert_by_time(side, event);
	side->n_waiting++;
	stream->bytes += bucket_size_of(event);
}

/* The event is the caller's then. */
void bucket_stop_waiting(struct compare *compare, struct compare_event *event)
{
	struct compare_stream *stream = &compare->streams[event->side];
	struct bucket_side *side = &event->bucket->sides[event->side];

	for (int i = 0; i < FINGERS; i++)
		if (side->fingers[i] == event)
			side->fingers[i] = event->bucket_next;
	DL_DELETE(stream->waiting, event);
	DL_DELETE2(side->waiting, event, bucket_prev, bucket_next);
	side->n_waiting--;
	stream->bytes -= bucket_size_of(event);
}

void bucket_drop_if_empty(struct compare *compare, struct compare_bucket *bucket)
{
	if (bucket->sides[SIDE_KILLSNOOP].waiting || bucket->sides[SIDE_AUDIT].waiting ||
	    bucket->pairs || bucket->lenders)
		return;
	HASH_DEL(compare->buckets, bucket);
	free(bucket);
}

/* The first that waits there from that time on; NULL: none. */
struct compare_event *bucket_find_from(struct bucket_side *side, enum finger finger,
				       uint64_t time_ms)
{
	struct compare_event *at = side->fingers[finger], *previous;

	if (!at)
		at = bucket_last(side);
	while (at && (previous = bucket_previous(side, at)) && previous->call.time_ms >= time_ms)
		at = previous;
	while (at && at->call.time_ms < time_ms)
		at = at->bucket_next;
	side->fingers[finger] = at;
	return at;
}
