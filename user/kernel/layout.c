// SPDX-License-Identifier: GPL-2.0-only
#include "kernel/layout.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <bpf/btf.h>

#include "lib/array.h"

/* ---- members ---- */

static bool layout_is_composite(const struct btf_type *type)
{
	return btf_is_struct(type) || btf_is_union(type);
}

static const struct btf_type *layout_resolved(const struct btf *btf, uint32_t id)
{
	int base = btf__resolve_type(btf, id);

	return base < 0 ? NULL : btf__type_by_id(btf, base);
}

/*
 * The member of that name, which may be inside of anonymous ones: adds its offset, and returns the
 * id of its type; 0: there is none.
 */
static uint32_t layout_find_member(const struct btf *btf, const struct btf_type *in,
				   const char *name, size_t bytes, uint32_t *offset)
{
	const struct btf_member *members = btf_members(in);

	for (uint32_t i = 0; i < btf_vlen(in); i++) {
		const char *own = btf__name_by_offset(btf, members[i].name_off);
		const struct btf_type *type = layout_resolved(btf, members[i].type);
		uint32_t inner = *offset + btf_member_bit_offset(in, i) / 8, id = 0;

		if (strlen(own) == bytes && !memcmp(own, name, bytes))
			id = members[i].type;
		else if (!*own && type && layout_is_composite(type))
			id = layout_find_member(btf, type, name, bytes, &inner);
		if (!id)
			continue;
		*offset = inner;
		return id;
	}
	return 0;
}

int layout_find(const struct btf *btf, const char *type, const char *path, uint32_t *ret_offset,
		uint32_t *ret_bytes)
{
	int32_t id = btf__find_by_name_kind(btf, type, BTF_KIND_STRUCT);
	uint32_t offset = 0;
	int64_t bytes;

	while (id > 0 && *path) {
		const struct btf_type *in = layout_resolved(btf, id);
		size_t length = strcspn(path, ".");

		id = in && layout_is_composite(in)
			 ? layout_find_member(btf, in, path, length, &offset)
			 : 0;
		path += length;
		path += *path == '.';
	}
	bytes = id > 0 ? btf__resolve_size(btf, id) : -ENOENT;
	if (bytes < 0)
		return -ENOENT;
	*ret_offset = offset;
	*ret_bytes = bytes;
	return 0;
}

/* ---- labels ---- */

enum { IN_APPARMOR = 1 << KS_LSM_APPARMOR, IN_SELINUX = 1 << KS_LSM_SELINUX };

struct place {
	size_t to; /* in struct ks_label_layout */
	unsigned int modules;
	const char *type, *path, *or_type; /* or_type: what older kernels have; may be NULL */
	bool is_size;
};

#define TO(member) offsetof(struct ks_label_layout, member)

static const struct place places[] = {
	{ TO(blobs_cred), IN_APPARMOR | IN_SELINUX, "lsm_blob_sizes", "lbs_cred" },

	{ TO(label_flags), IN_APPARMOR, "aa_label", "flags" },
	{ TO(label_proxy), IN_APPARMOR, "aa_label", "proxy" },
	{ TO(label_vec), IN_APPARMOR, "aa_label", "vec" },
	{ TO(proxy_label), IN_APPARMOR, "aa_proxy", "label" },
	{ TO(profile_name), IN_APPARMOR, "aa_profile", "base.hname" },
	{ TO(profile_ns), IN_APPARMOR, "aa_profile", "ns" },
	{ TO(ns_name), IN_APPARMOR, "aa_ns", "base.hname" },
	{ TO(ns_parent), IN_APPARMOR, "aa_ns", "parent" },
	{ TO(ns_unconfined), IN_APPARMOR, "aa_ns", "unconfined" },

	/* 6.18 has struct cred_security_struct, 6.12 has not; there, the blob was the other, which
	 * 6.18 has for something else. */
	{ TO(cred_sid), IN_SELINUX, "cred_security_struct", "sid", "task_security_struct" },
	{ TO(state_policy), IN_SELINUX, "selinux_state", "policy" },
	{ TO(policy_sidtab), IN_SELINUX, "selinux_policy", "sidtab" },
	{ TO(policy_number), IN_SELINUX, "selinux_policy", "latest_granting" },
	{ TO(policy_mls), IN_SELINUX, "selinux_policy", "policydb.mls_enabled" },
	{ TO(policy_names), IN_SELINUX, "selinux_policy", "policydb.sym_val_to_name" },
	{ TO(sidtab_roots), IN_SELINUX, "sidtab", "roots" },
	{ TO(sidtab_count), IN_SELINUX, "sidtab", "count" },
	{ TO(sidtab_initial), IN_SELINUX, "sidtab", "isids" },
	{ TO(initial_all_bytes), IN_SELINUX, "sidtab", "isids", .is_size = true },
	{ TO(initial_bytes), IN_SELINUX, "sidtab_isid_entry", "", .is_size = true },
	{ TO(initial_set), IN_SELINUX, "sidtab_isid_entry", "set" },
	{ TO(initial_entry), IN_SELINUX, "sidtab_isid_entry", "entry" },
	{ TO(entry_bytes), IN_SELINUX, "sidtab_entry", "", .is_size = true },
	{ TO(leaf_bytes), IN_SELINUX, "sidtab_node_leaf", "", .is_size = true },
	{ TO(inner_bytes), IN_SELINUX, "sidtab_node_inner", "", .is_size = true },
	{ TO(context_user), IN_SELINUX, "sidtab_entry", "context.user" },
	{ TO(context_role), IN_SELINUX, "sidtab_entry", "context.role" },
	{ TO(context_type), IN_SELINUX, "sidtab_entry", "context.type" },
	{ TO(context_cut), IN_SELINUX, "sidtab_entry", "context.len" },
	{ TO(context_level), IN_SELINUX, "sidtab_entry", "context.range.level" },
	{ TO(level_bytes), IN_SELINUX, "mls_level", "", .is_size = true },
	{ TO(level_sensitivity), IN_SELINUX, "mls_level", "sens" },
	{ TO(level_categories), IN_SELINUX, "mls_level", "cat.node" },
	{ TO(bits_next), IN_SELINUX, "ebitmap_node", "next" },
	{ TO(bits_words), IN_SELINUX, "ebitmap_node", "maps" },
	{ TO(bits_start), IN_SELINUX, "ebitmap_node", "startbit" },
};

static int layout_find_place(const struct btf *btf, const struct place *place,
			     struct ks_label_layout *layout)
{
	uint32_t offset, bytes;
	int err = layout_find(btf, place->type, place->path, &offset, &bytes);

	if (err && place->or_type)
		err = layout_find(btf, place->or_type, place->path, &offset, &bytes);
	if (!err)
		*(uint32_t *)((char *)layout + place->to) = place->is_size ? bytes : offset;
	return err;
}

int layout_of_labels(const struct btf *btf, enum ks_lsm module, struct ks_label_layout *ret)
{
	int err = 0;

	for (size_t i = 0; i < ARRAY_SIZE(places) && !err; i++)
		if (places[i].modules & (1U << module))
			err = layout_find_place(btf, &places[i], ret);
	return err;
}
