/* SPDX-License-Identifier: GPL-2.0-only */
/* The context that SELinux gave a task, as text: user, role, type and level. */
#ifndef KS_SELINUX_BPF_H
#define KS_SELINUX_BPF_H

enum {
	SECINITSID_KERNEL = 1, /* security/selinux/include/flask.h */
	SECINITSID_UNLABELED = 3,
	SECINITSID_INIT = 7,
	SYM_ROLES = 2, /* security/selinux/ss/policydb.h */
	SYM_TYPES = 3,
	SYM_USERS = 4,
	SYM_LEVELS = 6,
	SYM_CATS = 7,
	SIDTAB_LEVELS_MAX = 3, /* more than 2^27 SIDs */
	CATEGORY_RUNS_MAX = 128,
	EBITMAP_WORDS = 6, /* of 64 bits; security/selinux/ss/ebitmap.h */
};

/* sidtab_lookup_initial() of security/selinux/ss/sidtab.c: a struct sidtab_entry, or 0. */
static __always_inline u64 initial_entry(u64 sidtab, u32 sid)
{
	u64 at = sidtab + cfg_layout.sidtab_initial + (u64)(sid - 1) * cfg_layout.initial_bytes;

	return read_number(at + cfg_layout.initial_set) ? at + cfg_layout.initial_entry : 0;
}

/* sidtab_do_lookup(): a tree of pages, of as many levels as the index needs. */
static __always_inline u64 entry_at(u64 sidtab, u32 index)
{
	const u64 per_leaf = cfg_layout.leaf_bytes / cfg_layout.entry_bytes;
	const u64 per_inner = cfg_layout.inner_bytes / sizeof(u64);
	u64 leaf = index / per_leaf, leaves = 1, node;
	u32 level;

	if (index >= read_number(sidtab + cfg_layout.sidtab_count))
		return 0;
	for (level = 0; level < SIDTAB_LEVELS_MAX && leaf >= leaves; level++)
		leaves *= per_inner;
	node = read_pointer(sidtab + cfg_layout.sidtab_roots + level * sizeof(u64));
	for (; level && node; level--) {
		leaves /= per_inner;
		node = read_pointer(node + leaf / leaves * sizeof(u64));
		leaf %= leaves;
	}
	return node ? node + index % per_leaf * cfg_layout.entry_bytes : 0;
}

/* sidtab_search_core(): the entry of the context that `sid` stands for under this policy. */
static __always_inline u64 find_entry(u64 sidtab, u32 sid)
{
	const u32 initial = cfg_layout.initial_all_bytes / cfg_layout.initial_bytes;
	u64 entry =
	    sid <= initial ? initial_entry(sidtab, sid) : entry_at(sidtab, sid - initial - 1);

	if (entry && !read_number(entry + cfg_layout.context_cut))
		return entry;
	return initial_entry(sidtab, SECINITSID_UNLABELED);
}

/* The name of value `i`, from 0 on, of a kind of symbols. */
static __always_inline void append_symbol(struct scratch *to, u64 policy, u32 kind, u32 i)
{
	u64 names = read_pointer(policy + cfg_layout.policy_names + kind * sizeof(u64));

	append_string(to, read_pointer(names + (u64)i * sizeof(u64)));
}

/* The end of the run of categories that is not finished. */
static __always_inline void append_last(struct scratch *to, u64 policy)
{
	s32 first = to->runs.first, last = to->runs.last;

	if (first == last)
		return;
	append_char(to, last - first > 1 ? '.' : ',');
	append_symbol(to, policy, SYM_CATS, last);
}

/* Of 64 for 0. By hand: clang 14 fails on __builtin_ctzll(). Global: its ways are checked once. */
__noinline u32 trailing_zeros(u64 word)
{
	u32 n = 0, half;

	if (!word)
		return 64;
	for (half = 32; half; half /= 2) {
		if (word << (64 - half))
			continue;
		word >>= half;
		n += half;
	}
	return n;
}

/* The next bits of the bitmap that are neighbours in one word of it; or none, but further on. */
static __always_inline void step_bits(struct scratch *to, u64 policy)
{
	u64 node = to->runs.node, word;
	u32 bit = to->runs.bit & 511, first, zeros, n;

	if (bit >= EBITMAP_WORDS * 64) {
		to->runs.node = read_pointer(node + cfg_layout.bits_next);
		to->runs.bit = 0;
		return;
	}
	word = read_pointer(node + cfg_layout.bits_words + bit / 64 * sizeof(word));
	word >>= bit & 63;
	if (!word) {
		to->runs.bit = (bit | 63) + 1;
		return;
	}
	zeros = trailing_zeros(word);
	n = trailing_zeros(~(word >> (zeros & 63)));
	bit += zeros;
	first = read_number(node + cfg_layout.bits_start) + bit;
	to->runs.bit = bit + n;
	if ((s32)first != to->runs.last + 1) {
		append_last(to, policy);
		append_char(to, to->runs.last < 0 ? ':' : ',');
		append_symbol(to, policy, SYM_CATS, first);
		to->runs.first = first;
	}
	to->runs.last = first + n - 1;
}

