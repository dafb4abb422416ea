/* SPDX-License-Identifier: GPL-2.0-only */
/* Programs and maps that do nothing, by which it is found out what the kernel lets us do. All
 * return 0 or -errno. */
#ifndef KS_FEATURE_PROBES_H
#define KS_FEATURE_PROBES_H

#include <stdint.h>
#include <linux/bpf.h>

struct btf;

/* Whether any program can be loaded. */
int probe_program(void);

/*
 * Whether a program can be attached to a function or, with BPF_TRACE_RAW_TP, a tracepoint, of the
 * kernel whose types these are; NULL: it has none.
 */
int probe_attach(const struct btf *own, const char *name, enum bpf_attach_type type);

/* Whether programs may read the kernel's memory. */
int probe_memory(void);

/*
 * Whether programs can read structs by direct load, as the object for that does, of a kernel whose
 * types these are (NULL: it has none), and whether such a load takes 0 for what is not there:
 * `address` is that of no task.
 */
int probe_direct_loads(const struct btf *own, uint64_t address);

/* Whether programs on tracepoints may call that. */
int probe_helper(enum bpf_func_id helper);

/* Whether maps of that type can be made. */
int probe_map(enum bpf_map_type type);

/* Whether maps can have the memory they need. */
int probe_locked_memory(void);

/* Whether programs that trace can use maps that allocate as they fill. */
int probe_map_alloc(void);

#endif
