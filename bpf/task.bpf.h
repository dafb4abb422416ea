/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Facts of a task: its identity, its image, its strings. Pointers are followed through the helper,
 * never by direct load: the verifier would look each type up by name, which takes it a millisecond
 * (v6.18), and the same code serves current, a hook's argument and a task that was searched for.
 */
#ifndef KS_TASK_BPF_H
#define KS_TASK_BPF_H

enum {
	PIDTYPE_PID = 0, /* enum pid_type, include/linux/pid_types.h */
	PIDTYPE_PGID = 2,
	PIDTYPE_SID = 3,
	PAGE_BYTES = 4096, /* the smallest of any kernel: what is read does not cross a page */
	PF_EXITING = 0x00000004, /* include/linux/sched.h */
	PF_KTHREAD = 0x00200000,
	/* include/linux/sched/signal.h */
	SIGNAL_GROUP_EXIT = 0x4,
	SIGNAL_GROUP_COREDUMP = 0x8, /* until v5.16, 2f824d4d197e: then core_state tells */
	SIGNAL_CLD_MASK = 0x30,	     /* the target was stopped and runs again */
	SIGNAL_UNKILLABLE = 0x40,
};

/* Element `i` of pid->numbers, whose last is the innermost namespace. */
static __always_inline void read_upid(struct upid *to, struct pid *pid, u32 i)
{
	bpf_probe_read_kernel(to, sizeof(*to),
			      (void *)pid + i * sizeof(*to) +
				  bpf_core_field_offset(struct pid, numbers));
}

/* The pid of `pid` in the tracer's namespace; 0 if it is not visible there. */
static __noinline u32 nested_pid(struct pid *pid)
{
	u32 level = BPF_CORE_READ(pid, level), i;

	for (i = 1; i < 32 && i <= level;
	     i++) { /* MAX_PID_NS_LEVEL, include/linux/pid_namespace.h */
		struct upid upid;

		read_upid(&upid, pid, i);
		if (BPF_CORE_READ(upid.ns, ns.inum) == cfg_pidns)
			return upid.nr;
	}
	return 0;
}

/* The pid of the thread `task`, which is `global` in the initial namespace, as the tracer sees it.
 */
static __always_inline u32 visible_pid(struct task_struct *task, u32 global)
{
	return cfg_pidns ? nested_pid(BPF_CORE_READ(task, thread_pid)) : global;
}

static __always_inline u32 visible_tgid(struct task_struct *task)
{
	return cfg_pidns ? nested_pid(BPF_CORE_READ(task, group_leader, thread_pid))
			 : BPF_CORE_READ(task, tgid);
}

static __always_inline void fill_ref(struct ks_ref *ref, struct task_struct *leader)
{
	ref->pid = BPF_CORE_READ(leader, pid);
	ref->vpid = visible_pid(leader, ref->pid);
	ref->start_ns = BPF_CORE_READ(leader, start_boottime);
}

static __always_inline void fill_creds(struct ks_ids *ids, struct task_struct *task)
{
	const struct cred *cred = BPF_CORE_READ(task, real_cred);
	/* Neighbours since v2.6.29 (d84f4f992cbd); the loader says whether they still are. */
	struct {
		u32 uid, gid, suid, sgid, euid, egid, fsuid, fsgid;
	} all;

	if (bpf_core_field_offset(struct cred, fsgid) - bpf_core_field_offset(struct cred, uid) ==
	    sizeof(all) - sizeof(u32)) {
		bpf_core_read(&all, sizeof(all), &cred->uid);
	} else {
		all.uid = BPF_CORE_READ(cred, uid.val);
		all.gid = BPF_CORE_READ(cred, gid.val);
		all.suid = BPF_CORE_READ(cred, suid.val);
		all.sgid = BPF_CORE_READ(cred, sgid.val);
		all.euid = BPF_CORE_READ(cred, euid.val);
		all.egid = BPF_CORE_READ(cred, egid.val);
		all.fsuid = BPF_CORE_READ(cred, fsuid.val);
		all.fsgid = BPF_CORE_READ(cred, fsgid.val);
	}
	ids->uid = all.uid;
	ids->gid = all.gid;
	ids->euid = all.euid;
	ids->egid = all.egid;
	ids->suid = all.suid;
	ids->sgid = all.sgid;
	ids->fsuid = all.fsuid;
	ids->fsgid = all.fsgid;
}

