/* SPDX-License-Identifier: GPL-2.0-only */
/* Counts of numbers of any size, in rough logarithmic steps: enough for a median. */
#ifndef KS_HISTOGRAM_H
#define KS_HISTOGRAM_H

#include <stdint.h>

struct histogram {
	uint64_t counts[64 * 8];
	uint64_t n;
};

void histogram_add(struct histogram *histogram, uint64_t number);

/* The median, 6 % off at most; UINT64_MAX if there is nothing. */
uint64_t histogram_median(const struct histogram *histogram);

#endif