/* A sensitivity and its categories, as mls_sid_to_context() of security/selinux/ss/mls.c. */
__noinline u32 append_level(u32 slot, u64 policy, u64 level)
{
	struct scratch *to;
	int i;

	if (cfg_lsm != KS_LSM_SELINUX)
		return 0;
	to = slot_bytes(slot);
	if (!to)
		return 0;
	append_symbol(to, policy, SYM_LEVELS,
		      read_number(level + cfg_layout.level_sensitivity) - 1);
	to->runs.node = read_pointer(level + cfg_layout.level_categories);
	to->runs.bit = 0;
	to->runs.first = to->runs.last = -2;
	for (i = 0; i < CATEGORY_RUNS_MAX && to->runs.node && has_room(to); i++)
		step_bits(to, policy);
	append_last(to, policy);
	return to->runs.node != 0;
}

/* mls_level_eq(): what stands between `from`, `middle` - a '-' - and the end, is it the same? */
static __always_inline bool is_same_level(struct scratch *to, u32 from, u32 middle)
{
	u32 bytes = middle - from;
	int i;

	if (to->walk.end - middle - 1 != bytes)
		return false;
	for (i = 0; i < KS_TEXT_BYTES && i < (int)bytes; i++)
		if (to->bytes[(from + i) & (RECORD_BYTES - 1)] !=
		    to->bytes[(middle + 1 + i) & (RECORD_BYTES - 1)])
			return false;
	return true;
}

static __always_inline bool append_range(struct scratch *to, u32 slot, u64 policy, u64 low)
{
	u32 from, middle;
	bool is_cut;

	append_char(to, ':');
	from = to->walk.end;
	is_cut = append_level(slot, policy, low);
	middle = to->walk.end;
	append_char(to, '-');
	is_cut |= append_level(slot, policy, low + cfg_layout.level_bytes);
	if (is_same_level(to, from, middle))
		to->walk.end = middle;
	return is_cut;
}

/* context_struct_to_string() of security/selinux/ss/services.c. Returns whether it is cut. */
static __always_inline bool append_context(struct scratch *to, u32 slot, u64 policy, u64 entry)
{
	append_symbol(to, policy, SYM_USERS, read_number(entry + cfg_layout.context_user) - 1);
	append_char(to, ':');
	append_symbol(to, policy, SYM_ROLES, read_number(entry + cfg_layout.context_role) - 1);
	append_char(to, ':');
	append_symbol(to, policy, SYM_TYPES, read_number(entry + cfg_layout.context_type) - 1);
	if (!read_number(policy + cfg_layout.policy_mls))
		return false;
	return append_range(to, slot, policy, entry + cfg_layout.context_level);
}

static __always_inline void emit_selinux_context(u32 place, u64 policy, u32 sid, u64 id)
{
	struct scratch *to = scratch_get(slot_of(place));
	u64 entry = find_entry(read_pointer(policy + cfg_layout.policy_sidtab), sid);
	bool is_cut;

	if (!to || !entry) {
		count_loss(KS_LOST_LABEL);
		if (to)
			scratch_put(to);
		return;
	}
	to->walk.end = TEXT_START;
	is_cut = append_context(to, slot_of(place), policy, entry);
	emit_text(to, place, KS_TEXT_LABEL, id, is_cut);
	scratch_put(to);
}

/*
 * The id of the SELinux label at `blob`: its SID, which stands for the same text for as long as
 * this policy does, and the number of that.
 */
__noinline u64 selinux_label(u32 place, u64 blob)
{
	u64 policy, id;
	u32 sid;

	if (cfg_lsm != KS_LSM_SELINUX)
		return KS_LABEL_NONE;
	policy = read_pointer(cfg_selinux_state + cfg_layout.state_policy);
	sid = read_number(blob + cfg_layout.cred_sid);
	if (!policy) /* security_sid_to_context_core(), services.c: these are tasks' only ones */
		return sid == SECINITSID_KERNEL || sid == SECINITSID_INIT ? KS_LABEL_KERNEL
									  : KS_LABEL_NONE;
	id = (u64)read_number(policy + cfg_layout.policy_number) << 32 | sid;
	if (!is_text_emitted(ring_of(place), id))
		emit_selinux_context(place, policy, sid, id);
	return id;
}

#endif
