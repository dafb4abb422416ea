/* SPDX-License-Identifier: GPL-2.0-only */
/* The two streams of a compare: what comes on each is put beside the other. */
#ifndef KS_COMPARE_STREAMS_H
#define KS_COMPARE_STREAMS_H

#include "cmd/compare_session.h"

/* Handlers of our stream. */
void compare_streams_on_events(void *context, struct event **events, size_t n);
void compare_streams_on_end(void *context, const struct event *exit);

/* Handlers of audit's. */
void compare_streams_on_audit_event(void *context, const char *text, size_t bytes, uint64_t time_ms,
				    uint64_t arrival_ns);
void compare_streams_on_audit_rule(void *context, const char *op);

/* Compares what our stream has brought. */
void compare_streams_take_formatted(struct compare_session *session);

/* How many calls our side lost, ever. */
uint64_t compare_streams_count_lost(const struct compare_session *session);

/* A time of audit as CLOCK_MONOTONIC. */
uint64_t compare_streams_mono_of_ms(const struct compare_session *session, uint64_t time_ms);

/* Of CLOCK_BOOTTIME to CLOCK_MONOTONIC. */
uint64_t compare_streams_boot_ahead_ns(void);

#endif
