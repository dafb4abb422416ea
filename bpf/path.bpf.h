/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Paths, appended to a record leaf first. Global functions of numbers only: the verifier checks
 * each once, however many places call it (and does so on 5.10, too). Of a loop it checks each turn,
 * so that they walk some steps only, and are called until the end is reached.
 */
#ifndef KS_PATH_BPF_H
#define KS_PATH_BPF_H

enum {
	PATH_PARTS_MAX = 128, /* components and mount points */
	CGROUP_DEPTH_MAX = 128,
	STEPS_MAX = 8,	  /* at a time */
	NAME_BYTES = 256, /* NAME_MAX and its NUL */
};

/* What append_path() and append_cgroup() return. */
enum {
	PATH_CUT = 1 << 0,
	PATH_DELETED = 1 << 1,
	PATH_LOST = 1 << 2,
	PATH_DETACHED = 1 << 3, /* see is_detached() */
};

static __always_inline struct scratch *slot_bytes(u32 slot)
{
	return bpf_map_lookup_elem(&scratches, &slot);
}

/* Where the next string goes. */
static __always_inline char *tail(struct scratch *to)
{
	return to->bytes + (to->walk.end & (RECORD_BYTES - 1));
}

static __always_inline u64 mount_of(u64 vfsmount)
{
	return vfsmount - bpf_core_field_offset(struct mount, mnt);
}

/*
 * The way to the root, as a number: who is passed, and how often that was renamed or moved, which
 * its sequence counts: __d_move(), fs/dcache.c. Names are the same as long as it is.
 */
static __always_inline void mix_way(struct scratch *to, u64 at, u32 renames)
{
	to->walk.way = (to->walk.way ^ (u32)(at >> 3)) * 0x9e3779b1 + renames;
}

/* Appends one name; false: it cannot be read, or there is no room. */
static __always_inline bool append_name(struct scratch *to, const void *name, u32 length)
{
	long bytes;

	if (to->walk.is_mute) {
		to->walk.end += length + 1;
		return true;
	}
	bytes = bpf_probe_read_kernel_str(tail(to), NAME_BYTES, name);
	if (bytes <= 0)
		return false;
	to->walk.end += bytes;
	return true;
}

enum step { STEP_ON, STEP_DONE, STEP_CUT, STEP_DETACHED };

/* One step of prepend_path() in fs/d_path.c: over a mount point, or a component. */
static __always_inline enum step step_up(struct scratch *to)
{
	volatile struct walk *walk = &to->walk;
	struct dentry *dentry = STRUCT_AT(dentry, walk->at);
	struct mount *mount = STRUCT_AT(mount, walk->mount);
	u64 up = (u64)BPF_CORE_READ(dentry, d_parent);

	if (walk->at == walk->root_dentry && walk->mount == walk->root_mount && !walk->root_end)
		walk->root_end = walk->end;
	if (dentry == BPF_CORE_READ(mount, mnt.mnt_root)) {
		u64 below = (u64)BPF_CORE_READ(mount, mnt_parent);

		if (!below || below == walk->mount)
			return STEP_DONE;
		walk->at = (u64)BPF_CORE_READ(mount, mnt_mountpoint);
		walk->mount = below;
		return STEP_ON;
	}
	mix_way(to, walk->at, BPF_CORE_READ(dentry, d_seq.seqcount.sequence));
	if (!append_name(to, BPF_CORE_READ(dentry, d_name.name), BPF_CORE_READ(dentry, d_name.len)))
		return STEP_CUT;
	if (up == walk->at) /* no place in the tree, such as a memfd: simple_dname() */
		return STEP_DETACHED;
	walk->at = up;
	return STEP_ON;
}

static __always_inline bool is_deleted(struct dentry *dentry)
{
	return !BPF_CORE_READ(dentry, d_hash.pprev) && BPF_CORE_READ(dentry, d_parent) != dentry;
}

/*
 * Whether a mount is in the mount namespace neither of `task` nor of the tracer, or in none: the
 * path then ends at the root of a tree in which whoever made it has chosen all names, "/usr" as
 * any other. What is in no tree at all, such as a memfd, is not meant.
 */
static __always_inline bool is_detached(struct dentry *dentry, struct mount *mount,
					struct task_struct *task)
{
	struct mnt_namespace *of_mount = BPF_CORE_READ(mount, mnt_ns);

	if (ADDRESS_OF(of_mount) == ADDRESS_OF(BPF_CORE_READ(task, nsproxy, mnt_ns)))
		return false;
	if (cfg_mounts && BPF_CORE_READ(of_mount, ns.inum) == cfg_mounts)
		return false;
	return BPF_CORE_READ(dentry, d_parent) != dentry ||
	       BPF_CORE_READ(mount, mnt.mnt_root) == dentry;
}

