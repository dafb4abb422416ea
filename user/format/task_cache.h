/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The text of tasks that were shown lately. In a storm the same ones come again and again, and they
 * are nearly all there is to an event.
 */
#ifndef KS_TASK_CACHE_H
#define KS_TASK_CACHE_H

#include <stdbool.h>

#include "event/event.h"
#include "lib/strbuf.h"

struct task_cache;

/* What of a task a text shows. Texts of one task have different `number`s, small ones. */
struct task_part {
	const void *of; /* any address, compared with those of other parts */
	unsigned int number;
};

/* NULL: there is no memory. Once it is full, newer ones replace older ones. */
struct task_cache *task_cache_new(void);
void task_cache_free(struct task_cache *cache); /* NULL is fine */

/* Appends the text of that part of `task` if it is known; returns whether it is. */
bool task_cache_add(const struct task_cache *cache, struct task_part part, const struct task *task,
		    struct strbuf *out);

/* What `out` has from its byte `start` on is the text of that part of `task`. */
void task_cache_keep(struct task_cache *cache, struct task_part part, const struct task *task,
		     const struct strbuf *out, size_t start);

#endif
