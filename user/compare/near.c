// SPDX-License-Identifier: GPL-2.0-only
#include "compare/near.h"

#include <string.h>

#include "compare/explain.h"

#define NS_PER_MS 1000000

uint64_t near_distance_ms(const struct compare_event *a, const struct compare_event *b)
{
	return a->call.time_ms > b->call.time_ms ? a->call.time_ms - b->call.time_ms
						 : b->call.time_ms - a->call.time_ms;
}

/* What times may differ by: both are cut to milliseconds. */
uint64_t near_tolerance_ms(const struct compare *compare)
{
	return compare->host->tick_ns / NS_PER_MS + 1;
}

/* How far apart the same call can be: as far as audit's clock can be late. */
uint64_t near_reach_ms(const struct compare *compare)
{
	return compare_clock_lag_ns(compare->host) / NS_PER_MS;
}

bool near_is_late(const struct compare *compare, const struct compare_event *a,
		  const struct compare_event *b)
{
	return near_distance_ms(a, b) > near_tolerance_ms(compare);
}

bool near_is_same_text(const struct strbuf *a, const struct strbuf *b)
{
	return a->len == b->len && !memcmp(strbuf_str(a), strbuf_str(b), a->len);
}

bool near_has_same_body(const struct compare *compare, const struct compare_event *event,
			const struct compare_event *other)
{
	const struct compare_event *ours = event->side == SIDE_KILLSNOOP ? event : other;
	const struct compare_event *audit = ours == event ? other : event;

	return near_is_same_text(&ours->body, &audit->body) ||
	       compare_is_superset(compare->parser, compare->filter, ours, audit);
}
