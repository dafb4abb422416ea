// SPDX-License-Identifier: GPL-2.0-only
/* One line an event, in columns. On a terminal, they are cut so that the line fits. */
#include <stdint.h>
#include <string.h>

#include "format/fit.h"
#include "format/value_text.h"
#include "lib/signame.h"

/*
 * What a line may take, and what its end needs where there is no room for values any more: columns
 * may be asked for repeatedly.
 */
enum { LINE_BYTES = 48000, REST_BYTES = COLUMNS_MAX * 40 };
#define NO_ROOM "..."
#define CUT "…"
#define SAME "as above"

enum { HEADER_ROWS_MIN = 5 }; /* of a terminal that has room to repeat it */

struct table {
	struct column columns[COLUMNS_MAX];
	int n;
	int widths[COLUMNS_MAX];	  /* as they fit the terminal */
	bool has_count;			  /* a column of it */
	size_t kept_free;		  /* of the last column, for what stands behind it */
	int lines;			  /* of the terminal since the header */
	uint64_t blast;			  /* of the row right above; 0: of none */
	struct strbuf above[COLUMNS_MAX]; /* the ancestors of its sender, by column */
};

static const struct field *table_last_field(const struct column *column)
{
	return column->path[column->depth - 1];
}

static bool table_is_fitted(const struct formatter *formatter)
{
	return formatter->terminal.columns > 0;
}

/* The bytes since `start` are a cell of the table. In a file, a long one moves its neighbours. */
static void table_pad(struct strbuf *out, size_t start, size_t width)
{
	size_t bytes = out->len - start;

	strbuf_fill(out, ' ', bytes < width ? width + 1 - bytes : 1);
}

/* A time loses its last digits, which are whole ones: "15:18:46.123", "15:18:46". */
static size_t table_time_digits(size_t width)
{
	return width >= CLOCK_TIME_MAX - 1 ? CLOCK_TIME_MAX - 1 : width >= 12 ? 12 : 8;
}

/* On a terminal, it is cut to its width instead. `is_last`: nothing stands behind it. */
static void table_fit(struct formatter *formatter, size_t start, int column, bool is_time,
		      bool is_last)
{
	const struct table *table = formatter->state;
	struct strbuf *out = formatter->out;
	size_t width = table->widths[column], cells;
	const char *text = strbuf_str(out) + start;
	size_t bytes = out->len - start, head;

	if (is_last && table->kept_free < width)
		width -= table->kept_free;
	head = fit_head(text, bytes, width, &cells);
	if (head < bytes && is_time) {
		cells = table_time_digits(width);
		strbuf_cut(out, start + cells);
	} else if (head < bytes) {
		strbuf_cut(out, start + fit_head(text, bytes, width - 1, &cells));
		strbuf_adds(out, CUT);
		cells++;
	}
	if (!is_last && cells <= width)
		strbuf_fill(out, ' ', width + 1 - cells);
}

static void table_end_cell(struct formatter *formatter, size_t start, int column, bool is_time)
{
	const struct table *table = formatter->state;
	bool is_last = column == table->n - 1;

	if (table_is_fitted(formatter))
		table_fit(formatter, start, column, is_time, is_last);
	else if (!is_last)
		table_pad(formatter->out, start, table_last_field(&table->columns[column])->width);
}

/* ---- the header ---- */

static void table_add_header(struct formatter *formatter)
{
	struct table *table = formatter->state;

	for (int i = 0; i < table->n; i++) {
		size_t start = formatter->out->len;

		strbuf_adds(formatter->out, table->columns[i].header);
		table_end_cell(formatter, start, i, false);
	}
	strbuf_addc(formatter->out, '\n');
	table->lines = 1;
	table->blast = 0;
}

static void table_resize(struct formatter *formatter)
{
	struct table *table = formatter->state;

	if (!table_is_fitted(formatter))
		return;
	fit_columns(table->columns, table->n, formatter->terminal.columns, table->widths);
	table_add_header(formatter);
}

static bool table_has(const struct table *table, const char *name)
{
	for (int i = 0; i < table->n; i++)
		if (!strcmp(table_last_field(&table->columns[i])->name, name))
			return true;
	return false;
}

static int table_open(struct formatter *formatter)
{
	struct table *table = formatter->state;
	const char *bad;
	size_t bad_bytes;

	table->n =
	    fields_parse_columns(formatter->config->columns, table->columns, &bad, &bad_bytes);
	if (table->n < 0)
		return table->n;
	table->has_count = table_has(table, "count");
	if (table_is_fitted(formatter))
		table_resize(formatter);
	else
		table_add_header(formatter);
	return formatter->out->err;
}

/* The line that has begun at `start` takes some of the terminal; after a screenful, the header. */
static void table_count_lines(struct formatter *formatter, size_t start)
{
	struct table *table = formatter->state;
	const char *line = strbuf_str(formatter->out) + start;
	size_t cells;

	if (!table_is_fitted(formatter) || formatter->terminal.rows < HEADER_ROWS_MIN)
		return;
	fit_head(line, formatter->out->len - start, SIZE_MAX, &cells);
	table->lines += cells ? (cells - 1) / formatter->terminal.columns + 1 : 1;
}

