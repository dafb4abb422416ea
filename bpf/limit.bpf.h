/* SPDX-License-Identifier: GPL-2.0-only */
/* Which limit a process came up against, where the kernel sent the signal for one. */
#ifndef KS_LIMIT_BPF_H
#define KS_LIMIT_BPF_H

enum { MEMORY_LEVELS_MAX = 16 };

/* include/asm-generic/resource.h, include/uapi/asm-generic/resource.h */
enum { RLIMIT_CPU = 0, RLIMIT_FSIZE = 1 };

static __always_inline void fill_rlimit(struct ks_cause *cause, u32 sig, struct task_struct *target)
{
	struct signal_struct *signal = BPF_CORE_READ(target, signal);

	cause->facts |= KS_CAUSE_RLIMIT;
	if (sig == SIGXFSZ)
		cause->rlimit = BPF_CORE_READ(signal, rlim[RLIMIT_FSIZE].rlim_cur);
	else if (sig == SIGXCPU)
		cause->rlimit = BPF_CORE_READ(signal, rlim[RLIMIT_CPU].rlim_cur);
	else
		cause->rlimit = BPF_CORE_READ(signal, rlim[RLIMIT_CPU].rlim_max);
}

static __always_inline void fill_memory(struct ks_cause *cause, struct task_struct *target)
{
	struct mm_struct *mm = BPF_CORE_READ(target, mm);
	s64 pages;

	if (!mm)
		return;
	pages = resident_pages(mm);
	cause->memory_bytes = pages > 0 ? (u64)pages * cfg_page_bytes : 0;
	cause->facts |= KS_CAUSE_MEMORY;
}

/* The memory cgroup of `target`, as a css; 0: there is none. */
static __always_inline u64 memory_css_of(struct task_struct *target)
{
	u64 set = ADDRESS_OF(BPF_CORE_READ(target, cgroups)), css = 0;

	bpf_probe_read_kernel(
	    &css, sizeof(css),
	    (void *)(set + bpf_core_field_offset(struct css_set, subsys) +
		     bpf_core_enum_value(enum cgroup_subsys_id, memory_cgrp_id) * sizeof(css)));
	return css;
}

/*
 * The kernel charges pages in batches and gives up what does not fit: MEMCG_CHARGE_BATCH,
 * include/linux/memcontrol.h.
 */
static __always_inline bool is_used_up(u64 css)
{
	struct mem_cgroup *group = STRUCT_AT(mem_cgroup, css);

	return (u64)BPF_CORE_READ(group, memory.usage.counter) + 64 >=
	       BPF_CORE_READ(group, memory.max);
}

static __always_inline void note_memory_limit(struct ks_cause *cause, u64 css)
{
	struct mem_cgroup *group = STRUCT_AT(mem_cgroup, css);
	struct cgroup *cgroup = BPF_CORE_READ(group, css.cgroup);

	if (cause->memory_limits++)
		return;
	cause->memory_limit = BPF_CORE_READ(group, memory.max) * cfg_page_bytes;
	cause->memory_level = ~0;
	if (BPF_CORE_READ(cgroup, root, hierarchy_id) == cfg_hierarchy)
		cause->memory_level = BPF_CORE_READ(cgroup, level);
}

/* That of the target, or one around it, is why the kernel chose a victim. */
static __always_inline void fill_memory_limit(struct ks_cause *cause, struct task_struct *target)
{
	u64 css;
	u32 i;

	if (cfg_hierarchy == KS_HIERARCHY_NONE || !bpf_core_type_exists(struct mem_cgroup))
		return;
	css = memory_css_of(target);
	for (i = 0; i < MEMORY_LEVELS_MAX && css; i++) {
		if (is_used_up(css))
			note_memory_limit(cause, css);
		css = ADDRESS_OF(BPF_CORE_READ(STRUCT_AT(mem_cgroup, css), css.parent));
	}
}

/* Of the signal and the cause in SLOT_SIGNAL. A global function: its stack is its own. */
__noinline int fill_limits(u64 target)
{
	struct scratch *to = slot_bytes(SLOT_SIGNAL);
	struct task_struct *to_thread = STRUCT_AT(task_struct, target);
	u32 sig;

	if (!to)
		return 0;
	sig = ((struct ks_signal *)to->bytes)->signal;
	if (sig == SIGXFSZ || sig == SIGXCPU || sig == SIGKILL)
		fill_rlimit(cause_in(to), sig, to_thread);
	if (sig == SIGKILL) {
		fill_memory(cause_in(to), to_thread);
		fill_memory_limit(cause_in(to), to_thread);
	}
	return 0;
}

#endif
