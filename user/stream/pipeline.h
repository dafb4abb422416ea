/* SPDX-License-Identifier: GPL-2.0-only */
/* The live stream: hooks -> ring -> source -> stream. */
#ifndef KS_PIPELINE_H
#define KS_PIPELINE_H

#include "kernel/loader.h"
#include "source/recording.h"
#include "source/ring.h"
#include "stream/stream.h"

/* All zero, it can be closed. */
struct pipeline {
	struct stream stream;
	struct loader *loader;
	struct source *source;
	uint64_t missed_ns;   /* when loader_missed() was asked last */
	uint64_t undescribed; /* descriptions that there was no memory for, as far as it is known */
	struct recording saved; /* of the records, if they are saved */
};

/* See stream_init(). */
int pipeline_init(struct pipeline *pipeline, const struct stream_config *config);

/* Saves the records that come, too. 0, or -errno reported on stderr. */
int pipeline_save_records(struct pipeline *pipeline, const char *path);

/* Attaches the hooks. 0, or -errno reported on stderr. */
int pipeline_open(struct pipeline *pipeline, const struct loader_config *config);

/*
 * Handles what is in the ring, but at most some thousand records; if there is nothing, also losses
 * and calls whose return was lost. Returns how many records there were.
 */
int pipeline_drain(struct pipeline *pipeline);

/* Whether time alone, without a record, soon makes a drain show something. */
bool pipeline_waits(const struct pipeline *pipeline);

/* When, by CLOCK_MONOTONIC, it may do so for a blast that ends; UINT64_MAX: for none. */
uint64_t pipeline_next_end_ns(const struct pipeline *pipeline);

/* Has everything described again that events refer to: paths may have changed. */
void pipeline_describe_again(struct pipeline *pipeline);

/* Has the hooks detached meanwhile: the results of calls that are under way may be lost. */
void pipeline_begin_detach(struct pipeline *pipeline);

/* Detaches the hooks, and waits for it: what is in the ring stays there. */
void pipeline_detach(struct pipeline *pipeline);

/* After detaching and draining: handles the calls that never returned and the last losses. */
void pipeline_finish(struct pipeline *pipeline);

/* The trace has not begun: removes what was saved. */
void pipeline_discard_records(struct pipeline *pipeline);

/* 0, or -errno reported on stderr: not all records were saved. */
int pipeline_close(struct pipeline *pipeline);

#endif
