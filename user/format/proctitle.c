// SPDX-License-Identifier: GPL-2.0-only
#include "format/proctitle.h"

#include <stdlib.h>
#include <string.h>

static struct process_key proctitle_key(const struct task *task)
{
	return process_key(&task->ids.process, task->ids.tid);
}

const struct proctitle *proctitle_find(struct proctitle *titles, const struct task *task)
{
	struct process_key key = proctitle_key(task);
	struct proctitle *title;

	HASH_FIND(hh, titles, &key, sizeof(key), title);
	return title;
}

/* The hash keeps its items in the order they came. */
static void proctitle_drop_oldest(struct proctitle **titles)
{
	struct proctitle *oldest = *titles;

	HASH_DEL(*titles, oldest);
	free(oldest);
}

void proctitle_keep(struct proctitle **titles, const struct task *task, const char *text,
		    size_t bytes)
{
	struct proctitle *title = malloc(sizeof(*title));

	if (!title)
		return;
	title->thread = proctitle_key(task);
	title->bytes = bytes < PROCTITLE_BYTES ? bytes : PROCTITLE_BYTES;
	memcpy(title->text, text, title->bytes);
	if (HASH_COUNT(*titles) == TITLES_MAX)
		proctitle_drop_oldest(titles);
	HASH_ADD(hh, *titles, thread, sizeof(title->thread), title);
}

void proctitle_clear(struct proctitle **titles)
{
	while (*titles)
		proctitle_drop_oldest(titles);
}
