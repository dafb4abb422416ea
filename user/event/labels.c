// SPDX-License-Identifier: GPL-2.0-only
#include "event/labels.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Those that have no record, by id. */
static const char *const fixed[KS_LABEL_FIRST] = {
	[KS_LABEL_UNCONFINED] = "unconfined",
	[KS_LABEL_KERNEL] = "kernel",
};

static void label_drop(struct label_table *table, struct label *label)
{
	HASH_DEL(table->labels, label);
	label_put(label);
}

static struct label *label_lookup(const struct label_table *table, uint64_t id)
{
	struct label *label;

	HASH_FIND(hh, table->labels, &id, sizeof(id), label);
	return label;
}

int label_add(struct label_table *table, uint64_t id, const char *text, size_t bytes, bool is_cut)
{
	struct label *label = label_lookup(table, id);

	if (label)
		return 0;
	label = calloc(1, sizeof(*label) + bytes + 1);
	if (!label)
		return -ENOMEM;
	label->id = id;
	label->references = 1;
	label->is_cut = is_cut;
	label->bytes = bytes;
	memcpy(label->text, text, bytes);
	HASH_ADD(hh, table->labels, id, sizeof(id), label);
	if (HASH_COUNT(table->labels) > LABELS_MAX)
		label_drop(table, table->labels); /* its head is the one whose last use is oldest */
	return 0;
}

struct label *label_find(struct label_table *table, uint64_t id)
{
	struct label *label = label_lookup(table, id);

	if (!label && id < KS_LABEL_FIRST && fixed[id] &&
	    !label_add(table, id, fixed[id], strlen(fixed[id]), false))
		return label_lookup(table, id);
	if (label && label->hh.next) {
		HASH_DEL(table->labels, label);
		HASH_ADD(hh, table->labels, id, sizeof(id), label);
	}
	return label;
}

struct label *label_get(struct label *label)
{
	if (label)
		label->references++;
	return label;
}

void label_put(struct label *label)
{
	if (label && !--label->references)
		free(label);
}

void label_table_clear(struct label_table *table)
{
	while (table->labels)
		label_drop(table, table->labels);
}
