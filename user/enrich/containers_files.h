/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The files in which container runtimes of root keep what they run: containerd (with Kubernetes or
 * nerdctl), Docker, CRI-O, Podman. Nothing is asked of the runtimes themselves. For any thread.
 *
 * Files of other users are passed over: what one calls a container says nothing of what is root's.
 */
#ifndef KS_CONTAINERS_FILES_H
#define KS_CONTAINERS_FILES_H

#include <stddef.h>
#include <uthash.h>

#include "enrich/cgroup.h"
#include "event/event.h"

/* A container that has been found. */
struct container {
	char id[CGROUP_ID_BYTES + 1];
	struct container_names names; /* in `text` */
	struct container *next;	      /* for containers.c */
	UT_hash_handle hh;	      /* by id */
	char text[];
};

/*
 * The container of that id, to be freed; NULL: none is found, or there is no memory. `root` stands
 * before all paths: "", but in tests.
 */
struct container *containers_read(const char *root, const char *id);

/* All there are, but no more than `max`: a hash. What containerd runs now comes first. */
struct container *containers_read_all(const char *root, size_t max);

#endif