/* Prepares scratch memory for walk_path(). */
__noinline int begin_path(u32 slot, u64 dentry, u64 vfsmount, u64 task)
{
	struct fs_struct *fs = BPF_CORE_READ(STRUCT_AT(task_struct, task), fs);
	struct scratch *to = slot_bytes(slot);

	if (!to)
		return 0;
	to->walk.start = to->walk.end;
	to->walk.at = dentry;
	to->walk.mount = mount_of(vfsmount);
	to->walk.root_dentry = (u64)BPF_CORE_READ(fs, root.dentry);
	to->walk.root_mount = mount_of((u64)BPF_CORE_READ(fs, root.mnt));
	to->walk.root_end = 0;
	to->walk.flags = PATH_CUT; /* until it ends */
	if (is_deleted(STRUCT_AT(dentry, dentry)))
		to->walk.flags |= PATH_DELETED;
	if (is_detached(STRUCT_AT(dentry, dentry), STRUCT_AT(mount, mount_of(vfsmount)),
			STRUCT_AT(task_struct, task))) {
		to->walk.flags |= PATH_DETACHED;
		to->walk.way ^= PATH_DETACHED;
	}
	return 0;
}

/* Goes on for STEPS_MAX steps. Returns whether there are more. */
__noinline int walk_path(u32 slot)
{
	struct scratch *to = slot_bytes(slot);
	enum step step = STEP_ON;
	int i;

	if (!to)
		return 0;
	for (i = 0; i < STEPS_MAX && to->walk.end - to->walk.start <= KS_PATH_BYTES; i++) {
		step = step_up(to);
		if (step != STEP_ON)
			break;
	}
	if (step == STEP_DONE || step == STEP_DETACHED)
		to->walk.flags &= ~PATH_CUT;
	if (step == STEP_DETACHED)
		to->walk.flags |= PATH_DELETED;
	return i == STEPS_MAX;
}

/*
 * Appends the path of (dentry, vfsmount) to the record `to`, in `slot`; walk.root_end then says
 * how much of it lies below the root directory of `task`, which is what d_path would show that.
 * Returns PATH_ flags.
 */
static __always_inline u32 append_path(struct scratch *to, u32 slot, struct dentry *dentry,
				       struct vfsmount *vfsmount, struct task_struct *task)
{
	int i;

	begin_path(slot, ADDRESS_OF(dentry), ADDRESS_OF(vfsmount), ADDRESS_OF(task));
	for (i = 0; i < PATH_PARTS_MAX / STEPS_MAX; i++)
		if (!walk_path(slot))
			break;
	if (!to->walk.root_end)
		to->walk.root_end = to->walk.end;
	return to->walk.flags;
}

/* Of what was appended since walk.start, keeps the last KS_CGROUP_BYTES. */
static __always_inline void keep_last(struct scratch *to)
{
	u32 from = to->walk.end - KS_CGROUP_BYTES, start = to->walk.start;

	/* The two overlap, and the copy goes forward. */
	bpf_probe_read_kernel(to->bytes + (start & (RECORD_BYTES - 1)), KS_CGROUP_BYTES,
			      to->bytes + (from & (RECORD_BYTES - 1)));
	to->walk.end = start + KS_CGROUP_BYTES;
	to->walk.flags |= PATH_CUT;
}

/* The same for the path of a cgroup in its hierarchy: walk.at is its node. */
__noinline int walk_cgroup(u32 slot)
{
	struct scratch *to = slot_bytes(slot);
	int i;

	if (!to)
		return 0;
	for (i = 0; i < STEPS_MAX; i++) {
		struct kernfs_node *at = STRUCT_AT(kernfs_node, to->walk.at);
		u64 up = kernfs_parent(at);

		if (!up) {
			to->walk.flags &= ~PATH_LOST;
			return 0;
		}
		if (cfg_hierarchy > KS_HIERARCHY_V2) /* only those can be renamed */
			mix_way(to, to->walk.at, ADDRESS_OF(BPF_CORE_READ(at, name)) >> 3);
		if (!append_name(to, BPF_CORE_READ(at, name), 0))
			return 0;
		if (to->walk.end - to->walk.start > KS_CGROUP_BYTES)
			keep_last(to);
		to->walk.at = up;
	}
	return 1;
}

/*
 * Appends the path of a cgroup, of which the root's side is kept: there is the unit, while whoever
 * has a cgroup can make any number below it. PATH_CUT: names on the leaf's side are missing.
 * PATH_LOST: the root was not reached.
 */
static __always_inline u32 append_cgroup(struct scratch *to, u32 slot, u64 node)
{
	int i;

	to->walk.at = node;
	to->walk.start = to->walk.end;
	to->walk.flags = PATH_LOST; /* until the root is reached */
	for (i = 0; i < CGROUP_DEPTH_MAX / STEPS_MAX; i++)
		if (!walk_cgroup(slot))
			break;
	return to->walk.flags;
}

#endif
