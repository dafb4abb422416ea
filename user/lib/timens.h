/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Our time namespace: in it, CLOCK_MONOTONIC and CLOCK_BOOTTIME are ahead of the kernel's own,
 * which records have. See time_namespaces(7).
 */
#ifndef KS_TIMENS_H
#define KS_TIMENS_H

#include <stdint.h>

/* By how much; negative: they are behind. All zero in the initial namespace. */
struct timens {
	int64_t monotonic_ns, boottime_ns;
};

/*
 * Finds it in /proc. 0, or a negative errno if that does not show it: it is not mounted, or the
 * process left a namespace for its children that is not its own.
 */
int timens_find(struct timens *ret);

/* The same from what /proc/self/timens_offsets has: 0 or -EBADMSG. */
int timens_parse(const char *text, struct timens *ret);

/*
 * Asks the kernel itself, which takes the privileges to load a BPF program, whether our clocks show
 * what its own do: 1 or 0, or -errno.
 */
int timens_is_initial(void);

#endif
