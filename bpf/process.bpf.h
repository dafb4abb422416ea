/* SPDX-License-Identifier: GPL-2.0-only */
/* The description of a process: executable, working directory, cgroup, arguments. */
#ifndef KS_PROCESS_BPF_H
#define KS_PROCESS_BPF_H

/* Global functions take numbers only; a pointer becomes one on its way through a map's memory. */
static __always_inline u64 pointer_to_scalar(struct scratch *scratch, const void *pointer)
{
	scratch->walk.at = (u64)pointer;
	return scratch->walk.at;
}

/* What has been appended since the record ended at `start`. */
static __always_inline struct ks_span since(struct scratch *to, u32 start)
{
	return (struct ks_span){ .offset = start, .bytes = to->walk.end - start };
}

/* PATH_ flags as those of an executable. */
static __always_inline u32 exe_flags(u32 path)
{
	u32 flags = path & PATH_CUT ? KS_FLAG_EXE_CUT : 0;

	flags |= path & PATH_DELETED ? KS_FLAG_EXE_DELETED : 0;
	flags |= path & PATH_DETACHED ? KS_FLAG_EXE_DETACHED : 0;
	return flags;
}

static __always_inline void add_exe(struct ks_process *process, struct scratch *to, u32 slot,
				    struct task_struct *task, struct file *exe)
{
	u32 start = to->walk.end;
	u32 flags = append_path(to, slot, BPF_CORE_READ(exe, f_path.dentry),
				BPF_CORE_READ(exe, f_path.mnt), task);

	process->exe = since(to, start);
	process->exe_below_root = to->walk.root_end - start;
	process->known |= KS_KNOWN_EXE;
	process->flags |= exe_flags(flags);
}

static __always_inline void add_cwd(struct ks_process *process, struct scratch *to, u32 slot,
				    struct task_struct *task)
{
	u32 start = to->walk.end;
	u32 flags = append_path(to, slot, BPF_CORE_READ(task, fs, pwd.dentry),
				BPF_CORE_READ(task, fs, pwd.mnt), task);

	process->cwd = since(to, start);
	process->known |= KS_KNOWN_CWD;
	process->flags |= flags & PATH_CUT ? KS_FLAG_CWD_CUT : 0;
	process->flags |= flags & PATH_DELETED ? KS_FLAG_CWD_DELETED : 0;
}

static __always_inline void add_cgroup(struct ks_process *process, struct scratch *to, u32 slot,
				       struct task_struct *task)
{
	u64 node = cgroup_of(task);
	u32 start = to->walk.end, flags;

	if (!node)
		return;
	flags = append_cgroup(to, slot, node);
	process->cgroup_id = BPF_CORE_READ(STRUCT_AT(kernfs_node, node), id);
	process->cgroup = since(to, start);
	process->known |= KS_KNOWN_CGROUP;
	process->flags |= flags & PATH_CUT ? KS_FLAG_CGROUP_CUT : 0;
	process->flags |= flags & PATH_LOST ? KS_FLAG_CGROUP_LOST : 0;
}

/* Whether exec wrote to the exec info since `seqcount` was read, or was writing then. */
static __always_inline bool has_execed(const struct ks_exec *exec, u32 seqcount)
{
	return seqcount & 1 || *(volatile u32 *)&exec->seqcount != seqcount;
}

/*
 * Appends what exec left `at` its text. Returns whether it is sound: as long as exec has not
 * counted, the process refers to its text, and so that is there.
 */
static __always_inline bool append_text(struct scratch *to, const struct ks_exec *exec,
					u32 seqcount, u32 at, u32 bytes)
{
	const char *text = text_of(exec);

	if (!text || bytes > KS_EXEC_ARGV_BYTES)
		return false;
	bpf_probe_read_kernel(tail(to), bytes, text + at);
	if (has_execed(exec, seqcount))
		return false;
	to->walk.end += bytes;
	return true;
}

static __always_inline void add_exec_argv(struct ks_process *process, struct scratch *to,
					  const struct ks_exec *exec)
{
	u32 start = to->walk.end, seqcount = *(volatile u32 *)&exec->seqcount;
	u32 flags = exec->flags;

	if (!(exec->known & KS_KNOWN_ARGV))
		return;
	if (!append_text(to, exec, seqcount, 0, exec->argv_bytes)) {
		process->flags |= KS_FLAG_EXEC;
		return;
	}
	process->argv = since(to, start);
	process->flags |= flags & (KS_FLAG_ARGV_CUT | KS_FLAG_ARGV_OWN | KS_FLAG_ARGV_INHERITED);
	process->known |= KS_KNOWN_ARGV;
}

