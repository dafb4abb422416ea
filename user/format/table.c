// SPDX-License-Identifier: GPL-2.0-only
/* One line an event, in columns. */
#include "format/text.h"

#include <string.h>

#include "lib/signame.h"

/*
 * What a line may take, and what its end needs where there is no room for values any more: columns
 * may be asked for repeatedly.
 */
enum { LINE_BYTES = 48000, REST_BYTES = COLUMNS_MAX * 40 };
#define NO_ROOM "..."

static const struct field *last_field(const struct column *column)
{
	return column->path[column->depth - 1];
}

static void pad(struct strbuf *out, size_t start, int width)
{
	strbuf_addc(out, ' ');
	while (out->len < start + width + 1 && !out->err)
		strbuf_addc(out, ' ');
}

static int table_begin(struct format_context *context)
{
	for (int i = 0; i < context->n_columns; i++) {
		size_t start = context->out->len;

		strbuf_adds(context->out, context->columns[i].header);
		if (i < context->n_columns - 1)
			pad(context->out, start, last_field(&context->columns[i])->width);
	}
	strbuf_addc(context->out, '\n');
	return context->out->err;
}

static const char *color_of(const struct event *event)
{
	switch (event->type) {
	case EVENT_SIGNAL:
		if (event->signal.result == RESULT_DELIVERED)
			return signame_is_lethal(event->signal.number) ? "\33[31m" : "";
		return event->signal.result == RESULT_PENDING ||
			       event->signal.result == RESULT_RESUMED
			   ? ""
			   : "\33[33m";
	default: return "\33[1m";
	}
}

/* A value that makes the line too long, which began at `line`, is left out. */
static void add_column(struct format_context *context, const struct column *column,
		       const struct event *event, size_t line)
{
	size_t start = context->out->len;
	struct value value = { 0 };

	fields_get(&context->fields, column, event, &value);
	format_value(context, &value);
	if (context->out->len - line <= LINE_BYTES - REST_BYTES)
		return;
	strbuf_cut(context->out, start);
	strbuf_adds(context->out, NO_ROOM);
}

static void add_signal(struct format_context *context, const struct event *event)
{
	size_t line = context->out->len;

	for (int i = 0; i < context->n_columns; i++) {
		const struct column *column = &context->columns[i];
		size_t start = context->out->len;

		add_column(context, column, event, line);
		if (i < context->n_columns - 1)
			pad(context->out, start, last_field(column)->width);
	}
	format_undecided(context, event);
}

static void add_sentence(struct format_context *context, const struct event *event)
{
	char time[CLOCK_TIME_MAX];

	strbuf_adds(context->out, clock_format_time(event->real_ns, context->fields.utc, time));
	strbuf_addc(context->out, ' ');
	(event->type == EVENT_EXIT ? format_exit : format_lost)(context, event);
}

static void table_events(struct format_context *context, struct event *const *events, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *color = context->color ? color_of(events[i]) : "";

		strbuf_adds(context->out, color);
		(events[i]->type == EVENT_SIGNAL ? add_signal : add_sentence)(context, events[i]);
		strbuf_adds(context->out, *color ? "\33[m\n" : "\n");
	}
}

const struct format format_table = { "-o", table_begin, table_events };
