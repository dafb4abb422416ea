/* SPDX-License-Identifier: GPL-2.0-only */
/* What compare found, as text or JSON: each finding as it comes, and a summary. */
#ifndef KS_COMPARE_REPORT_H
#define KS_COMPARE_REPORT_H

#include <stdbool.h>
#include <stdint.h>
#include <uthash.h>

#include "compare/compare.h"
#include "compare/histogram.h"
#include "lib/strbuf.h"

#define COMPARE_UNKNOWN UINT64_MAX

/* How often a field made a difference. */
struct field_count {
	char name[64];
	uint64_t count;
	UT_hash_handle hh;
};

struct compare_report {
	struct strbuf *out;
	bool json, utc;
	struct histogram delays[SIDES]; /* from the call to us */
	struct field_count *fields;	/* hash by name */
};

/* Times are CPU times, in ns; COMPARE_UNKNOWN where they cannot be had. */
struct compare_totals {
	uint64_t duration_ns;
	uint64_t events[SIDES];	 /* calls that came */
	uint64_t lost_killsnoop; /* events */
	bool lost_unfiltered;	 /* such that a filter by name or unit would leave out, too */
	uint64_t lost_audit;	 /* records */
	uint64_t overruns_audit; /* times that records were dropped for us alone */
	uint64_t hooks_ns;	 /* our BPF programs */
	uint64_t pipeline_ns;	 /* reading, decoding and formatting our events */
	uint64_t kauditd_ns, auditd_ns;
};

/* What each of so many events cost. */
static inline uint64_t compare_per_event(uint64_t ns, uint64_t events)
{
	return ns == COMPARE_UNKNOWN || !events ? COMPARE_UNKNOWN : ns / events;
}

const char *compare_side_name(enum compare_side side);

/* A compare_handler; the context is the report. */
void compare_report_finding(void *context, const struct compare_finding *finding);

void compare_report_summary(struct compare_report *report, const struct compare *compare,
			    const struct compare_totals *totals);

void compare_report_clear(struct compare_report *report);

#endif
