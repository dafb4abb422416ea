/* SPDX-License-Identifier: GPL-2.0-only */
/* The ids of mounts, as statx(2) has them, and in which mount namespaces they are. */
#ifndef KS_MOUNT_IDS_H
#define KS_MOUNT_IDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MOUNT_IDS_MAX = 16384 }; /* that are read: more than most machines have, by far */

/* Those of our own mount namespace, sorted. */
struct mount_ids {
	uint64_t items[MOUNT_IDS_MAX];
	size_t n;
};

/* Reads them; if that fails, there are none. */
void mount_ids_read(struct mount_ids *ids);

/*
 * Whether the mount of that id is among `ids` or in the namespace of a process, whose directory in
 * /proc is `dir`.
 */
bool mount_ids_has(const struct mount_ids *ids, uint64_t id, int dir);

#endif
