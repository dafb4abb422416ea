// SPDX-License-Identifier: GPL-2.0-only
#include "stream/replay.h"

#include <stdlib.h>

#include "source/recording.h"

static void stream_replay_item(struct stream *stream, const struct recording_item *item)
{
	switch (item->kind) {
	case RECORDING_RECORD: stream_add(stream, item->record, item->bytes); return;
	case RECORDING_CLOCK: stream->clock = item->clock; return;
	case RECORDING_LOSS:
		if (item->cause < LOSS_MAX)
			stream_show_loss(stream, item->cause, item->total);
		return;
	case RECORDING_END: return;
	}
}

int stream_replay(struct stream *stream, const char *bytes, size_t n)
{
	struct recording_item item;
	size_t at = 0;
	int err;

	while (!(err = recording_next(bytes, n, &at, &item)) && item.kind != RECORDING_END) {
		stream_replay_item(stream, &item);
		free(item.record);
	}
	correlate_expire(&stream->decoder.correlator, UINT64_MAX);
	stream_show_failures(stream);
	stream_pass_time(stream, UINT64_MAX);
	return err;
}
