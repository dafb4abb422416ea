/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Joins the signals that one system call sent with its return: one call with N targets. Events wait
 * here until the call returns, and an exit until the call that may have caused it is complete.
 */
#ifndef KS_CORRELATE_H
#define KS_CORRELATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uthash.h>

#include "event/event.h"

/*
 * Gets the signal events of one call in the order the kernel sent them, or one event that stands
 * alone. They are the handler's only for the time of the call, but for those that it takes by
 * replacing them with NULL.
 */
typedef void correlate_handler(void *context, struct event **events, size_t n);

struct pending_call;

struct correlator {
	correlate_handler *handle;
	void *context;
	struct pending_call *pending; /* hash by the sender's tid and the id of the call */
	struct pending_call *open;    /* those of them without a return, by tid and ring */
	uint64_t unreturned;	      /* calls with signals whose return was not seen */
};

/* Which call a signal is of: the ring that has it, and the thread that makes the call. */
struct call_source {
	enum ks_ring ring;
	uint32_t tid;
};

/* Takes ownership of a signal event of a call whose return will follow. 0 or -ENOMEM. */
int correlate_add_signal(struct correlator *calls, struct event *event, struct call_source source);

/* Takes ownership of a signal event that waits for nothing. */
void correlate_add_alone(struct correlator *calls, struct event *event);

/* A call of thread `tid` returned: see struct ks_return. */
struct call_return {
	uint32_t tid;
	uint64_t id;
	int64_t ret;
	bool sigkill_pending;
	uint32_t unshown;
	bool has_more; /* the other ring has signals of this call, too, and its return */
};

/*
 * The events of the call are handled, unless those of the other ring have yet to come. The thread
 * may have made further calls by then: one ring may be read long before the other.
 */
void correlate_return(struct correlator *calls, const struct call_return *returned);

/*
 * Takes ownership of an exit event, which waits for the calls that hit that process, or of a lost
 * event, which waits for all that began before it.
 */
void correlate_add_other(struct correlator *calls, struct event *event);

/*
 * Handles calls that began before `time_ns` (CLOCK_MONOTONIC): their return was lost. UINT64_MAX:
 * all.
 */
void correlate_expire(struct correlator *calls, uint64_t time_ns);

/* Whether one that began before `time_ns` is under way, as far as is known. */
bool correlate_has_older(const struct correlator *calls, uint64_t time_ns);

#endif
