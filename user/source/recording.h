/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Raw records in a file, for bug reports and tests: each behind its size, 32 bits. A size of 0
 * marks what is no record, struct recording_mark. The first is of the clocks: a file that does not
 * begin so is no recording. All in the byte order of the machine.
 */
#ifndef KS_SOURCE_RECORDING_H
#define KS_SOURCE_RECORDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "lib/clock.h"

enum recording_kind {
	RECORDING_END,
	RECORDING_RECORD,
	RECORDING_CLOCK, /* offsets of the clocks, for the records behind it */
	RECORDING_LOSS,	 /* what is lost, ever, by one cause, beside the count in records */
};

/* Its layout is that of files: members are not changed. */
struct recording_mark {
	uint32_t zero;
	uint32_t bytes; /* of this struct */
	uint32_t magic; /* RECORDING_MAGIC */
	uint32_t kind;	/* enum recording_kind */
	union {
		int64_t clock[4]; /* as in struct clock, in its order */
		uint64_t loss[4]; /* cause: enum ks_lost or enum loss; total; 0; 0 */
	};
};

enum {
	RECORDING_MAGIC = 0x4b534e50,
	RECORDING_RECORD_MAX = 1 << 16, /* bytes: more than any record has */
};

struct recording {
	FILE *file;
	const char *path;
	struct clock clock; /* written last */
	long good;	    /* bytes that are in the file */
	int err;	    /* nothing more is written */
};

/*
 * Creates the file, with mode 0600; one that is there already is not touched. `path` must outlive
 * it. 0, or -errno reported on stderr.
 */
int recording_create(struct recording *recording, const char *path, const struct clock *clock);

/*
 * Add a record, and before it the clock, if it is another one than before; or a loss. If the file
 * cannot be written, one line on stderr says so at once, and it ends with its last whole record.
 */
void recording_add(struct recording *recording, const struct clock *clock, const void *record,
		   size_t bytes);
void recording_add_loss(struct recording *recording, unsigned int cause, uint64_t total);

/* Writes what is buffered. */
void recording_flush(struct recording *recording);

/* The trace has not begun: removes the file. */
void recording_discard(struct recording *recording);

/* All zero, it can be closed, too. 0, or -errno that was reported: not all of it was written. */
int recording_close(struct recording *recording);

/* What is next in a recording. */
struct recording_item {
	enum recording_kind kind;
	void *record; /* aligned, in memory of exactly its size, so that a read beyond it is
		       * noticed; to be freed. Of other kinds NULL */
	size_t bytes;
	struct clock clock;
	unsigned int cause; /* not checked */
	uint64_t total;
};

/* Whether it begins as a recording does. */
bool recording_is(const char *bytes, size_t n);

/*
 * Takes what is at `*at` of a recording in memory, and moves that on. A record that is cut short
 * comes as it is. 0, -ENOMEM, or -EBADMSG: no recording, or its end is missing.
 */
int recording_next(const char *bytes, size_t n, size_t *at, struct recording_item *ret);

#endif
