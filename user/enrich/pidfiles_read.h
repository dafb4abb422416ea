/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads the pid files of /run, which others may have written: bounded, and without waiting. */
#ifndef KS_PIDFILES_READ_H
#define KS_PIDFILES_READ_H

#include <stddef.h>
#include <stdint.h>

enum { PIDFILES_MAX = 512, PIDFILE_PATH_BYTES = 128 };

/* A regular file *.pid that begins with a number. */
struct pidfile {
	uint32_t number, uid;
	uint64_t written_ns; /* CLOCK_REALTIME */
	char path[PIDFILE_PATH_BYTES];
};

struct pidfiles_index {
	uint64_t time_ns; /* CLOCK_MONOTONIC, before it was made */
	size_t n;
	struct pidfile items[PIDFILES_MAX];
};

/* Those in run and var/run below `root`, and in the folders there. Freed with free(); NULL: no
 * memory. */
struct pidfiles_index *pidfiles_read(const char *root);

#endif
