/* SPDX-License-Identifier: GPL-2.0-only */
/* Where text goes: stdout or a file. A full disk is an error, a reader that has gone is not. */
#ifndef KS_SINK_H
#define KS_SINK_H

#include "strbuf.h"

struct sink {
	int fd;
	const char *name;
};

/* `file` NULL: stdout; otherwise created or emptied, mode 0600. 0, or -errno told on stderr. */
int sink_open(struct sink *sink, const char *file);

/* Writes all of `text` and empties it. 0; -EPIPE, not told; or another -errno, told on stderr. */
int sink_write(struct sink *sink, struct strbuf *text);

/* 0, or -errno told on stderr. */
int sink_close(struct sink *sink);

#endif
