// SPDX-License-Identifier: GPL-2.0-only
#include "output/output.h"

#include <errno.h>

enum { FLUSH_BYTES = 1 << 16 };

/* `done` bytes of the text were written: an event of which some were not is not written. */
static void count_unwritten(struct output *output, size_t done)
{
	for (size_t i = 0; i < output->n_marks; i++)
		if (output->marks[i].end > done)
			output->unwritten += output->marks[i].n;
}

/* Nothing is written any more, nor need there be a text. */
static void count_all(struct output *output)
{
	for (size_t i = 0; i < output->n_marks; i++)
		output->unwritten += output->marks[i].n;
}

static void forget_text(struct output *output)
{
	strbuf_reset(&output->text);
	output->n_marks = 0;
}

void output_flush(struct output *output)
{
	size_t bytes = output->text.len;
	int err;

	if (output->err || output->is_cut) {
		count_all(output);
		forget_text(output);
		return;
	}
	err = sink_write(&output->sink, &output->text);
	if (err)
		count_unwritten(output, bytes - output->text.len);
	output->is_cut = err == -ECANCELED;
	output->err = output->is_cut ? 0 : err;
	forget_text(output);
}

void output_add(struct output *output, size_t n)
{
	output->marks[output->n_marks].end = output->text.len;
	output->marks[output->n_marks++].n = n;
	if (output->text.len > FLUSH_BYTES || output->n_marks == OUTPUT_MARKS_MAX)
		output_flush(output);
}

int output_close(struct output *output)
{
	strbuf_free(&output->text);
	return sink_close(&output->sink);
}
