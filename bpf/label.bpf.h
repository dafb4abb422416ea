/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The labels that a security module gave tasks, as audit prints them. An event has a number for a
 * label; the text comes in a record of its own before the first event with that number, so that a
 * storm does not repeat it.
 *
 * Where no module has labels, user space sets nothing, and the verifier prunes all of this: global
 * functions are checked even if nobody calls them, so each begins with that test.
 */
#ifndef KS_LABEL_BPF_H
#define KS_LABEL_BPF_H

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
static __always_inline u64 blob_of(u64 cred)
{
	u64 security = (u64)BPF_CORE_READ((struct cred *)cred, security);

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
 * What the text is known by. Keyed, so that nobody can choose a name that collides with another;
 * and made of the text alone, for the kernel uses its own numbers and memory again.
 */
static __always_inline u64 hash_of_text(struct scratch *to)
{
	u64 hash = cfg_label_key;
	int i;

	__builtin_memset(tail(to), 0, sizeof(u64));
	for (i = 0; i < LABEL_WORDS && LABEL_START + i * sizeof(u64) < to->walk.end; i++) {
		hash ^= *(u64 *)(to->bytes + LABEL_START + i * sizeof(u64));
		hash *= cfg_label_key | 1;
		hash ^= hash >> 29;
	}
	return hash < KS_LABEL_FIRST ? hash + KS_LABEL_FIRST : hash;
}

/* Writes the record whose text is in place, unless that label has been told. */
static __always_inline void tell_label(struct scratch *to, u64 id, bool is_cut)
{
	struct ks_label *record = (void *)to->bytes;
	u32 end = to->walk.end;
	u8 told = 1;

	if (bpf_map_lookup_elem(&told_labels, &id))
		return;
	if (end > LABEL_START + KS_LABEL_BYTES) {
		end = LABEL_START + KS_LABEL_BYTES;
		is_cut = true;
	}
	begin(&record->header, KS_REC_LABEL, sizeof(*record));
	record->id = id;
	record->text = (struct ks_span){ .offset = LABEL_START, .bytes = end - LABEL_START };
	record->is_cut = is_cut;
	if (!submit(&record->header, end, KS_LOST_LABEL))
		bpf_map_update_elem(&told_labels, &id, &told, BPF_ANY);
}

/* ---- AppArmor ---- */

enum { FLAG_STALE = 0x800 }; /* enum label_flags, security/apparmor/include/label.h */

/* The initial namespace and its label "unconfined" live as long as the kernel; 0: not met yet. */
ks_u64 initial_ns, unconfined_label;

/* aa_get_newest_label() of security/apparmor/include/label.h: after a profile was replaced. */
static __always_inline u64 newest_label(u64 blob)
{
	u64 label = read_pointer(blob);

	if (label && label != unconfined_label &&
	    read_number(label + cfg_layout.label_flags) & FLAG_STALE)
		label = read_pointer(read_pointer(label + cfg_layout.label_proxy) +
				     cfg_layout.proxy_label);
	return label;
}

static __always_inline u64 profile_at(u64 label, u32 i)
{
	return read_pointer(label + cfg_layout.label_vec + i * sizeof(u64));
}

/* Met once, it is known by its address. */
static __always_inline bool meets_unconfined(u64 label)
{
	u64 profile, ns;

	if (unconfined_label)
		return false;
	profile = profile_at(label, 0);
	ns = read_pointer(profile + cfg_layout.profile_ns);
	if (read_pointer(ns + cfg_layout.ns_parent) ||
	    profile != read_pointer(ns + cfg_layout.ns_unconfined) || profile_at(label, 1))
		return false;
	unconfined_label = label;
	return true;
}

/* Only another than the initial one is named; that has no parent. */
static __always_inline bool is_named(u64 ns)
{
	if (ns == initial_ns)
		return false;
	if (read_pointer(ns + cfg_layout.ns_parent))
		return true;
	initial_ns = ns;
	return false;
}

/*
 * One profile as aa_profile_snxprint() has it: a namespace is named once, from below the initial
 * one, whose name "root" and the "//" behind it aa_ns_name() skips.
 */
static __always_inline void append_profile(struct scratch *to, u64 profile)
{
	u64 ns = read_pointer(profile + cfg_layout.profile_ns);

	if (is_named(ns) && ns != to->walk.at) {
		to->walk.at = ns;
		append_char(to, ':');
		append_string(to, read_pointer(ns + cfg_layout.ns_name) + sizeof("root//") - 1);
		append_char(to, ':');
	}
	append_string(to, read_pointer(profile + cfg_layout.profile_name));
}

/* aa_label_snxprint(), without a mode, as apparmor_secid_to_secctx() asks for it. */
static __always_inline bool append_label(struct scratch *to, u64 label)
{
	int i;

	to->walk.at = 0;
	for (i = 0; i < LABEL_PARTS_MAX && has_room(to); i++) {
		u64 profile = profile_at(label, i);

		if (!profile)
			return false;
		if (i) {
			append_char(to, '/');
			append_char(to, '/');
			append_char(to, '&');
		}
		append_profile(to, profile);
	}
	return true;
}

/* The id of the AppArmor label at `blob`, told if need be with the help of `slot`. */
__noinline u64 apparmor_label(u32 slot, u64 blob)
{
	struct scratch *to;
	u64 label, id;
	bool is_cut;

	if (cfg_lsm != KS_LSM_APPARMOR)
		return KS_LABEL_NONE;
	label = newest_label(blob);
	if (!label)
		return KS_LABEL_NONE;
	if (label == unconfined_label || meets_unconfined(label))
		return KS_LABEL_UNCONFINED;
	to = scratch_take(slot);
	if (!to) {
		count_loss(KS_LOST_LABEL);
		return KS_LABEL_NONE;
	}
	to->walk.end = LABEL_START;
	is_cut = append_label(to, label);
	id = hash_of_text(to);
	tell_label(to, id, is_cut);
	scratch_give(to);
	return id;
}

/* ---- SELinux ---- */

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
	for (i = 0; i < KS_LABEL_BYTES && i < (int)bytes; i++)
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

static __always_inline void tell_context(u32 slot, u64 policy, u32 sid, u64 id)
{
	struct scratch *to = scratch_take(slot);
	u64 entry = find_entry(read_pointer(policy + cfg_layout.policy_sidtab), sid);
	bool is_cut;

	if (!to || !entry) {
		count_loss(KS_LOST_LABEL);
		if (to)
			scratch_give(to);
		return;
	}
	to->walk.end = LABEL_START;
	is_cut = append_context(to, slot, policy, entry);
	tell_label(to, id, is_cut);
	scratch_give(to);
}

/*
 * The id of the SELinux label at `blob`: its SID, which stands for the same text for as long as
 * this policy does, and the number of that.
 */
__noinline u64 selinux_label(u32 slot, u64 blob)
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
	if (!bpf_map_lookup_elem(&told_labels, &id))
		tell_context(slot, policy, sid, id);
	return id;
}

/* ---- both ---- */

/* The id of the label that `cred` has, KS_LABEL_NONE where there are none. */
static __always_inline u64 label_of(u32 slot, const struct cred *cred)
{
	u64 blob;

	if (cfg_lsm == KS_LSM_NONE)
		return KS_LABEL_NONE;
	blob = blob_of((u64)cred);
	if (!blob)
		return KS_LABEL_NONE;
	return cfg_lsm == KS_LSM_APPARMOR ? apparmor_label(slot, blob) : selinux_label(slot, blob);
}

#endif
