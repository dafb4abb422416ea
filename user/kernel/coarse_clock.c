// SPDX-License-Identifier: GPL-2.0-only
#include "kernel/coarse_clock.h"

#include <errno.h>
#include <stdbool.h>
#include <time.h>

#include "kernel/layout.h"
#include "kernel/task_peek.h"

enum { TRIES = 3, TICKS = 2, NSEC_PER_SEC = 1000000000 };

/* ---- where it is: as timekeeper() and read_coarse_clock() of the BPF side have it ---- */

struct place {
	uint64_t seconds, ns, shift; /* shift: 0: ns is no part of a tick */
};

static uint64_t coarse_clock_offset(const struct btf *types)
{
	uint32_t offset, bytes;

	if (!layout_find(types, "tk_data", "timekeeper", &offset, &bytes))
		return offset;
	if (layout_find(types, "seqcount_raw_spinlock", "", &offset, &bytes))
		return 0;
	return (bytes + 7) & ~7U;
}

static int coarse_clock_find(const struct btf *types, uint64_t address, struct place *ret)
{
	uint64_t clock = address + coarse_clock_offset(types);
	uint32_t seconds, ns, shift, bytes;

	if (layout_find(types, "timekeeper", "xtime_sec", &seconds, &bytes))
		return -ENOENT;
	*ret = (struct place){ .seconds = clock + seconds };
	if (!layout_find(types, "timekeeper", "coarse_nsec", &ns, &bytes)) {
		ret->ns = clock + ns;
		return 0;
	}
	if (layout_find(types, "timekeeper", "tkr_mono.xtime_nsec", &ns, &bytes) ||
	    layout_find(types, "timekeeper", "tkr_mono.shift", &shift, &bytes))
		return -ENOENT;
	ret->ns = clock + ns;
	ret->shift = clock + shift;
	return 0;
}

/* ---- what it is ---- */

static int coarse_clock_read_shifted(const struct place *place, coarse_clock_reader read,
				     void *context, uint64_t *ret)
{
	uint32_t low, high, shift;
	int err = read(context, place->ns, &low);

	err = err ? err : read(context, place->ns + sizeof(low), &high);
	err = err ? err : read(context, place->shift, &shift);
	if (!err)
		*ret = ((uint64_t)high << 32 | low) >> (shift & 63);
	return err;
}

/* Of the seconds, 32 bits. */
static int coarse_clock_read(const struct place *place, coarse_clock_reader read, void *context,
			     uint64_t *ret)
{
	uint32_t seconds, ns;
	uint64_t all_ns;
	int err = read(context, place->seconds, &seconds);

	if (err)
		return err;
	if (place->shift) {
		err = coarse_clock_read_shifted(place, read, context, &all_ns);
	} else {
		err = read(context, place->ns, &ns);
		all_ns = ns;
	}
	if (!err)
		*ret = (uint64_t)seconds * NSEC_PER_SEC + all_ns;
	return err;
}

/* Likewise, of the seconds 32 bits. */
static uint64_t coarse_clock_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME_COARSE, &now);
	return (uint64_t)(uint32_t)now.tv_sec * NSEC_PER_SEC + (uint64_t)now.tv_nsec;
}

static uint64_t coarse_clock_tolerance(void)
{
	struct timespec tick;

	clock_getres(CLOCK_REALTIME_COARSE, &tick);
	return TICKS * ((uint64_t)tick.tv_sec * NSEC_PER_SEC + (uint64_t)tick.tv_nsec);
}

/* It is read in parts: between two of them, a second may begin. */
int coarse_clock_compare(const struct btf *types, uint64_t address, coarse_clock_reader read,
			 void *context)
{
	uint64_t tolerance = coarse_clock_tolerance(), before, is = 0;
	struct place place;
	int err = coarse_clock_find(types, address, &place);

	for (int i = 0; !err && i < TRIES; i++) {
		before = coarse_clock_now();
		err = coarse_clock_read(&place, read, context, &is);
		if (!err && is + tolerance >= before && is <= coarse_clock_now() + tolerance)
			return 0;
	}
	return err ? err : -EUCLEAN;
}

static int coarse_clock_peek(void *context, uint64_t address, uint32_t *ret)
{
	(void)context;
	return task_peek_read_at(address, ret);
}

int coarse_clock_try(const struct btf *types, uint64_t address)
{
	return coarse_clock_compare(types, address, coarse_clock_peek, NULL);
}
