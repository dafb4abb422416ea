// SPDX-License-Identifier: GPL-2.0-only
/* A block an event, with every field. */
#include "format/value_text.h"

#include <string.h>

#include "format/fields_internal.h"
#include "lib/array.h"

/*
 * A line of the block: the first column without its name, the others with it. Those without a label
 * belong to the part that begins above. One that is no fact of the target may be the same in all
 * blocks of a blast.
 */
static const struct {
	const char *label;
	const char *columns;
	bool is_shared;
} lines[] = {
	{ "call", "via,args,call.return,error,call.arch,scope,call.targets", true },
	{ "target", "target,target.tid,target.ppid,target.user,target.uid,target.euid,target.tty,"
		    "target.ses,target.auid" },
	{ "", "target.cmdline,target.inherited" },
	{ "", "target.exe,target.exe_elsewhere,target.cwd,target.start_time,target.exec_time" },
	{ "", "target.env" },
	{ "", "target.cgroup,target.unit,target.user_unit,target.container,target.label" },
	{ "sender",
	  "sender,sender.tid,sender.ppid,sender.user,sender.uid,sender.euid,sender.tty,"
	  "sender.ses,sender.auid",
	  true },
	{ "", "sender.cmdline,sender.inherited" },
	{ "", "sender.exe,sender.exe_elsewhere,sender.cwd,sender.start_time,sender.exec_time" },
	{ "", "sender.env" },
	{ "", "sender.cgroup,sender.unit,sender.user_unit,sender.container,sender.label" },
	{ "running", "context,context.tid,context.ppid,context.user,context.uid,context.euid,"
		     "context.tty,context.ses,context.auid" },
	{ "", "context.cmdline,context.inherited" },
	{ "",
	  "context.exe,context.exe_elsewhere,context.cwd,context.start_time,context.exec_time" },
	{ "", "context.env" },
	{ "", "context.cgroup,context.unit,context.user_unit,context.container,context.label" },
	{ "state", "state" },
	{ "cause", "cause", true },
	{ "file", "origin_file", true },
	{ "stack", "origin_stack", true },
	{ "siginfo", "siginfo,info.pid,info.uid,info.claim", true },
	{ "last", "last_time" },
	{ "undecided", "undecided" },
};
#define CHAIN "started by"

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
	{ "  env ", "env", .is_optional = true },
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
	uint64_t blast;			/* of the block right above; 0: of none */
	struct strbuf above[LINES + 1]; /* the shared parts of it, by their first line; the chain */
};

/* Shared parts of a block that are the same as in the one above: their labels. */
struct repeated {
	const char *labels[LINES + 1];
	size_t n;
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

static bool verbose_shows(const struct value *value)
{
	return value->kind == VALUE_ENV ? value->has_variables
					: value->kind != VALUE_NULL || value->is_unknown;
}

static void verbose_add_label(struct formatter *formatter, const char *label)
{
	size_t bytes = strlen(label);

	strbuf_adds(formatter->out, "    ");
	strbuf_add(formatter->out, label, bytes);
	strbuf_fill(formatter->out, ' ', bytes < LABEL_WIDTH ? LABEL_WIDTH + 1 - bytes : 1);
}

/*
 * "web (pod shop/web-7d9)" in place of the container's id, which is in the cgroup on the same line.
 * What is unknown of it is left out.
 */
static void verbose_add_container(struct formatter *formatter, const struct value *id)
{
	struct value name = { 0 }, pod = { 0 }, pod_namespace = { 0 };

	field_get_container_name(&formatter->fields, id->task, &name);
	field_get_pod(&formatter->fields, id->task, &pod);
	field_get_pod_namespace(&formatter->fields, id->task, &pod_namespace);
	format_value(formatter, name.kind == VALUE_NULL ? id : &name);
	if (pod.kind == VALUE_NULL)
		return;
	strbuf_adds(formatter->out, " (pod ");
	if (pod_namespace.kind != VALUE_NULL) {
		format_value(formatter, &pod_namespace);
		strbuf_addc(formatter->out, '/');
	}
	format_value(formatter, &pod);
	strbuf_addc(formatter->out, ')');
}

static void verbose_add_value(struct formatter *formatter, const struct field *field,
			      const struct value *value)
{
	if (field->get == field_get_container)
		verbose_add_container(formatter, value);
	else
		format_value(formatter, value);
}

static void verbose_add_remark(struct formatter *formatter, const struct value *value)
{
	strbuf_adds(formatter->out, " (");
	format_value(formatter, value);
	strbuf_addc(formatter->out, ')');
}

static void verbose_add_named(struct formatter *formatter, const struct field *field,
			      const struct value *value, bool started, bool is_named)
{
	if (is_named) {
		strbuf_adds(formatter->out, started ? "  " : "");
		strbuf_adds(formatter->out, field->name);
		strbuf_addc(formatter->out, ' ');
	}
	verbose_add_value(formatter, field, value);
}

static void verbose_add_line(struct formatter *formatter, const struct event *event,
			     const char *label, const struct columns *columns)
{
	bool started = false;

	for (int i = 0; i < columns->n; i++) {
		const struct column *column = &columns->items[i];
		const struct field *field = column->path[column->depth - 1];
		struct value value;

		fields_get(&formatter->fields, column, event, &value);
		if (!verbose_shows(&value))
			continue;
		if (!started)
			verbose_add_label(formatter, label);
		if (field->is_remark)
			verbose_add_remark(formatter, &value);
		else
			verbose_add_named(formatter, field, &value, started, i || !*label);
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
		struct value value;

		field_get(field, &formatter->fields, ancestor, &value);
		if (ancestor_parts[i].is_optional && !verbose_shows(&value))
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
		verbose_add_label(formatter, i ? "" : CHAIN);
		verbose_add_ancestor(formatter, chain.set, &chain.ancestors[i]);
	}
}

/* The bytes since `start` are a shared part: in one blast, it need not be read in each block. */
static void verbose_shorten(struct formatter *formatter, const struct event *event, int part,
			    size_t start, struct repeated *repeated)
{
	struct verbose *verbose = formatter->state;
	const char *text = strbuf_str(formatter->out) + start;
	struct strbuf *above = &verbose->above[part];
	size_t bytes = formatter->out->len - start;

	if (bytes && verbose->blast && verbose->blast == event->signal.reach.blast &&
	    above->len == bytes && !memcmp(above->data, text, bytes)) {
		repeated->labels[repeated->n++] = part == LINES ? CHAIN : lines[part].label;
		strbuf_cut(formatter->out, start);
		return;
	}
	strbuf_reset(above);
	strbuf_add(above, text, bytes);
}

/* The part that begins with that line. Returns the first line of the next part. */
static int verbose_add_part(struct formatter *formatter, const struct event *event, int first,
			    struct repeated *repeated)
{
	const struct verbose *verbose = formatter->state;
	size_t start = formatter->out->len;
	int i = first;

