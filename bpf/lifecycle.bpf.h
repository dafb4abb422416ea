/* SPDX-License-Identifier: GPL-2.0-only */
/* The life of a process: what it executes, who creates it, how it ends. */
#ifndef KS_LIFECYCLE_BPF_H
#define KS_LIFECYCLE_BPF_H

/*
 * There is an exec info already if the child has been signalled, or if a process that has just
 * ended had the same pid.
 */
static __always_inline int replace_exec(const struct ks_exec_key *key, const struct ks_exec *exec)
{
	struct ks_exec *old = bpf_map_lookup_elem(&execs, key);
	u64 text, env;
	u32 owner;
	int err;

	if (!old)
		return -1;
	text = old->long_text;
	env = old->env;
	owner = old->owner;
	forget_blow(old, key);
	err = bpf_map_update_elem(&execs, key, exec, BPF_ANY);
	if (err) /* there is no memory: the old one must go all the same, with what it has */
		bpf_map_delete_elem(&execs, key);
	give_back(text, env, owner);
	return err;
}

static __always_inline int add_exec(const struct ks_pidref *ref, const struct ks_exec *exec)
{
	struct ks_exec_key key = exec_key(ref);

	return bpf_map_update_elem(&execs, &key, exec, BPF_NOEXIST) ? replace_exec(&key, exec) : 0;
}

/* The parent has its text as long as this runs: exec waits until all other threads have ended. */
static __always_inline int inherit(struct ks_exec *exec, const struct ks_exec *inherited,
				   const struct ks_pidref *ref, const struct ks_pidref *creator,
				   u32 owner)
{
	int err;

	bpf_probe_read_kernel(exec, sizeof(*exec), inherited);
	exec->creator = *creator;
	exec->start_ns = ref->start_ns;
	exec->owner = owner;
	__builtin_memset(exec->noted, 0, sizeof(exec->noted));
	exec->deaths = 0;
	exec->seqcount = 0;
	exec->flags = (exec->flags & ~KS_FLAG_ARGV_OWN) | KS_FLAG_ARGV_INHERITED;
	hold_texts(exec);
	err = add_exec(ref, exec);
	if (err)
		release_texts(exec);
	return err;
}

/* 0, or -1. */
static __always_inline int add_child(struct task_struct *child, const struct ks_pidref *creator,
				     const struct ks_exec *inherited)
{
	struct scratch *to = scratch_get(SLOT_PROCESS);
	u32 owner = owner_uid(child);
	struct ks_pidref ref;
	int err = -1;

	fill_ref(&ref, child);
	if (to && take_room(owner)) {
		err = inherit((void *)to->bytes, inherited, &ref, creator, owner);
		if (err)
			give_room_back(owner);
	}
	if (to)
		scratch_put(to);
	return err;
}

/* A child of a target is watched, too. */
static __always_inline void follow(struct task_struct *parent, struct task_struct *child)
{
	u32 vpid = visible_tgid(child);
	u8 watch = cfg_follow;

	if (!vpid || !is_target(watch_of(visible_tgid(parent))))
		return;
	if (bpf_map_update_elem(&target_pids, &vpid, &watch, BPF_ANY) &&
	    watch == KS_WATCH_DESCENDANT)
		count_loss(KS_LOST_PROCESS);
}

/*
 * Until user space has seeded the processes that are older than the tracer, none of these gets an
 * empty exec: that would stay in the way.
 */
static __always_inline void handle_fork(struct task_struct *parent, struct task_struct *child)
{
	struct task_struct *leader = BPF_CORE_READ(parent, group_leader);
	struct ks_exec *inherited;
	struct ks_pidref creator;

	if (BPF_CORE_READ(child, pid) != BPF_CORE_READ(child, tgid))
		return;
	if (cfg_follow)
		follow(parent, child);
	fill_ref(&creator, leader);
	inherited = proc_seed_done ? require_exec(&creator, leader) : lookup_exec(&creator);
	if (!inherited)
		return;
	if (add_child(child, &creator, inherited))
		count_loss(KS_LOST_PROCESS);
}

/* What exec made of a process: its text is gathered in scratch memory, as a long one. */
struct executed {
	u32 known, flags; /* as in struct ks_exec */
	u32 argv_bytes, exe_bytes;
	u64 long_text;
};

static __always_inline void gather_argv(struct executed *executed, struct ks_long_text *to,
					struct mm_struct *mm)
{
	u64 from = BPF_CORE_READ(mm, arg_start), end = BPF_CORE_READ(mm, arg_end);
	u64 bytes = end - from;

	if (end < from)
		return;
	if (bytes > KS_EXEC_ARGV_BYTES) {
		bytes = KS_EXEC_ARGV_BYTES;
		executed->flags |= KS_FLAG_ARGV_CUT;
	}
	if (bytes && bpf_probe_read_user(to->text, bytes, (void *)from))
		return;
	executed->argv_bytes = bytes;
	executed->known |= KS_KNOWN_ARGV;
}

