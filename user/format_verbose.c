// SPDX-License-Identifier: GPL-2.0-only
/* A block an event that tells the whole story. */
#include "format_text.h"

#include <string.h>

/* A line of the block: the first column without its name, the others with it. */
static const struct {
	const char *label;
	const char *columns;
} lines[] = {
	{ "call", "via,args,call.return,error,call.arch,scope,call.targets" },
	{ "target", "target,target.tid,target.ppid,target.user,target.uid,target.euid,target.tty,"
		    "target.ses,target.auid" },
	{ "", "target.cmdline" },
	{ "", "target.exe,target.cwd,target.start_time" },
	{ "", "target.cgroup,target.unit,target.container" },
	{ "sender", "sender,sender.tid,sender.ppid,sender.user,sender.uid,sender.euid,sender.tty,"
		    "sender.ses,sender.auid" },
	{ "", "sender.cmdline" },
	{ "", "sender.exe,sender.cwd,sender.start_time" },
	{ "", "sender.cgroup,sender.unit,sender.container" },
	{ "running", "context,context.tid,context.user,context.cmdline" },
};

enum { LINES = sizeof(lines) / sizeof(lines[0]), LABEL_WIDTH = 10 };

static void add_label(struct format_context *context, const char *label)
{
	strbuf_addf(context->out, "    %-*s ", LABEL_WIDTH, label);
}

static void get_column(struct format_context *context, const struct event *event, const char *name,
		       struct column *column, struct value *ret)
{
	struct column columns[COLUMNS_MAX];
	const char *bad;
	size_t bad_bytes;

	fields_parse_columns(name, columns, &bad, &bad_bytes);
	*column = columns[0];
	fields_get(&context->fields, column, event, ret);
}

static void add_line(struct format_context *context, const struct event *event, const char *label,
		     const char *list)
{
	struct column columns[COLUMNS_MAX];
	const char *bad;
	size_t bad_bytes;
	int n = fields_parse_columns(list, columns, &bad, &bad_bytes);
	bool started = false;

	for (int i = 0; i < n; i++) {
		struct value value = { 0 };

		fields_get(&context->fields, &columns[i], event, &value);
		if (value.kind == VALUE_NULL)
			continue;
		if (!started)
			add_label(context, label);
		if (i || !*label)
			strbuf_addf(context->out, "%s%s ", started ? "  " : "",
				    columns[i].path[columns[i].depth - 1]->name);
		format_value(context, &value);
		started = true;
	}
	if (started)
		strbuf_addc(context->out, '\n');
}

static void add_argv(struct format_context *context, const struct process *process)
{
	struct value value = { .kind = VALUE_NULL };

	if (process && process->argv) {
		value.kind = VALUE_ARGV;
		value.text = process->argv;
		value.bytes = process->argv_bytes;
	}
	format_value(context, &value);
}

static void add_ancestors(struct format_context *context, const struct event *event)
{
	struct ancestor ancestors[KS_ANCESTORS_MAX];
	const struct party *sender = event_sender(event);
	size_t n = sender ? enrich_ancestors(context->fields.processes, sender, ancestors) : 0;

	for (size_t i = 0; i < n; i++) {
		const struct process *process = ancestors[i].process;

		add_label(context, i ? "" : "started by");
		if (ancestors[i].ref.vpid)
			strbuf_addf(context->out, "%u  ", ancestors[i].ref.vpid);
		else
			strbuf_adds(context->out, "-  ");
		add_argv(context, process);
		if (process && process->exe) {
			struct value exe = { .kind = VALUE_TEXT,
					     .text = process->exe,
					     .bytes = strlen(process->exe) };

			strbuf_adds(context->out, "  exe ");
			format_value(context, &exe);
		}
		strbuf_addc(context->out, '\n');
	}
}

static void add_signal(struct format_context *context, const struct event *event)
{
	for (int i = 0; i < LINES; i++)
		add_line(context, event, lines[i].label, lines[i].columns);
	add_ancestors(context, event);
}

/* "SIGKILL delivered: sh[4021] -> svc[812]" */
static void add_title(struct format_context *context, const struct event *event)
{
	static const char *const parts[] = { "signal", "result", "sender", "target" };
	static const char *const before[] = { "", " ", ": ", " -> " };

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		struct value value = { 0 };
		struct column column;

		get_column(context, event, parts[i], &column, &value);
		strbuf_adds(context->out, before[i]);
		if (value.kind == VALUE_NULL && column.path[0]->set)
			strbuf_adds(context->out, i == 2 ? "the kernel" : "nobody known");
		else
			format_value(context, &value);
	}
}

static void verbose_events(struct format_context *context, struct event *const *events, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct event *event = events[i];
		char time[CLOCK_RFC3339_MAX];

		strbuf_adds(context->out, context->color ? "\33[1m" : "");
		strbuf_adds(context->out,
			    clock_format_rfc3339(event->real_ns, context->fields.utc, time));
		strbuf_addc(context->out, ' ');
		if (event->type == EVENT_SIGNAL)
			add_title(context, event);
		else
			(event->type == EVENT_EXIT ? format_exit : format_lost)(context, event);
		strbuf_adds(context->out, context->color ? "\33[m\n" : "\n");
		if (event->type == EVENT_SIGNAL)
			add_signal(context, event);
	}
}

const struct format format_verbose = { "-v", NULL, verbose_events };
