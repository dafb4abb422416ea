/* SPDX-License-Identifier: GPL-2.0-only */
/* What is kept of each process while it lives, and whether its last description still holds. */
#ifndef KS_EXEC_BPF_H
#define KS_EXEC_BPF_H

/* ---- long texts ---- */

static __always_inline void hold_text(const u64 *id)
{
	struct ks_long_text *text;

	if (!*id)
		return;
	text = bpf_map_lookup_elem(&long_texts, id);
	if (text)
		__sync_fetch_and_add(&text->users, 1);
}

/* For one more that refers to the texts of `exec`, which must do so as long as this runs. */
static __always_inline void hold_texts(const struct ks_exec *exec)
{
	hold_text(&exec->long_text);
	if (cfg_env_names)
		hold_text(&exec->env);
}

/*
 * On v5.10 none can see who counted to 0: of several who leave at the same time, more than one may
 * find it, but never none. That is harmless, as ids are not used again: the second deletes nothing.
 * Whoever is not the last may see the memory used again, by another text: it deletes nothing
 * either.
 */
static __always_inline void release_text(const u64 *id)
{
	struct ks_long_text *text;

	if (!*id)
		return;
	text = bpf_map_lookup_elem(&long_texts, id);
	if (!text)
		return;
	__sync_fetch_and_add(&text->users, -1);
	if (!*(volatile u32 *)&text->users)
		bpf_map_delete_elem(&long_texts, id);
}

static __always_inline void release_texts(const struct ks_exec *exec)
{
	release_text(&exec->long_text);
	if (cfg_env_names)
		release_text(&exec->env);
}

/* Adds what is in scratch memory, whose count is of those. Returns the id, 0 if there is no room.
 */
static __always_inline u64 add_text(struct scratch *to, const struct ks_long_text *text)
{
	u64 id = ++to->texts << KS_TEXT_CPU_BITS | bpf_get_smp_processor_id();

	return bpf_map_update_elem(&long_texts, &id, text, BPF_NOEXIST) ? 0 : id;
}

/* Where the text is; NULL: exec was just replacing it. */
static __always_inline const char *text_of(const struct ks_exec *exec)
{
	struct ks_long_text *text;

	if (!exec->long_text)
		return exec->text;
	text = bpf_map_lookup_elem(&long_texts, &exec->long_text);
	return text ? text->text : NULL;
}

/* ---- exec infos ---- */

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
static __always_inline const struct ks_exec *nested_exec(struct ks_exec_key key, u32 vpid)
{
	key.pid = vpid;
	key.is_nested = 1;
	return bpf_map_lookup_elem(&execs, &key);
}

/* What is known of a process without an exec info. */
static __always_inline const struct ks_exec *initial_exec(const struct ks_pidref *ref)
{
	const struct ks_exec *exec = cfg_pidns ? nested_exec(exec_key(ref), ref->vpid) : NULL;

	return exec ?: &empty_exec;
}

static __always_inline struct ks_exec *lookup_exec(const struct ks_pidref *ref)
{
	struct ks_exec_key key = exec_key(ref);

	return bpf_map_lookup_elem(&execs, &key);
}

/* ---- room for exec infos ---- */

static __always_inline u32 *count_of(u32 owner)
{
	u32 index = owner * 0x9e3779b1U >> (32 - OWNERS_SHIFT);

	return bpf_map_lookup_elem(&execs_of_user, &index);
}

static __always_inline void give_room_back(u32 owner)
{
	u32 *count = owner ? count_of(owner) : NULL;

	if (count)
		__sync_fetch_and_add(count, -1);
}

/* What an exec info had that is deleted now. */
static __always_inline void give_back(u64 long_text, u64 env, u32 owner)
{
	release_text(&long_text);
	if (cfg_env_names)
		release_text(&env);
	give_room_back(owner);
}

/*
 * No user can take what others need, but for root. Several CPUs at a time may take one too many
 * each. Returns whether there is room; what it is for may fail still: see give_room_back().
 */
static __always_inline bool take_room(u32 owner)
{
	u32 *count = owner ? count_of(owner) : NULL;

	if (!count)
		return true;
	if (*count >= cfg_user_execs)
		return false;
	__sync_fetch_and_add(count, 1);
	return true;
}

#define NO_ROOM (1ULL << 32) /* no uid */

/*
 * Global functions, whose stack does not add to that of their callers, and small ones. This returns
 * the user for whom there is room.
 */
__noinline u64 claim_room(u64 leader)
{
	u32 owner = owner_uid(STRUCT_AT(task_struct, leader));

	return take_room(owner) ? owner : NO_ROOM;
}

/* The numbers are those of a struct ks_pidref. What user space found out stays, and so does its
 * text. */
__noinline int create_exec(u32 owner, u32 pid, u32 vpid, u64 start_ns)
{
	struct ks_exec_key key = { .start_ticks = start_ns / KS_TICK_NS };
	const struct ks_exec *initial = &empty_exec;
	struct ks_exec *exec;
	int err;

	if (cfg_pidns) {
		key.pid = vpid;
		key.is_nested = 1;
		initial = bpf_map_lookup_elem(&execs, &key) ?: initial;
		key.is_nested = 0;
	}
	key.pid = pid;
	hold_texts(initial);
	err = bpf_map_update_elem(&execs, &key, initial, BPF_NOEXIST);
	if (err) {
		release_texts(initial);
		give_room_back(owner);
		return err;
	}
	exec = bpf_map_lookup_elem(&execs, &key);
	if (exec)
		exec->owner = owner;
	return 0;
}

enum { MAP_IS_FULL = -7, IS_THERE = -17 }; /* -E2BIG, -EEXIST */

