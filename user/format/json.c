// SPDX-License-Identifier: GPL-2.0-only
/* One JSON object a line: the field table, written as it is. */
#include <string.h>

#include "lib/escape.h"
#include "format/format.h"

static void json_add_object(struct formatter *formatter, struct strbuf *out,
			    const struct field_set *set, const void *object);

static void json_add_string(struct strbuf *out, const char *text, size_t bytes)
{
	strbuf_addc(out, '"');
	escape_json(out, text, bytes);
	strbuf_addc(out, '"');
}

/* Dots stand for what is known and not shown. */
static void json_add_text(struct strbuf *out, const struct value *value)
{
	strbuf_addc(out, '"');
	if (value->cut_start)
		strbuf_adds(out, "...");
	escape_json(out, value->text, value->bytes);
	if (value->cut_end)
		strbuf_adds(out, "...");
	strbuf_addc(out, '"');
}

static void json_add_argv(struct strbuf *out, const char *argv, size_t bytes)
{
	strbuf_addc(out, '[');
	for (size_t at = 0, n; at < bytes; at += n + 1) {
		n = strnlen(argv + at, bytes - at);
		if (at)
			strbuf_addc(out, ',');
		json_add_string(out, argv + at, n);
	}
	strbuf_addc(out, ']');
}

static void json_add_ancestor(struct formatter *formatter, struct strbuf *out,
			      const struct field_set *set, const struct ancestor *ancestor)
{
	size_t start = out->len;

	if (ancestor_cache_add(formatter->ancestors, ancestor, out))
		return;
	json_add_object(formatter, out, set, ancestor);
	ancestor_cache_keep(formatter->ancestors, ancestor, out, start);
}

static void json_add_item(struct formatter *formatter, struct strbuf *out,
			  const struct value *value, size_t i)
{
	switch (value->kind) {
	case VALUE_NUMBERS: strbuf_add_signed(out, value->numbers[i]); break;
	case VALUE_NAMES: json_add_string(out, value->names[i], strlen(value->names[i])); break;
	default: json_add_ancestor(formatter, out, value->set, &value->ancestors[i]);
	}
}

static void json_add_array(struct formatter *formatter, struct strbuf *out,
			   const struct value *value)
{
	strbuf_addc(out, '[');
	for (size_t i = 0; i < value->n; i++) {
		if (i)
			strbuf_addc(out, ',');
		json_add_item(formatter, out, value, i);
	}
	strbuf_addc(out, ']');
}

static void json_add_time(struct formatter *formatter, struct strbuf *out, uint64_t time_ns)
{
	char text[CLOCK_RFC3339_MAX];

	strbuf_addc(out, '"');
	strbuf_adds(out, clock_format_rfc3339(time_ns, formatter->config->utc, text));
	strbuf_addc(out, '"');
}

static void json_add_value(struct formatter *formatter, struct strbuf *out,
			   const struct value *value)
{
	switch (value->kind) {
	case VALUE_NULL: strbuf_adds(out, "null"); return;
	case VALUE_NUMBER: strbuf_add_signed(out, value->number); return;
	case VALUE_BOOL: strbuf_adds(out, value->number ? "true" : "false"); return;
	case VALUE_TEXT:
	case VALUE_WORDS: json_add_text(out, value); return;
	case VALUE_ARGV: json_add_argv(out, value->text, value->bytes); return;
	case VALUE_TIME:
	case VALUE_DATE: json_add_time(formatter, out, value->time_ns); return;
	case VALUE_OBJECT: json_add_object(formatter, out, value->set, value->object); return;
	case VALUE_NUMBERS:
	case VALUE_NAMES:
	case VALUE_OBJECTS: json_add_array(formatter, out, value); return;
	}
}

static void json_add_fields(struct formatter *formatter, struct strbuf *out,
			    const struct field_set *set, const void *object)
{
	size_t behind_brace = 1;

	strbuf_addc(out, '{');
	for (size_t i = 0; i < set->n; i++) {
		const struct field *field = &set->fields[i];
		struct value value = { 0 };

		if (field->column_only)
			continue;
		strbuf_add(out, field->key.text + behind_brace, field->key.bytes - behind_brace);
		field->get(&formatter->fields, object, &value);
		json_add_value(formatter, out, &value);
		behind_brace = 0;
	}
	strbuf_addc(out, '}');
}

/*
 * The text of tasks seen lately. In a storm the same ones come again and again, and they are
 * nearly all there is to an event.
 */
struct cached {
	const struct field_set *set; /* NULL: nothing is kept here */
	struct task task;
	uint64_t changes; /* of the process table, when the ancestors were looked up */
	bool has_user;	  /* has a name */
	struct strbuf text;
};

enum { CACHE_SLOTS = 64 };

struct json {
	struct cached cache[CACHE_SLOTS];
};

static uint64_t json_changes_of(const struct task *task)
{
	return task->process && task->process->ancestors ? task->process->ancestors->changes : 0;
}

static void json_fill(struct formatter *formatter, struct cached *cached,
		      const struct field_set *set, const struct task *task)
{
	task_clear(&cached->task);
	strbuf_reset(&cached->text);
	json_add_fields(formatter, &cached->text, set, task);
	cached->changes = json_changes_of(task);
	cached->has_user = task->user;
	/* Without memory for all of it, it is not found again. */
	cached->set = task_copy(&cached->task, task) || cached->text.err ? NULL : set;
}

static struct strbuf *json_text_of(struct formatter *formatter, const struct field_set *set,
				   const struct task *task)
{
	struct json *json = formatter->state;
	struct cached *cached =
	    &json->cache[((size_t)task->ids.tid * 2 + set->n % 2) % CACHE_SLOTS];

	/* The name of the user may come later. */
	if (cached->set != set || cached->changes != json_changes_of(task) ||
	    cached->has_user != !!task->user || !task_equal(&cached->task, task))
		json_fill(formatter, cached, set, task);
	return &cached->text;
}

static void json_close(struct formatter *formatter)
{
	struct json *json = formatter->state;

	for (int i = 0; i < CACHE_SLOTS; i++) {
		strbuf_free(&json->cache[i].text);
		task_clear(&json->cache[i].task);
	}
}

static void json_add_object(struct formatter *formatter, struct strbuf *out,
			    const struct field_set *set, const void *object)
{
	struct strbuf *text;

	if (!set->is_task) {
		json_add_fields(formatter, out, set, object);
		return;
	}
	text = json_text_of(formatter, set, object);
	strbuf_add(out, text->data, text->len);
	if (text->err && !out->err)
		out->err = text->err;
}

static void json_events(struct formatter *formatter, struct event *const *events, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		json_add_object(formatter, formatter->out, field_sets[events[i]->type], events[i]);
		strbuf_addc(formatter->out, '\n');
	}
}

const struct format format_json = {
	.state_bytes = sizeof(struct json),
	.events = json_events,
	.close = json_close,
};