static __always_inline u64 leader_start(struct task_struct *task, bool is_leader, const bool typed)
{
	return is_leader ? NUMBER(start_boottime)
			 : BPF_CORE_READ(task, group_leader, start_boottime);
}

/* Returns the KS_KNOWN_ bits that hold now. */
static __always_inline u32 fill_ids(struct ks_ids *ids, struct task_struct *task, const bool typed)
{
	struct task_struct *parent = BPF_CORE_READ(task, real_parent);
	struct tty_struct *tty = BPF_CORE_READ(task, signal, tty);

	ids->tid = NUMBER(pid);
	ids->vtid = visible_pid(task, ids->tid);
	ids->process.pid = NUMBER(tgid);
	ids->process.vpid = cfg_pidns ? visible_tgid(task) : ids->process.pid;
	ids->process.start_ns = leader_start(task, ids->tid == ids->process.pid, typed);
	ids->ppid = BPF_CORE_READ(parent, tgid);
	ids->vppid = cfg_pidns ? visible_tgid(parent) : ids->ppid;
	fill_creds(ids, task);
	bpf_core_read(ids->comm, sizeof(ids->comm), &task->comm);
	ids->tty[0] = 0;
	if (tty)
		bpf_core_read_str(ids->tty, sizeof(ids->tty), &tty->name);
	if (!bpf_core_field_exists(task->loginuid))
		return KS_KNOWN_IDS;
	ids->auid = NUMBER(loginuid.val);
	ids->ses = NUMBER(sessionid);
	return KS_KNOWN_IDS | KS_KNOWN_AUDIT;
}

/* fatal_signal_pending(), include/linux/sched/signal.h: whatever kills brings SIGKILL to each
 * thread. */
static __always_inline bool is_dying(void)
{
	u64 pending = cfg_task_btf ? bpf_get_current_task_btf()->pending.signal.sig[0]
				   : BPF_CORE_READ(current_task(), pending.signal.sig[0]);

	return pending & (1UL << 8);
}

static __always_inline u32 own_flags(void)
{
	return cfg_task_btf ? bpf_get_current_task_btf()->flags
			    : BPF_CORE_READ(current_task(), flags);
}

static __always_inline u32 thread_flags(struct task_struct *task, const bool typed)
{
	u32 flags = NUMBER(flags);

	return (flags & PF_KTHREAD ? KS_FLAG_KTHREAD : 0) |
	       (flags & PF_EXITING ? KS_FLAG_EXITING : 0) | (NUMBER(ptrace) ? KS_FLAG_TRACED : 0);
}

/* Tasks created before audit was first enabled have none: audit_alloc(), kernel/auditsc.c. */
static __always_inline u32 audit_flag(struct task_struct *task, const bool typed)
{
	if (!bpf_core_field_exists(task->audit_context))
		return 0;
	return NUMBER(audit_context) ? KS_FLAG_AUDITED : 0;
}

static __always_inline void fill_task(struct ks_task *to, struct task_struct *task,
				      const bool typed)
{
	to->known = fill_ids(&to->ids, task, typed);
	to->flags = thread_flags(task, typed) | audit_flag(task, typed);
}

/* ---- images ---- */

static __always_inline struct ks_image_key image_key(const struct ks_ref *ref)
{
	return (struct ks_image_key){
		.start_ticks = ref->start_ns / KS_TICK_NS,
		.pid = ref->pid,
	};
}

/* All zero: of a process that nobody could tell anything about. */
static const struct ks_image no_image;

