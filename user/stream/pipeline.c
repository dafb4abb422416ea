// SPDX-License-Identifier: GPL-2.0-only
#include "stream/pipeline.h"

#include "event/event_names.h"
#include "lib/log.h"
#include "lib/clock.h"
#include "event/sweep.h"

enum {
	RETURN_WAIT_NS = 2000000000,
	MISSED_EVERY_NS = 1000000000,
	LATE_NS = 60 * 1000 * 1000, /* no event is handled so much later than it happened */
};

int pipeline_init(struct pipeline *pipeline, const struct stream_config *config)
{
	int err = stream_init(&pipeline->stream, config);

	return err ? log_error(err, "read the clocks") : 0;
}

static void pipeline_on_record(void *context, const void *data, size_t bytes)
{
	struct pipeline *pipeline = context;

	if (pipeline->saved.file)
		recording_add(&pipeline->saved, &pipeline->stream.clock, data, bytes);
	stream_add(&pipeline->stream, data, bytes);
}

int pipeline_save_records(struct pipeline *pipeline, const char *path)
{
	return recording_create(&pipeline->saved, path, &pipeline->stream.clock);
}

int pipeline_open(struct pipeline *pipeline, const struct loader_config *config)
{
	int err = loader_open(&pipeline->loader, config);

	return err ? err
		   : source_open(&pipeline->source, pipeline->loader, pipeline_on_record, pipeline);
}

static void pipeline_show_loss(struct pipeline *pipeline, unsigned int cause, uint64_t total)
{
	if (pipeline->saved.file && total > stream_reported_loss(&pipeline->stream, cause))
		recording_add_loss(&pipeline->saved, cause, total);
	stream_show_loss(&pipeline->stream, cause, total);
}

/* What rings had no room for is in each record, and KS_LOST_RETURN is counted where returns are
 * missed. */
static void pipeline_show_losses(struct pipeline *pipeline)
{
	const uint64_t *lost = loader_lost(pipeline->loader);

	for (unsigned int cause = 0; cause < KS_LOST_MAX; cause++)
		if (ring_of_loss(cause) < 0 && cause != KS_LOST_RETURN)
			pipeline_show_loss(pipeline, cause, lost[cause]);
	stream_show_failures(&pipeline->stream);
}

/* It asks the kernel of each program: once a second is enough. */
static void pipeline_show_missed(struct pipeline *pipeline, uint64_t now)
{
	if (now < pipeline->missed_ns + MISSED_EVERY_NS)
		return;
	pipeline->missed_ns = now;
	pipeline_show_loss(pipeline, LOSS_HOOK_BUSY, loader_missed(pipeline->loader));
}

/* A loss is reported before the next record: until there is one, this does. */
static void pipeline_show_ring_loss(struct pipeline *pipeline, enum ks_ring ring)
{
	const uint64_t *lost = loader_lost(pipeline->loader);
	struct ks_losses record;

	if (lost[KS_LOST_OF_RING(ring)] <= pipeline->stream.decoder.lost[ring])
		return;
	loader_make_losses(pipeline->loader, ring, &record);
	pipeline_on_record(pipeline, &record, sizeof(record));
}

/* The kernel takes for described what there was no memory for. */
static void pipeline_make_up(struct pipeline *pipeline)
{
	uint64_t undescribed = pipeline->stream.decoder.undescribed;

	if (undescribed != pipeline->undescribed)
		loader_describe_again(pipeline->loader);
	pipeline->undescribed = undescribed;
}

/* All that was in the rings has been handled. */
static void pipeline_settle(struct pipeline *pipeline, uint64_t now)
{
	struct decoder *decoder = &pipeline->stream.decoder;

	pipeline_show_ring_loss(pipeline, KS_RING_BULK);
	pipeline_show_ring_loss(pipeline, KS_RING_LETHAL);
	correlate_expire(&decoder->correlator, now - RETURN_WAIT_NS);
	sweep_processes(&decoder->processes, now, loader_list_living, pipeline->loader);
	stream_pass_time(&pipeline->stream, now - LATE_NS);
	pipeline_show_missed(pipeline, now);
	recording_flush(&pipeline->saved);
}

int pipeline_drain(struct pipeline *pipeline)
{
	uint64_t now = clock_monotonic_ns();
	int drained;

	clock_sync(&pipeline->stream.clock);
	drained = source_drain(pipeline->source);
	if (source_was_emptied(pipeline->source))
		pipeline_settle(pipeline, now);
	pipeline_show_losses(pipeline);
	pipeline_make_up(pipeline);
	return drained;
}

void pipeline_describe_again(struct pipeline *pipeline)
{
	loader_describe_again(pipeline->loader);
}

bool pipeline_waits(const struct pipeline *pipeline)
{
	const struct stream *stream = &pipeline->stream;

	return stream->decoder.correlator.pending || stream_has_sums(stream);
}

uint64_t pipeline_next_end_ns(const struct pipeline *pipeline)
{
	uint64_t end_ns = stream_next_end_ns(&pipeline->stream);

	return end_ns == UINT64_MAX ? end_ns : end_ns + LATE_NS;
}

void pipeline_begin_detach(struct pipeline *pipeline)
{
	loader_begin_detach(pipeline->loader);
}

void pipeline_detach(struct pipeline *pipeline)
{
	loader_detach(pipeline->loader);
}

void pipeline_finish(struct pipeline *pipeline)
{
	correlate_expire(&pipeline->stream.decoder.correlator, UINT64_MAX);
	pipeline->missed_ns = 0;
	pipeline_drain(pipeline);
	correlate_expire(&pipeline->stream.decoder.correlator, UINT64_MAX);
	stream_show_failures(&pipeline->stream); /* returns that what was drained still lacked */
	stream_pass_time(&pipeline->stream, UINT64_MAX);
}

void pipeline_discard_records(struct pipeline *pipeline)
{
	recording_discard(&pipeline->saved);
}

int pipeline_close(struct pipeline *pipeline)
{
	source_close(pipeline->source);
	loader_close(pipeline->loader);
	stream_clear(&pipeline->stream);
	return recording_close(&pipeline->saved);
}
