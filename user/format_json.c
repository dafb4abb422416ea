// SPDX-License-Identifier: GPL-2.0-only
/* One JSON object a line: the field table as it is. */
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "escape.h"
#include "format.h"

static struct json_object *object_of(struct format_context *context, const struct field_set *set,
				     const void *object);

static struct json_object *text_of(const char *text, size_t bytes)
{
	static struct strbuf utf8;

	strbuf_reset(&utf8);
	escape_json_text(&utf8, text, bytes);
	return json_object_new_string_len(strbuf_str(&utf8), utf8.len);
}

static struct json_object *argv_of(const char *argv, size_t bytes)
{
	struct json_object *array = json_object_new_array();
	const char *end = argv + bytes;

	while (argv < end) {
		size_t length = strnlen(argv, end - argv);

		json_object_array_add(array, text_of(argv, length));
		argv += length + 1;
	}
	return array;
}

static struct json_object *item_of(struct format_context *context, const struct value *value,
				   size_t i)
{
	switch (value->kind) {
	case VALUE_NUMBERS: return json_object_new_int64(value->numbers[i]);
	case VALUE_NAMES: return json_object_new_string(value->names[i]);
	default: return object_of(context, value->set, &value->ancestors[i]);
	}
}

static struct json_object *array_of(struct format_context *context, const struct value *value)
{
	struct json_object *array = json_object_new_array_ext(value->n ? value->n : 1);

	for (size_t i = 0; i < value->n; i++)
		json_object_array_add(array, item_of(context, value, i));
	return array;
}

static struct json_object *json_of(struct format_context *context, const struct value *value)
{
	char time[CLOCK_RFC3339_MAX];

	switch (value->kind) {
	case VALUE_NULL: return NULL;
	case VALUE_NUMBER: return json_object_new_int64(value->number);
	case VALUE_BOOL: return json_object_new_boolean(value->number);
	case VALUE_TEXT: return text_of(value->text, value->bytes);
	case VALUE_ARGV: return argv_of(value->text, value->bytes);
	case VALUE_TIME:
	case VALUE_DATE:
		return json_object_new_string(
		    clock_format_rfc3339(value->time_ns, context->fields.utc, time));
	case VALUE_OBJECT: return object_of(context, value->set, value->object);
	case VALUE_NUMBERS:
	case VALUE_NAMES:
	case VALUE_OBJECTS: return array_of(context, value);
	}
	return NULL;
}

static struct json_object *tree_of(struct format_context *context, const struct field_set *set,
				   const void *object)
{
	struct json_object *json = json_object_new_object();

	for (size_t i = 0; i < set->n; i++) {
		const struct field *field = &set->fields[i];
		struct value value = { 0 };

		if (field->column_only)
			continue;
		field->get(&context->fields, object, &value);
		json_object_object_add_ex(json, field->name, json_of(context, &value),
					  JSON_C_OBJECT_ADD_KEY_IS_NEW |
					      JSON_C_OBJECT_KEY_IS_CONSTANT);
	}
	return json;
}

static const char *text_of_tree(struct json_object *json, size_t *ret_bytes)
{
	return json_object_to_json_string_length(
	    json, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, ret_bytes);
}

/*
 * The text of parties seen lately. In a storm the same ones come again and again, and they are
 * nearly all there is to an event.
 */
struct cached {
	const struct field_set *set;
	struct party party;
	uint64_t changes; /* of the process table: it holds the ancestors */
	char *text;
};

enum { CACHE_SLOTS = 64 };
static struct cached cache[CACHE_SLOTS];

static struct cached *find_cached(struct format_context *context, const struct field_set *set,
				  const struct party *party)
{
	uint64_t changes = context->fields.processes->changes;
	struct cached *cached = &cache[((size_t)party->ids.tid * 2 + set->n % 2) % CACHE_SLOTS];
	struct json_object *json;
	size_t bytes;

	if (cached->text && cached->set == set && cached->changes == changes &&
	    party_equal(&cached->party, party))
		return cached;
	json = tree_of(context, set, party);
	free(cached->text);
	party_clear(&cached->party);
	cached->text = strdup(text_of_tree(json, &bytes));
	cached->set = set;
	cached->changes = changes;
	party_copy(&cached->party, party);
	json_object_put(json);
	return cached;
}

static void json_end(struct format_context *context)
{
	(void)context;
	for (int i = 0; i < CACHE_SLOTS; i++) {
		free(cache[i].text);
		party_clear(&cache[i].party);
	}
	memset(cache, 0, sizeof(cache));
}

static struct json_object *object_of(struct format_context *context, const struct field_set *set,
				     const void *object)
{
	struct json_object *json;

	if (!set->is_party)
		return tree_of(context, set, object);
	json = json_object_new_object();
	json_object_set_serializer(json, json_object_userdata_to_json_string,
				   strdup(find_cached(context, set, object)->text),
				   json_object_free_userdata);
	return json;
}

/*
 * DEL and C1 are legal in JSON and nasty on terminals: U+0080..U+009F is C2 80..9F in UTF-8. The
 * text is valid UTF-8 and ends with '}', so something follows a C2.
 */
static size_t control_at(const char *text, size_t bytes)
{
	const char *end = text + bytes;
	const char *del = memchr(text, 0x7f, bytes);
	const char *c1 = memchr(text, 0xc2, (del ? del : end) - text);

	while (c1 && (unsigned char)c1[1] >= 0xa0)
		c1 = memchr(c1 + 1, 0xc2, (del ? del : end) - c1 - 1);
	return (c1 ? c1 : del ? del : end) - text;
}

static void add_plain(struct strbuf *out, const char *text, size_t bytes)
{
	for (size_t n; (n = control_at(text, bytes)) < bytes; text += n, bytes -= n) {
		strbuf_add(out, text, n);
		text += n;
		bytes -= n;
		n = *text == 0x7f ? 1 : 2;
		strbuf_addf(out, "\\u%04x", (unsigned char)text[n - 1]);
	}
	strbuf_add(out, text, bytes);
}

static void json_events(struct format_context *context, struct event *const *events, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct json_object *json =
		    object_of(context, field_sets[events[i]->type], events[i]);
		size_t bytes;
		const char *text = json_object_to_json_string_length(
		    json, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &bytes);

		add_plain(context->out, text, bytes);
		strbuf_addc(context->out, '\n');
		json_object_put(json);
	}
}

const struct format format_json = { "--json", NULL, json_events, json_end };
