/* SPDX-License-Identifier: GPL-2.0-only */
/* What compare found, as text or JSON: each finding as it comes, and a summary. */
#ifndef KS_COMPARE_REPORT_H
#define KS_COMPARE_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "compare.h"
#include "strbuf.h"

/* Times in rough logarithmic steps: enough for a median. */
struct histogram {
	uint64_t counts[64 * 8];
	uint64_t n;
};

void histogram_add(struct histogram *histogram, uint64_t ns);

/* The median, 6 % off at most; COMPARE_UNKNOWN if there is nothing. */
uint64_t histogram_median(const struct histogram *histogram);

#define COMPARE_UNKNOWN UINT64_MAX

struct field_count;

struct compare_report {
	struct strbuf *out;
	bool json, utc;
	struct histogram delays[SIDES]; /* from the call to us */
	struct field_count *fields;	/* how often each made a difference: hash by name */
};

/* Times are CPU times, in ns; COMPARE_UNKNOWN where they cannot be had. */
struct compare_totals {
	uint64_t duration_ns;
	uint64_t events[SIDES];	 /* calls that came */
	uint64_t lost_killsnoop; /* events */
	uint64_t lost_audit;	 /* records */
	uint64_t overruns_audit; /* times that records were dropped for us alone */
	uint64_t hooks_ns;	 /* our BPF programs */
	uint64_t pipeline_ns;	 /* reading, decoding and formatting our events */
	uint64_t kauditd_ns, auditd_ns;
};

/* A compare_handler; the context is the report. */
void compare_report_finding(void *context, const struct compare_finding *finding);

void compare_report_summary(struct compare_report *report, const struct compare *compare,
			    const struct compare_totals *totals);

void compare_report_clear(struct compare_report *report);

#endif
