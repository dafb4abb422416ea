// SPDX-License-Identifier: GPL-2.0-only
#include "source/ring.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/libbpf.h>

#include "lib/log.h"
#include "lib/clock.h"

struct source {
	struct ring_buffer *ring;
	struct loader *loader;
	source_handler *handle;
	void *context;
	int drained;
};

static int source_on_record(void *context, void *data, size_t bytes)
{
	struct source *source = context;

	source->handle(source->context, data, bytes);
	return ++source->drained < SOURCE_DRAIN_MAX ? 0 : -EAGAIN;
}

int source_open(struct source **ret, struct loader *loader, source_handler *handle, void *context)
{
	struct source *source = calloc(1, sizeof(*source));
	int err = source ? 0 : -ENOMEM;

	if (!err) {
		*source = (struct source){ .loader = loader, .handle = handle, .context = context };
		source->ring =
		    ring_buffer__new(loader_ring_fd(loader), source_on_record, source, NULL);
		err = source->ring ? 0 : -errno;
	}
	if (err) {
		free(source);
		return log_error(err, "map the ring buffer");
	}
	*ret = source;
	return 0;
}

int source_drain(struct source *source)
{
	source->drained = 0;
	ring_buffer__consume(source->ring);
	return source->drained;
}

bool source_was_emptied(const struct source *source)
{
	return source->drained < SOURCE_DRAIN_MAX;
}

int source_fd(const struct source *source)
{
	return ring_buffer__epoll_fd(source->ring);
}

/*
 * The other half of wakeup() in emit.bpf.h. Twice as long, for that goes by when an event began,
 * and it is some time until the record is in the ring.
 */
bool source_may_sleep(const struct source *source)
{
	return clock_monotonic_ns() >
	       loader_last_wake_ns(source->loader) + SOURCE_POLL_MS * 2000000ull;
}

void source_close(struct source *source)
{
	if (!source)
		return;
	ring_buffer__free(source->ring);
	free(source);
}
