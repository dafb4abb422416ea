/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The way of the data behind the ring, in one place: record -> decode -> correlate -> enrich ->
 * filter -> sum up -> number -> blast -> handler. Whatever reads records uses it: the live trace,
 * compare, replay.
 */
#ifndef KS_STREAM_H
#define KS_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "enrich/blast.h"
#include "enrich/enrich.h"
#include "enrich/sent.h"
#include "enrich/stops.h"
#include "enrich/verdict.h"
#include "event/decode.h"
#include "filter/filter.h"
#include "lib/clock.h"
#include "stream/repeats.h"

/*
 * Gets the events of one call that are to be shown, in the order the kernel sent them, or one event
 * that stands alone. They are the handler's only for the time of the call.
 */
typedef void stream_handler(void *context, struct event **events, size_t n);

struct stream_config {
	const struct filter *filter;
	bool finds_causes; /* of the ends of processes */
	bool wants_names;  /* of users and containers */
	bool sums_repeats; /* equal signals are one event: see repeats.h */
	bool finds_blasts; /* what each process reaches, shown once more at its end: see blast.h */
	uint64_t count;	   /* show so many signals; 0: no limit */
	stream_handler *handle;
	void (*end)(void *context, const struct event *exit); /* of a watched process; or NULL */
	void *context;
};

struct stream {
	struct stream_config config;
	struct clock clock;
	struct decoder decoder;
	struct enrich enrich;
	struct verdicts verdicts;
	struct stops stops;
	struct sent_table sent;
	struct repeats repeats;
	struct blasts blasts;
	uint64_t seq;			    /* of the last signal; lost ones have numbers, too */
	uint64_t signals;		    /* shown */
	uint64_t lost;			    /* events */
	struct event_loss losses[LOSS_MAX]; /* sums, by cause: also of what events lack */
	uint64_t reported[LOSS_MAX];	    /* by stream_show_loss(), so far */
	uint64_t failed;		    /* times that enriching lacked memory */
	bool is_incomplete;		    /* there were losses */
	bool is_ended; /* nothing is handled or counted any more: the handler may set that */
};

/* What `config` points to must outlive the stream. 0, or -errno: there are no clocks. */
int stream_init(struct stream *stream, const struct stream_config *config);

/* One record, aligned to 8 bytes. What is wrong with it is counted: see stream_show_failures(). */
void stream_add(struct stream *stream, const void *record, size_t bytes);

/* So many events or facts have been lost by that cause, ever: an event shows what is new. */
void stream_show_loss(struct stream *stream, unsigned int cause, uint64_t total);

/* How many of them have been shown. */
uint64_t stream_reported_loss(const struct stream *stream, unsigned int cause);

/* Likewise for what the stream itself lost: bad records, memory, results of calls. */
void stream_show_failures(struct stream *stream);

/* Whether all that may be shown has been. */
bool stream_is_full(const struct stream *stream);

/*
 * Shows what has waited to be summed up, and the blasts, that are complete by `time_ns`
 * (CLOCK_MONOTONIC); no event older than that may come. UINT64_MAX: all. Events do that, too, as
 * time goes by.
 */
void stream_pass_time(struct stream *stream, uint64_t time_ns);

/* Whether something waits to be summed up. */
bool stream_has_sums(const struct stream *stream);

/* When the next blast may end that is to be shown; UINT64_MAX: there is none. */
uint64_t stream_next_end_ns(const struct stream *stream);

void stream_clear(struct stream *stream);

#endif
