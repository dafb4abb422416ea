/* SPDX-License-Identifier: GPL-2.0-only */
/* Why a call is known to one side only, or not the same on both. */
#ifndef KS_COMPARE_EXPLAIN_H
#define KS_COMPARE_EXPLAIN_H

#include "compare/compare.h"

/* As a JSON value, "lost_by_audit", and in words; of CAUSE_NONE "unexplained". */
const char *compare_cause_name(enum compare_cause cause);
const char *compare_cause_text(enum compare_cause cause);

/* Our event that audit has not, but for losses. */
enum compare_cause compare_explain_killsnoop(const struct compare_host *host,
					     const struct compare_event *event);

/* An event of audit that we have not, but for losses. */
enum compare_cause compare_explain_audit(struct audit_text *parser, const struct filter *filter,
					 const struct compare_host *host,
					 const struct compare_event *event);

/*
 * Whether the events are the same but for records that one side alone has, and may have alone:
 * audit, of targets that the filters exclude.
 */
bool compare_is_superset(struct audit_text *parser, const struct filter *filter,
			 const struct compare_event *ours, const struct compare_event *audit);

/*
 * Whether our side does not see the call return: it then misses calls that failed, and
 * takes each target of the others for a call.
 */
bool compare_lacks_return(const struct compare_host *host, const struct compare_event *event);

/* Why the field `name` differs, or the record; "time" is one, too. */
enum compare_cause compare_explain_field(struct audit_text *parser, const struct compare_host *host,
					 const struct compare_event *ours,
					 const struct compare_event *audit, const char *name);

/* Whether records of `more` are missing in `less`, and nothing else differs. */
bool compare_lacks_records(const struct compare_event *less, const struct compare_event *more);

#endif