static __always_inline void gather_exe(struct executed *executed, struct scratch *to,
				       struct file *exe)
{
	u32 start = __builtin_offsetof(struct ks_long_text, text) + executed->argv_bytes;
	u32 flags, bytes;

	to->walk.end = start;
	flags = append_path(to, SLOT_PROCESS, BPF_CORE_READ(exe, f_path.dentry),
			    BPF_CORE_READ(exe, f_path.mnt), current_task());
	bytes = to->walk.end - start;
	if (bytes > KS_EXEC_EXE_BYTES) {
		bytes = KS_EXEC_EXE_BYTES;
		flags |= PATH_CUT;
	}
	executed->exe_bytes = bytes;
	executed->known |= KS_KNOWN_EXE;
	executed->flags |= exe_flags(flags);
}

/* 0, or -1: there was no room. */
static __always_inline int gather(struct executed *executed, struct scratch *to,
				  struct mm_struct *mm)
{
	struct ks_long_text *text = (void *)to->bytes;
	struct file *exe = BPF_CORE_READ(mm, exe_file);

	text->users = 1;
	text->padding = 0;
	gather_argv(executed, text, mm);
	if (exe)
		gather_exe(executed, to, exe);
	if (executed->argv_bytes + executed->exe_bytes <= KS_EXEC_TEXT_BYTES)
		return 0;
	executed->long_text = add_text(to, text);
	return executed->long_text ? 0 : -1;
}

/*
 * `seqcount` is odd while the exec info is written: a program on another CPU that describes the
 * process meanwhile sees that it read a mixture, or a text that is gone. It counts on, so that what
 * was described before is known to be stale even if the description is completed only now.
 */
static __always_inline void write_exec(struct ks_exec *exec, const struct executed *executed,
				       const struct scratch *to, struct mm_struct *mm)
{
	struct file *exe = BPF_CORE_READ(mm, exe_file);
	const struct ks_long_text *text = (void *)to->bytes;
	u32 bytes = executed->argv_bytes + executed->exe_bytes;
	u64 old = exec->long_text;

	__sync_fetch_and_add(&exec->seqcount, 1);
	if (bytes <= KS_EXEC_TEXT_BYTES)
		bpf_probe_read_kernel(exec->text, bytes, text->text);
	exec->argv_bytes = executed->argv_bytes;
	exec->exe_bytes = executed->exe_bytes;
	exec->known = executed->known;
	exec->flags = executed->flags | KS_FLAG_ARGV_OWN;
	exec->exec_ns = bpf_ktime_get_boot_ns();
	exec->exe_inode = exe ? BPF_CORE_READ(exe, f_inode, i_ino) : 0;
	exec->exe_device = exe ? BPF_CORE_READ(exe, f_inode, i_sb, s_dev) : 0;
	exec->has_file = 1;
	exec->long_text = executed->long_text;
	__sync_fetch_and_add(&exec->seqcount, 1);
	release_text(&old);
}

/* Likewise. */
static __always_inline void write_env(struct ks_exec *exec, u64 env)
{
	u64 old = exec->env;

	if (old == env)
		return;
	__sync_fetch_and_add(&exec->seqcount, 1);
	exec->env = env;
	__sync_fetch_and_add(&exec->seqcount, 1);
	release_text(&old);
}

static __always_inline void forget_exec(struct ks_exec *exec)
{
	count_loss(KS_LOST_PROCESS);
	__sync_fetch_and_add(&exec->seqcount, 1);
	exec->known = 0;
	exec->flags = 0;
	exec->exec_ns = bpf_ktime_get_boot_ns();
	__sync_fetch_and_add(&exec->seqcount, 1);
}

static __always_inline void handle_exec(void)
{
	struct task_struct *task = current_task();
	struct mm_struct *mm = BPF_CORE_READ(task, mm);
	struct executed executed = {};
	struct ks_exec *exec;
	struct scratch *to;
	struct ks_pidref ref;

	fill_ref(&ref, task); /* whichever thread called exec is the leader now */
	exec = require_exec(&ref, task);
	if (!exec || !mm)
		return;
	to = scratch_get(SLOT_PROCESS);
	if (cfg_env_names)
		write_env(exec, to ? gather_env(SLOT_PROCESS, ADDRESS_OF(mm), exec->env) : 0);
	if (to && !gather(&executed, to, mm))
		write_exec(exec, &executed, to, mm);
	else /* what the process ran before is not what it runs now */
		forget_exec(exec);
	if (to)
		scratch_put(to);
	/* Chains of ancestors that have it in them are stale now. See emit_process_if_stale() for
	 * the order. */
	if (was_described(exec))
		__sync_fetch_and_add(&exec_generation, 1);
}

/* The last thread has inherited the children of the others: find_new_reaper(), kernel/exit.c. */
static __always_inline bool has_children(struct task_struct *last)
{
	return BPF_CORE_READ(last, children.next) !=
	       (void *)last + bpf_core_field_offset(struct task_struct, children);
}

