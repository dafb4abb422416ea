/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A storm sends the same signal again and again. A record that equals the last one of its slot in
 * all bytes but times and counts becomes a KS_REC_REPEAT: no rule says what may have changed.
 */
#ifndef KS_REPEAT_BPF_H
#define KS_REPEAT_BPF_H

enum {
	WORD = sizeof(u64),
	SIGNAL_WORDS = sizeof(struct ks_signal) / WORD,
	LAST_WORDS = KS_REPEAT_BYTES / WORD,
	BLOCK_WORDS = 8, /* compared at once */
	BLOCK_BYTES = BLOCK_WORDS * WORD,
};

#define WORD_OF(member) (__builtin_offsetof(struct ks_signal, member) / WORD)

/*
 * Slots of what is sent and of what is found when a call returns are apart: the one may interrupt
 * the other. Which of them, depends on sender, target and signal, so that a few storms that take
 * turns on a CPU are each in one.
 */
static __always_inline u32 repeat_slot_of(const struct ks_signal *record, u32 slot)
{
	u32 mixed = record->sender.ids.tid ^ record->target.ids.tid << 4 ^ record->signal << 8;

	return (mixed * 0x9e3779b1) >> 29 | (slot == SLOT_RETURN) << 3;
}

static __always_inline bool is_count(u32 i)
{
	return i == WORD_OF(header.lost) || i == WORD_OF(header.time_ns) || i == WORD_OF(call.id) ||
	       i == WORD_OF(call.entry_ns) || i == WORD_OF(call.coarse_ns);
}

_Static_assert(WORD_OF(call.coarse_ns) < SIGNAL_WORDS - BLOCK_WORDS, "see is_same_tail()");

/* What differs in a block: no branch for each word, which the verifier would follow. */
static __always_inline u64 difference(const u64 *a, const u64 *b)
{
	u64 bits = 0;
	u32 i;

#pragma unroll
	for (i = 0; i < BLOCK_WORDS; i++)
		bits |= a[i] ^ b[i];
	return bits;
}

static __always_inline bool is_same_signal(const u64 *a, const u64 *b)
{
	u64 bits = 0;
	u32 i;

#pragma unroll
	for (i = 0; i < SIGNAL_WORDS; i++) {
		bits |= is_count(i) ? 0 : a[i] ^ b[i];
		if ((i % BLOCK_WORDS == 0 || i == SIGNAL_WORDS - 1) && bits)
			return false;
	}
	return true;
}

/*
 * Behind SIGNAL_WORDS. The last bytes, which may be no whole block, are compared with some before
 * them. Where those begin is read again: it is any number to the verifier then, and all turns of
 * the loop are the same to it when they meet.
 */
static __always_inline bool is_same_tail(const u64 *a, const u64 *b, const struct ks_header *header)
{
	u32 i, words = header->size / WORD;
	u64 last;

	for (i = SIGNAL_WORDS; i + BLOCK_WORDS <= LAST_WORDS && i + BLOCK_WORDS <= words;
	     i += BLOCK_WORDS)
		if (difference(a + i, b + i))
			return false;
	last = *(const volatile ks_u32 *)&header->size - BLOCK_BYTES;
	if (last > KS_REPEAT_BYTES - BLOCK_BYTES)
		return false;
	return !difference((const void *)a + last, (const void *)b + last);
}

/* Whether the record in `slot` equals the last one. A global function: the verifier checks it once.
 */
__noinline int equals_last(u32 slot, u32 index)
{
	struct last *last = bpf_map_lookup_elem(&lasts, &index);
	struct scratch *from = slot_bytes(slot);
	const u64 *now;

	if (!last || !from)
		return 0;
	now = (const u64 *)from->bytes;
	return last->bytes == ((const struct ks_header *)now)->size &&
	       is_same_signal(now, last->words) &&
	       is_same_tail(now, last->words, (const void *)now);
}

/* ---- whether what it refers to has been described ---- */