static __always_inline void add_exec_exe(struct ks_process *process, struct scratch *to,
					 const struct ks_exec *exec)
{
	u32 start = to->walk.end, seqcount = *(volatile u32 *)&exec->seqcount;
	u32 flags = exec->flags;

	if (!(exec->known & KS_KNOWN_EXE))
		return;
	if (!append_text(to, exec, seqcount, exec->argv_bytes, exec->exe_bytes))
		return;
	process->exe = since(to, start);
	process->exe_below_root = process->exe.bytes;
	process->flags |= flags & KS_FLAG_EXE_PATH;
	process->known |= KS_KNOWN_EXE;
}

/* As append_text(), of the environment. */
static __always_inline struct ks_span add_env(struct scratch *to, u32 slot,
					      const struct ks_exec *exec)
{
	u32 start = to->walk.end, seqcount = *(volatile u32 *)&exec->seqcount;

	append_env(slot, exec->env);
	if (has_execed(exec, seqcount))
		to->walk.end = start;
	return since(to, start);
}

/* The same paths as add_exe(), add_cwd() and add_cgroup() append. */
static __always_inline void walk_ways(struct scratch *to, u32 slot, struct task_struct *thread,
				      const struct ks_exec *exec)
{
	struct file *exe = executable(thread, exec);

	if (exe)
		append_path(to, slot, BPF_CORE_READ(exe, f_path.dentry),
			    BPF_CORE_READ(exe, f_path.mnt), thread);
	if (BPF_CORE_READ(thread, fs))
		append_path(to, slot, BPF_CORE_READ(thread, fs, pwd.dentry),
			    BPF_CORE_READ(thread, fs, pwd.mnt), thread);
	if (cfg_hierarchy > KS_HIERARCHY_V2)
		append_cgroup(to, slot, cgroup_of(thread));
}

/*
 * Everything about a process, its strings behind what `slot` holds so far. `thread`: see
 * fingerprint().
 */
static __always_inline void fill_process(struct ks_process *process, struct scratch *to, u32 slot,
					 struct task_struct *leader, struct task_struct *thread,
					 const struct ks_exec *exec)
{
	struct file *exe = executable(thread, exec);

	__builtin_memset(process, 0, sizeof(*process));
	process->known = fill_ids(&process->ids, leader, false);
	process->flags = thread_flags(leader, false);
	if (!BPF_CORE_READ(leader, signal, live.counter))
		process->flags |= KS_FLAG_DEAD;
	if (exec->creator.pid)
		process->parent = exec->creator;
	else
		fill_ref(&process->parent, BPF_CORE_READ(leader, real_parent, group_leader));
	if (exe)
		add_exe(process, to, slot, thread, exe);
	else
		add_exec_exe(process, to, exec);
	if (BPF_CORE_READ(thread, fs))
		add_cwd(process, to, slot, thread);
	add_cgroup(process, to, slot, thread);
	add_exec_argv(process, to, exec);
}

/* The inode of its executable, and where its paths hold. `thread`: see fingerprint(). */
static __always_inline void fill_files(struct ks_description *to, struct task_struct *thread,
				       const struct ks_exec *exec)
{
	struct file *exe = executable(thread, exec);
	struct nsproxy *namespaces = BPF_CORE_READ(thread, nsproxy);
	u64 inode = exec->exe_inode;
	u32 device = exec->exe_device;

	/* One instruction must not read here and there: pointers to the verifier of two kinds. */
	barrier_var(inode);
	barrier_var(device);
	if (exe) {
		inode = BPF_CORE_READ(exe, f_inode, i_ino);
		device = BPF_CORE_READ(exe, f_inode, i_sb, s_dev);
	}
	to->exe_inode = inode;
	to->exe_device = device;
	if (!(to->process.known & KS_KNOWN_EXE))
		to->exe_device = 0;
	/* A process that has ended has none. */
	to->mount_namespace = namespaces ? BPF_CORE_READ(namespaces, mnt_ns, ns.inum) : 0;
	if (to->mount_namespace && cfg_mounts && to->mount_namespace != cfg_mounts)
		to->process.flags |= KS_FLAG_OTHER_MOUNTS;
}

