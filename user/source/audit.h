/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Audit's records from the netlink multicast group AUDIT_NLGRP_READLOG, which any number of readers
 * share, auditd or not.
 */
#ifndef KS_SOURCE_AUDIT_H
#define KS_SOURCE_AUDIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct source_audit;

struct source_audit_handlers {
	/* All records of a call that a rule with our key matched, a line each; audit's time of it.
	 */
	void (*event)(void *context, const char *text, size_t bytes, uint64_t time_ms,
		      uint64_t arrival_ns);
	/* The kernel reports a change of a rule with our key: op is "add_rule" or "remove_rule".
	 */
	void (*rule)(void *context, const char *op);
	void *context;
};

/*
 * Opens the group. `key`: of the rules whose events are wanted; it must outlive the source. 0, or
 * -errno reported on stderr.
 */
int source_audit_open(struct source_audit **ret, const char *key,
		      const struct source_audit_handlers *handlers);

enum { SOURCE_AUDIT_DRAIN_MAX = 4096 }; /* records at a time */

/*
 * Handles what has come, but at most SOURCE_AUDIT_DRAIN_MAX records. Returns how many; less than
 * that: everything that the kernel had sent has come.
 */
int source_audit_drain(struct source_audit *source);

/* Readable when there is something to drain. */
int source_audit_fd(const struct source_audit *source);

/* How often the kernel reported that it dropped records because we were too slow: each, some. */
uint64_t source_audit_overruns(const struct source_audit *source);

/* Events that have begun, but not ended. */
size_t source_audit_open_events(const struct source_audit *source);

/*
 * How far the stream is complete, as a time of audit in ms: that of the newest record of any
 * process, or of our oldest event that has not ended. 0: there was none.
 */
uint64_t source_audit_complete_ms(const struct source_audit *source);

/* Hands out the events whose end was lost, begun before `time_ns` (CLOCK_MONOTONIC). */
void source_audit_expire(struct source_audit *source, uint64_t time_ns);

void source_audit_close(struct source_audit *source);

#endif
