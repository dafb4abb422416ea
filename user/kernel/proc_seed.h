/* SPDX-License-Identifier: GPL-2.0-only */
/* Processes older than the tracer: what /proc has of them becomes their exec infos. */
#ifndef KS_PROC_SEED_H
#define KS_PROC_SEED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/env_names.h"

enum { PROC_SEED_STARTS_MAX = 2 };

/*
 * When a process started by the kernel's own clock, if /proc/PID/stat says `ticks` in a time
 * namespace that is `ahead_ns` ahead. Offsets need not be whole ticks: one of the two it is then.
 * Returns how many.
 */
size_t proc_seed_find_starts(uint64_t ticks, int64_t ahead_ns, uint64_t ret[PROC_SEED_STARTS_MAX]);

/*
 * Adds an exec info for every process in /proc. Call with the exec and fork hooks
 * attached: what they write is newer and wins. `is_nested`: we are not in the initial pid
 * namespace. `env`: the variables that are wanted. What cannot be read is left out.
 */
void proc_seed_all(int execs_fd, int long_texts_fd, bool is_nested, const struct env_names *env);

#endif
