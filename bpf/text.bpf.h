/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Texts that many events have. An event has a number for a text; the text comes in another record,
 * before the first event with that number, so that a storm does not repeat it.
 */
#ifndef KS_TEXT_BPF_H
#define KS_TEXT_BPF_H

enum {
	TEXT_START = sizeof(struct ks_text), /* where the text is in its record */
	TEXT_WORDS = KS_TEXT_BYTES / sizeof(u64),
};

static __always_inline u64 mix_word(u64 hash, u64 word)
{
	hash = (hash ^ word) * (cfg_random_key | 1);
	return hash ^ hash >> 29;
}

static __always_inline u64 id_of_hash(u64 hash)
{
	return hash < KS_LABEL_FIRST ? hash + KS_LABEL_FIRST : hash;
}

/*
 * The id of the text. Keyed, so that no user can choose a name that collides with another;
 * and made of the text alone, for the kernel uses its own numbers and memory again.
 */
static __always_inline u64 hash_of_text(struct scratch *to, enum ks_text_kind kind)
{
	u64 hash = cfg_random_key + kind;
	int i;

	__builtin_memset(tail(to), 0, sizeof(u64));
	for (i = 0; i < TEXT_WORDS && TEXT_START + i * sizeof(u64) < to->walk.end; i++)
		hash = mix_word(hash, *(u64 *)(to->bytes + TEXT_START + i * sizeof(u64)));
	return id_of_hash(hash);
}

/* The rings into which that text has been emitted, one bit each. */
static __always_inline u16 rings_of_text(u64 id)
{
	struct emitted_text *emitted = bpf_map_lookup_elem(&emitted_texts, &id);

	return emitted && emitted->generation == *(volatile ks_u16 *)&generation ? emitted->rings
										 : 0;
}

static __always_inline bool is_text_emitted(u32 ring, u64 id)
{
	return rings_of_text(id) & (1 << (ring & 7));
}

/* Emits the record whose text is in `to`, unless it has been, into the ring of `place`. */
static __always_inline void emit_text(struct scratch *to, u32 place, enum ks_text_kind kind, u64 id,
				      bool is_cut)
{
	u32 ring = ring_of(place);
	struct ks_text *record = (void *)to->bytes;
	struct emitted_text emitted = { .rings = rings_of_text(id) };
	u32 end = to->walk.end;

	if (emitted.rings & (1 << (ring & 7)))
		return;
	if (end > TEXT_START + KS_TEXT_BYTES) {
		end = TEXT_START + KS_TEXT_BYTES;
		is_cut = true;
	}
	begin(&record->header, KS_REC_TEXT, sizeof(*record), ring);
	record->id = id;
	record->text = (struct ks_span){ .offset = TEXT_START, .bytes = end - TEXT_START };
	record->is_cut = is_cut;
	record->kind = kind;
	record->padding = 0;
	emitted.rings |= 1 << (ring & 7);
	emitted.generation = record->header.generation;
	if (!emit(&record->header, end, KS_LOST_LABEL))
		bpf_map_update_elem(&emitted_texts, &id, &emitted, BPF_ANY);
	charge_description(place, end);
}

#endif
