/* SPDX-License-Identifier: GPL-2.0-only */
/* The first half of the way: hooks -> ring -> decode. The events' handler does the rest. */
#ifndef KS_PIPELINE_H
#define KS_PIPELINE_H

#include "lib/clock.h"
#include "event/decode.h"
#include "kernel/loader.h"
#include "source/ring.h"

/* All zero, it can be closed. */
struct pipeline {
	struct clock clock;
	struct decoder decoder;
	struct loader *loader;
	struct source *source;
	uint64_t shown[LOSS_MAX]; /* losses, by cause, of which there were events */
	uint64_t missed_ns;	  /* when loader_missed() was asked last */
};

/* `handle` gets every event, see calls.h. */
void pipeline_init(struct pipeline *pipeline, calls_handler *handle, void *context);

/* Attaches the hooks. 0, or -EINVAL told on stderr. */
int pipeline_open(struct pipeline *pipeline, const struct loader_config *config);

/*
 * Handles what is in the ring, but at most some thousand records; if there is nothing, also losses
 * and calls whose return was lost. Returns how many records there were.
 */
int pipeline_drain(struct pipeline *pipeline);

/* Has the hooks detached meanwhile. Nothing that is still to be seen may be under way. */
void pipeline_begin_detach(struct pipeline *pipeline);

/* Detaches the hooks, and waits for it: what is in the ring stays there. */
void pipeline_detach(struct pipeline *pipeline);

/* After detaching and draining: handles the calls that never returned and the last losses. */
void pipeline_finish(struct pipeline *pipeline);

void pipeline_close(struct pipeline *pipeline);

#endif
