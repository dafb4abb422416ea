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

/* All zero: of a process that nobody could tell anything about. */
static const struct ks_exec empty_exec;

/* What user space, in a nested pid namespace, told of a process older than the tracer. */
static __always_inline const struct ks_exec *nested_exec(const struct ks_pidref *ref)
{
	struct ks_exec_key key = exec_key(ref);

	key.pid = ref->vpid;
	key.is_nested = 1;
	return bpf_map_lookup_elem(&execs, &key);
}

/* What is known of a process that has no exec info of its own yet. */
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
 * Tells whether a description still holds: where the process is, and what became of its file.
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
	to->exe = (u64)exe | is_deleted(exe);
	to->seqcount = *(volatile u32 *)&exec->seqcount;
}

/* What a process has given up as it ends (exit_mm(), exit_fs()) is told as it was. */
static __always_inline bool is_same(u64 told, u64 now)
{
	return told == now || !now;
}

static __always_inline bool is_described(const struct ks_exec *exec,
					 const struct ks_fingerprint *now)
{
	return exec->described.cgroup == now->cgroup && exec->described.seqcount == now->seqcount &&
	       is_same(exec->described.cwd, now->cwd) && is_same(exec->described.root, now->root) &&
	       is_same(exec->described.exe, now->exe);
}

#endif