/* What user space, in a nested pid namespace, told of a process older than the tracer. */
static __always_inline const struct ks_image *nested_image(const struct ks_ref *ref)
{
	struct ks_image_key key = image_key(ref);

	key.pid = ref->vpid;
	key.is_nested = 1;
	return bpf_map_lookup_elem(&images, &key);
}

/* What is known of a process that has no image of its own yet. */
static __always_inline const struct ks_image *first_image(const struct ks_ref *ref)
{
	const struct ks_image *image = cfg_pidns ? nested_image(ref) : NULL;

	return image ?: &no_image;
}

static __always_inline struct ks_image *find_image(const struct ks_ref *ref)
{
	struct ks_image_key key = image_key(ref);

	return bpf_map_lookup_elem(&images, &key);
}

/*
 * The image of a process, made if there is none; NULL: there is no memory for it, which in an
 * interrupt may be so for a moment.
 */
static __always_inline struct ks_image *image_of(const struct ks_ref *ref)
{
	struct ks_image *image = find_image(ref);
	struct ks_image_key key;

	if (image)
		return image;
	key = image_key(ref);
	bpf_map_update_elem(&images, &key, first_image(ref), BPF_NOEXIST);
	return bpf_map_lookup_elem(&images, &key);
}

/*
 * Tells whether a description still holds: where the process is, and what became of its file.
 * `thread` is the leader, or another thread of the process if that has ended before it.
 */
static __always_inline void fingerprint(struct ks_fingerprint *to, struct task_struct *thread,
					const struct ks_image *image)
{
	struct fs_struct *fs = BPF_CORE_READ(thread, fs);
	struct dentry *exe = BPF_CORE_READ(thread, mm, exe_file, f_path.dentry);

	to->cgroup = cgroup_key(thread);
	to->cwd = (u64)BPF_CORE_READ(fs, pwd.dentry);
	to->root = (u64)BPF_CORE_READ(fs, root.dentry);
	to->exe = (u64)exe | is_deleted(exe);
	to->execs = *(volatile u32 *)&image->execs;
}

/* What a process has given up as it ends (exit_mm(), exit_fs()) is told as it was. */
static __always_inline bool is_same(u64 told, u64 now)
{
	return told == now || !now;
}

static __always_inline bool is_described(const struct ks_image *image,
					 const struct ks_fingerprint *now)
{
	return image->described.cgroup == now->cgroup && image->described.execs == now->execs &&
	       is_same(image->described.cwd, now->cwd) &&
	       is_same(image->described.root, now->root) && is_same(image->described.exe, now->exe);
}

/* ---- strings ---- */

/* Global functions take numbers only; a pointer becomes one on its way through a map's memory. */
static __always_inline u64 as_number(struct scratch *scratch, const void *pointer)
{
	scratch->walk.at = (u64)pointer;
	return scratch->walk.at;
}

/* What has been appended since the record ended at `start`. */
static __always_inline struct ks_span since(struct scratch *to, u32 start)
{
	return (struct ks_span){ .offset = start, .bytes = to->walk.end - start };
}

static __always_inline void add_exe(struct ks_process *process, struct scratch *to, u32 slot,
				    struct task_struct *task, struct file *exe)
{
	u32 start = to->walk.end;
	u32 flags = append_path(to, slot, (u64)BPF_CORE_READ(exe, f_path.dentry),
				(u64)BPF_CORE_READ(exe, f_path.mnt), (u64)task);

	process->exe = since(to, start);
	process->exe_below_root = to->walk.root_end - start;
	process->known |= KS_KNOWN_EXE;
	process->flags |= flags & PATH_CUT ? KS_FLAG_EXE_CUT : 0;
	process->flags |= flags & PATH_DELETED ? KS_FLAG_EXE_DELETED : 0;
}

