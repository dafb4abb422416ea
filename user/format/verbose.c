// SPDX-License-Identifier: GPL-2.0-only
/* A block an event, with every field. */
#include "format/value_text.h"

#include <string.h>

#include "lib/array.h"

/* A line of the block: the first column without its name, the others with it. */
static const struct {
	const char *label;
	const char *columns;
} lines[] = {
	{ "call", "via,args,call.return,error,call.arch,scope,call.targets" },
	{ "target", "target,target.tid,target.ppid,target.user,target.uid,target.euid,target.tty,"
		    "target.ses,target.auid" },
	{ "", "target.cmdline,target.inherited" },
	{ "", "target.exe,target.exe_elsewhere,target.cwd,target.start_time,target.exec_time" },
	{ "", "target.cgroup,target.unit,target.user_unit,target.container,target.label" },
	{ "sender", "sender,sender.tid,sender.ppid,sender.user,sender.uid,sender.euid,sender.tty,"
		    "sender.ses,sender.auid" },
	{ "", "sender.cmdline,sender.inherited" },
	{ "", "sender.exe,sender.exe_elsewhere,sender.cwd,sender.start_time,sender.exec_time" },
	{ "", "sender.cgroup,sender.unit,sender.user_unit,sender.container,sender.label" },
	{ "running", "context,context.tid,context.ppid,context.user,context.uid,context.euid,"
		     "context.tty,context.ses,context.auid" },
	{ "", "context.cmdline,context.inherited" },
	{ "",
	  "context.exe,context.exe_elsewhere,context.cwd,context.start_time,context.exec_time" },
	{ "", "context.cgroup,context.unit,context.user_unit,context.container,context.label" },
	{ "state", "state" },
	{ "cause", "cause" },
	{ "file", "origin_file" },
	{ "stack", "origin_stack" },
	{ "siginfo", "siginfo,info.pid,info.uid,info.claim" },
	{ "last", "last_time" },
	{ "undecided", "undecided" },
};

/* The first line: "SIGKILL delivered: sh[4021] -> svc[812]". */
static const struct {
	const char *before, *after;
	const char *column;
	const char *unknown; /* in place of all three, if the event has no such value */
} title[] = {
	{ "", "", "signal", "-" },
	{ " ", "", "result", " -" },
	{ " (", ")", "reason", "" },
	{ ": ", "", "sender", ": no kill call" },
	{ " -> ", "", "target", " -> no process known" },
};

/* A line of the chain of ancestors. */
static const struct {
	const char *before;
	const char *field;
	bool is_optional; /* left out if it is unknown */
	bool is_mark;	  /* `before` is all of it, if the value is true */
} ancestor_parts[] = {
	{ "", "pid" },
	{ "  ", "cmdline" },
	{ " (inherited by fork)", "cmdline_inherited", .is_mark = true },
	{ "  exe ", "exe", .is_optional = true },
};

enum {
	LINES = ARRAY_SIZE(lines),
	TITLE_PARTS = ARRAY_SIZE(title),
	LABEL_WIDTH = 10,
};

/* The columns that the tables name, looked up once. */
struct columns {
	struct column items[COLUMNS_MAX];
	int n;
};
struct verbose {
	struct columns lines[LINES], title[TITLE_PARTS], chain;
};

/* -EINVAL: a table above names what is no field, which the tests would have noticed. */
static int verbose_look_up(struct columns *columns, const char *list)
{
	const char *bad;
	size_t bad_bytes;

	columns->n = fields_parse_columns(list, columns->items, &bad, &bad_bytes);
	return columns->n < 0 ? columns->n : 0;
}

static int verbose_open(struct formatter *formatter)
{
	struct verbose *verbose = formatter->state;
	int err = verbose_look_up(&verbose->chain, "chain");

	for (int i = 0; i < LINES && !err; i++)
		err = verbose_look_up(&verbose->lines[i], lines[i].columns);
	for (int i = 0; i < TITLE_PARTS && !err; i++)
		err = verbose_look_up(&verbose->title[i], title[i].column);
	return err;
}

static void verbose_add_label(struct formatter *formatter, const char *label)
{
	size_t bytes = strlen(label);

	strbuf_adds(formatter->out, "    ");
	strbuf_add(formatter->out, label, bytes);
	strbuf_fill(formatter->out, ' ', bytes < LABEL_WIDTH ? LABEL_WIDTH + 1 - bytes : 1);
}

static void verbose_add_remark(struct formatter *formatter, const struct value *value)
{
	strbuf_adds(formatter->out, " (");
	format_value(formatter, value);
	strbuf_addc(formatter->out, ')');
}

