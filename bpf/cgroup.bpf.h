/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The cgroup of a process. It has one in each hierarchy: that of version 2 and any number of
 * version 1; user space has chosen which one is reported.
 */
#ifndef KS_CGROUP_BPF_H
#define KS_CGROUP_BPF_H

/* How many links to pass by: those of hierarchies that were there before the chosen one. */
static u32 older_hierarchies;

/*
 * The node of the cgroup of `task` in the chosen hierarchy of version 1; 0: it was not found, which
 * a second try may change. The links of a css_set lead to its cgroup in each hierarchy, the oldest
 * first: link_css_set() in kernel/cgroup/cgroup.c. They are freed at once when the last task leaves
 * the css_set, so what was read holds only if `task` has not left meanwhile.
 *
 * Before v6.8, the verifier also checks global functions that are not called: this one is pruned.
 */
__noinline u64 find_v1_cgroup(u64 task)
{
	u32 older = older_hierarchies, i;
	struct css_set *set;
	u64 head, at, to_link;

	if (cfg_hierarchy <= KS_HIERARCHY_V2)
		return 0;
	set = BPF_CORE_READ(STRUCT_AT(task_struct, task), cgroups);
	head = at = (u64)set + bpf_core_field_offset(struct css_set, cgrp_links);
	to_link = bpf_core_field_offset(struct cgrp_cset_link, cgrp_link);
	for (i = 0; i < KS_HIERARCHIES_MAX; i++) {
		struct cgroup *cgroup;

		at = (u64)BPF_CORE_READ(STRUCT_AT(list_head, at), next);
		if (!at || at == head)
			break;
		if (i < older)
			continue;
		cgroup = BPF_CORE_READ(STRUCT_AT(cgrp_cset_link, at - to_link), cgrp);
		if (BPF_CORE_READ(cgroup, root, hierarchy_id) != cfg_hierarchy)
			continue;
		if (i != older)
			older_hierarchies = i;
		/* The next is to be read, not remembered. */
		barrier();
		return set == BPF_CORE_READ(STRUCT_AT(task_struct, task), cgroups)
			   ? ADDRESS_OF(BPF_CORE_READ(cgroup, kn))
			   : 0;
	}
	older_hierarchies = 0;
	return 0;
}

/* The node of the cgroup of `task`; 0: not known. Kernels without CONFIG_CGROUPS lack all of this.
 */
static __always_inline u64 cgroup_of(struct task_struct *task)
{
	if (cfg_hierarchy == KS_HIERARCHY_NONE)
		return 0;
	if (cfg_hierarchy == KS_HIERARCHY_V2)
		return (u64)BPF_CORE_READ(task, cgroups, dfl_cgrp, kn);
	return find_v1_cgroup(ADDRESS_OF(task)) ?: find_v1_cgroup(ADDRESS_OF(task));
}

/*
 * A number for the cgroup of `task`, never 0: its id, which no other cgroup of that hierarchy has.
 * One of version 1 keeps it when it is renamed: see mix_way().
 */
static __always_inline u64 cgroup_key(struct task_struct *task)
{
	u64 node = cgroup_of(task);

	return node ? BPF_CORE_READ(STRUCT_AT(kernfs_node, node), id) : ~0ULL;
}

#endif
