// SPDX-License-Identifier: GPL-2.0-only
#include "stream/stream.h"

#include "event/event_names.h"

/* The BPF side leaves none out: SIGCONT of others would be missing. */
static bool stream_sees_all_senders(const struct filter *filter)
{
	return !filter->sender_pids.n && !filter->sender_uids.n;
}

static void stream_sum_loss(struct event_loss *sum, const struct event_loss *loss)
{
	if (!sum->count)
		sum->from_real_ns = loss->from_real_ns;
	sum->has_users = loss->has_users && (!sum->count || sum->has_users);
	for (int user = 0; user < KS_USERS; user++)
		sum->users[user] += loss->users[user];
	sum->to_real_ns = loss->to_real_ns;
	sum->cause = loss->cause;
	sum->count += loss->count;
}

/* Each event that was lost has a number; of what events lack, the causes are counted. */
static void stream_count_loss(struct stream *stream, const struct event_loss *loss)
{
	stream_sum_loss(&stream->losses[loss->cause], loss);
	stream->is_incomplete = true;
	if (!loss_words(loss->cause)->is_event)
		return;
	stream->lost += loss->count;
	stream->seq += loss->count;
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
		stream_count_failure(stream, verdict_reach(&stream->verdicts, event));
	stream_count_failure(stream, enrich_event(&stream->enrich, event));
	stream_count_failure(stream, sent_note(&stream->sent, event));
}

/* Whether it is shown or not. */
static void stream_note_end(struct stream *stream, const struct event *event)
{
	if (event->type == EVENT_EXIT && event->exit.watch == KS_WATCH_TARGET && stream->config.end)
		stream->config.end(stream->config.context, event);
}

static bool stream_is_shown(const struct stream *stream, struct event *event)
{
	if (stream_is_full(stream))
		return false;
	return filter_match(stream->config.filter, event);
}

/* What all signals of a process have reached is shown behind them. */
static void stream_show_ended(struct stream *stream)
{
	struct event blast, *event = &blast;

	while (blast_take_ended(&stream->blasts, &blast))
		stream->config.handle(stream->config.context, &event, 1);
}

static void stream_note_blast(struct stream *stream, struct event *event)
{
	if (!stream->config.finds_blasts)
		return;
	stream_count_failure(stream, blast_note(&stream->blasts, event));
	if (stream->blasts.ended)
		stream_show_ended(stream);
}

/* Events of one call, or one alone: they are shown from here on. */
static void stream_show(struct stream *stream, struct event **events, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		events[i]->seq = stream->seq + 1;
		stream->seq += events[i]->type == EVENT_SIGNAL ? events[i]->signal.count : 1;
		if (stream->config.wants_names)
			enrich_names(events[i]);
		verdict_number(&stream->verdicts, events[i]);
		stream_note_blast(stream, events[i]);
	}
	if (n)
		stream->config.handle(stream->config.context, events, n);
	enrich_release();
}

/* Who the ancestors are may have been found out while it waited. */
static void stream_show_sum(struct stream *stream, struct event *event)
{
	stream_count_failure(stream, enrich_event(&stream->enrich, event));
	stream_show(stream, &event, 1);
	event_free(event);
}

static void stream_show_sums(struct stream *stream, uint64_t time_ns)
{
	struct event *event;

	while ((event = repeats_close(&stream->repeats, time_ns)))
		stream_show_sum(stream, event);
}

void stream_pass_time(struct stream *stream, uint64_t time_ns)
{
	stream_show_sums(stream, time_ns);
	blast_expire(&stream->blasts, time_ns);
	if (stream->blasts.ended)
		stream_show_ended(stream);
}

/* What comes before `event`: its number, and the cause of an end, depend on it. */
static void stream_show_waiting_before(struct stream *stream, const struct event *event)
{
	struct event *sum;

	stream_pass_time(stream, event->time_ns);
	while (event->type == EVENT_EXIT &&
	       (sum = repeats_close_for(&stream->repeats, &event->exit.process.ids.process)))
		stream_show_sum(stream, sum);
}

/* Returns whether it is to be shown. */
static bool stream_look_at(struct stream *stream, struct event *event)
{
	bool is_shown;

	stream_enrich(stream, event);
	if (event->type == EVENT_LOST)
		stream_count_loss(stream, &event->lost);
	stream_note_end(stream, event);
	is_shown = stream_is_shown(stream, event);
	stream->signals += is_shown && event->type == EVENT_SIGNAL;
	if (stream->config.finds_causes && filter_may_match_target(stream->config.filter, event))
		stream_count_failure(stream, verdict_note(&stream->verdicts, event));
	return is_shown;
}

/* Returns whether the event waits to be summed up. */
static bool stream_sum_up(struct stream *stream, struct event *event)
{
	struct event *unlike;

	if (!stream->config.sums_repeats)
		return false;
	unlike = repeats_close_unlike(&stream->repeats, event);
	if (!unlike)
		return repeats_take(&stream->repeats, event);
	stream_show_sum(stream, unlike);
	return false;
}

/*
 * The events of a call. Those that are shown now are moved to the front; those that wait to be
 * summed up are taken.
 */
static void stream_on_events(void *context, struct event **events, size_t n)
{
	struct stream *stream = context;
	size_t shown = 0;

	if (stream->is_ended)
		return;
	stream_show_waiting_before(stream, events[0]);
	for (size_t i = 0; i < n; i++) {
		struct event *event = events[i];

		if (!stream_look_at(stream, event))
			continue;
		if (stream_sum_up(stream, event)) {
			events[i] = NULL;
			continue;
		}
		events[i] = events[shown];
		events[shown++] = event;
	}
	if (stream_is_full(stream))
		stream_show_sums(stream, UINT64_MAX);
	stream_show(stream, events, shown);
}

int stream_init(struct stream *stream, const struct stream_config *config)
{
	*stream = (struct stream){ .config = *config };
	decoder_init(&stream->decoder, stream_on_events, stream);
	stream->verdicts.clock = &stream->clock;
	stream->enrich = (struct enrich){
		.clock = &stream->clock,
		.processes = &stream->decoder.processes,
		.sent = &stream->sent,
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
		decode_tail_loss(&stream->decoder, ring_of_loss(cause), total);
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

bool stream_has_sums(const struct stream *stream)
{
	return stream->repeats.all;
}

uint64_t stream_next_end_ns(const struct stream *stream)
{
	return blast_next_end_ns(&stream->blasts);
}

void stream_clear(struct stream *stream)
{
	struct event *event;

	stream->is_ended = true; /* what still waits is not handled */
	decoder_clear(&stream->decoder);
	while ((event = repeats_close(&stream->repeats, UINT64_MAX)))
		event_free(event);
	blast_clear(&stream->blasts);
	verdict_clear(&stream->verdicts);
	stops_clear(&stream->stops);
	sent_clear(&stream->sent);
}
