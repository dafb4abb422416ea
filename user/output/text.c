// SPDX-License-Identifier: GPL-2.0-only
/* A format's text, to a file or stdout: nothing is lost without being counted. */
#include <errno.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "lib/log.h"
#include "output/output.h"

enum { FLUSH_BYTES = 1 << 16, MARKS_MAX = 1024 };

struct text {
	struct text_file file;
	struct format_config config;
	struct formatter formatter;
	struct strbuf buffer; /* not written yet */
	struct {
		size_t end; /* in `buffer` */
		size_t n;   /* signal events before it, since the mark before */
	} marks[MARKS_MAX];
	size_t n_marks;
};

/* ---- open ---- */

static bool text_is_for_terminal(const struct output_config *config)
{
	return !config->path && isatty(STDOUT_FILENO);
}

static bool text_has_color(const struct output_config *config)
{
	return config->color == WHEN_ALWAYS ||
	       (config->color == WHEN_AUTO && text_is_for_terminal(config) && !getenv("NO_COLOR"));
}

/* What a terminal shows, its user could see by ps(1). */
static bool text_has_no_secrets(const struct output_config *config)
{
	return config->redact == WHEN_ALWAYS ||
	       (config->redact == WHEN_AUTO && !text_is_for_terminal(config));
}

/* False: there is no terminal that the text has to fit. */
static bool text_measure_terminal(const struct output_config *config, struct terminal *ret)
{
	struct winsize size;

	if (config->is_wide || !text_is_for_terminal(config) ||
	    ioctl(STDOUT_FILENO, TIOCGWINSZ, &size))
		return false;
	*ret = (struct terminal){ size.ws_col, size.ws_row };
	return true;
}

static int text_open_file(struct output *output)
{
	struct text *text = output->state;
	int err;

	text->file.may_wait = output->config->may_wait;
	text->file.context = output->config->context;
	err = text_file_open(&text->file, output->config->path);
	output->name = text->file.name;
	output->poll.fd = err ? -1 : text->file.fd; /* shows when the reader of a pipe has gone */
	return err;
}

static int text_open(struct output *output)
{
	const struct output_config *config = output->config;
	struct text *text = output->state;
	int err = text_open_file(output);

	if (err)
		return err;
	text->config = config->text;
	text->config.color = text_has_color(config);
	text->config.redacts = text_has_no_secrets(config);
	text_measure_terminal(config, &text->config.terminal);
	err = formatter_open(&text->formatter, config->format, &text->config, &text->buffer);
	return err ? log_error(err, "open the output") : 0;
}

/* ---- write ---- */

/* `done` bytes of the text were written: an event of which some were not is not written. */
static void text_count_unwritten(struct output *output, size_t done)
{
	const struct text *text = output->state;

	for (size_t i = 0; i < text->n_marks; i++)
		if (text->marks[i].end > done)
			output->unwritten += text->marks[i].n;
}

/* Nothing is written any more, nor need there be a text. */
static void text_count_all(struct output *output)
{
	const struct text *text = output->state;

	for (size_t i = 0; i < text->n_marks; i++)
		output->unwritten += text->marks[i].n;
}

static void text_forget(struct text *text)
{
	strbuf_reset(&text->buffer);
	text->n_marks = 0;
}

static void text_flush(struct output *output)
{
	struct text *text = output->state;
	size_t bytes = text->buffer.len;
	int err;

	if (output->err || output->is_cut) {
		text_count_all(output);
		text_forget(text);
		return;
	}
	err = text_file_write(&text->file, &text->buffer);
	if (err)
		text_count_unwritten(output, bytes - text->buffer.len);
	output->is_cut = err == -ECANCELED;
	output->err = output->is_cut ? 0 : err;
	text_forget(text);
}

static uint64_t text_signals_of(struct event *const *events, size_t n)
{
	uint64_t signals = 0;

	for (size_t i = 0; i < n; i++)
		signals += events[i]->type == EVENT_SIGNAL ? events[i]->signal.count : 0;
	return signals;
}

static void text_events(struct output *output, struct event *const *events, size_t n)
{
	struct text *text = output->state;

	if (!output->is_cut)
		formatter_events(&text->formatter, events, n);
	text->marks[text->n_marks].end = text->buffer.len;
	text->marks[text->n_marks++].n = text_signals_of(events, n);
	if (text->buffer.len > FLUSH_BYTES || text->n_marks == MARKS_MAX)
		text_flush(output);
}

/* ---- what happens meanwhile ---- */

static void text_ready(struct output *output, short revents)
{
	if (revents & POLLERR)
		output->err = -EPIPE;
}

static void text_reopen(struct output *output)
{
	struct text *text = output->state;

	if (!output->config->path)
		return;
	text_file_reopen(&text->file);
	formatter_restart(&text->formatter);
	output->poll.fd = text->file.fd;
}

static void text_resize(struct output *output)
{
	struct text *text = output->state;
	struct terminal terminal;

	if (text_measure_terminal(output->config, &terminal))
		formatter_resize(&text->formatter, &terminal);
}

static int text_close(struct output *output)
{
	struct text *text = output->state;

	formatter_close(&text->formatter);
	strbuf_free(&text->buffer);
	return output->poll.fd < 0 ? 0 : text_file_close(&text->file);
}

const struct output_type output_text = {
	.state_bytes = sizeof(struct text),
	.open = text_open,
	.events = text_events,
	.flush = text_flush,
	.ready = text_ready,
	.reopen = text_reopen,
	.resize = text_resize,
	.close = text_close,
};
