/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KS_STREAM_REPLAY_H
#define KS_STREAM_REPLAY_H

#include "stream/stream.h"

/*
 * Has the stream handle all records of a recording, by the clocks in it. What still waits for the
 * return of its call is handled at the end. 0, or a negative errno of recording_next().
 */
int stream_replay(struct stream *stream, const char *bytes, size_t n);

#endif
