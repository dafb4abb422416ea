/* SPDX-License-Identifier: GPL-2.0-only */
/* Where text goes: stdout or a file. A full disk is an error, a reader that has gone is not. */
#ifndef KS_TEXT_FILE_H
#define KS_TEXT_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/strbuf.h"

/*
 * Asked every now and then while the reader does not read. `progress_ns`: when a byte was written
 * last, as of clock_monotonic_ns().
 */
typedef bool text_file_may_wait(void *context, uint64_t progress_ns);

struct text_file {
	int fd;
	const char *name;
	text_file_may_wait *may_wait; /* NULL: always */
	void *context;		      /* of that */
	uint64_t progress_ns;
};

/*
 * `path` NULL: stdout; otherwise what is written is appended to it. It is created with mode 0600
 * and must be ours alone: no symbolic link, not another user's, without another name. A FIFO is
 * waited for until it has a reader. 0; -ECANCELED, not reported, if waiting was ended; or another
 * -errno, reported on stderr.
 */
int text_file_open(struct text_file *file, const char *path);

/* Opens the file again, which may have got another name. If that fails, a line says so. */
void text_file_reopen(struct text_file *file);

/*
 * Writes all of `text` and empties it. 0; -EPIPE, not reported: the reader has gone; -ECANCELED,
 * not reported: waiting was ended, and what was not written is left in `text`; or another -errno,
 * reported on stderr.
 */
int text_file_write(struct text_file *file, struct strbuf *text);

/*
 * Whether the reader has read something of late: since `since_ns`, when we were asked to end, there
 * has been no longer time without a byte than readers are given.
 */
bool text_file_is_read(uint64_t progress_ns, uint64_t since_ns);

/* 0, or -errno reported on stderr. */
int text_file_close(struct text_file *file);

#endif
