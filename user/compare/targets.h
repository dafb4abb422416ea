/* SPDX-License-Identifier: GPL-2.0-only */
/* Targets without a signal, which our side may have to search for when the call has returned. */
#ifndef KS_COMPARE_TARGETS_H
#define KS_COMPARE_TARGETS_H

#include "compare/compare.h"

/*
 * Whether the targets of both sides are the same, in the same order, but for processes that cannot
 * have been there both when the call looked at them and when we did: ours that are younger than the
 * call, and those of audit that got no signal and are gone by now.
 */
bool compare_is_searched(struct audit_text *parser, const struct compare_host *host,
			 const struct compare_event *ours, const struct compare_event *audit);

#endif
