// SPDX-License-Identifier: GPL-2.0-only
#include "format/proctitle.h"

#include <stdlib.h>
#include <string.h>

static void proctitle_set_key(struct proctitle *title, const struct task *task)
{
	memset(&title->thread, 0, sizeof(title->thread));
	title->thread.start_ns = task->ids.process.start_ns;
	title->thread.pid = task->ids.process.pid;
	title->thread.tid = task->ids.tid;
}

const struct proctitle *proctitle_find(struct proctitle *titles, const struct task *task)
{
	struct proctitle key, *title;

	proctitle_set_key(&key, task);
	HASH_FIND(hh, titles, &key.thread, sizeof(key.thread), title);
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
	proctitle_set_key(title, task);
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
