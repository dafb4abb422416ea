// SPDX-License-Identifier: GPL-2.0-only
#include "format/fields.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "format/fields_internal.h"
#include "lib/array.h"

const struct field_set *const field_sets[] = {
	[EVENT_SIGNAL] = &signal_set,
	[EVENT_EXIT] = &exit_set,
	[EVENT_LOST] = &lost_set,
};

/* ---- columns ---- */

const struct field *fields_find(const struct field_set *set, const char *name, size_t bytes)
{
	for (size_t i = 0; set && i < set->n; i++)
		if (strlen(set->fields[i].name) == bytes &&
		    !memcmp(set->fields[i].name, name, bytes))
			return &set->fields[i];
	return NULL;
}

static int fields_parse_column(const char *name, size_t bytes, struct column *column)
{
	const struct field_set *set = &signal_set;
	const char *end = name + bytes;
	size_t n = 0;

	memset(column, 0, sizeof(*column));
	while (column->depth < ARRAY_SIZE(column->path)) {
		const char *dot = memchr(name, '.', end - name);
		const char *stop = dot ? dot : end;
		const struct field *field = fields_find(set, name, stop - name);

		if (!field)
			return -EINVAL;
		column->path[column->depth++] = field;
		if (n && field->header)
			n = snprintf(column->header, sizeof(column->header), "%.1s.%s",
				     column->path[0]->header ? column->path[0]->header : "",
				     field->header);
		else
			n = snprintf(column->header, sizeof(column->header), "%s",
				     field->header ? field->header : field->name);
		if (!dot)
			return field->header ? 0 : -EINVAL;
		name = dot + 1;
		set = field->set;
	}
	return -EINVAL;
}

int fields_parse_columns(const char *list, struct column columns[COLUMNS_MAX], const char **ret_bad,
			 size_t *ret_bad_bytes)
{
	int n = 0;

	for (;;) {
		size_t bytes = strcspn(list, ",");

		*ret_bad = list;
		*ret_bad_bytes = bytes;
		if (n == COLUMNS_MAX || fields_parse_column(list, bytes, &columns[n]))
			return -EINVAL;
		n++;
		if (!list[bytes])
			return n;
		list += bytes + 1;
	}
}

void fields_get(const struct field_context *context, const struct column *column,
		const struct event *event, struct value *ret)
{
	const void *object = event;

	for (size_t i = 0; i < column->depth; i++) {
		field_get(column->path[i], context, object, ret);
		if (ret->kind == VALUE_NULL)
			return;
		object = ret->object;
	}
}

void fields_list(void (*print)(const char *name, const char *help))
{
	for (size_t i = 0; i < signal_set.n; i++) {
		const struct field *field = &signal_set.fields[i];

		if (field->header)
			print(field->name, field->help);
		for (size_t j = 0; field->set && j < field->set->n; j++) {
			char name[64];

			if (!field->set->fields[j].header)
				continue;
			snprintf(name, sizeof(name), "%s.%s", field->name,
				 field->set->fields[j].name);
			print(name, field->set->fields[j].help);
		}
	}
}
