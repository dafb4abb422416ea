// SPDX-License-Identifier: GPL-2.0-only
/* What made the kernel send a signal, in words. */
#include "format/value_text.h"

#include <inttypes.h>
#include <string.h>

#include "format/fields_internal.h"
#include "lib/escape.h"

static void format_bytes(struct formatter *formatter, uint64_t bytes)
{
	static const char *const units[] = { "bytes", "KiB", "MiB", "GiB", "TiB" };
	double size = bytes;
	size_t unit = 0;

	for (; size >= 1024 && unit + 1 < ARRAY_SIZE(units); unit++)
		size /= 1024;
	strbuf_addf(formatter->out, size == (uint64_t)size || size >= 100 ? "%.0f %s" : "%.1f %s",
		    size, units[unit]);
}

static void format_memory(struct formatter *formatter, const struct event_limit *limit)
{
	struct value cgroup = { 0 };

	if (limit->is_known) {
		strbuf_adds(formatter->out, limit->is_certain ? ", " : ", probably ");
		format_bytes(formatter, limit->value);
	}
	if (limit->cgroup) {
		strbuf_adds(formatter->out, " for ");
		field_get_limit_cgroup(&formatter->fields, limit, &cgroup);
		format_value(formatter, &cgroup);
	}
	if (limit->is_resident_known) {
		strbuf_adds(formatter->out, "; it had ");
		format_bytes(formatter, limit->resident_bytes);
		strbuf_adds(formatter->out, " in memory");
	}
}

static void format_limit(struct formatter *formatter, const struct event_limit *limit)
{
	if (limit->kind == LIMIT_MEMORY)
		format_memory(formatter, limit);
	if (limit->kind == LIMIT_CPU_TIME && limit->is_known)
		strbuf_addf(formatter->out, ", %" PRIu64 " s", limit->value);
	if (limit->kind == LIMIT_FILE_SIZE && limit->is_known) {
		strbuf_adds(formatter->out, ", ");
		format_bytes(formatter, limit->value);
	}
}

static void format_terminal(struct formatter *formatter, enum event_origin origin,
			    const struct task *task)
{
	size_t bytes = strnlen(task->ids.tty, sizeof(task->ids.tty));

	if (origin != ORIGIN_TTY || !bytes)
		return;
	strbuf_adds(formatter->out, " (");
	escape_word(formatter->out, task->ids.tty, bytes);
	strbuf_addc(formatter->out, ')');
}

void format_signal_cause(struct formatter *formatter, const struct event *event)
{
	strbuf_adds(formatter->out, event->signal.kernel_cause.words);
	format_terminal(formatter, event_origin(event), &event->signal.target);
	format_limit(formatter, &event->signal.limit);
}

void format_exit_cause(struct formatter *formatter, const struct event *event)
{
	const struct event_cause *cause = &event->exit.cause;

	strbuf_adds(formatter->out, cause->kernel_cause);
	format_terminal(formatter, cause->origin, &event->exit.process);
	format_limit(formatter, &cause->limit);
}
