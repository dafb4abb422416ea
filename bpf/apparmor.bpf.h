/* SPDX-License-Identifier: GPL-2.0-only */
/* The label that AppArmor gave a task: profiles, and the namespaces they are in. */
#ifndef KS_APPARMOR_BPF_H
#define KS_APPARMOR_BPF_H

enum { AA_FLAG_STALE = 0x800 }; /* enum label_flags, security/apparmor/include/label.h */

/* The initial namespace and its label "unconfined" live as long as the kernel; 0: not met yet. */
ks_u64 initial_ns, unconfined_label;

/* aa_get_newest_label() of security/apparmor/include/label.h: after a profile was replaced. */
static __always_inline u64 follow_stale_proxy(u64 blob)
{
	u64 label = read_pointer(blob);

	if (label && label != unconfined_label &&
	    read_number(label + cfg_layout.label_flags) & AA_FLAG_STALE)
		label = read_pointer(read_pointer(label + cfg_layout.label_proxy) +
				     cfg_layout.proxy_label);
	return label;
}

static __always_inline u64 profile_at(u64 label, u32 i)
{
	return read_pointer(label + cfg_layout.label_vec + i * sizeof(u64));
}

/* Met once, it is known by its address. */
static __always_inline bool detect_unconfined(u64 label)
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

/* The id of the AppArmor label at `blob`; its text is emitted, by way of `place`, unless it has
 * been. */
__noinline u64 apparmor_label(u32 place, u64 blob)
{
	struct scratch *to;
	u64 label, id;
	bool is_cut;

	if (cfg_lsm != KS_LSM_APPARMOR)
		return KS_LABEL_NONE;
	label = follow_stale_proxy(blob);
	if (!label)
		return KS_LABEL_NONE;
	if (label == unconfined_label || detect_unconfined(label))
		return KS_LABEL_UNCONFINED;
	to = scratch_get(slot_of(place));
	if (!to) {
		count_loss(KS_LOST_LABEL);
		return KS_LABEL_NONE;
	}
	to->walk.end = TEXT_START;
	is_cut = append_label(to, label);
	id = hash_of_text(to, KS_TEXT_LABEL);
	emit_text(to, place, KS_TEXT_LABEL, id, is_cut);
	scratch_put(to);
	return id;
}

#endif
