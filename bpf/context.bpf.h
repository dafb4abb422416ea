/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What current was doing when the kernel sent a signal: the file that its system call was for, and
 * the functions of the kernel that it was in. Both are texts: see text.bpf.h.
 */
#ifndef KS_CONTEXT_BPF_H
#define KS_CONTEXT_BPF_H

enum { FRAMES_MAX = 16 };

/* ---- the file ---- */

/* Whether writes to it, or what is done to it otherwise, can make the kernel send signals. */
static __always_inline bool is_special(u32 magic, struct inode *inode)
{
	u32 major;

	if (magic == CGROUP2_SUPER_MAGIC || magic == PROC_SUPER_MAGIC ||
	    magic == DEVPTS_SUPER_MAGIC)
		return true;
	if ((BPF_CORE_READ(inode, i_mode) & S_IFMT) != S_IFCHR)
		return false;
	major = BPF_CORE_READ(inode, i_rdev) >> MINOR_BITS;
	return major == TTY_MAJOR || major == TTYAUX_MAJOR;
}

/* Returns the id of the path of the struct file at `address`, which is emitted unless it has been;
 * 0: that could not be done. */
__noinline u64 emit_file_path(u32 place, u64 address)
{
	struct file *file = STRUCT_AT(file, address);
	struct scratch *to = scratch_get(slot_of(place));
	u32 flags;
	u64 id;

	if (!to) {
		count_loss(KS_LOST_LABEL);
		return 0;
	}
	to->walk.end = TEXT_START;
	flags = append_path(to, slot_of(place), BPF_CORE_READ(file, f_path.dentry),
			    BPF_CORE_READ(file, f_path.mnt), current_task());
	id = hash_of_text(to, KS_TEXT_FILE);
	emit_text(to, place, KS_TEXT_FILE, id, flags & PATH_CUT);
	scratch_put(to);
	return id;
}

/*
 * If this argument of the call in SLOT_SIGNAL is the number of an open descriptor of a special
 * file. User space has the list of calls that take a descriptor there. Returns whether it is.
 */
__noinline int add_file(u32 argument)
{
	struct scratch *to = slot_bytes(SLOT_SIGNAL);
	struct ks_signal *record;
	struct inode *inode;
	struct file *file;
	u32 magic;

	if (!to)
		return 0;
	record = (void *)to->bytes;
	/* Not in a call: see fill_call() and read_call(). */
	if (!record->call.arch || record->call.nr == (u32)-1)
		return 0;
	file = find_file(record->call.args[argument & 3]);
	if (!file)
		return 0;
	inode = BPF_CORE_READ(file, f_inode);
	magic = BPF_CORE_READ(inode, i_sb, s_magic);
	if (!is_special(magic, inode))
		return 0;
	cause_in(to)->file = emit_file_path(
	    PLACE(process_slot_of(SLOT_SIGNAL), record->header.ring), ADDRESS_OF(file));
	cause_in(to)->file_magic = magic;
	cause_in(to)->file_argument = argument;
	return 1;
}

/* ---- the stack ---- */

/* Where the addresses are put: behind what a record has room for. */
static __always_inline u64 *frames_in(struct scratch *to)
{
	return (u64 *)(to->bytes + RECORD_BYTES);
}

/* Of those in `slot`. Global functions, as append_frames(): the verifier checks their loops once.
 */
__noinline u64 hash_of_frames(u32 slot, u32 n)
{
	struct scratch *to = slot_bytes(slot);
	u64 hash = cfg_random_key + KS_TEXT_STACK;
	const u64 *frames;
	u32 i;

	if (!to)
		return 0;
	frames = frames_in(to);
	for (i = 0; i < FRAMES_MAX && i < n; i++)
		hash = mix_word(hash, frames[i]);
	return id_of_hash(hash);
}

static const char frame_format[] = "%ps";

/* The kernel names its functions itself: /proc/kallsyms takes CAP_SYSLOG, and long to read. */
__noinline int append_frames(u32 slot, u32 n)
{
	struct scratch *to = slot_bytes(slot);
	const u64 *frames;
	u32 i;

	if (!to || !cfg_stacks)
		return 0;
	frames = frames_in(to);
	for (i = 0; i < FRAMES_MAX && i < n; i++) {
		long bytes = bpf_snprintf(tail(to), NAME_BYTES, frame_format, (void *)&frames[i],
					  sizeof(frames[i]));

		if (bytes <= 0)
			return 0;
		to->walk.end += bytes < NAME_BYTES ? bytes : NAME_BYTES;
	}
	return 0;
}

/* The id of the stack; its text is emitted unless it has been. 0: there is none. */
static __always_inline u64 emit_stack(void *ctx, struct scratch *to, u32 place)
{
	long bytes = bpf_get_stack(ctx, frames_in(to), FRAMES_MAX * sizeof(u64), 0);
	u32 n = bytes / sizeof(u64);
	u64 id;

	if (bytes <= 0)
		return 0;
	id = hash_of_frames(slot_of(place), n);
	if (!is_text_emitted(ring_of(place), id)) {
		to->walk.end = TEXT_START;
		append_frames(slot_of(place), n);
		emit_text(to, place, KS_TEXT_STACK, id, false);
	}
	return id;
}

/* Not inline: its stack is its own. Not global: it takes the context. */
static __noinline int add_stack(void *ctx)
{
	const u32 slot = process_slot_of(SLOT_SIGNAL);
	struct scratch *from = slot_bytes(SLOT_SIGNAL), *to;
	struct ks_signal *record;

	if (!from)
		return 0;
	record = (void *)from->bytes;
	/* Nothing else sends that way what cgroup.kill does. */
	if (record->info.kind == KS_INFO_NOINFO &&
	    cause_in(from)->file_magic == CGROUP2_SUPER_MAGIC)
		return 0;
	to = scratch_get(slot);
	if (!to) {
		count_loss(KS_LOST_LABEL);
		return 0;
	}
	cause_in(from)->stack = emit_stack(ctx, to, PLACE(slot, record->header.ring));
	scratch_put(to);
	return 0;
}

/* Why the kernel sent the signal in SLOT_SIGNAL. `info`, `target`: see pointer_to_scalar(). */
static __always_inline void explain(void *ctx, u64 info, u64 target)
{
	bool is_all = fill_cause(info, target);

	fill_limits(target);
	if (is_all)
		return;
	if (!add_file(0))
		add_file(2);
	if (cfg_stacks)
		add_stack(ctx);
}

#endif
