// SPDX-License-Identifier: GPL-2.0-only
/* In which fields the records of two events differ. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/text.h"
#include "lib/array.h"

/* A copy of a field; of a record as such, name is NULL. */
struct item {
	char *record, *name, *value;
	unsigned int nth;
};

struct items {
	struct item *items;
	size_t n, room;
	bool failed;
};

static void audit_text_add_item(void *context, const struct audit_field *field)
{
	struct items *to = context;
	struct item *items;

	if (!strcmp(field->name, "key")) /* the rule's */
		return;
	items = array_reserve(to->items, &to->room, to->n, sizeof(*items));
	if (!items) {
		to->failed = true;
		return;
	}
	to->items = items;
	to->items[to->n++] = (struct item){ strdup(field->record), strdup(field->name),
					    strdup(field->value), field->nth };
}

static void audit_text_clear_items(struct items *items)
{
	for (size_t i = 0; i < items->n; i++) {
		free(items->items[i].record);
		free(items->items[i].name);
		free(items->items[i].value);
	}
	free(items->items);
}

static int audit_text_compare_records(const struct item *a, const struct item *b)
{
	int order = strcmp(a->record, b->record);

	return order ? order : (a->nth > b->nth) - (a->nth < b->nth);
}

static int audit_text_compare_items(const void *one, const void *other)
{
	const struct item *a = one, *b = other;
	int order = audit_text_compare_records(a, b);

	return order ? order : strcmp(a->name, b->name);
}

struct names {
	char seen[64][48];
	size_t n;
	void (*handle)(void *context, const char *name);
	void *context;
};

static void audit_text_name_once(struct names *names, const char *record, const char *field)
{
	char name[48];

	snprintf(name, sizeof(name), "%s%s%s", record, field ? "." : "", field ? field : "");
	for (size_t i = 0; i < names->n; i++)
		if (!strcmp(names->seen[i], name))
			return;
	if (names->n < ARRAY_SIZE(names->seen))
		memcpy(names->seen[names->n++], name, sizeof(name));
	names->handle(names->context, name);
}

static bool audit_text_has_record(const struct items *in, const struct item *like)
{
	for (size_t i = 0; i < in->n; i++)
		if (!audit_text_compare_records(&in->items[i], like))
			return true;
	return false;
}

/* `item` has no partner of its name among `others`. */
static void audit_text_name_missing(struct names *names, const struct item *item,
				    const struct items *others)
{
	audit_text_name_once(names, item->record,
			     audit_text_has_record(others, item) ? item->name : NULL);
}

/* Both are in order. */
static void audit_text_name_differences(struct names *names, const struct items *a,
					const struct items *b)
{
	size_t i = 0, j = 0;

	while (i < a->n || j < b->n) {
		int order = i == a->n	? 1
			    : j == b->n ? -1
					: audit_text_compare_items(&a->items[i], &b->items[j]);

		if (order < 0)
			audit_text_name_missing(names, &a->items[i++], b);
		else if (order > 0)
			audit_text_name_missing(names, &b->items[j++], a);
		else if (strcmp(a->items[i++].value, b->items[j++].value))
			audit_text_name_once(names, a->items[i - 1].record, a->items[i - 1].name);
	}
}

static void audit_text_take_items(struct audit_text *parser, const struct strbuf *text,
				  struct items *to)
{
	if (audit_text_walk(parser, strbuf_str(text), text->len, audit_text_add_item, to))
		to->failed = true;
	if (to->n)
		qsort(to->items, to->n, sizeof(*to->items), audit_text_compare_items);
}

void audit_text_difference(struct audit_text *parser, const struct strbuf *a,
			   const struct strbuf *b, void (*handle)(void *context, const char *name),
			   void *context)
{
	struct names names = { .handle = handle, .context = context };
	struct items of_a = { 0 }, of_b = { 0 };

	audit_text_take_items(parser, a, &of_a);
	audit_text_take_items(parser, b, &of_b);
	if (!of_a.failed && !of_b.failed)
		audit_text_name_differences(&names, &of_a, &of_b);
	/* Such as another order of the same fields, which does not show in their values. */
	if (!names.n)
		handle(context, "order");
	audit_text_clear_items(&of_a);
	audit_text_clear_items(&of_b);
}
