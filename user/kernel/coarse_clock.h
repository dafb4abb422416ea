/* SPDX-License-Identifier: GPL-2.0-only */
/* Whether the BPF side reads the kernel's coarse clock right: coarse_real_ns(), bpf/compat.bpf.h.
 */
#ifndef KS_COARSE_CLOCK_H
#define KS_COARSE_CLOCK_H

#include <stdint.h>

struct btf;

/* The 32 bits at an address of the kernel: 0 or -errno. */
typedef int (*coarse_clock_reader)(void *context, uint64_t address, uint32_t *ret);

/*
 * Reads the clock as the BPF side does, of the kernel's clocks at `address`, and compares it with
 * CLOCK_REALTIME_COARSE. 0; -EUCLEAN: it is another time; -ENOENT: the types lack a member; or
 * -errno if it cannot be read.
 */
int coarse_clock_compare(const struct btf *types, uint64_t address, coarse_clock_reader read,
			 void *context);

/* The same with this kernel. */
int coarse_clock_try(const struct btf *types, uint64_t address);

#endif
