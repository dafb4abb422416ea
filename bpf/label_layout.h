/* SPDX-License-Identifier: GPL-2.0-only */
/* Part of record.h. */
#ifndef KS_LABEL_LAYOUT_H
#define KS_LABEL_LAYOUT_H

enum ks_text_kind {
	KS_TEXT_LABEL, /* by which a security module confines tasks, as the kernel prints it: any
			  bytes but NUL */
	KS_TEXT_FILE,  /* a path, as in struct ks_process */
	KS_TEXT_STACK, /* names of functions of the kernel, each ended by NUL, the last called
			  first: those of the tracer itself, and whatever called the kernel */
	KS_TEXT_KINDS,
};

/* Ids of labels that have no record. */
enum {
	KS_LABEL_NONE,	     /* the task has none, or it could not be had */
	KS_LABEL_UNCONFINED, /* AppArmor: "unconfined", in the initial namespace */
	KS_LABEL_KERNEL,     /* SELinux before a policy is loaded: "kernel" */
	KS_LABEL_FIRST,	     /* the others */
};

/* Whose labels tasks have: of these modules, a kernel can have one at a time. */
enum ks_lsm { KS_LSM_NONE, KS_LSM_APPARMOR, KS_LSM_SELINUX };

/*
 * Where the kernel's security modules keep labels: offsets of members, in bytes, and sizes. From
 * the kernel's BTF by user space, and only where a module is active: relocations would be looked up
 * at each start on any kernel, which takes longer than all the rest of loading, and on one without
 * these types through the BTF of all its modules, too.
 */
struct ks_label_layout {
	ks_u32 blobs_cred; /* struct lsm_blob_sizes */
	/* AppArmor, security/apparmor/include: label.h, policy.h, policy_ns.h */
	ks_u32 label_flags, label_proxy, label_vec, proxy_label;
	ks_u32 profile_name, profile_ns, ns_name, ns_parent, ns_unconfined;
	/* SELinux, security/selinux: include/objsec.h, include/security.h, ss/ */
	ks_u32 cred_sid, state_policy, policy_sidtab, policy_number;
	ks_u32 policy_mls, policy_names; /* struct policydb, in struct selinux_policy */
	ks_u32 sidtab_roots, sidtab_count, sidtab_initial, initial_all_bytes;
	ks_u32 initial_bytes, initial_set, initial_entry; /* struct sidtab_isid_entry */
	ks_u32 entry_bytes, leaf_bytes, inner_bytes;
	ks_u32 context_user, context_role, context_type, context_cut; /* in struct sidtab_entry */
	ks_u32 context_level, level_bytes, level_sensitivity, level_categories;
	ks_u32 bits_next, bits_words, bits_start; /* struct ebitmap_node */
};

#endif
