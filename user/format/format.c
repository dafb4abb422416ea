// SPDX-License-Identifier: GPL-2.0-only
#include "format/format.h"

#include <errno.h>
#include <stdlib.h>

int formatter_open(struct formatter *formatter, const struct format *format,
		   const struct format_config *config, struct strbuf *out)
{
	*formatter = (struct formatter){
		.format = format,
		.config = config,
		.fields = { .clock = config->clock,
			    .redacted = config->redacts ? &formatter->redacted : NULL,
			    .secret_names = config->secret_names,
			    .env = &formatter->env,
			    .has_env = config->has_env },
		.terminal = config->terminal,
		.out = out,
		.ancestors = ancestor_cache_new(),
		.tasks = task_cache_new(),
		.state = format->state_bytes ? calloc(1, format->state_bytes) : NULL,
	};
	if (!formatter->ancestors || !formatter->tasks ||
	    (format->state_bytes && !formatter->state))
		return -ENOMEM;
	return format->open ? format->open(formatter) : 0;
}

void formatter_restart(struct formatter *formatter)
{
	if (formatter->format->restart)
		formatter->format->restart(formatter);
}

void formatter_resize(struct formatter *formatter, const struct terminal *terminal)
{
	bool has_other_columns = terminal->columns != formatter->terminal.columns;

	formatter->terminal = *terminal;
	if (has_other_columns && formatter->format->resize)
		formatter->format->resize(formatter);
}

static bool format_sees_env(const struct event *event)
{
	const struct task *target = event_target(event);
	const struct process *sender =
	    event->type == EVENT_SIGNAL ? event->signal.sender.process : NULL;

	return (target && target->process && target->process->env) || (sender && sender->env);
}

void formatter_events(struct formatter *formatter, struct event *const *events, size_t n)
{
	/* Of a recording, its events show whether it has environments. */
	for (size_t i = 0; i < n && !formatter->fields.has_env; i++)
		formatter->fields.has_env = format_sees_env(events[i]);
	formatter->format->events(formatter, events, n);
}

void formatter_close(struct formatter *formatter)
{
	if (formatter->state && formatter->format->close)
		formatter->format->close(formatter);
	ancestor_cache_free(formatter->ancestors);
	task_cache_free(formatter->tasks);
	free(formatter->state);
	strbuf_free(&formatter->redacted);
	strbuf_free(&formatter->env);
	formatter->ancestors = NULL;
	formatter->tasks = NULL;
	formatter->state = NULL;
}
