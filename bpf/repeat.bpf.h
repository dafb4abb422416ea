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

/* The bytes behind the last whole word count, too. `rest`: how many. */
static __always_inline bool is_same_end(u64 a, u64 b, u32 rest)
{
	return !rest || !((a ^ b) << (64 - 8 * rest));
}

static __always_inline bool is_same_word(u32 i, const u64 *a, const u64 *b)
{
	if (i == WORD_OF(header.lost) || i == WORD_OF(header.time_ns) || i == WORD_OF(call.id) ||
	    i == WORD_OF(call.entry_ns) || i == WORD_OF(call.coarse_ns))
		return true;
	return a[i] == b[i];
}

/* Whether the record in `slot` equals the last one. A global function: the verifier checks it once.
 */
__noinline int equals_last(u32 slot, u32 index)
{
	struct last *last = bpf_map_lookup_elem(&lasts, &index);
	struct scratch *from = slot_bytes(slot);
	const u64 *now, *then;
	u32 bytes, i;

	if (!last || !from)
		return 0;
	now = (const u64 *)from->bytes;
	then = last->words;
	bytes = ((const struct ks_header *)now)->size;
	if (last->bytes != bytes || bytes > KS_REPEAT_BYTES)
		return 0;
#pragma unroll
	for (i = 0; i < SIGNAL_WORDS; i++)
		if (!is_same_word(i, now, then))
			return 0;
	for (i = SIGNAL_WORDS; i < LAST_WORDS; i++) {
		if (i >= bytes / WORD)
			return is_same_end(now[i], then[i], bytes % WORD);
		if (now[i] != then[i])
			return 0;
	}
	return 1;
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

static __always_inline void emit_again(const struct ks_signal *record)
{
	struct ks_repeat repeat = { .header = record->header };

	repeat.header.type = KS_REC_REPEAT;
	repeat.header.fixed_bytes = sizeof(repeat);
	repeat.call_id = record->call.id;
	repeat.entry_ns = record->call.entry_ns;
	repeat.coarse_ns = record->call.coarse_ns;
	emit(&repeat.header, sizeof(repeat), KS_LOST_EVENT);
}

/*
 * The record in `slot`, or a KS_REC_REPEAT for it. Returns the bytes of what there should be room
 * for. Global: its stack is its own.
 */
__noinline int emit_or_repeat(u32 slot)
{
	struct scratch *from = slot_bytes(slot);
	struct ks_signal *record;
	u32 index;

	if (!from)
		return 0;
	record = (void *)from->bytes;
	index = repeat_slot_of(record, slot);
	record->header.slot = index;
	record->header.size = from->walk.end & (RECORD_BYTES - 1);
	if (equals_last(slot, index)) {
		emit_again(record);
		return sizeof(struct ks_repeat);
	}
	forget_last(index);
	if (!emit(&record->header, record->header.size, KS_LOST_EVENT))
		note_last(record, index);
	return record->header.size;
}

#endif
