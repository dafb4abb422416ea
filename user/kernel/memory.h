/* SPDX-License-Identifier: GPL-2.0-only */
/* How much memory of the kernel the BPF side takes: what the kernel says itself. */
#ifndef KS_MEMORY_H
#define KS_MEMORY_H

#include <stdint.h>

#include "kernel/loader.h"

struct loader_memory {
	uint64_t rings, maps, programs; /* bytes; maps: the others, without their elements */
	/* What an element takes, 0 where all have been taken at once: of a process, and of what it
	 * executed if that is long. */
	uint32_t per_process, per_long_text;
	uint32_t processes_max;
};

/*
 * Loads what tracing would, attaches nothing, and frees it. 0, -EOPNOTSUPP: the kernel does not say
 * (before v6.4, where maps are not locked memory), or -errno.
 */
int loader_measure(const struct loader_config *config, struct loader_memory *ret);

#endif
