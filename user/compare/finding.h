/* SPDX-License-Identifier: GPL-2.0-only */
/* The result of a comparison, with its cause: each is counted, and passed to the handler. */
#ifndef KS_COMPARE_FINDING_H
#define KS_COMPARE_FINDING_H

#include "compare/compare.h"

/* Why an event is on one side only, but for losses. */
enum compare_cause finding_explain_alone(const struct compare *compare,
					 const struct compare_event *event);

void finding_report_alone(struct compare *compare, const struct compare_event *event);
void finding_report_identical(struct compare *compare, const struct compare_event *event,
			      const struct compare_event *other);

/* `is_late`: the times differ by more than a tick. */
void finding_report_different(struct compare *compare, const struct compare_event *ours,
			      const struct compare_event *audit, bool is_late, bool has_same_body);

#endif