/* `name`: NULL: none is shown. */
static void verbose_add_named(struct formatter *formatter, const struct value *value, bool started,
			      const char *name)
{
	if (name) {
		strbuf_adds(formatter->out, started ? "  " : "");
		strbuf_adds(formatter->out, name);
		strbuf_addc(formatter->out, ' ');
	}
	format_value(formatter, value);
}

static void verbose_add_line(struct formatter *formatter, const struct event *event,
			     const char *label, const struct columns *columns)
{
	bool started = false;

	for (int i = 0; i < columns->n; i++) {
		const struct column *column = &columns->items[i];
		struct value value = { 0 };

		fields_get(&formatter->fields, column, event, &value);
		if (value.kind == VALUE_NULL)
			continue;
		if (!started)
			verbose_add_label(formatter, label);
		if (column->path[column->depth - 1]->is_remark)
			verbose_add_remark(formatter, &value);
		else
			verbose_add_named(formatter, &value, started,
					  i || !*label ? column->path[column->depth - 1]->name
						       : NULL);
		started = true;
	}
	if (started)
		strbuf_addc(formatter->out, '\n');
}

static void verbose_add_ancestor(struct formatter *formatter, const struct field_set *set,
				 const struct ancestor *ancestor)
{
	for (size_t i = 0; i < ARRAY_SIZE(ancestor_parts); i++) {
		const char *name = ancestor_parts[i].field;
		const struct field *field = fields_find(set, name, strlen(name));
		struct value value = { 0 };

		field->get(&formatter->fields, ancestor, &value);
		if (ancestor_parts[i].is_optional && value.kind == VALUE_NULL)
			continue;
		if (ancestor_parts[i].is_mark && (value.kind != VALUE_BOOL || !value.number))
			continue;
		strbuf_adds(formatter->out, ancestor_parts[i].before);
		if (!ancestor_parts[i].is_mark)
			format_value(formatter, &value);
	}
	strbuf_addc(formatter->out, '\n');
}

static void verbose_add_ancestors(struct formatter *formatter, const struct event *event)
{
	const struct verbose *verbose = formatter->state;
	struct value chain = { 0 };

	fields_get(&formatter->fields, &verbose->chain.items[0], event, &chain);
	for (size_t i = 0; i < chain.n; i++) {
		verbose_add_label(formatter, i ? "" : "started by");
		verbose_add_ancestor(formatter, chain.set, &chain.ancestors[i]);
	}
}

static void verbose_add_signal(struct formatter *formatter, const struct event *event)
{
	const struct verbose *verbose = formatter->state;

	for (int i = 0; i < LINES; i++)
		verbose_add_line(formatter, event, lines[i].label, &verbose->lines[i]);
	verbose_add_ancestors(formatter, event);
}

static void verbose_add_title(struct formatter *formatter, const struct event *event)
{
	const struct verbose *verbose = formatter->state;
	char count[FORMAT_COUNT_MAX];

	for (int i = 0; i < TITLE_PARTS; i++) {
		struct value value = { 0 };

		fields_get(&formatter->fields, &verbose->title[i].items[0], event, &value);
		if (value.kind == VALUE_NULL) {
			strbuf_adds(formatter->out, title[i].unknown);
			continue;
		}
		strbuf_adds(formatter->out, title[i].before);
		format_value(formatter, &value);
		strbuf_adds(formatter->out, title[i].after);
	}
	strbuf_adds(formatter->out, format_count(event, count));
}

static void verbose_events(struct formatter *formatter, struct event *const *events, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct event *event = events[i];
		char time[CLOCK_RFC3339_MAX];

		strbuf_adds(formatter->out, formatter->config->color ? "\33[1m" : "");
		strbuf_adds(formatter->out,
			    clock_format_rfc3339(event->real_ns, formatter->config->utc, time));
		strbuf_addc(formatter->out, ' ');
		if (event->type == EVENT_SIGNAL)
			verbose_add_title(formatter, event);
		else
			(event->type == EVENT_EXIT ? format_exit : format_lost)(formatter, event);
		if (event->type == EVENT_SIGNAL)
			format_reuse(formatter, event);
		if (i == n - 1)
			format_unshown(formatter, event);
		strbuf_adds(formatter->out, formatter->config->color ? "\33[m\n" : "\n");
		if (event->type == EVENT_SIGNAL)
			verbose_add_signal(formatter, event);
	}
}

const struct format format_verbose = {
	.state_bytes = sizeof(struct verbose),
	.open = verbose_open,
	.events = verbose_events,
};