static __always_inline void add_cwd(struct ks_process *process, struct scratch *to, u32 slot,
				    struct task_struct *task)
{
	u32 start = to->walk.end;
	u32 flags = append_path(to, slot, (u64)BPF_CORE_READ(task, fs, pwd.dentry),
				(u64)BPF_CORE_READ(task, fs, pwd.mnt), (u64)task);

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
	process->cgroup_id = BPF_CORE_READ((struct kernfs_node *)node, id);
	process->cgroup = since(to, start);
	process->known |= KS_KNOWN_CGROUP;
	process->flags |= flags & PATH_CUT ? KS_FLAG_CGROUP_CUT : 0;
	process->flags |= flags & PATH_LOST ? KS_FLAG_CGROUP_LOST : 0;
}

/* Whether exec wrote to the image since `execs` was read, or was writing then. */
static __always_inline bool has_execed(const struct ks_image *image, u32 execs)
{
	return execs & 1 || *(volatile u32 *)&image->execs != execs;
}

static __always_inline void add_image_argv(struct ks_process *process, struct scratch *to,
					   const struct ks_image *image)
{
	u32 start = to->walk.end, execs = *(volatile u32 *)&image->execs;
	u32 bytes = image->argv_bytes, flags = image->flags;

	if (!(image->known & KS_KNOWN_ARGV) || bytes > KS_IMAGE_ARGV_BYTES)
		return;
	bpf_probe_read_kernel(tail(to), bytes, image->argv);
	if (has_execed(image, execs)) {
		process->flags |= KS_FLAG_EXEC;
		return;
	}
	to->walk.end += bytes;
	process->argv = since(to, start);
	process->flags |= flags & KS_FLAG_ARGV_CUT;
	process->known |= KS_KNOWN_ARGV;
}

static __always_inline void add_image_exe(struct ks_process *process, struct scratch *to,
					  const struct ks_image *image)
{
	u32 start = to->walk.end, bytes = image->exe_bytes;

	if (!(image->known & KS_KNOWN_EXE) || bytes > KS_IMAGE_EXE_BYTES)
		return;
	bpf_probe_read_kernel(tail(to), bytes, image->exe);
	to->walk.end += bytes;
	process->exe = since(to, start);
	process->exe_below_root = bytes;
	process->flags |= image->flags & (KS_FLAG_EXE_CUT | KS_FLAG_EXE_DELETED);
	process->known |= KS_KNOWN_EXE;
}

/*
 * Everything about a process, its strings behind what `slot` holds so far. `thread`: see
 * fingerprint().
 */
static __always_inline void fill_process(struct ks_process *process, struct scratch *to, u32 slot,
					 struct task_struct *leader, struct task_struct *thread,
					 const struct ks_image *image)
{
	struct file *exe = BPF_CORE_READ(thread, mm, exe_file);

	__builtin_memset(process, 0, sizeof(*process));
	process->known = fill_ids(&process->ids, leader, false);
	process->flags = thread_flags(leader, false);
	if (!BPF_CORE_READ(leader, signal, live.counter))
		process->flags |= KS_FLAG_DEAD;
	if (image->creator.pid)
		process->parent = image->creator;
	else
		fill_ref(&process->parent, BPF_CORE_READ(leader, real_parent, group_leader));
	if (exe)
		add_exe(process, to, slot, thread, exe);
	else
		add_image_exe(process, to, image);
	if (BPF_CORE_READ(thread, fs))
		add_cwd(process, to, slot, thread);
	add_cgroup(process, to, slot, thread);
	add_image_argv(process, to, image);
}

/*
 * A program that writes a title over its arguments overwrites the NUL behind them, and goes on into
 * the environment if the title is long: get_cmdline() in mm/util.c.
 */
static __always_inline void add_rest_of_title(struct ks_signal *record, struct scratch *to,
					      struct mm_struct *mm)
{
	u64 from = BPF_CORE_READ(mm, env_start), bytes = BPF_CORE_READ(mm, env_end) - from;

	record->sender.flags |= KS_FLAG_TITLE;
	if (bytes > KS_TITLE_BYTES)
		bytes = KS_TITLE_BYTES;
	if (bytes && !bpf_probe_read_user(tail(to), bytes, (void *)from))
		to->walk.end += bytes;
}