/*
 * A program that writes a title over its arguments overwrites the NUL behind them, and goes on into
 * the environment if the title is long: get_cmdline() in mm/util.c.
 */
static __always_inline void append_rest_of_title(struct scratch *to, struct mm_struct *mm)
{
	u64 from = BPF_CORE_READ(mm, env_start), bytes = BPF_CORE_READ(mm, env_end) - from;

	if (bytes > KS_TITLE_BYTES)
		bytes = KS_TITLE_BYTES;
	if (bytes && !bpf_probe_read_user(tail(to), bytes, (void *)from))
		to->walk.end += bytes;
}

/* What append_own_argv() returns: KS_FLAG_*, this, and above them the bytes of the argument area.
 */
enum { OWN_ARGV_KNOWN = 1 << 30, OWN_ARGV_AREA_SHIFT = 32 };

/*
 * Appends argv as it is in `mm`, the memory of current, now, to what is in `slot`. A global
 * function: its stack is its own.
 */
__noinline u64 append_own_argv(u32 slot, u64 address)
{
	struct mm_struct *mm = STRUCT_AT(mm_struct, address);
	u64 from = BPF_CORE_READ(mm, arg_start), end = BPF_CORE_READ(mm, arg_end);
	struct scratch *to = slot_bytes(slot);
	u64 bytes = end - from, area_bytes = bytes, flags;

	flags = area_bytes << OWN_ARGV_AREA_SHIFT;
	/* While exec makes the memory of a program, they have no end: get_cmdline(), mm/util.c. */
	if (!to || !address || end < from)
		return flags;
	if (bytes > KS_ARGV_BYTES) {
		bytes = KS_ARGV_BYTES;
		flags |= KS_FLAG_ARGV_CUT;
	}
	if (bytes && bpf_probe_read_user(tail(to), bytes, (void *)from)) {
		/* What is not in memory cannot be had; the first page may be there. */
		flags |= KS_FLAG_ARGV_CUT;
		if (bytes > PAGE_BYTES - from % PAGE_BYTES)
			bytes = PAGE_BYTES - from % PAGE_BYTES;
		barrier_var(bytes); /* v6.1 does not see the bound otherwise */
		if (bytes > KS_ARGV_BYTES || bpf_probe_read_user(tail(to), bytes, (void *)from))
			return flags;
	}
	to->walk.end += bytes;
	if (bytes && bytes == area_bytes && to->bytes[(to->walk.end - 1) & (RECORD_BYTES - 1)]) {
		flags |= KS_FLAG_TITLE;
		append_rest_of_title(to, mm);
	}
	return flags | OWN_ARGV_KNOWN;
}

enum { OWN_ARGV_FLAGS = KS_FLAG_ARGV_CUT | KS_FLAG_TITLE };

/* Of the sender `task`, which is current. */
static __always_inline void add_own_argv(struct ks_signal *record, struct scratch *to, u32 slot,
					 struct task_struct *task)
{
	u32 start = to->walk.end;
	u64 own = append_own_argv(slot, ADDRESS_OF(BPF_CORE_READ(task, mm)));

	record->argv = (struct ks_span){};
	record->argv_area_bytes = own >> OWN_ARGV_AREA_SHIFT;
	record->sender.flags |= own & OWN_ARGV_FLAGS;
	if (!(own & OWN_ARGV_KNOWN))
		return;
	record->argv = since(to, start);
	record->sender.known |= KS_KNOWN_ARGV;
}

/*
 * In place of the arguments that fill_process() has just added. Returns whether there are any:
 * while exec makes the memory of a program, there are none.
 */
static __always_inline bool add_title(struct ks_process *process, struct scratch *to, u32 slot,
				      struct task_struct *task)
{
	u32 start;
	u64 own;

	if (process->known & KS_KNOWN_ARGV)
		to->walk.end = process->argv.offset;
	start = to->walk.end;
	own = append_own_argv(slot, ADDRESS_OF(BPF_CORE_READ(task, mm)));
	if (!(own & OWN_ARGV_KNOWN) || to->walk.end == start)
		return false;
	process->argv = since(to, start);
	process->flags &= ~(KS_FLAG_ARGV_CUT | KS_FLAG_ARGV_INHERITED);
	process->flags |= (own & OWN_ARGV_FLAGS) | KS_FLAG_ARGV_OWN;
	process->known |= KS_KNOWN_ARGV;
	return true;
}

#endif
