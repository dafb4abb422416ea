/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Raw records in a file, for bug reports and tests: each behind its size, 32 bits. A size of 0
 * marks what is no record: struct recording_clock. All in the byte order of the machine.
 */
#ifndef KS_SOURCE_RECORDING_H
#define KS_SOURCE_RECORDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "lib/clock.h"

/* What the offsets of the clocks are for the records behind it. */
struct recording_clock {
	uint32_t mark;	/* 0 */
	uint32_t bytes; /* of this struct */
	struct clock clock;
};

struct recording {
	FILE *file;
	struct clock clock; /* written last */
	const char *path;
};

/*
 * Creates the file, with mode 0600; one that is there already is not touched. `path` must outlive
 * it. 0, or -errno reported on stderr.
 */
int recording_create(struct recording *recording, const char *path);

/* Adds a record, and before it the clock, if it is another one than before. */
void recording_add(struct recording *recording, const struct clock *clock, const void *record,
		   size_t bytes);

/* All zero, it can be closed, too. 0, or -errno reported on stderr: not all of it was written. */
int recording_close(struct recording *recording);

/*
 * Takes what is at `*at` of a recording in memory, and moves that on. A clock goes to `*clock`; a
 * record to `*ret_record`, NULL if it was a clock, in memory of exactly its size, so that it is
 * aligned and a read beyond it is noticed: to be freed. A record that is cut short comes as it is.
 * 1; 0: that was all; or -ENOMEM, or -EBADMSG: no recording.
 */
int recording_next(const char *bytes, size_t n, size_t *at, struct clock *clock, void **ret_record,
		   size_t *ret_bytes);

#endif
