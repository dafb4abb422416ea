/* SPDX-License-Identifier: GPL-2.0-only */
/* What is kept of each process while it lives, and whether its last description still holds. */
#ifndef KS_IMAGE_BPF_H
#define KS_IMAGE_BPF_H

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

#endif