/* 0, or MAP_IS_FULL; or another error: there is no memory for it. */
static __always_inline int make_exec(const struct ks_pidref *ref, struct task_struct *leader)
{
	u64 owner = claim_room(ADDRESS_OF(leader));
	int err = MAP_IS_FULL;

	if (owner != NO_ROOM)
		err = create_exec(owner, ref->pid, ref->vpid, ref->start_ns);
	return err == IS_THERE ? 0 : err;
}

/*
 * The exec info of a process, made if there is none; NULL: there is no memory for it, which with
 * interrupts disabled may be so for a moment, or no room, which is counted as a loss.
 */
static __always_inline struct ks_exec *get_or_create_exec(const struct ks_pidref *ref,
							  struct task_struct *leader)
{
	struct ks_exec *exec = lookup_exec(ref);

	if (exec)
		return exec;
	if (make_exec(ref, leader) == MAP_IS_FULL)
		count_loss(KS_LOST_PROCESS);
	return lookup_exec(ref);
}

/* The same for what comes once only, an exec or a fork: either is a loss. */
static __always_inline struct ks_exec *require_exec(const struct ks_pidref *ref,
						    struct task_struct *leader)
{
	struct ks_exec *exec = lookup_exec(ref);

	if (exec)
		return exec;
	if (make_exec(ref, leader))
		count_loss(KS_LOST_PROCESS);
	return lookup_exec(ref);
}

/* ---- whether a description holds ---- */

/* Whose files and memory describe its process: the leader, unless that has ended before. */
static __always_inline struct task_struct *describing_thread(struct task_struct *thread)
{
	struct task_struct *leader = BPF_CORE_READ(thread, group_leader);

	return BPF_CORE_READ(leader, fs) ? leader : thread;
}

/* In numbers: see claim_room(). `device` 0: any file is the right one. Returns its address, or 0.
 */
__noinline u64 find_executable(u64 thread, u64 inode, u32 device)
{
	struct file *exe = BPF_CORE_READ(STRUCT_AT(task_struct, thread), mm, exe_file);

	if (!device || (BPF_CORE_READ(exe, f_inode, i_ino) == inode &&
			BPF_CORE_READ(exe, f_inode, i_sb, s_dev) == device))
		return ADDRESS_OF(exe);
	return 0;
}

/*
 * The file that a process executes; NULL: it has ended, or that is not the file which `exec` has:
 * in a user namespace that it made, any process may put another file in its place, by
 * PR_SET_MM_MAP of prctl(2). What was executed is what is shown then.
 */
static __always_inline struct file *executable(struct task_struct *thread,
					       const struct ks_exec *exec)
{
	u32 device = exec->known & KS_KNOWN_EXE && exec->has_file ? exec->exe_device : 0;

	if (*(volatile u32 *)&exec->seqcount & 1)
		device = 0;
	return STRUCT_AT(file, find_executable(ADDRESS_OF(thread), exec->exe_inode, device));
}

/* Where the process of `thread`, see describing_thread(), is, and whether its file was deleted. */
static __always_inline void read_places(struct ks_places *to, struct task_struct *thread)
{
	struct fs_struct *fs = BPF_CORE_READ(thread, fs);
	struct dentry *exe = BPF_CORE_READ(thread, mm, exe_file, f_path.dentry);
	/* Any other namespace makes another one of it. Cleared after `fs`, so it is read first. */
	u64 namespaces = ADDRESS_OF(BPF_CORE_READ(thread, nsproxy));

	barrier_var(namespaces);
	to->cgroup = cgroup_key(thread);
	to->cwd = (u64)BPF_CORE_READ(fs, pwd.dentry);
	to->root = ADDRESS_OF(BPF_CORE_READ(fs, root.dentry));
	if (to->root)
		to->root ^= namespaces << 8;
	to->exe = ADDRESS_OF(exe) | is_deleted(exe);
}

enum { WAY_TICKS = 2 }; /* of jiffies: some milliseconds */

/* The same as long as names that were compared need not be compared again. */
static __always_inline u32 way_time(void)
{
	return bpf_jiffies64() / WAY_TICKS;
}

/* Whether a description still holds: that, and what the process executes. */
static __always_inline void fingerprint(struct ks_fingerprint *to, struct task_struct *thread,
					const struct ks_exec *exec)
{
	read_places(&to->places, thread);
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
	const struct ks_places *then = &described->places, *here = &now->places;

	return then->cgroup == here->cgroup && described->version == now->version &&
	       is_same(then->cwd, here->cwd) && is_same(then->root, here->root) &&
	       is_same(then->exe, here->exe);
}

/* By any ring. */
static __always_inline bool was_described(const struct ks_exec *exec)
{
	return exec->noted[KS_RING_BULK].described.places.cgroup ||
	       exec->noted[KS_RING_LETHAL].described.places.cgroup;
}

/* ---- whether there was a description at all ---- */

enum {
	TIME_SHIFT = 30, /* of ns: about a second */
	TIME_SLACK = 2,	 /* who reads the clock may store that after one who read it later */
};

static __always_inline u32 *described_time(u32 pid)
{
	return &described_times[pid & (DESCRIBED_PLACES - 1)];
}

static __always_inline void note_described_time(u32 pid)
{
	*described_time(pid) = bpf_ktime_get_ns() >> TIME_SHIFT;
}

/*
 * Most processes end without: that costs no lookup then. Pids that have the same place share a
 * time, the last: a lookup too many, but never one too few.
 */
static __always_inline bool may_be_described(u32 pid, struct task_struct *leader)
{
	u32 start = BPF_CORE_READ(leader, start_time) >> TIME_SHIFT;

	return *(volatile u32 *)described_time(pid) + TIME_SLACK >= start;
}

#endif
