/* SPDX-License-Identifier: GPL-2.0-only */
/* Where text goes: stdout or a file. A full disk is an error, a reader that has gone is not. */
#ifndef KS_SINK_H
#define KS_SINK_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/strbuf.h"

struct sink {
	int fd;
	const char *name;
	/* Asked every now and then while the reader does not read; NULL: always. */
	bool (*may_wait)(void *context);
	void *context;	      /* of that */
	uint64_t progress_ns; /* when a byte was written last, as of runtime_now_ns() */
};

/*
 * `file` NULL: stdout; otherwise what is written is appended to it. It is created with mode 0600
 * and must be ours alone: no symbolic link, not another user's, without another name. A FIFO is
 * waited for until it has a reader. 0; -ECANCELED, not reported, if waiting was ended; or another
 * -errno, reported on stderr.
 */
int sink_open(struct sink *sink, const char *file);

/* Opens the file again, which may have got another name. If that fails, a line says so. */
void sink_reopen(struct sink *sink);

/*
 * Writes all of `text` and empties it. 0; -EPIPE, not reported: the reader has gone; -ECANCELED,
 * not reported: waiting was ended, and what was not written is left in `text`; or another -errno,
 * reported on stderr.
 */
int sink_write(struct sink *sink, struct strbuf *text);

/*
 * Whether the reader has read something of late: since `since_ns`, when we were asked to end, there
 * has been no longer time without a byte than readers are given.
 */
bool sink_is_read(const struct sink *sink, uint64_t since_ns);

/* 0, or -errno reported on stderr. */
int sink_close(struct sink *sink);

#endif
