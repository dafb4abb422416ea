/* SPDX-License-Identifier: GPL-2.0-only */
/* Recordings: what replay and the fuzzer do with them, the same way as a live trace. */
#ifndef KS_TESTS_RECORDING_H
#define KS_TESTS_RECORDING_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "format/format.h"
#include "cmd/options.h"
#include "enrich/users.h"
#include "stream/stream.h"

/*
 * Wall clock times of a recording do not depend on when it is replayed: the machine was started on
 * 2026-11-22 at midnight.
 */
#define RECORDING_BOOT_NS (INT64_C(1795305600) * 1000000000)

struct replay {
	struct stream stream;
	struct format_config config;
	struct formatter formatter;
	struct strbuf text;
};

static inline void replay_events(void *context, struct event **events, size_t n)
{
	struct replay *replay = context;

	formatter_events(&replay->formatter, events, n);
}

static inline void replay_begin(struct replay *replay, const struct options *options)
{
	const struct stream_config config = {
		.filter = &options->filter,
		.finds_causes = true,
		.wants_names = true,
		.handle = replay_events,
		.context = replay,
	};

	memset(replay, 0, sizeof(*replay));
	stream_init(&replay->stream, &config);
	replay->stream.clock = (struct clock){ RECORDING_BOOT_NS, RECORDING_BOOT_NS };
	replay->config = options->output.text;
	replay->config.clock = &replay->stream.clock;
	replay->config.utc = true;
	replay->config.color = options->output.color == COLOR_ALWAYS;
	formatter_open(&replay->formatter, options->output.format, &replay->config, &replay->text);
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
	stream_add(&replay->stream, record, size);
	free(record);
	return true;
}

/* What still waits for a return is shown. */
static inline void replay_drain(struct replay *replay)
{
	correlate_expire(&replay->stream.decoder.correlator, UINT64_MAX);
}

static inline void replay_end(struct replay *replay)
{
	stream_clear(&replay->stream);
	formatter_close(&replay->formatter);
	strbuf_free(&replay->text);
	users_forget();
}

#endif
