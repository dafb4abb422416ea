/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Records to events. Whatever the bytes, nothing outside of them is read: version, type, size and
 * every span are checked first; what does not fit is counted and skipped.
 */
#ifndef KS_DECODE_H
#define KS_DECODE_H

#include <stddef.h>
#include <stdint.h>

#include "event/correlate.h"
#include "event/event.h"
#include "event/texts.h"
#include "event/process.h"
#include "event/repeat.h"

struct decoder {
	struct process_table processes;
	struct text_table texts;
	struct last_records last_records;
	struct correlator correlator;
	uint64_t lost[KS_RINGS]; /* the kernel's totals of lost events, as of the last record */
	uint64_t losses[KS_RINGS][KS_REFUSALS][KS_USERS]; /* likewise, as in struct ks_losses */
	uint64_t last_ns[KS_RINGS]; /* CLOCK_MONOTONIC time of the last record; 0: none */
	uint64_t bad;		    /* records skipped: malformed, or of an unknown type */
	uint64_t failed;	    /* records skipped, or losses not shown, for want of memory */
	uint64_t undescribed;	    /* of these, descriptions of processes, and texts */
	uint64_t newest_ns;	    /* CLOCK_MONOTONIC time of the newest record */
};

/* `handle` gets every event, see correlate.h. */
void decoder_init(struct decoder *decoder, correlate_handler *handle, void *context);
void decoder_clear(struct decoder *decoder);

/* Decodes one record. 0, -EBADMSG if it was skipped, -ENOMEM. */
int decode_record(struct decoder *decoder, const void *data, size_t size);

/*
 * The kernel's total of events that a ring had no room for, which no record has yet, in a recording
 * from before there was a KS_REC_LOSSES.
 */
void decode_tail_loss(struct decoder *decoder, enum ks_ring ring, uint64_t lost);

/* So much more was lost; `cause`: enum ks_lost or enum loss. */
void decode_lost_events(struct decoder *decoder, uint64_t count, unsigned int cause);

#endif
