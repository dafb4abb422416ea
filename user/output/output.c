// SPDX-License-Identifier: GPL-2.0-only
#include "output/output.h"

#include <errno.h>
#include <stdlib.h>

#include "lib/log.h"

int outputs_open(struct outputs *outputs, const struct output_type *type,
		 const struct output_config *config)
{
	struct output *output = &outputs->items[outputs->n];

	if (outputs->n == OUTPUTS_MAX)
		return log_error(-E2BIG, "open an output");
	*output = (struct output){ .type = type, .config = config, .poll.fd = -1 };
	output->state = calloc(1, type->state_bytes);
	if (!output->state)
		return log_error(-ENOMEM, "open an output");
	outputs->n++;
	output->err = type->open(output);
	return output->err;
}

void output_ready(struct output *output, short revents)
{
	if (revents)
		output->type->ready(output, revents);
}

void outputs_events(struct outputs *outputs, struct event *const *events, size_t n)
{
	for (size_t i = 0; i < outputs->n; i++)
		outputs->items[i].type->events(&outputs->items[i], events, n);
}

void outputs_flush(struct outputs *outputs)
{
	for (size_t i = 0; i < outputs->n; i++)
		outputs->items[i].type->flush(&outputs->items[i]);
}

void outputs_reopen(struct outputs *outputs)
{
	for (size_t i = 0; i < outputs->n; i++)
		if (outputs->items[i].type->reopen)
			outputs->items[i].type->reopen(&outputs->items[i]);
}

void outputs_resize(struct outputs *outputs)
{
	for (size_t i = 0; i < outputs->n; i++)
		if (outputs->items[i].type->resize)
			outputs->items[i].type->resize(&outputs->items[i]);
}

int outputs_err(const struct outputs *outputs)
{
	for (size_t i = 0; i < outputs->n; i++)
		if (outputs->items[i].err)
			return outputs->items[i].err;
	return 0;
}

const struct output *outputs_cut(const struct outputs *outputs)
{
	for (size_t i = 0; i < outputs->n; i++)
		if (outputs->items[i].is_cut)
			return &outputs->items[i];
	return NULL;
}

int outputs_close(struct outputs *outputs)
{
	int first_err = 0;

	for (size_t i = 0; i < outputs->n; i++) {
		struct output *output = &outputs->items[i];
		int err = output->state ? output->type->close(output) : 0;

		first_err = first_err ? first_err : err;
		free(output->state);
		output->state = NULL;
	}
	return first_err;
}
