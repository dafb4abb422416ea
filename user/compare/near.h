/* SPDX-License-Identifier: GPL-2.0-only */
/* How near two events are to each other, in time and in text. */
#ifndef KS_COMPARE_NEAR_H
#define KS_COMPARE_NEAR_H

#include "compare/compare.h"

uint64_t near_distance_ms(const struct compare_event *a, const struct compare_event *b);

/* What times may differ by: both are cut to milliseconds. */
uint64_t near_tolerance_ms(const struct compare *compare);

/* How far apart the same call can be: as far as audit's clock can be late. */
uint64_t near_reach_ms(const struct compare *compare);

/* Whether their times differ by more than they may. */
bool near_is_late(const struct compare *compare, const struct compare_event *a,
		  const struct compare_event *b);

bool near_is_same_text(const struct strbuf *a, const struct strbuf *b);

/* Of one event of each side: the same records, or audit's more for targets that filters exclude. */
bool near_has_same_body(const struct compare *compare, const struct compare_event *event,
			const struct compare_event *other);

#endif
