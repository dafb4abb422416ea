/* SPDX-License-Identifier: GPL-2.0-only */
/* The label of a task, of whichever security module is active. */
#ifndef KS_LABEL_BPF_H
#define KS_LABEL_BPF_H

/* The id of the label that `cred` has; where there are labels. */
static __always_inline u64 label_of(u32 place, const struct cred *cred)
{
	u64 blob = blob_of(cred);

	if (!blob)
		return KS_LABEL_NONE;
	return cfg_lsm == KS_LSM_APPARMOR ? apparmor_label(place, blob)
					  : selinux_label(place, blob);
}

#endif
