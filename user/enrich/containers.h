/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KS_CONTAINERS_H
#define KS_CONTAINERS_H

#include "event/event.h"

/* How many containers are remembered, and as many ids that are none. */
enum { CONTAINERS_MAX = 1024 };

/**
 * containers_start - from here on, containers have names
 * @root: what stands before the paths of the runtimes' files: "", but in tests
 *
 * The files are read by a thread, which has our privileges of this moment. Those of the containers
 * that there are now are read first: that is waited for, 100 ms at most.
 */
void containers_start(const char *root);

/**
 * containers_names - what a container is called
 * @id: 64 digits, as cgroup_root_container() finds them
 *
 * The first question for an id waits for the answer, 10 ms at most, and 20 ms a second with those
 * for others; a later question gets what came meanwhile. What is not found is looked for again
 * after five seconds. What is found is kept, for the files are gone with the container. For one
 * thread only.
 *
 * Returns the names, or NULL: they are unknown, as all are before containers_start(). They stay
 * valid until containers_release() or containers_forget() is called.
 */
const struct container_names *containers_names(const char *id);

/** containers_release - names that were returned are not used any more: old ones are freed */
void containers_release(void);

/** containers_forget - drop all names and free their memory; as before containers_start() */
void containers_forget(void);

#endif
