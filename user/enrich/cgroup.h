/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KS_CGROUP_H
#define KS_CGROUP_H

#include <stdbool.h>
#include <stddef.h>

/*
 * What the path of a cgroup says about a process. A path is "/" or "/a/b", relative to the root of
 * the hierarchy. Whoever a subtree is delegated to can name cgroups there as they like, so any
 * bytes may come, and a unit's name below a unit is only a claim: of a user's own manager, or of
 * anyone. systemd delegates units, but no slices.
 */

/** A piece of the path it was taken from; not NUL-terminated. */
struct cgroup_span {
	const char *text;
	size_t len; /* bytes */
};

/**
 * cgroup_unit - the unit of the system a process belongs to
 * @path: cgroup path
 * @ret: the first component that is no slice, if it has the name of a unit, without the '_' that
 *       systemd puts before names that the kernel uses itself
 *
 * Returns false if there is none, as in a container that no unit has.
 */
bool cgroup_unit(const char *path, struct cgroup_span *ret);

/**
 * cgroup_user_unit - the unit of a user a process belongs to, as that user claims
 * @path: cgroup path
 * @ret: likewise, below the unit of the user's manager, user@UID.service
 *
 * Returns false if there is none.
 */
bool cgroup_user_unit(const char *path, struct cgroup_span *ret);

/**
 * cgroup_container - the container (or machine) a process belongs to
 * @path: cgroup path
 * @ret: of the innermost one, its 64-digit id (Docker, Podman, CRI-O, containerd) or its name
 *       (LXC, systemd-machined; there as escaped by systemd, "\x2d" for '-')
 *
 * Returns false if there is none. The monitor process of a container is outside of it.
 */
bool cgroup_container(const char *path, struct cgroup_span *ret);

/* The digits of an id. */
enum { CGROUP_ID_BYTES = 64 };

/** cgroup_is_id - whether a text begins with an id: 64 digits, as "0123...def" */
bool cgroup_is_id(const char *text);

/**
 * cgroup_root_container - the container of a process, if a runtime of root's has made its cgroup
 * @path: cgroup path
 * @ret: its id, as by cgroup_container()
 *
 * Returns false if that has no id, or is below another container or a user's own manager
 * (user@UID.service): whoever has such a cgroup can give any id to one in it.
 */
bool cgroup_root_container(const char *path, struct cgroup_span *ret);

/**
 * cgroup_matches - is the cgroup meant by what a user wrote?
 * @path: cgroup path
 * @pattern: with a '/', the path of this cgroup or of one above it; without, the name of the
 *           system's unit, where ".service" may be left out, or of a slice that it is in. Each
 * component may be a shell glob; a backslash is only itself, as it is common in unit names.
 */
bool cgroup_matches(const char *path, const char *pattern);

#endif /* KS_CGROUP_H */
