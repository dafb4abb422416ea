/* SPDX-License-Identifier: GPL-2.0-only */
/* Where members are in the kernel's structs, from its BTF. */
#ifndef KS_LAYOUT_H
#define KS_LAYOUT_H

#include <stddef.h>
#include <stdint.h>

#include "record.h"

struct btf;

/*
 * Finds a member of a struct, such as "policydb.mls_enabled"; what is in an anonymous member counts
 * as the struct's own. Writes its offset and its size, in bytes; a flexible array has no size. An
 * empty path is the struct itself. 0 or -ENOENT.
 */
int layout_find(const struct btf *btf, const char *type, const char *path, uint32_t *ret_offset,
		uint32_t *ret_bytes);

/* Fills what apparmor.bpf.h or selinux.bpf.h needs for this module. 0, or a negative errno. */
int layout_of_labels(const struct btf *btf, enum ks_lsm module, struct ks_label_layout *ret);

#endif
