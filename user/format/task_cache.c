// SPDX-License-Identifier: GPL-2.0-only
#include "format/task_cache.h"

#include <stdlib.h>

struct task_text {
	bool is_kept;
	struct task_part part;
	struct task task;
	uint64_t changes;	      /* of the process table, when the ancestors were looked up */
	bool has_user, has_container; /* have names, which may come later */
	struct strbuf text;
};

enum { TASK_SLOTS = 128, TASK_PARTS = 8 };

struct task_cache {
	struct task_text slots[TASK_SLOTS];
};

struct task_cache *task_cache_new(void)
{
	return calloc(1, sizeof(struct task_cache));
}

void task_cache_free(struct task_cache *cache)
{
	for (int i = 0; cache && i < TASK_SLOTS; i++) {
		task_clear(&cache->slots[i].task);
		strbuf_free(&cache->slots[i].text);
	}
	free(cache);
}

/* Sender and target are often neighbours: so their parts are apart. */
static size_t task_cache_slot(struct task_part part, const struct task *task)
{
	return ((size_t)task->ids.tid * TASK_PARTS + part.number % TASK_PARTS) % TASK_SLOTS;
}

static uint64_t task_cache_changes_of(const struct task *task)
{
	return task->process && task->process->ancestors ? task->process->ancestors->changes : 0;
}

bool task_cache_add(const struct task_cache *cache, struct task_part part, const struct task *task,
		    struct strbuf *out)
{
	const struct task_text *slot = &cache->slots[task_cache_slot(part, task)];

	if (!slot->is_kept || slot->part.of != part.of || slot->part.number != part.number ||
	    slot->changes != task_cache_changes_of(task) || slot->has_user != !!task->user ||
	    slot->has_container != !!task->container || !task_equal(&slot->task, task))
		return false;
	strbuf_add(out, slot->text.data, slot->text.len);
	return true;
}

void task_cache_keep(struct task_cache *cache, struct task_part part, const struct task *task,
		     const struct strbuf *out, size_t start)
{
	struct task_text *slot = &cache->slots[task_cache_slot(part, task)];

	if (out->err)
		return;
	task_clear(&slot->task);
	strbuf_reset(&slot->text);
	strbuf_add(&slot->text, out->data + start, out->len - start);
	slot->part = part;
	slot->changes = task_cache_changes_of(task);
	slot->has_user = task->user;
	slot->has_container = task->container;
	slot->is_kept = !task_copy(&slot->task, task) && !slot->text.err;
}