/* What exit_mm() and exit_fs() clear is a change here: is_described() decides about it. */
static __always_inline bool is_where(const struct ks_places *then, u64 thread)
{
	struct ks_places now;

	read_places(&now, describing_thread(STRUCT_AT(task_struct, thread)));
	return then->cgroup == now.cgroup && then->cwd == now.cwd && then->root == now.root &&
	       then->exe == now.exe;
}

/*
 * Whether the descriptions that the last record of a slot refers to hold, for one that is equal: no
 * process has been described since, none that was has called exec, both are where they were, and
 * names need not be compared. Spares looking for what is kept of each.
 */
__noinline int descriptions_hold(u32 index, u64 sender, u64 target)
{
	const struct last *last = bpf_map_lookup_elem(&lasts, &index);

	return last && last->descriptions == *(volatile u64 *)&descriptions &&
	       last->exec_generation == *(volatile u64 *)&exec_generation &&
	       last->way_time == way_time() && is_where(&last->sender, sender) &&
	       (!target || is_where(&last->target, target));
}

/* Before they are described: if that writes anything, this does not hold. */
__noinline int note_descriptions(u32 index, u64 sender, u64 target)
{
	struct last *last = bpf_map_lookup_elem(&lasts, &index);

	if (!last)
		return 0;
	last->descriptions = *(volatile u64 *)&descriptions;
	last->exec_generation = *(volatile u64 *)&exec_generation;
	last->way_time = way_time();
	read_places(&last->sender, describing_thread(STRUCT_AT(task_struct, sender)));
	if (target)
		read_places(&last->target, describing_thread(STRUCT_AT(task_struct, target)));
	return 0;
}

/* ---- emit ---- */

/* Completes the record in `slot`. Returns the index of its last one. */
static __always_inline u32 seal(struct ks_signal *record, const struct scratch *to, u32 slot)
{
	u32 index = repeat_slot_of(record, slot);

	record->header.slot = index;
	record->header.size = to->walk.end & (RECORD_BYTES - 1);
	return index;
}

static __always_inline void note_last(const struct ks_signal *record, u32 index)
{
	struct last *last = bpf_map_lookup_elem(&lasts, &index);
	u32 bytes = record->header.size;

	if (!last)
		return;
	last->bytes = 0;
	if (bytes > KS_REPEAT_BYTES || bpf_probe_read_kernel(last->words, bytes, record))
		return;
	last->bytes = bytes;
}

static __always_inline void forget_last(u32 index)
{
	struct last *last = bpf_map_lookup_elem(&lasts, &index);

	if (last)
		last->bytes = 0;
}

/*
 * The record in `slot`, which equals the last one. Returns its bytes, negative if there was no room
 * for them. Global: its stack is its own.
 */
__noinline int emit_again(u32 slot)
{
	struct scratch *from = slot_bytes(slot);
	const struct ks_signal *record;
	struct ks_repeat repeat;

	if (!from)
		return 0;
	record = (void *)from->bytes;
	repeat.header = record->header;
	repeat.header.type = KS_REC_REPEAT;
	repeat.header.fixed_bytes = sizeof(repeat);
	repeat.call_id = record->call.id;
	repeat.entry_ns = record->call.entry_ns;
	repeat.coarse_ns = record->call.coarse_ns;
	return put(&repeat.header, sizeof(repeat), wakeup(repeat.header.time_ns))
		   ? -(int)sizeof(repeat)
		   : (int)sizeof(repeat);
}

/* Likewise, as it is. */
__noinline int emit_anew(u32 slot)
{
	struct scratch *from = slot_bytes(slot);
	struct ks_signal *record;
	int bytes;
	u32 index;

	if (!from)
		return 0;
	record = (void *)from->bytes;
	index = record->header.slot;
	bytes = record->header.size;
	forget_last(index);
	if (put(&record->header, bytes, wakeup(record->header.time_ns)))
		return -bytes;
	note_last(record, index);
	return bytes;
}

#endif
