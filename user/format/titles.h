/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The titles that audit has shown. It reads the title of a thread for its first record and keeps
 * that for all later ones, whatever the thread executes or calls itself then: context->proctitle
 * in kernel/auditsc.c.
 */
#ifndef KS_TITLES_H
#define KS_TITLES_H

#include <stddef.h>
#include <uthash.h>

#include "event/event.h"

enum {
	TITLE_BYTES = 128,  /* MAX_PROCTITLE_AUDIT_LEN, kernel/audit.h */
	TITLES_MAX = 16384, /* threads, the newest */
};

struct title {
	struct {
		uint64_t start_ns;
		uint32_t pid, tid;
	} thread;
	size_t bytes;
	char text[TITLE_BYTES];
	UT_hash_handle hh;
};

/* The title kept for the thread; NULL: none yet. `titles`: all of them, NULL at first. */
const struct title *titles_find(struct title *titles, const struct task *task);

/* Keeps up to TITLE_BYTES of `text`; without memory it is forgotten. */
void titles_keep(struct title **titles, const struct task *task, const char *text, size_t bytes);

void titles_clear(struct title **titles);

#endif