static bool table_is_header_due(const struct formatter *formatter)
{
	const struct table *table = formatter->state;

	return table_is_fitted(formatter) && formatter->terminal.rows >= HEADER_ROWS_MIN &&
	       table->lines >= formatter->terminal.rows - 1;
}

/* ---- events ---- */

static const char *table_color_of(const struct event *event)
{
	switch (event->type) {
	case EVENT_SIGNAL:
		if (event->signal.result == RESULT_DELIVERED)
			return signame_is_fatal(event->signal.number) ? "\33[31m" : "";
		return event->signal.result == RESULT_PENDING ||
			       event->signal.result == RESULT_RESUMED
			   ? ""
			   : "\33[33m";
	default: return "\33[1m";
	}
}

/* Of a task, the text may be known from an event before. */
static void table_add_value(struct formatter *formatter, int column, const struct value *value)
{
	const struct task_part part = { value->set, column };
	size_t start = formatter->out->len;

	if (value->task && task_cache_add(formatter->tasks, part, value->task, formatter->out))
		return;
	format_value(formatter, value);
	if (value->task)
		task_cache_keep(formatter->tasks, part, value->task, formatter->out, start);
}

/* The bytes since `start` are ancestors: in one blast, they need not be read in each row. */
static void table_shorten(struct formatter *formatter, struct strbuf *above,
			  const struct event *event, size_t start)
{
	const struct table *table = formatter->state;
	const char *text = strbuf_str(formatter->out) + start;
	size_t bytes = formatter->out->len - start;

	if (table->blast && table->blast == event->signal.reach.blast && above->len == bytes &&
	    !memcmp(strbuf_str(above), text, bytes)) {
		strbuf_cut(formatter->out, start);
		strbuf_adds(formatter->out, SAME);
		return;
	}
	strbuf_reset(above);
	strbuf_add(above, text, bytes);
}

/* A value that makes the line too long, which began at `line`, is left out. */
static void table_add_column(struct formatter *formatter, int column, const struct event *event,
			     size_t line)
{
	struct table *table = formatter->state;
	size_t start = formatter->out->len;
	struct value value;

	fields_get(&formatter->fields, &table->columns[column], event, &value);
	table_add_value(formatter, column, &value);
	if (formatter->out->len - line > LINE_BYTES - REST_BYTES) {
		strbuf_cut(formatter->out, start);
		strbuf_adds(formatter->out, NO_ROOM);
		strbuf_reset(&table->above[column]);
	} else if (value.kind == VALUE_OBJECTS && value.n) {
		table_shorten(formatter, &table->above[column], event, start);
	} else if (table->above[column].len) {
		strbuf_reset(&table->above[column]);
	}
	table_end_cell(formatter, start, column, value.kind == VALUE_TIME);
}

static void table_add_signal(struct formatter *formatter, const struct event *event)
{
	struct table *table = formatter->state;
	char text[FORMAT_COUNT_MAX];
	const char *count = table->has_count ? "" : format_count(event, text);
	size_t line = formatter->out->len;

	table->kept_free = strlen(count);
	for (int i = 0; i < table->n; i++)
		table_add_column(formatter, i, event, line);
	table->kept_free = 0;
	strbuf_adds(formatter->out, count);
	format_undecided(formatter, event);
	format_reuse(formatter, event);
	table->blast = event->signal.reach.blast;
}

static void table_add_sentence(struct formatter *formatter, const struct event *event)
{
	struct table *table = formatter->state;
	char time[CLOCK_TIME_MAX];

	table->blast = 0;
	if (event->type == EVENT_BLAST) {
		format_blast(formatter, event);
		return;
	}
	strbuf_adds(formatter->out,
		    clock_format_time(event->real_ns, formatter->config->utc, time));
	strbuf_addc(formatter->out, ' ');
	(event->type == EVENT_EXIT ? format_exit : format_lost)(formatter, event);
}

static void table_events(struct formatter *formatter, struct event *const *events, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *color = formatter->config->color ? table_color_of(events[i]) : "";
		size_t line;

		if (table_is_header_due(formatter))
			table_add_header(formatter);
		strbuf_adds(formatter->out, color);
		line = formatter->out->len;
		(events[i]->type == EVENT_SIGNAL ? table_add_signal
						 : table_add_sentence)(formatter, events[i]);
		if (i == n - 1)
			format_unshown(formatter, events[i]);
		table_count_lines(formatter, line);
		strbuf_adds(formatter->out, *color ? "\33[m\n" : "\n");
	}
}

static void table_close(struct formatter *formatter)
{
	struct table *table = formatter->state;

	for (int i = 0; i < COLUMNS_MAX; i++)
		strbuf_free(&table->above[i]);
}

static void table_restart(struct formatter *formatter)
{
	struct table *table = formatter->state;

	table->blast = 0;
}

const struct format format_table = {
	.state_bytes = sizeof(struct table),
	.open = table_open,
	.resize = table_resize,
	.restart = table_restart,
	.events = table_events,
	.close = table_close,
};
