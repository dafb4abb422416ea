/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KS_PROCFS_H
#define KS_PROCFS_H

#include <stdint.h>

/*
 * Whether /proc shows the processes of our pid namespace: 0, -EACCES if it hides those of others
 * from us (hidepid, see proc(5)), -ESRCH if its pids are of another namespace, -ENOENT if it is
 * not mounted.
 */
int procfs_try(void);

/* When a process began, in hundredths of a second of CLOCK_BOOTTIME. `dir`: its directory. */
int procfs_start_ticks(int dir, uint64_t *ret);

#endif
