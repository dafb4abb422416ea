// SPDX-License-Identifier: GPL-2.0-only
#include "event/texts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Labels that have no record, by id. */
static const char *const fixed[KS_LABEL_FIRST] = {
	[KS_LABEL_UNCONFINED] = "unconfined",
	[KS_LABEL_KERNEL] = "kernel",
};

static void texts_drop(struct text_table *table, struct shared_text *text)
{
	HASH_DEL(table->texts, text);
	texts_put(text);
}

static struct shared_text *texts_lookup(const struct text_table *table, uint64_t id)
{
	struct shared_text *text;

	HASH_FIND(hh, table->texts, &id, sizeof(id), text);
	return text;
}

struct shared_text *texts_new(enum ks_text_kind kind, const char *text, size_t bytes, bool is_cut)
{
	struct shared_text *new = calloc(1, sizeof(*new) + bytes + 1);

	if (!new)
		return NULL;
	new->references = 1;
	new->kind = kind;
	new->is_cut = is_cut;
	new->bytes = bytes;
	memcpy(new->text, text, bytes);
	return new;
}

int texts_add(struct text_table *table, enum ks_text_kind kind, uint64_t id, const char *text,
	      size_t bytes, bool is_cut)
{
	struct shared_text *new;

	if (texts_lookup(table, id))
		return 0;
	new = texts_new(kind, text, bytes, is_cut);
	if (!new)
		return -ENOMEM;
	new->id = id;
	HASH_ADD(hh, table->texts, id, sizeof(id), new);
	if (HASH_COUNT(table->texts) > TEXTS_MAX)
		texts_drop(table, table->texts); /* its head is the one whose last use is oldest */
	return 0;
}

struct shared_text *texts_find(struct text_table *table, enum ks_text_kind kind, uint64_t id)
{
	struct shared_text *text = texts_lookup(table, id);

	if (!text || text->kind != kind)
		return NULL;
	if (text->hh.next) {
		HASH_DEL(table->texts, text);
		HASH_ADD(hh, table->texts, id, sizeof(id), text);
	}
	return text;
}

struct shared_text *texts_find_label(struct text_table *table, uint64_t id)
{
	const char *text = id < KS_LABEL_FIRST ? fixed[id] : NULL;

	if (text && texts_add(table, KS_TEXT_LABEL, id, text, strlen(text), false))
		return NULL;
	return texts_find(table, KS_TEXT_LABEL, id);
}

struct shared_text *texts_get(struct shared_text *text)
{
	if (text)
		text->references++;
	return text;
}

void texts_put(struct shared_text *text)
{
	if (text && !--text->references)
		free(text);
}

void texts_clear(struct text_table *table)
{
	while (table->texts)
		texts_drop(table, table->texts);
}
