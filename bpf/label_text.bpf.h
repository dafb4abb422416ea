/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The labels that a security module gave tasks, as audit prints them. An event has a number for a
 * label; the text comes in another record, before the first event with that number, so that a
 * storm does not repeat it.
 *
 * Where no module has labels, user space sets nothing, and the verifier prunes all of this: global
 * functions are checked even if they are not called, so each begins with that test.
 */
#ifndef KS_LABEL_TEXT_BPF_H
#define KS_LABEL_TEXT_BPF_H

enum {
	LABEL_PARTS_MAX = 16, /* profiles of a stack */
	LABEL_WORDS = KS_LABEL_BYTES / sizeof(u64),
	LABEL_START = sizeof(struct ks_label), /* where the text is in its record */
};

static __always_inline u64 read_pointer(u64 at)
{
	u64 pointer = 0;

	bpf_probe_read_kernel(&pointer, sizeof(pointer), (void *)at);
	return pointer;
}

static __always_inline u32 read_number(u64 at)
{
	u32 number = 0;

	bpf_probe_read_kernel(&number, sizeof(number), (void *)at);
	return number;
}

/* Where this module's part of a cred's blob begins, and 1; 0: not looked up yet. */
ks_u32 blob_offset;

/* The address of this module's part of what security modules keep for `cred`. */
static __always_inline u64 blob_of(const struct cred *cred)
{
	u64 security = ADDRESS_OF(BPF_CORE_READ(cred, security));

	if (!blob_offset)
		blob_offset = read_number(cfg_lsm_blobs + cfg_layout.blobs_cred) + 1;
	return security ? security + blob_offset - 1 : 0;
}

/* ---- text ---- */

static __always_inline bool has_room(const struct scratch *to)
{
	return to->walk.end - LABEL_START < KS_LABEL_BYTES;
}

static __always_inline void append_char(struct scratch *to, char c)
{
	*tail(to) = c;
	to->walk.end++;
}

/* Without its NUL; nothing if it cannot be read. */
static __always_inline void append_string(struct scratch *to, u64 text)
{
	long bytes = bpf_probe_read_kernel_str(tail(to), KS_LABEL_BYTES, (void *)text);

	if (bytes > 0)
		to->walk.end += bytes - 1;
}

/*
 * The id of the text. Keyed, so that no user can choose a name that collides with another;
 * and made of the text alone, for the kernel uses its own numbers and memory again.
 */
static __always_inline u64 hash_of_text(struct scratch *to)
{
	u64 hash = cfg_random_key;
	int i;

	__builtin_memset(tail(to), 0, sizeof(u64));
	for (i = 0; i < LABEL_WORDS && LABEL_START + i * sizeof(u64) < to->walk.end; i++) {
		hash ^= *(u64 *)(to->bytes + LABEL_START + i * sizeof(u64));
		hash *= cfg_random_key | 1;
		hash ^= hash >> 29;
	}
	return hash < KS_LABEL_FIRST ? hash + KS_LABEL_FIRST : hash;
}

static __always_inline u8 rings_of_label(u64 id)
{
	u8 *rings = bpf_map_lookup_elem(&emitted_labels, &id);

	return rings ? *rings : 0;
}

static __always_inline bool is_label_emitted(u32 ring, u64 id)
{
	return rings_of_label(id) & (1 << (ring & 7));
}

/* Emits the record whose text is in place, unless that label has been, into that ring. */
static __always_inline void emit_label(struct scratch *to, u32 ring, u64 id, bool is_cut)
{
	struct ks_label *record = (void *)to->bytes;
	u32 end = to->walk.end;
	u8 rings = rings_of_label(id), bit = 1 << (ring & 7);

	if (rings & bit)
		return;
	if (end > LABEL_START + KS_LABEL_BYTES) {
		end = LABEL_START + KS_LABEL_BYTES;
		is_cut = true;
	}
	begin(&record->header, KS_REC_LABEL, sizeof(*record), ring);
	record->id = id;
	record->text = (struct ks_span){ .offset = LABEL_START, .bytes = end - LABEL_START };
	record->is_cut = is_cut;
	rings |= bit;
	if (!emit(&record->header, end, KS_LOST_LABEL))
		bpf_map_update_elem(&emitted_labels, &id, &rings, BPF_ANY);
}

#endif
