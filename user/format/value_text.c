// SPDX-License-Identifier: GPL-2.0-only
#include "format/value_text.h"

#include <inttypes.h>
#include <string.h>

#include "event/env.h"
#include "lib/escape.h"
#include "format/fields_internal.h"
#include "format/loss_text.h"

static void format_doing(struct formatter *formatter, const struct field_set *set,
			 const void *object)
{
	struct value value;

	if (!set->doing)
		return;
	field_get(set->doing, &formatter->fields, object, &value);
	if (value.kind == VALUE_NULL)
		return;
	strbuf_adds(formatter->out, " in ");
	format_value(formatter, &value);
}

static void format_short(struct formatter *formatter, const struct field_set *set,
			 const void *object)
{
	if (!set->title)
		return;
	if (set->before)
		strbuf_adds(formatter->out, set->before);
	format_field(formatter, set->title, object);
	if (set->detail) {
		strbuf_addc(formatter->out, '[');
		format_field(formatter, set->detail, object);
		strbuf_addc(formatter->out, ']');
	}
	format_doing(formatter, set, object);
}

static void format_time(struct formatter *formatter, uint64_t real_ns)
{
	char text[CLOCK_TIME_MAX];

	strbuf_adds(formatter->out, clock_format_time(real_ns, formatter->config->utc, text));
}

static void format_date(struct formatter *formatter, uint64_t real_ns)
{
	char text[CLOCK_RFC3339_MAX];

	strbuf_adds(formatter->out, clock_format_rfc3339(real_ns, formatter->config->utc, text));
}

/* This is the only text of ancestors that a format for people has on one line. */
static void format_ancestor(struct formatter *formatter, const struct field_set *set,
			    const struct ancestor *ancestor)
{
	size_t start = formatter->out->len;

	if (ancestor_cache_add(formatter->ancestors, ancestor, formatter->out))
		return;
	format_short(formatter, set, ancestor);
	ancestor_cache_keep(formatter->ancestors, ancestor, formatter->out, start);
}

static void format_items(struct formatter *formatter, const struct value *value)
{
	static const char *const separators[] = {
		[VALUE_NUMBERS] = ", ",
		[VALUE_NAMES] = ",",
		[VALUE_OBJECTS] = " < ",
	};

	for (size_t i = 0; i < value->n; i++) {
		if (i)
			strbuf_adds(formatter->out, separators[value->kind]);
		switch (value->kind) {
		case VALUE_NUMBERS: strbuf_add_signed(formatter->out, value->numbers[i]); break;
		case VALUE_NAMES: strbuf_adds(formatter->out, value->names[i]); break;
		default: format_ancestor(formatter, value->set, &value->ancestors[i]);
		}
	}
	if (!value->n)
		strbuf_addc(formatter->out, '-');
}

/* Dots stand for what is known and not shown; they are outside of the quotes. */
static void format_text(struct formatter *formatter, const struct value *value)
{
	if (value->cut_start)
		strbuf_adds(formatter->out, "...");
	escape_word(formatter->out, value->text, value->bytes);
	if (value->cut_end)
		strbuf_adds(formatter->out, "...");
}

/* No argument at all is shown as an empty one, so that there is something to see. */
static void format_argv(struct formatter *formatter, const char *argv, size_t bytes)
{
	if (bytes)
		escape_argv(formatter->out, argv, bytes);
	else
		escape_word(formatter->out, argv, 0);
}

/* Where "-" would seem to say that there is none; in quotes, it is a text. */
#define UNKNOWN "(unknown)"

static void format_stack(struct formatter *formatter, const char *names, size_t bytes)
{
	for (size_t at = 0, n; at < bytes; at += n + 1) {
		n = strnlen(names + at, bytes - at);
		if (at)
			strbuf_adds(formatter->out, " < ");
		escape_word(formatter->out, names + at, n);
	}
}

/* Those that are set, as a shell sets them, and those that may be. */
static void format_env(struct formatter *formatter, const struct value *value)
{
	const char *at = value->text, *end = at + value->bytes;
	struct env_variable variable;
	bool is_first = true;

	while (env_next(&at, end, &variable)) {
		if (!variable.sign)
			continue;
		strbuf_adds(formatter->out, is_first ? "" : " ");
		strbuf_add(formatter->out, variable.name, variable.name_bytes);
		strbuf_addc(formatter->out, '=');
		if (variable.sign == KS_ENV_UNKNOWN)
			strbuf_adds(formatter->out, UNKNOWN);
		else
			escape_word(formatter->out, variable.value, variable.value_bytes);
		strbuf_adds(formatter->out, variable.sign == KS_ENV_CUT ? "..." : "");
		is_first = false;
	}
	if (is_first)
		strbuf_addc(formatter->out, '-');
}

void format_value(struct formatter *formatter, const struct value *value)
{
	switch (value->kind) {
	case VALUE_NULL: strbuf_adds(formatter->out, value->is_unknown ? UNKNOWN : "-"); return;
	case VALUE_NUMBER: strbuf_add_signed(formatter->out, value->number); return;
	case VALUE_BOOL: strbuf_adds(formatter->out, value->number ? "yes" : "no"); return;
	case VALUE_TEXT: format_text(formatter, value); return;
	case VALUE_WORDS: strbuf_add(formatter->out, value->text, value->bytes); return;
	case VALUE_CAUSE: format_signal_cause(formatter, value->object); return;
	case VALUE_ARGV: format_argv(formatter, value->text, value->bytes); return;
	case VALUE_ENV: format_env(formatter, value); return;
	case VALUE_STACK: format_stack(formatter, value->text, value->bytes); return;
	case VALUE_DATE: format_date(formatter, value->time_ns); return;
	case VALUE_TIME: format_time(formatter, value->time_ns); return;
	case VALUE_OBJECT: format_short(formatter, value->set, value->object); return;
	case VALUE_NUMBERS:
	case VALUE_NAMES:
	case VALUE_OBJECTS: format_items(formatter, value); return;
	case VALUE_STEPS: return; /* no column has them: see format_exit() */
	}
}

void format_field(struct formatter *formatter, const struct field *field, const void *object)
{
	struct value value;

	field_get(field, &formatter->fields, object, &value);
	format_value(formatter, &value);
}

void format_undecided(struct formatter *formatter, const struct event *event)
{
	const struct field_set *set = event->type == EVENT_EXIT ? &exit_set : &signal_set;

	if (!event_undecided(event))
		return;
	strbuf_adds(formatter->out, " (unknown: ");
	format_field(formatter, fields_find(set, "undecided", sizeof("undecided") - 1), event);
	strbuf_addc(formatter->out, ')');
}

/* Backwards, digits in groups of three. */
const char *format_count(const struct event *event, char text[FORMAT_COUNT_MAX])
{
	char *at = &text[FORMAT_COUNT_MAX - 1];
	uint64_t rest = event->signal.count;

	*at = '\0';
	if (rest <= 1)
		return at;
	for (int digits = 0; rest; digits++, rest /= 10) {
		if (digits && digits % 3 == 0)
			*--at = ',';
		*--at = '0' + rest % 10;
	}
	*--at = 'x';
	*--at = ' ';
	return at;
}

void format_unshown(struct formatter *formatter, const struct event *event)
{
	if (event->type == EVENT_SIGNAL && event->signal.call.unshown)
		strbuf_addf(formatter->out, " (%" PRIu32 " more target%s got no signal)",
			    event->signal.call.unshown, event->signal.call.unshown == 1 ? "" : "s");
}

void format_lost(struct formatter *formatter, const struct event *event)
{
	loss_text_add(formatter->out, &event->lost, " here", formatter->config->utc);
}
