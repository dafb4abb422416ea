// SPDX-License-Identifier: GPL-2.0-only
#include "stream/stream.h"

#include "event/event_names.h"

/* The BPF side leaves none out: SIGCONT of others would be missing. */
static bool stream_sees_all_senders(const struct filter *filter)
{
	return !filter->sender_pids.n && !filter->sender_uids.n;
}

/* Each event that was lost has a number; of what events lack, the causes are counted. */
static void stream_count_loss(struct stream *stream, const struct event *event)
{
	stream->losses[event->lost.cause] += event->lost.count;
	stream->is_incomplete = true;
	if (!loss_words(event->lost.cause)->is_event)
		return;
	stream->lost += event->lost.count;
	stream->seq += event->lost.count;
}

static void stream_count_failure(struct stream *stream, int err)
{
	stream->failed += err != 0;
}

static void stream_enrich(struct stream *stream, struct event *event)
{
	if (stream_sees_all_senders(stream->config.filter))
		stream_count_failure(stream, stops_note(&stream->stops, event));
	if (event->type == EVENT_EXIT && stream->config.finds_causes)
		verdict_reach(&stream->verdicts, event);
	stream_count_failure(stream, enrich_event(&stream->enrich, event));
}

/* Whether it is shown or not. */
static void stream_note_end(struct stream *stream, const struct event *event)
{
	if (event->type == EVENT_EXIT && event->exit.watched && stream->config.end)
		stream->config.end(stream->config.context, event);
}

static bool stream_is_shown(const struct stream *stream, struct event *event)
{
	if (stream_is_full(stream))
		return false;
	return event->type == EVENT_EXIT ? event->exit.watched
					 : filter_match(stream->config.filter, event);
}

static void stream_number(struct stream *stream, struct event *event)
{
	event->seq = ++stream->seq;
	stream->signals += event->type == EVENT_SIGNAL;
}

/* The events of a call. Those that are shown are moved to the front. */
static void stream_on_events(void *context, struct event **events, size_t n)
{
	struct stream *stream = context;
	size_t shown = 0;

	if (stream->is_ended)
		return;
	for (size_t i = 0; i < n; i++) {
		struct event *event = events[i];

		if (event->type == EVENT_LOST)
			stream_count_loss(stream, event);
		stream_enrich(stream, event);
		stream_note_end(stream, event);
		if (stream_is_shown(stream, event)) {
			if (stream->config.wants_names)
				enrich_names(event);
			stream_number(stream, event);
			events[i] = events[shown];
			events[shown++] = event;
		}
		if (stream->config.finds_causes)
			stream_count_failure(stream, verdict_note(&stream->verdicts, event));
	}
	if (shown)
		stream->config.handle(stream->config.context, events, shown);
	enrich_release();
}

int stream_init(struct stream *stream, const struct stream_config *config)
{
	*stream = (struct stream){ .config = *config };
	decoder_init(&stream->decoder, stream_on_events, stream);
	stream->verdicts.clock = &stream->clock;
	stream->enrich = (struct enrich){
		.clock = &stream->clock,
		.processes = &stream->decoder.processes,
	};
	return clock_init(&stream->clock);
}

void stream_add(struct stream *stream, const void *record, size_t bytes)
{
	decode_record(&stream->decoder, record, bytes);
}

/* What a ring had no room for is in each of its records, too: the decoder keeps count. */
uint64_t stream_reported_loss(const struct stream *stream, unsigned int cause)
{
	int ring = ring_of_loss(cause);

	return ring < 0 ? stream->reported[cause] : stream->decoder.lost[ring];
}

void stream_show_loss(struct stream *stream, unsigned int cause, uint64_t total)
{
	uint64_t reported = stream_reported_loss(stream, cause);

	if (total <= reported)
		return;
	if (ring_of_loss(cause) >= 0) {
		decode_loss(&stream->decoder, ring_of_loss(cause), total, 0);
		return;
	}
	decode_lost_events(&stream->decoder, total - reported, cause);
	stream->reported[cause] = total;
}

void stream_show_failures(struct stream *stream)
{
	struct decoder *decoder = &stream->decoder;

	stream_show_loss(stream, KS_LOST_RETURN, decoder->correlator.unreturned);
	stream_show_loss(stream, LOSS_RECORD, decoder->bad);
	stream_show_loss(stream, LOSS_MEMORY, decoder->failed + stream->failed);
}

bool stream_is_full(const struct stream *stream)
{
	return stream->config.count && stream->signals == stream->config.count;
}

void stream_clear(struct stream *stream)
{
	stream->is_ended = true; /* what still waits is not handled */
	decoder_clear(&stream->decoder);
	verdict_clear(&stream->verdicts);
	stops_clear(&stream->stops);
}
