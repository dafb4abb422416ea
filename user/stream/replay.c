// SPDX-License-Identifier: GPL-2.0-only
#include "stream/replay.h"

#include <stdlib.h>

#include "source/recording.h"

int stream_replay(struct stream *stream, const char *bytes, size_t n)
{
	size_t at = 0, size = 0;
	void *record;
	int err;

	while ((err = recording_next(bytes, n, &at, &stream->clock, &record, &size)) > 0) {
		if (record)
			stream_add(stream, record, size);
		free(record);
	}
	correlate_expire(&stream->decoder.correlator, UINT64_MAX);
	stream_show_failures(stream);
	return err;
}
