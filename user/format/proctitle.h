/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The titles that audit has shown. It reads the title of a thread for its first record and keeps
 * that for all later ones, whatever the thread executes or calls itself then: context->proctitle
 * in kernel/auditsc.c.
 */
#ifndef KS_PROCTITLE_H
#define KS_PROCTITLE_H

#include <stddef.h>
#include <uthash.h>

#include "event/event.h"

enum {
	PROCTITLE_BYTES = 128, /* MAX_PROCTITLE_AUDIT_LEN, kernel/audit.h */
	TITLES_MAX = 16384,    /* threads, the newest */
};

struct proctitle {
	struct process_key thread;
	size_t bytes;
	char text[PROCTITLE_BYTES];
	UT_hash_handle hh;
};

/* The title kept for the thread; NULL: none yet. `titles`: all of them, NULL at first. */
const struct proctitle *proctitle_find(struct proctitle *titles, const struct task *task);

/* Keeps up to PROCTITLE_BYTES of `text`; without memory it is forgotten. */
void proctitle_keep(struct proctitle **titles, const struct task *task, const char *text,
		    size_t bytes);

void proctitle_clear(struct proctitle **titles);

#endif
