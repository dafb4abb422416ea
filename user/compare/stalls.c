// SPDX-License-Identifier: GPL-2.0-only
#include "compare/stalls.h"

#include <time.h>

#include "lib/clock.h"

#define NS_PER_MS 1000000

static uint64_t stalls_now_ns(clockid_t id)
{
	struct timespec now = { 0 };

	clock_gettime(id, &now);
	return now.tv_sec * 1000000000ull + now.tv_nsec;
}

void stalls_add(struct stalls *stalls, uint64_t clock_ms, uint64_t until_ns)
{
	struct stall *last = &stalls->items[(stalls->n - 1) % STALLS_MAX];

	if (!stalls->n || last->clock_ms != clock_ms)
		last = &stalls->items[stalls->n++ % STALLS_MAX];
	*last = (struct stall){ clock_ms, until_ns };
}

/* In this order: an interrupt in between makes the stall shorter, not longer. */
void stalls_watch(struct stalls *stalls, uint64_t tick_ns)
{
	uint64_t until_ns = clock_monotonic_ns(), real_ns = stalls_now_ns(CLOCK_REALTIME);
	uint64_t clock_ns = stalls_now_ns(CLOCK_REALTIME_COARSE);

	if (clock_ns + 2 * tick_ns < real_ns)
		stalls_add(stalls, clock_ns / NS_PER_MS, until_ns);
}

bool stalls_has(const struct stalls *stalls, uint64_t clock_ms, uint64_t time_ns)
{
	size_t n = !stalls ? 0 : stalls->n < STALLS_MAX ? stalls->n : STALLS_MAX;

	for (size_t i = 0; i < n; i++)
		if (stalls->items[i].clock_ms <= clock_ms && stalls->items[i].until_ns >= time_ns)
			return true;
	return false;
}
