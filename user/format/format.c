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
			    .secret_names = config->secret_names },
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

void formatter_resize(struct formatter *formatter, const struct terminal *terminal)
{
	bool has_other_columns = terminal->columns != formatter->terminal.columns;

	formatter->terminal = *terminal;
	if (has_other_columns && formatter->format->resize)
		formatter->format->resize(formatter);
}

void formatter_events(struct formatter *formatter, struct event *const *events, size_t n)
{
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
	formatter->ancestors = NULL;
	formatter->tasks = NULL;
	formatter->state = NULL;
}
