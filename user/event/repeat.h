/* SPDX-License-Identifier: GPL-2.0-only */
/* The records that a KS_REC_REPEAT may repeat: the last of each slot of each CPU and ring. */
#ifndef KS_REPEAT_H
#define KS_REPEAT_H

#include <stddef.h>
#include <stdint.h>

#include "event/record_view.h"

/* A KS_REC_SIGNAL or KS_REC_CALL, as written. */
struct last_record {
	uint64_t id;	  /* counts from 1: which record this is, of all that could be repeated */
	uint64_t time_ns; /* CLOCK_MONOTONIC, of its last repetition */
	size_t bytes, room;
	struct ks_signal record[];
};

struct last_records {
	struct last_record **items; /* by CPU, ring and slot; NULL: none */
	size_t n;
	uint64_t count;
};

/*
 * `record` takes the place of the last one of its slot. If it is too long to be repeated, or there
 * is no memory, that has none then. 0 or -ENOMEM.
 */
int repeat_keep(struct last_records *records, const struct record_view *record);

/*
 * Opens a view of the record that `repeat` repeats, with its times. Returns what was kept of it, or
 * NULL: it repeats none.
 */
struct last_record *repeat_open(struct last_records *records, const struct ks_repeat *repeat,
				struct record_view *view);

void repeat_clear(struct last_records *records);

#endif
