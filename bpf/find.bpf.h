/* SPDX-License-Identifier: GPL-2.0-only */
/* From a pid or a pidfd to the task, as the kernel finds it. */
#ifndef KS_FIND_BPF_H
#define KS_FIND_BPF_H

/* The thread of that pid; NULL: it has gone, or there is no such pid. */
static __always_inline struct task_struct *task_of(struct pid *pid)
{
	u64 first = pid ? (u64)BPF_CORE_READ(pid, tasks[PID_TYPE(PID)].first) : 0;
	u64 link = bpf_core_field_offset(struct task_struct, pid_links);

	return first ? STRUCT_AT(task_struct, first - link) : NULL;
}

/* The pid namespace that the numbers which current uses are of: task_active_pid_ns(). */
static __always_inline struct pid_namespace *current_pid_ns(void)
{
	struct pid *own = BPF_CORE_READ(current_task(), thread_pid);
	struct upid upid;

	read_upid(&upid, own, BPF_CORE_READ(own, level) & 31);
	return STRUCT_AT(pid_namespace, upid.ns);
}

/* What `nr` names in a namespace, through its IDR as find_pid_ns() in kernel/pid.c; 0: nothing. */
__noinline u64 find_pid_address(u64 address, u32 nr)
{
	struct pid_namespace *namespace = STRUCT_AT(pid_namespace, address);
	u64 node = ADDRESS_OF(BPF_CORE_READ(namespace, idr.idr_rt.xa_head));
	int i;

	nr -= BPF_CORE_READ(namespace, idr.idr_base);
	for (i = 0; i < 8 && (node & XA_TAG_MASK) == XA_TAG_NODE; i++) {
		struct xa_node *inner = STRUCT_AT(xa_node, node - XA_TAG_NODE);
		u64 index = (u64)nr >> (BPF_CORE_READ(inner, shift) & 31);

		if (index > XA_CHUNK_MASK && i == 0)
			return 0;
		bpf_probe_read_kernel(&node, sizeof(node),
				      (void *)(node - XA_TAG_NODE) +
					  bpf_core_field_offset(struct xa_node, slots) +
					  (index & XA_CHUNK_MASK) * sizeof(node));
	}
	/* A tree without a node holds index 0 only, which is no pid. */
	return i && !(node & XA_TAG_MASK) ? node : 0;
}

static __always_inline struct pid *find_pid(struct pid_namespace *namespace, u32 nr)
{
	u64 pid = find_pid_address(ADDRESS_OF(namespace), nr);

	return pid ? STRUCT_AT(pid, pid) : NULL;
}

/* The file behind current's descriptor `fd`; NULL: it is not open. */
static __always_inline struct file *find_file(u32 fd)
{
	struct fdtable *table = BPF_CORE_READ(current_task(), files, fdt);
	u64 files = ADDRESS_OF(BPF_CORE_READ(table, fd));
	struct file *file = NULL;

	if (fd >= BPF_CORE_READ(table, max_fds))
		return NULL;
	bpf_probe_read_kernel(&file, sizeof(file), (void *)(files + fd * sizeof(file)));
	return file ? STRUCT_AT(file, file) : NULL;
}

/* What current's descriptor `fd`, which the kernel has just taken for a pidfd, refers to. */
static __always_inline struct pid *find_pidfd_pid(u32 fd)
{
	struct file *file = find_file(fd);

	return file ? pid_of_pidfd(file) : NULL;
}

#endif
