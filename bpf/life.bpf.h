/* SPDX-License-Identifier: GPL-2.0-only */
/* The life of a process: what it executes, who creates it, how it ends. */
#ifndef KS_LIFE_BPF_H
#define KS_LIFE_BPF_H

/*
 * Until user space has told of the processes that are older than the tracer, none of these gets an
 * empty image: that would stay in the way.
 */
static __always_inline void handle_fork(struct task_struct *parent, struct task_struct *child)
{
	struct ks_image *image, *inherited;
	struct ks_image_key key;
	struct ks_ref creator, ref;

	if (BPF_CORE_READ(child, pid) != BPF_CORE_READ(child, tgid))
		return;
	fill_ref(&creator, BPF_CORE_READ(parent, group_leader));
	fill_ref(&ref, child);
	inherited = older_told ? image_of(&creator) : find_image(&creator);
	if (!inherited)
		return;
	key = image_key(&ref);
	bpf_map_update_elem(&images, &key, inherited, BPF_ANY);
	image = bpf_map_lookup_elem(&images, &key);
	if (!image)
		return;
	image->creator = creator;
	image->chain = 0;
	__builtin_memset(&image->described, 0, sizeof(image->described));
}

static __always_inline void keep_argv(struct ks_image *image, struct mm_struct *mm)
{
	u64 from = BPF_CORE_READ(mm, arg_start), bytes = BPF_CORE_READ(mm, arg_end) - from;

	if (bytes > KS_IMAGE_ARGV_BYTES) {
		bytes = KS_IMAGE_ARGV_BYTES;
		image->flags |= KS_FLAG_ARGV_CUT;
	}
	if (bytes && bpf_probe_read_user(image->argv, bytes, (void *)from))
		return;
	image->argv_bytes = bytes;
	image->known |= KS_KNOWN_ARGV;
}

static __always_inline void keep_exe(struct ks_image *image, struct scratch *to, struct file *exe)
{
	u32 flags, bytes;

	to->walk.end = 0;
	flags = append_path(SLOT_PROCESS, (u64)BPF_CORE_READ(exe, f_path.dentry),
			    (u64)BPF_CORE_READ(exe, f_path.mnt), (u64)current_task());
	bytes = to->walk.end;
	if (bytes > KS_IMAGE_EXE_BYTES) {
		bytes = KS_IMAGE_EXE_BYTES;
		flags |= PATH_CUT;
	}
	bpf_probe_read_kernel(image->exe, bytes, to->bytes);
	image->exe_bytes = bytes;
	image->known |= KS_KNOWN_EXE;
	image->flags |= flags & PATH_CUT ? KS_FLAG_EXE_CUT : 0;
	image->flags |= flags & PATH_DELETED ? KS_FLAG_EXE_DELETED : 0;
}

static __always_inline void forget_description(struct ks_image *image)
{
	if (image->described.cgroup)
		__sync_fetch_and_add(&described_execs, 1);
	__builtin_memset(&image->described, 0, sizeof(image->described));
}

static __always_inline void handle_exec(void)
{
	struct task_struct *task = current_task();
	struct mm_struct *mm = BPF_CORE_READ(task, mm);
	struct file *exe = BPF_CORE_READ(mm, exe_file);
	struct ks_image *image;
	struct scratch *to;
	struct ks_ref ref;

	fill_ref(&ref, task); /* whichever thread called exec is the leader now */
	image = image_of(&ref);
	if (!image || !mm)
		return;
	forget_description(image);
	image->known = 0;
	image->flags = 0;
	keep_argv(image, mm);
	to = scratch_take(SLOT_PROCESS);
	if (!to)
		return;
	if (exe)
		keep_exe(image, to, exe);
	scratch_give(to);
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

/* Not inline: its stack must not add to that of the functions that on_exit() calls besides. */
static __noinline void submit_exit(struct task_struct *task, struct task_struct *leader,
				   bool watched)
{
	struct ks_exit record = {};

	begin(&record.header, KS_REC_EXIT);
	record.known = fill_ids(&record.ids, leader, false);
	record.code = exit_code(task);
	record.watched = watched;
	submit(&record.header, sizeof(record), KS_LOST_EXIT);
}

/*
 * The last thread of a process ends. A parent that leaves children behind is described now: they
 * may send signals later, and nothing in the kernel will know then who started them.
 */
static __always_inline void handle_exit(void)
{
	struct task_struct *task = current_task();
	struct task_struct *leader = BPF_CORE_READ(task, group_leader);
	struct ks_image_key key;
	struct ks_image *image;
	struct ks_ref ref;
	bool watched;

	forget_thread();
	if (BPF_CORE_READ(task, signal, live.counter))
		return;
	fill_ref(&ref, leader);
	if (has_children(task))
		mention_with_ancestors(SLOT_PROCESS, (u64)task);
	watched = cfg_target_pids && ref.vpid && !bpf_map_delete_elem(&target_pids, &ref.vpid);
	if (watched)
		mention(SLOT_PROCESS, (u64)task);
	key = image_key(&ref);
	image = bpf_map_lookup_elem(&images, &key);
	if (watched || (image && image->described.cgroup))
		submit_exit(task, leader, watched);
}

static __always_inline void handle_free(struct task_struct *task)
{
	struct ks_image_key key;
	struct ks_ref ref;

	if (BPF_CORE_READ(task, pid) != BPF_CORE_READ(task, tgid))
		return;
	fill_ref(&ref, task);
	key = image_key(&ref);
	bpf_map_delete_elem(&images, &key);
}

#endif