/* argv as it is in current's memory now. */
static __always_inline void add_own_argv(struct ks_signal *record, struct scratch *to)
{
	struct mm_struct *mm = BPF_CORE_READ(current_task(), mm);
	u64 from = BPF_CORE_READ(mm, arg_start), end = BPF_CORE_READ(mm, arg_end);
	u64 bytes = end - from;
	u32 start = to->walk.end;

	record->argv = (struct ks_span){};
	record->argv_area_bytes = bytes;
	/* While exec makes the memory of a program, they have no end: get_cmdline(), mm/util.c. */
	if (!mm || end < from)
		return;
	if (bytes > KS_ARGV_BYTES) {
		bytes = KS_ARGV_BYTES;
		record->sender.flags |= KS_FLAG_ARGV_CUT;
	}
	if (bytes && bpf_probe_read_user(tail(to), bytes, (void *)from)) {
		/* What is not in memory cannot be had; the first page may be there. */
		record->sender.flags |= KS_FLAG_ARGV_CUT;
		if (bytes > PAGE_BYTES - from % PAGE_BYTES)
			bytes = PAGE_BYTES - from % PAGE_BYTES;
		barrier_var(bytes); /* v6.1 does not see the bound without being told again */
		if (bytes > KS_ARGV_BYTES || bpf_probe_read_user(tail(to), bytes, (void *)from))
			return;
	}
	to->walk.end += bytes;
	if (bytes && bytes == record->argv_area_bytes &&
	    to->bytes[(to->walk.end - 1) & (RECORD_BYTES - 1)])
		add_rest_of_title(record, to, mm);
	record->argv = since(to, start);
	record->sender.known |= KS_KNOWN_ARGV;
}

/* ---- search ---- */

/* The thread of that pid; NULL: it has gone, or there is no such pid. */
static __always_inline struct task_struct *task_of(struct pid *pid)
{
	u64 first = pid ? (u64)BPF_CORE_READ(pid, tasks[PIDTYPE_PID].first) : 0;

	return first ? (void *)(first - bpf_core_field_offset(struct task_struct, pid_links))
		     : NULL;
}

/* The pid namespace that the numbers which current uses are of: task_active_pid_ns(). */
static __always_inline struct pid_namespace *own_namespace(void)
{
	struct pid *own = BPF_CORE_READ(current_task(), thread_pid);
	struct upid upid;

	read_upid(&upid, own, BPF_CORE_READ(own, level) & 31);
	return upid.ns;
}

/* What `nr` names in a namespace, through its IDR as find_pid_ns() in kernel/pid.c; NULL: nothing.
 */
static __always_inline struct pid *find_pid(struct pid_namespace *namespace, u32 nr)
{
	u64 node = (u64)BPF_CORE_READ(namespace, idr.idr_rt.xa_head);
	int i;

	nr -= BPF_CORE_READ(namespace, idr.idr_base);
	for (i = 0; i < 8 && (node & 3) == 2; i++) { /* xa_is_node(), include/linux/xarray.h */
		struct xa_node *inner = (void *)(node - 2);
		u64 index = (u64)nr >> (BPF_CORE_READ(inner, shift) & 31);

		if (index > 63 && i == 0)
			return NULL;
		bpf_probe_read_kernel(&node, sizeof(node),
				      (void *)inner + bpf_core_field_offset(struct xa_node, slots) +
					  (index & 63) * sizeof(node));
	}
	/* A tree without a node holds index 0 only, which is no pid. */
	return i && node && !(node & 3) ? (struct pid *)node : NULL;
}

/* What current's descriptor `fd`, which the kernel has just taken for a pidfd, refers to. */
static __always_inline struct pid *find_pidfd_pid(u32 fd)
{
	struct fdtable *table = BPF_CORE_READ(current_task(), files, fdt);
	struct file **files = BPF_CORE_READ(table, fd), *file = NULL;

	if (fd >= BPF_CORE_READ(table, max_fds))
		return NULL;
	bpf_probe_read_kernel(&file, sizeof(file), files + fd);
	return file ? pid_of_pidfd(file) : NULL;
}

#endif
