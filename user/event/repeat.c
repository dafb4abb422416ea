// SPDX-License-Identifier: GPL-2.0-only
#include "event/repeat.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static size_t repeat_index(const struct ks_header *header)
{
	return (header->cpu * (size_t)KS_RINGS + header->ring) * KS_REPEAT_SLOTS + header->slot;
}

/* 0, or -ENOMEM. */
static int repeat_reserve(struct last_records *records, size_t index)
{
	size_t n = index - index % KS_REPEAT_SLOTS + KS_REPEAT_SLOTS;
	struct last_record **items;

	if (index < records->n)
		return 0;
	items = realloc(records->items, n * sizeof(struct last_record *));
	if (!items)
		return -ENOMEM;
	for (size_t i = records->n; i < n; i++)
		items[i] = NULL;
	records->items = items;
	records->n = n;
	return 0;
}

static struct last_record *repeat_find(const struct last_records *records, size_t index)
{
	return index < records->n ? records->items[index] : NULL;
}

/* With room for so many bytes. */
static struct last_record *repeat_find_or_add(struct last_records *records, size_t index,
					      size_t bytes)
{
	struct last_record *last = repeat_find(records, index), *larger;

	if (last && last->room >= bytes)
		return last;
	if (repeat_reserve(records, index))
		return NULL;
	larger = realloc(last, sizeof(*larger) + bytes);
	if (!larger)
		return NULL;
	larger->room = bytes;
	records->items[index] = larger;
	return larger;
}

static void repeat_drop(struct last_records *records, size_t index)
{
	if (index >= records->n)
		return;
	free(records->items[index]);
	records->items[index] = NULL;
}

int repeat_keep(struct last_records *records, const struct record_view *record)
{
	const struct ks_header *header = &record->fixed->header;
	struct last_record *last;

	if (header->slot >= KS_REPEAT_SLOTS)
		return 0;
	if (record->size > KS_REPEAT_BYTES) {
		repeat_drop(records, repeat_index(header));
		return 0;
	}
	last = repeat_find_or_add(records, repeat_index(header), record->size);
	if (!last) {
		repeat_drop(records, repeat_index(header));
		return -ENOMEM;
	}
	last->id = ++records->count;
	last->time_ns = header->time_ns;
	last->bytes = record->size;
	memcpy(last->record, record->bytes, record->size);
	return 0;
}

struct last_record *repeat_open(struct last_records *records, const struct ks_repeat *repeat,
				struct record_view *view)
{
	struct last_record *last = repeat_find(records, repeat_index(&repeat->header));
	struct ks_signal *record;

	if (!last || repeat->header.slot >= KS_REPEAT_SLOTS)
		return NULL;
	record = last->record;
	record->header.lost = repeat->header.lost;
	record->header.time_ns = repeat->header.time_ns;
	record->call.id = repeat->call_id;
	record->call.entry_ns = repeat->entry_ns;
	record->call.coarse_ns = repeat->coarse_ns;
	return record_view_open(view, last->record, last->bytes) ? NULL : last;
}

void repeat_clear(struct last_records *records)
{
	for (size_t i = 0; i < records->n; i++)
		free(records->items[i]);
	free(records->items);
	*records = (struct last_records){ 0 };
}
