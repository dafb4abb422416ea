/* SPDX-License-Identifier: GPL-2.0-only */
/* What is kept of each process while it lives, and whether its last description still holds. */
#ifndef KS_EXEC_BPF_H
#define KS_EXEC_BPF_H

static __always_inline struct ks_exec_key exec_key(const struct ks_pidref *ref)
{
	return (struct ks_exec_key){
		.start_ticks = ref->start_ns / KS_TICK_NS,
		.pid = ref->pid,
	};
}

/* Empty exec info: neither a hook nor /proc has described the process. */
static const struct ks_exec empty_exec;

/* What user space, in a nested pid namespace, found out about a process older than the tracer. */
static __always_inline const struct ks_exec *nested_exec(const struct ks_pidref *ref)
{
	struct ks_exec_key key = exec_key(ref);

	key.pid = ref->vpid;
	key.is_nested = 1;
	return bpf_map_lookup_elem(&execs, &key);
}

/* What is known of a process without an exec info. */
static __always_inline const struct ks_exec *initial_exec(const struct ks_pidref *ref)
{
	const struct ks_exec *exec = cfg_pidns ? nested_exec(ref) : NULL;

	return exec ?: &empty_exec;
}

static __always_inline struct ks_exec *lookup_exec(const struct ks_pidref *ref)
{
	struct ks_exec_key key = exec_key(ref);

	return bpf_map_lookup_elem(&execs, &key);
}

/*
 * The exec info of a process, made if there is none; NULL: there is no memory for it, which in an
 * interrupt may be so for a moment.
 */
static __always_inline struct ks_exec *get_or_create_exec(const struct ks_pidref *ref)
{
	struct ks_exec *exec = lookup_exec(ref);
	struct ks_exec_key key;

	if (exec)
		return exec;
	key = exec_key(ref);
	bpf_map_update_elem(&execs, &key, initial_exec(ref), BPF_NOEXIST);
	return bpf_map_lookup_elem(&execs, &key);
}

/*
 * Whether a description still holds: where the process is, and whether its file was deleted.
 * `thread` is the leader, or another thread of the process if that has ended before it.
 */
static __always_inline void fingerprint(struct ks_fingerprint *to, struct task_struct *thread,
					const struct ks_exec *exec)
{
	struct fs_struct *fs = BPF_CORE_READ(thread, fs);
	struct dentry *exe = BPF_CORE_READ(thread, mm, exe_file, f_path.dentry);

	to->cgroup = cgroup_key(thread);
	to->cwd = (u64)BPF_CORE_READ(fs, pwd.dentry);
	to->root = (u64)BPF_CORE_READ(fs, root.dentry);
	to->exe = ADDRESS_OF(exe) | is_deleted(exe);
	to->version = *(volatile u32 *)&exec->seqcount | (u64)generation << 32;
}

/* exit_mm() and exit_fs() clear these: a cleared value counts as unchanged. */
static __always_inline bool is_same(u64 described, u64 now)
{
	return described == now || !now;
}

static __always_inline bool is_described(const struct ks_fingerprint *described,
					 const struct ks_fingerprint *now)
{
	return described->cgroup == now->cgroup && described->version == now->version &&
	       is_same(described->cwd, now->cwd) && is_same(described->root, now->root) &&
	       is_same(described->exe, now->exe);
}

/* By any ring. */
static __always_inline bool was_described(const struct ks_exec *exec)
{
	return exec->noted[KS_RING_BULK].described.cgroup ||
	       exec->noted[KS_RING_LETHAL].described.cgroup;
}

#endif
