// SPDX-License-Identifier: GPL-2.0-only
/* One line an event, in columns. On a terminal, they are cut so that the line fits. */
#include <stdint.h>
#include <string.h>

#include "format/fit.h"
#include "format/text.h"
#include "lib/signame.h"

/*
 * What a line may take, and what its end needs where there is no room for values any more: columns
 * may be asked for repeatedly.
 */
enum { LINE_BYTES = 48000, REST_BYTES = COLUMNS_MAX * 40 };
#define NO_ROOM "..."
#define CUT "…"

enum { HEADER_ROWS_MIN = 5 }; /* of a terminal that has room to repeat it */

static const struct field *last_field(const struct column *column)
{
	return column->path[column->depth - 1];
}

static bool is_fitted(const struct format_context *context)
{
	return context->terminal.columns > 0;
}

/* The bytes since `start` are a cell of the table. In a file, a long one moves its neighbours. */
static void pad(struct strbuf *out, size_t start, int width)
{
	strbuf_addc(out, ' ');
	while (out->len < start + width + 1 && !out->err)
		strbuf_addc(out, ' ');
}

/* A time loses its last digits, which are whole ones: "15:18:46.123", "15:18:46". */
static size_t time_digits(size_t width)
{
	return width >= CLOCK_TIME_MAX - 1 ? CLOCK_TIME_MAX - 1 : width >= 12 ? 12 : 8;
}

/* On a terminal, it is cut to its width instead. `is_last`: nothing stands behind it. */
static void fit(struct format_context *context, size_t start, int column, bool is_time,
		bool is_last)
{
	struct strbuf *out = context->out;
	size_t width = context->widths[column], cells;
	const char *text = strbuf_str(out) + start;
	size_t bytes = out->len - start, head = fit_head(text, bytes, width, &cells);

	if (head < bytes && is_time) {
		cells = time_digits(width);
		strbuf_cut(out, start + cells);
	} else if (head < bytes) {
		strbuf_cut(out, start + fit_head(text, bytes, width - 1, &cells));
		strbuf_adds(out, CUT);
		cells++;
	}
	for (; !is_last && cells < width + 1 && !out->err; cells++)
		strbuf_addc(out, ' ');
}

static void end_cell(struct format_context *context, size_t start, int column, bool is_time)
{
	bool is_last = column == context->n_columns - 1;

	if (is_fitted(context))
		fit(context, start, column, is_time, is_last);
	else if (!is_last)
		pad(context->out, start, last_field(&context->columns[column])->width);
}

/* ---- the header ---- */

static void add_header(struct format_context *context)
{
	for (int i = 0; i < context->n_columns; i++) {
		size_t start = context->out->len;

		strbuf_adds(context->out, context->columns[i].header);
		end_cell(context, start, i, false);
	}
	strbuf_addc(context->out, '\n');
	context->lines = 1;
}

static void table_resize(struct format_context *context)
{
	if (!is_fitted(context))
		return;
	fit_columns(context->columns, context->n_columns, context->terminal.columns,
		    context->widths);
	add_header(context);
}

static int table_begin(struct format_context *context)
{
	if (is_fitted(context))
		table_resize(context);
	else
		add_header(context);
	return context->out->err;
}

/* The line that has begun at `start` takes some of the terminal; after a screenful, the header. */
static void count_lines(struct format_context *context, size_t start)
{
	const char *line = strbuf_str(context->out) + start;
	size_t cells;

	if (!is_fitted(context) || context->terminal.rows < HEADER_ROWS_MIN)
		return;
	fit_head(line, context->out->len - start, SIZE_MAX, &cells);
	context->lines += cells ? (cells - 1) / context->terminal.columns + 1 : 1;
}

static bool is_header_due(const struct format_context *context)
{
	return is_fitted(context) && context->terminal.rows >= HEADER_ROWS_MIN &&
	       context->lines >= context->terminal.rows - 1;
}

/* ---- events ---- */

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
static void add_column(struct format_context *context, int column, const struct event *event,
		       size_t line)
{
	size_t start = context->out->len;
	struct value value = { 0 };

	fields_get(&context->fields, &context->columns[column], event, &value);
	format_value(context, &value);
	if (context->out->len - line > LINE_BYTES - REST_BYTES) {
		strbuf_cut(context->out, start);
		strbuf_adds(context->out, NO_ROOM);
	}
	end_cell(context, start, column, value.kind == VALUE_TIME);
}

static void add_signal(struct format_context *context, const struct event *event)
{
	size_t line = context->out->len;

	for (int i = 0; i < context->n_columns; i++)
		add_column(context, i, event, line);
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
		size_t line;

		if (is_header_due(context))
			add_header(context);
		strbuf_adds(context->out, color);
		line = context->out->len;
		(events[i]->type == EVENT_SIGNAL ? add_signal : add_sentence)(context, events[i]);
		count_lines(context, line);
		strbuf_adds(context->out, *color ? "\33[m\n" : "\n");
	}
}

const struct format format_table = {
	.option = "-o",
	.begin = table_begin,
	.resize = table_resize,
	.events = table_events,
};
