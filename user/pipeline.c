// SPDX-License-Identifier: GPL-2.0-only
#include "pipeline.h"

#include <errno.h>

#include "runtime.h"

enum { RETURN_WAIT_NS = 2000000000 };

void pipeline_init(struct pipeline *pipeline, calls_handler *handle, void *context)
{
	clock_init(&pipeline->clock);
	decoder_init(&pipeline->decoder, handle, context);
}

static void on_record(void *context, const void *data, size_t bytes)
{
	struct pipeline *pipeline = context;

	decode_record(&pipeline->decoder, data, bytes);
}

int pipeline_open(struct pipeline *pipeline, const struct options *options)
{
	pipeline->loader = loader_open(options);
	if (!pipeline->loader)
		return -EINVAL;
	pipeline->source = source_open(pipeline->loader, on_record, pipeline);
	return pipeline->source ? 0 : -EINVAL;
}

int pipeline_drain(struct pipeline *pipeline)
{
	const uint64_t *lost = loader_lost(pipeline->loader);
	int drained;

	clock_sync(&pipeline->clock);
	drained = source_drain(pipeline->source);
	if (source_was_emptied(pipeline->source))
		sweep_processes(&pipeline->decoder.processes, runtime_now_ns(), loader_list_living,
				pipeline->loader);
	if (drained)
		return drained;
	decode_loss(&pipeline->decoder, lost[KS_LOST_EVENT] + lost[KS_LOST_BUSY]);
	calls_expire(&pipeline->decoder.calls, runtime_now_ns() - RETURN_WAIT_NS);
	return 0;
}

void pipeline_detach(struct pipeline *pipeline)
{
	pipeline->missed = loader_missed(pipeline->loader);
	loader_detach(pipeline->loader);
}

void pipeline_finish(struct pipeline *pipeline)
{
	calls_expire(&pipeline->decoder.calls, UINT64_MAX);
	pipeline_drain(pipeline);
	decode_lost_events(&pipeline->decoder, pipeline->missed, "hook_busy");
}

void pipeline_close(struct pipeline *pipeline)
{
	source_close(pipeline->source);
	loader_close(pipeline->loader);
	decoder_clear(&pipeline->decoder);
}
