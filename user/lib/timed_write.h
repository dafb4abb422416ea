/* SPDX-License-Identifier: GPL-2.0-only */
/* write(2) that comes back although the reader of a pipe, or a stopped terminal, does not read. */
#ifndef KS_TIMED_WRITE_H
#define KS_TIMED_WRITE_H

#include <sys/types.h>

enum { TIMED_WRITE_MS = 50 };

/*
 * Writes to a descriptor that blocks or does not: how many bytes, which may be less than asked for;
 * -EAGAIN if for some TIMED_WRITE_MS none could be; or another -errno. For one thread only: the
 * others block SIGRTMAX.
 */
ssize_t timed_write(int fd, const void *data, size_t bytes);

#endif
