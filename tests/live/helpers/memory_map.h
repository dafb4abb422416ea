/* SPDX-License-Identifier: GPL-2.0-only */
/* Where the parts of a process are in its memory: what PR_SET_MM_MAP sets, which needs no
 * privilege. */
#ifndef KS_TESTS_MEMORY_MAP_H
#define KS_TESTS_MEMORY_MAP_H

#include <linux/prctl.h>
#include <sys/prctl.h>

#include "helper.h"

/* What they are now; without a file to be the executable. */
static inline void read_memory_map(struct prctl_mm_map *map)
{
	char text[STAT_BYTES];

	*map = (struct prctl_mm_map){ .brk = (unsigned long)sbrk(0), .exe_fd = -1 };
	if (sscanf(read_stat_text(text),
		   ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d"
		   " %*u %*u %*d %*u %llu %llu %llu %*u %*u %*u %*u %*u %*u %*u %*u %*u %*d %*d %*u"
		   " %*u %*u %*u %*d %llu %llu %llu %llu %llu %llu %llu",
		   &map->start_code, &map->end_code, &map->start_stack, &map->start_data,
		   &map->end_data, &map->start_brk, &map->arg_start, &map->arg_end, &map->env_start,
		   &map->env_end) != 10)
		die("/proc/self/stat");
}

#endif