	do
		verbose_add_line(formatter, event, lines[i].label, &verbose->lines[i]);
	while (++i < LINES && !*lines[i].label);
	if (lines[first].is_shared)
		verbose_shorten(formatter, event, first, start, repeated);
	return i;
}

static void verbose_add_repeated(struct formatter *formatter, const struct repeated *repeated)
{
	if (!repeated->n)
		return;
	verbose_add_label(formatter, "as above");
	for (size_t i = 0; i < repeated->n; i++) {
		strbuf_adds(formatter->out, i ? ", " : "");
		strbuf_adds(formatter->out, repeated->labels[i]);
	}
	strbuf_addc(formatter->out, '\n');
}

static void verbose_add_signal(struct formatter *formatter, const struct event *event)
{
	struct verbose *verbose = formatter->state;
	struct repeated repeated = { 0 };
	size_t start;

	for (int i = 0; i < LINES;)
		i = verbose_add_part(formatter, event, i, &repeated);
	start = formatter->out->len;
	verbose_add_ancestors(formatter, event);
	verbose_shorten(formatter, event, LINES, start, &repeated);
	verbose_add_repeated(formatter, &repeated);
	verbose->blast = event->signal.reach.blast;
}

static void verbose_add_title(struct formatter *formatter, const struct event *event)
{
	const struct verbose *verbose = formatter->state;
	char count[FORMAT_COUNT_MAX];

	for (int i = 0; i < TITLE_PARTS; i++) {
		struct value value;

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

/* An exit, a loss or a blast. */
static void verbose_add_sentence(struct formatter *formatter, const struct event *event)
{
	struct verbose *verbose = formatter->state;

	verbose->blast = 0;
	switch (event->type) {
	case EVENT_EXIT: format_exit(formatter, event); return;
	case EVENT_BLAST: format_blast(formatter, event); return;
	default: format_lost(formatter, event);
	}
}

static void verbose_add_time(struct formatter *formatter, const struct event *event)
{
	char time[CLOCK_RFC3339_MAX];

	if (event->type == EVENT_BLAST)
		return;
	strbuf_adds(formatter->out,
		    clock_format_rfc3339(event->real_ns, formatter->config->utc, time));
	strbuf_addc(formatter->out, ' ');
}

static void verbose_events(struct formatter *formatter, struct event *const *events, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct event *event = events[i];

		strbuf_adds(formatter->out, formatter->config->color ? "\33[1m" : "");
		verbose_add_time(formatter, event);
		(event->type == EVENT_SIGNAL ? verbose_add_title : verbose_add_sentence)(formatter,
											 event);
		if (event->type == EVENT_SIGNAL)
			format_reuse(formatter, event);
		if (i == n - 1)
			format_unshown(formatter, event);
		strbuf_adds(formatter->out, formatter->config->color ? "\33[m\n" : "\n");
		if (event->type == EVENT_SIGNAL)
			verbose_add_signal(formatter, event);
	}
}

static void verbose_close(struct formatter *formatter)
{
	struct verbose *verbose = formatter->state;

	for (int i = 0; i <= LINES; i++)
		strbuf_free(&verbose->above[i]);
}

static void verbose_restart(struct formatter *formatter)
{
	struct verbose *verbose = formatter->state;

	verbose->blast = 0;
}

const struct format format_verbose = {
	.state_bytes = sizeof(struct verbose),
	.open = verbose_open,
	.restart = verbose_restart,
	.events = verbose_events,
	.close = verbose_close,
};
