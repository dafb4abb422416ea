/* SPDX-License-Identifier: GPL-2.0-only */
/* Recordings: what replay and the fuzzer do with them, the same way as a live trace. */
#ifndef KS_TESTS_RECORDING_H
#define KS_TESTS_RECORDING_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "event/decode.h"
#include "filter/filter.h"
#include "format/format.h"
#include "event/names.h"
#include "cmd/opts.h"
#include "enrich/users.h"
#include "enrich/stops.h"
#include "enrich/verdict.h"

/*
 * Wall clock times of a recording do not depend on when it is replayed: the machine was started on
 * 2026-11-22 at midnight.
 */
#define RECORDING_BOOT_NS (INT64_C(1795305600) * 1000000000)

struct replay {
	struct decoder decoder;
	struct verdicts verdicts;
	struct stops stops;
	struct clock clock;
	struct format_context format;
	struct strbuf text;
	const struct options *options;
	uint64_t seq;
};

static inline bool replay_is_shown(const struct replay *replay, struct event *event)
{
	return event->type == EVENT_EXIT ? event->exit.watched
					 : filter_match(&replay->options->filter, event);
}

static inline void replay_events(void *context, struct event **events, size_t n)
{
	struct replay *replay = context;
	size_t shown = 0;

	if (events[0]->type == EVENT_EXIT)
		verdict_reach(&replay->verdicts, events[0]);
	for (size_t i = 0; i < n; i++) {
		struct event *event = events[i];

		event->real_ns = clock_mono_to_real(&replay->clock, event->time_ns);
		if (event->type == EVENT_LOST && loss_words(event->lost.cause)->is_event)
			replay->seq += event->lost.count;
		stops_note(&replay->stops, event);
		if (replay_is_shown(replay, event)) {
			event->seq = ++replay->seq;
			events[i] = events[shown];
			events[shown++] = event;
		}
		verdict_note(&replay->verdicts, event);
	}
	if (shown)
		replay->options->format->events(&replay->format, events, shown);
}

static inline void replay_begin(struct replay *replay, const struct options *options)
{
	const char *bad;
	size_t bytes;

	memset(replay, 0, sizeof(*replay));
	replay->options = options;
	replay->clock = (struct clock){ RECORDING_BOOT_NS, RECORDING_BOOT_NS };
	decoder_init(&replay->decoder, replay_events, replay);
	replay->verdicts.clock = &replay->clock;
	replay->verdicts.processes = &replay->decoder.processes;
	replay->format.fields.clock = &replay->clock;
	replay->format.fields.utc = true;
	replay->format.fields.processes = &replay->decoder.processes;
	replay->format.out = &replay->text;
	replay->format.n_columns =
	    fields_parse_columns(options->columns, replay->format.columns, &bad, &bytes);
	replay->format.audit_enriched = options->audit_enriched;
	replay->format.audit_kinds = options->audit_kinds;
	replay->format.color = options->color == COLOR_ALWAYS;
	if (options->format->begin)
		options->format->begin(&replay->format);
}

/*
 * The record behind the size at `at`, in memory of its own size: aligned as in the ring, and a read
 * past its end is seen. False at the end; what is cut short is handed over as it is.
 */
static inline bool replay_next(struct replay *replay, const char *bytes, size_t n, size_t *at)
{
	uint32_t size;
	void *record;

	if (n - *at < sizeof(size))
		return false;
	memcpy(&size, bytes + *at, sizeof(size));
	*at += sizeof(size);
	if (size > n - *at)
		size = n - *at;
	record = malloc(size);
	if (!record)
		return false;
	memcpy(record, bytes + *at, size);
	*at += size;
	decode_record(&replay->decoder, record, size);
	free(record);
	return true;
}

/* What still waits for a return is shown. */
static inline void replay_drain(struct replay *replay)
{
	calls_expire(&replay->decoder.calls, UINT64_MAX);
}

static inline void replay_end(struct replay *replay)
{
	decoder_clear(&replay->decoder);
	verdict_clear(&replay->verdicts);
	stops_clear(&replay->stops);
	if (replay->options->format->end)
		replay->options->format->end(&replay->format);
	strbuf_free(&replay->text);
	users_forget();
}

#endif
