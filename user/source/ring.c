// SPDX-License-Identifier: GPL-2.0-only
#include "source/ring.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>
#include <bpf/libbpf.h>

#include "lib/log.h"
#include "lib/clock.h"

/* How long a lethal record waits for older ones of the other ring: those being written, and those
 * that have been. */
enum { HOLD_NS = 1000000, BACKLOG_WAIT_NS = 50000000 };

/* A copy of a lethal record, aligned to 8 bytes. */
struct held {
	struct held *next;
	uint64_t since_ns;
	size_t bytes;
	char record[] __attribute__((aligned(8)));
};

struct source {
	struct ring_buffer *rings[KS_RINGS];
	int epoll_fd; /* of both */
	struct loader *loader;
	source_handler *handle;
	void *context;
	int drained;
	struct held *first, **end; /* lethal records, in the order of their ring */
	uint64_t read_ns;	   /* when the lethal ring was read last */
};

static uint64_t source_time_of(const void *record, size_t bytes)
{
	return bytes < sizeof(struct ks_header) ? 0 : ((const struct ks_header *)record)->time_ns;
}

/* ---- the lethal ring ---- */

static struct held *source_take_first(struct source *source)
{
	struct held *held = source->first;

	source->first = held->next;
	if (!source->first)
		source->end = &source->first;
	return held;
}

/* Handles those that are not newer than `time_ns`, or have waited since `since_ns`. */
static void source_release(struct source *source, uint64_t time_ns, uint64_t since_ns)
{
	struct held *held;

	while ((held = source->first) && (source_time_of(held->record, held->bytes) <= time_ns ||
					  held->since_ns <= since_ns)) {
		source_take_first(source);
		source->handle(source->context, held->record, held->bytes);
		source->drained++;
		free(held);
	}
}

/* It is for the signals that are held: they came before it. */
static bool source_is_title(const void *record, size_t bytes)
{
	return bytes >= sizeof(struct ks_header) &&
	       ((const struct ks_header *)record)->type == KS_REC_TITLE;
}

static int source_on_lethal(void *context, void *data, size_t bytes)
{
	struct source *source = context;
	struct held *held;

	if (source_is_title(data, bytes)) {
		source->handle(source->context, data, bytes);
		source->drained++;
		return 0;
	}
	held = malloc(sizeof(*held) + bytes);
	if (!held) { /* too early is better than not at all: all of this ring, in its order */
		source_release(source, UINT64_MAX, 0);
		source->handle(source->context, data, bytes);
		source->drained++;
		return 0;
	}
	held->next = NULL;
	held->since_ns = source->read_ns;
	held->bytes = bytes;
	memcpy(held->record, data, bytes);
	*source->end = held;
	source->end = &held->next;
	return 0;
}

static void source_read_lethal(struct source *source)
{
	source->read_ns = clock_monotonic_ns();
	ring_buffer__consume(source->rings[KS_RING_LETHAL]);
}

/* ---- both ---- */

/* What is lethal and older comes first, also what came since the lethal ring was read. */
static int source_on_bulk(void *context, void *data, size_t bytes)
{
	struct source *source = context;
	uint64_t time_ns = source_time_of(data, bytes);

	if (time_ns >= source->read_ns)
		source_read_lethal(source);
	source_release(source, time_ns, 0);
	source->handle(source->context, data, bytes);
	return ++source->drained < SOURCE_DRAIN_MAX ? 0 : -EAGAIN;
}

static int source_open_ring(struct source *source, enum ks_ring ring, ring_buffer_sample_fn handle)
{
	struct epoll_event event = { .events = EPOLLIN };

	source->rings[ring] =
	    ring_buffer__new(loader_ring_fd(source->loader, ring), handle, source, NULL);
	return !source->rings[ring] || epoll_ctl(source->epoll_fd, EPOLL_CTL_ADD,
						 ring_buffer__epoll_fd(source->rings[ring]), &event)
		   ? -errno
		   : 0;
}

static int source_open_rings(struct source *source)
{
	int err;

	source->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (source->epoll_fd < 0)
		return -errno;
	err = source_open_ring(source, KS_RING_BULK, source_on_bulk);
	return err ? err : source_open_ring(source, KS_RING_LETHAL, source_on_lethal);
}

int source_open(struct source **ret, struct loader *loader, source_handler *handle, void *context)
{
	struct source *source = calloc(1, sizeof(*source));
	int err = source ? 0 : -ENOMEM;

	if (!err) {
		*source = (struct source){ .loader = loader, .handle = handle, .context = context };
		source->end = &source->first;
		err = source_open_rings(source);
	}
	if (err) {
		source_close(source);
		return log_error(err, "map the ring buffers");
	}
	*ret = source;
	return 0;
}

int source_drain(struct source *source)
{
	uint64_t now;

	source->drained = 0;
	source_read_lethal(source);
	now = source->read_ns;
	ring_buffer__consume(source->rings[KS_RING_BULK]);
	if (source_was_emptied(source))
		source_release(source, now - HOLD_NS, 0);
	else
		source_release(source, 0, now - BACKLOG_WAIT_NS);
	return source->drained + (source->first != NULL);
}

bool source_was_emptied(const struct source *source)
{
	return source->drained < SOURCE_DRAIN_MAX;
}

int source_wait_ms(const struct source *source)
{
	if (!source_was_emptied(source))
		return 0;
	return source->first ? HOLD_NS / 1000000 + 1 : SOURCE_POLL_MS;
}

int source_fd(const struct source *source)
{
	return source->epoll_fd;
}

/*
 * The other half of wakeup() in emit.bpf.h. Twice as long, for that goes by when an event began,
 * and it is some time until the record is in the ring.
 */
bool source_may_sleep(const struct source *source)
{
	return !source->first && clock_monotonic_ns() > loader_last_wake_ns(source->loader) +
							    SOURCE_POLL_MS * 2000000ull;
}

void source_close(struct source *source)
{
	if (!source)
		return;
	while (source->first)
		free(source_take_first(source));
	for (int ring = 0; ring < KS_RINGS; ring++)
		ring_buffer__free(source->rings[ring]);
	if (source->epoll_fd >= 0)
		close(source->epoll_fd);
	free(source);
}
