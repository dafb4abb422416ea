/* SPDX-License-Identifier: GPL-2.0-only */
/* The findings of compare as JSON: see events.schema.json. */
#ifndef KS_COMPARE_JSON_H
#define KS_COMPARE_JSON_H

#include "compare/report.h"

/* Any finding but an identical one. */
void compare_json_finding(const struct compare_report *report,
			  const struct compare_finding *finding);

void compare_json_summary(struct compare_report *report, const struct compare *compare,
			  const struct compare_totals *totals);

#endif
