/* SPDX-License-Identifier: GPL-2.0-only */
/* Which pid file names a process that has ended: whoever reads the file signals another one. */
#ifndef KS_PIDFILES_H
#define KS_PIDFILES_H

#include <stdint.h>

#include "event/texts.h"

/* What is asked for; times are CLOCK_REALTIME. */
struct pidfiles_question {
	uint32_t number;
	uint32_t uids[2];  /* whose file it may be, but for root's */
	uint64_t from_ns;  /* it was written since then... */
	uint64_t to_ns;	   /* ...and before then, */
	uint64_t time_ns;  /* and not again until then */
	uint64_t since_ns; /* CLOCK_MONOTONIC: an older answer will not do; `to_ns` */
};

/*
 * From here on, files are read, in a thread, which has our privileges of this moment. `root`: what
 * stands before /run: "", but in tests.
 */
void pidfiles_start(const char *root);

/*
 * The path of a file that has the number. The files are read again if that was before `since_ns`,
 * 20 times a second at most, which is waited for, 10 ms at most, and 20 ms a second. What was there
 * in the answer before, and has gone or was written again since, is found, too. NULL: there is
 * none, it comes too late, or no memory; else the caller has a reference.
 */
struct shared_text *pidfiles_find(const struct pidfiles_question *question);

/* Ends the thread, and frees all memory; as before pidfiles_start(). */
void pidfiles_forget(void);

#endif
