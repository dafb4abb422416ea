/* SPDX-License-Identifier: GPL-2.0-only */
/* What processes have used of a CPU. */
#ifndef KS_CPU_TIME_H
#define KS_CPU_TIME_H

#include <stdint.h>
#include <sys/types.h>

#define CPU_TIME_UNKNOWN UINT64_MAX

/* The kernel's thread of that name, or 0. */
pid_t cpu_time_find_kthread(const char *name);

/*
 * ns that all threads of a process ran, those that have ended excepted, by /proc/PID/schedstat;
 * CPU_TIME_UNKNOWN if the kernel does not say, or there is no such process.
 */
uint64_t cpu_time_of(pid_t pid);

/* ns that the calling thread ran. */
uint64_t cpu_time_own(void);

#endif