static __always_inline u32 exit_code(struct task_struct *task)
{
	/* wait_task_zombie(), kernel/exit.c */
	return BPF_CORE_READ(task, signal, flags) & SIGNAL_GROUP_EXIT
		   ? BPF_CORE_READ(task, signal, group_exit_code)
		   : BPF_CORE_READ(task, group_leader, exit_code);
}

/* exit_notify(), kernel/exit.c, which lets tracers go, comes later. */
static __always_inline void fill_tracer(struct ks_pidref *ref, u32 ring, struct task_struct *task)
{
	struct task_struct *tracer;

	if (!BPF_CORE_READ(task, ptrace))
		return;
	tracer = BPF_CORE_READ(task, parent, group_leader);
	/* The next is to be read, not remembered. */
	barrier();
	if (!BPF_CORE_READ(task, ptrace)) /* it has let go meanwhile: that was the parent */
		return;
	fill_ref(ref, tracer);
	emit_process_if_stale(PLACE(SLOT_PROCESS, ring), ADDRESS_OF(tracer));
}

/* Not inline: its stack must not add to that of the functions that on_exit() calls besides. */
static __noinline void emit_exit(u32 ring, struct task_struct *task, struct task_struct *leader,
				 enum ks_watch watch)
{
	struct ks_pidref tracer = {};
	struct ks_exit *record;
	struct scratch *to;

	fill_tracer(&tracer, ring, task);
	to = scratch_get(SLOT_PROCESS);
	if (!to) {
		count_loss(KS_LOST_EXIT);
		return;
	}
	record = (void *)to->bytes;
	__builtin_memset(record, 0, sizeof(*record));
	begin(&record->header, KS_REC_EXIT, sizeof(*record), ring);
	record->known = fill_ids(&record->ids, leader, false);
	record->code = exit_code(task);
	record->watch = watch;
	record->tracer = tracer;
	take_blow(record);
	emit(&record->header, sizeof(*record), KS_LOST_EXIT);
	scratch_put(to);
}

static __always_inline bool is_described_in_any(const struct ks_pidref *ref)
{
	const struct ks_exec *exec = lookup_exec(ref);

	return exec && was_described(exec);
}

/* Units and containers are started from outside. */
static __always_inline bool is_main(struct task_struct *leader)
{
	return cfg_mains && cgroup_key(leader) != cgroup_key(BPF_CORE_READ(leader, real_parent));
}

/* The process is watched no more. Returns what its end is to be recorded as; NOT: nothing. */
static __always_inline enum ks_watch stop_watching(u32 vpid, struct task_struct *leader)
{
	enum ks_watch watch = cfg_target_pids && vpid ? watch_of(vpid) : KS_WATCH_NOT;

	if (watch != KS_WATCH_NOT)
		bpf_map_delete_elem(&target_pids, &vpid);
	if (is_target(watch))
		return watch;
	return is_main(leader) ? KS_WATCH_MAIN : KS_WATCH_NOT;
}

/*
 * The last thread of a process ends. A parent that leaves children behind is described now: they
 * may send signals later, and nothing in the kernel will know then who started them.
 */
static __always_inline void handle_exit(void)
{
	struct task_struct *task = current_task();
	struct task_struct *leader = BPF_CORE_READ(task, group_leader);
	struct ks_pidref ref;
	enum ks_watch watch;
	bool is_parent;
	u32 ring;

	forget_thread();
	if (BPF_CORE_READ(task, signal, live.counter))
		return;
	note_former(leader, exit_code(task));
	fill_ref(&ref, leader);
	is_parent = has_children(task);
	watch = stop_watching(ref.vpid, leader);
	if (!is_parent && !watch &&
	    !(may_be_described(ref.pid, leader) && is_described_in_any(&ref)))
		return;
	ring = ring_of_exit(task); /* which may take from a share: only for what is written */
	if (ring == NO_RING) {
		count_loss(watch || is_described_in_any(&ref) ? KS_LOST_EXIT : KS_LOST_PROCESS);
		return;
	}
	if (is_parent)
		emit_process_and_ancestors(PLACE(SLOT_PROCESS, ring), ADDRESS_OF(task));
	if (watch)
		emit_process_if_stale(PLACE(SLOT_PROCESS, ring), ADDRESS_OF(task));
	if (watch || is_described_in_any(&ref))
		emit_exit(ring, task, leader, watch);
}

static __always_inline void handle_free(struct task_struct *task)
{
	struct ks_exec_key key;
	struct ks_pidref ref;
	struct ks_exec *exec;
	u64 text, env;
	u32 owner;

	if (BPF_CORE_READ(task, pid) != BPF_CORE_READ(task, tgid))
		return;
	fill_ref(&ref, task);
	key = exec_key(&ref);
	exec = bpf_map_lookup_elem(&execs, &key);
	if (!exec || (exec->start_ns && exec->start_ns != ref.start_ns))
		return;
	text = exec->long_text;
	env = exec->env;
	owner = exec->owner;
	forget_blow(exec, &key);
	bpf_map_delete_elem(&execs, &key);
	give_back(text, env, owner);
}

#endif
