/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Records from the kernel's rings, as if they were one: in the order of time, as far as bounded
 * waiting makes it. Records of one ring always stay in the order in which they were written.
 */
#ifndef KS_SOURCE_RING_H
#define KS_SOURCE_RING_H

#include <stdbool.h>
#include <stddef.h>

#include "kernel/loader.h"

struct source;

/* Gets every record, aligned to 8 bytes; what it points to is gone afterwards. */
typedef void source_handler(void *context, const void *data, size_t bytes);

/* 0, or -errno reported on stderr. */
int source_open(struct source **ret, struct loader *loader, source_handler *handle, void *context);

enum {
	SOURCE_POLL_MS = 10,
	SOURCE_DRAIN_MAX = 4096, /* records at a time */
};

/*
 * Handles what is in the rings, but not many more than SOURCE_DRAIN_MAX records, so that the caller
 * stays responsive in a storm. Returns how many; not 0, too, while a record waits for others. If
 * that many, more may be there, and the caller must not sleep before the next drain.
 */
int source_drain(struct source *source);

/* Whether the last drain went on until the rings were empty. */
bool source_was_emptied(const struct source *source);

/* How long the caller may wait until the next drain, if it may not sleep. */
int source_wait_ms(const struct source *source);

/* A descriptor that becomes readable when the rings are to be drained, see source_may_sleep(). */
int source_fd(const struct source *source);

/*
 * After a drain that found nothing: true if the BPF side will wake us for the next record, false
 * if it need not yet and the rings must be drained again within source_wait_ms().
 */
bool source_may_sleep(const struct source *source);

void source_close(struct source *source);

#endif
