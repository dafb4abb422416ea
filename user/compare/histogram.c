// SPDX-License-Identifier: GPL-2.0-only
#include "compare/histogram.h"

#include <stddef.h>

enum { STEPS = 8 }; /* in each doubling */

static size_t histogram_step_of(uint64_t ns)
{
	size_t doublings = ns < STEPS ? 0 : 63 - __builtin_clzll(ns) - 2;

	return doublings ? doublings * STEPS + (ns >> (doublings - 1) & (STEPS - 1)) : ns;
}

static uint64_t histogram_middle_of(unsigned int step)
{
	unsigned int doublings = step / STEPS;
	uint64_t from = STEPS + step % STEPS;

	return doublings ? (from << (doublings - 1)) + (1ull << (doublings - 1)) / 2 : step;
}

void histogram_add(struct histogram *histogram, uint64_t ns)
{
	histogram->counts[histogram_step_of(ns)]++;
	histogram->n++;
}

uint64_t histogram_median(const struct histogram *histogram)
{
	uint64_t seen = 0;

	for (unsigned int step = 0; step < sizeof(histogram->counts) / sizeof(uint64_t); step++) {
		seen += histogram->counts[step];
		if (seen * 2 > histogram->n)
			return histogram_middle_of(step);
	}
	return UINT64_MAX;
}
