/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which hierarchy of cgroups gives the unit and the container of a process. Each process has a
 * cgroup in every hierarchy: that of version 2, and on older systems several of version 1.
 */
#ifndef KS_CGROUP_HIERARCHY_H
#define KS_CGROUP_HIERARCHY_H

#include <stdbool.h>
#include <stddef.h>

#include "record.h"

enum {
	HIERARCHY_NAME_BYTES = 64, /* MAX_CGROUP_ROOT_NAMELEN, include/linux/cgroup-defs.h */
};

struct hierarchy {
	int id;				 /* 0: that of version 2 */
	char name[HIERARCHY_NAME_BYTES]; /* "name=systemd", "cpu,cpuacct"; empty for version 2 */
	unsigned int used;		 /* processes that are not in its root */
};

struct hierarchies {
	struct hierarchy items[KS_HIERARCHIES_MAX];
	size_t n;
};

/* Adds what /proc/PID/cgroup, whose text this is, says of one process. */
void cgroup_hierarchy_note(struct hierarchies *all, const char *text);

/*
 * The one to report, NULL if there is none. One that is in use comes first. Of these,
 * name=systemd, where systemd keeps its units, in hybrid setups too, and container managers their
 * containers; then version 2; then others without controllers, by which other managers keep track
 * of services; then those of controllers, by how many processes they sort.
 */
const struct hierarchy *cgroup_hierarchy_choose(const struct hierarchies *all);

/*
 * Finds it, by /proc of the processes that run now. Processes are read only if there is
 * a choice; `v2_only` leaves none. 0, -ENODATA if no hierarchy is there, or another -errno: the
 * kernel has no cgroups, or /proc is not mounted.
 */
int cgroup_hierarchy_find(bool v2_only, struct hierarchy *ret);

#endif
