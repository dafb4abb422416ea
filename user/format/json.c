// SPDX-License-Identifier: GPL-2.0-only
/* One JSON object a line: the field table, written as it is. */
#include <string.h>

#include "event/env.h"
#include "lib/escape.h"
#include "format/format.h"

static void json_add_object(struct formatter *formatter, const struct field_set *set,
			    const void *object);

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

static void json_add_env(struct strbuf *out, const char *text, size_t bytes)
{
	const char *at = text, *end = text + bytes;
	struct env_variable variable;

	while (env_next(&at, end, &variable)) {
		strbuf_addc(out, variable.name == text ? '{' : ',');
		json_add_string(out, variable.name, variable.name_bytes);
		strbuf_addc(out, ':');
		if (!env_has_value(&variable)) {
			strbuf_adds(out, "null");
			continue;
		}
		json_add_text(out, &(struct value){ .text = variable.value,
						    .bytes = variable.value_bytes,
						    .cut_end = variable.sign == KS_ENV_CUT });
	}
	strbuf_addc(out, '}');
}

static void json_add_ancestor(struct formatter *formatter, const struct field_set *set,
			      const struct ancestor *ancestor)
{
	struct strbuf *out = formatter->out;
	size_t start = out->len;

	if (ancestor_cache_add(formatter->ancestors, ancestor, out))
		return;
	json_add_object(formatter, set, ancestor);
	ancestor_cache_keep(formatter->ancestors, ancestor, out, start);
}

static void json_add_item(struct formatter *formatter, const struct value *value, size_t i)
{
	struct strbuf *out = formatter->out;

	switch (value->kind) {
	case VALUE_NUMBERS: strbuf_add_signed(out, value->numbers[i]); break;
	case VALUE_NAMES: json_add_string(out, value->names[i], strlen(value->names[i])); break;
	case VALUE_STEPS: json_add_object(formatter, value->set, &value->steps[i]); break;
	default: json_add_ancestor(formatter, value->set, &value->ancestors[i]);
	}
}

static void json_add_array(struct formatter *formatter, const struct value *value)
{
	struct strbuf *out = formatter->out;

	strbuf_addc(out, '[');
	for (size_t i = 0; i < value->n; i++) {
		if (i)
			strbuf_addc(out, ',');
		json_add_item(formatter, value, i);
	}
	strbuf_addc(out, ']');
}

static void json_add_time(struct formatter *formatter, uint64_t time_ns)
{
	struct strbuf *out = formatter->out;
	char text[CLOCK_RFC3339_MAX];

	strbuf_addc(out, '"');
	strbuf_adds(out, clock_format_rfc3339(time_ns, formatter->config->utc, text));
	strbuf_addc(out, '"');
}

static void json_add_value(struct formatter *formatter, const struct value *value)
{
	struct strbuf *out = formatter->out;

	switch (value->kind) {
	case VALUE_NULL: strbuf_adds(out, "null"); return;
	case VALUE_NUMBER: strbuf_add_signed(out, value->number); return;
	case VALUE_BOOL: strbuf_adds(out, value->number ? "true" : "false"); return;
	case VALUE_TEXT: json_add_text(out, value); return;
	case VALUE_ARGV:
	case VALUE_STACK: json_add_argv(out, value->text, value->bytes); return;
	case VALUE_ENV: json_add_env(out, value->text, value->bytes); return;
	case VALUE_TIME:
	case VALUE_DATE: json_add_time(formatter, value->time_ns); return;
	case VALUE_OBJECT: json_add_object(formatter, value->set, value->object); return;
	case VALUE_NUMBERS:
	case VALUE_NAMES:
	case VALUE_STEPS:
	case VALUE_OBJECTS: json_add_array(formatter, value); return;
	case VALUE_WORDS:
	case VALUE_CAUSE: return; /* in parts: origin, limit */
	}
}

static void json_add_fields(struct formatter *formatter, const struct field_set *set,
			    const void *object)
{
	struct strbuf *out = formatter->out;
	size_t behind_brace = 1;

	strbuf_addc(out, '{');
	for (size_t i = 0; i < set->n; i++) {
		const struct field *field = &set->fields[i];
		struct value value;

		if (field->column_only)
			continue;
		strbuf_add(out, field->key.text + behind_brace, field->key.bytes - behind_brace);
		field_get(field, &formatter->fields, object, &value);
		json_add_value(formatter, &value);
		behind_brace = 0;
	}
	strbuf_addc(out, '}');
}

static void json_add_object(struct formatter *formatter, const struct field_set *set,
			    const void *object)
{
	const struct task_part part = { set, set->n };
	struct strbuf *out = formatter->out;
	size_t start = out->len;

	if (set->is_task && task_cache_add(formatter->tasks, part, object, out))
		return;
	json_add_fields(formatter, set, object);
	if (set->is_task)
		task_cache_keep(formatter->tasks, part, object, out, start);
}

static void json_events(struct formatter *formatter, struct event *const *events, size_t n)
{
	for (size_t i = 0; i < n && events[i]->type != EVENT_BLAST; i++) {
		json_add_object(formatter, field_sets[events[i]->type], events[i]);
		strbuf_addc(formatter->out, '\n');
	}
}

const struct format format_json = {
	.events = json_events,
};
