/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KS_USERS_H
#define KS_USERS_H

#include <stdint.h>

/* No user's uid: a login uid that was never set. */
#define USERS_UNSET ((uint32_t)-1)

/* How many users are remembered, unknown ones included. */
#define USERS_CACHE_SIZE 1024

/*
 * Where names of users and groups come from, for users to read. A dynamic build asks the system's
 * name service (users_nss.c); a static one cannot, and reads files (users_files.c).
 */
extern const char users_source[];

/**
 * users_start - from here on, no search waits
 *
 * Users of /etc/passwd and groups of /etc/group are known at once. Others are asked for by a
 * thread, which is started when it is needed and then has our privileges of that moment; until it
 * has an answer, they are not known. Who is not known is asked for again after a minute.
 */
void users_start(void);

/**
 * users_name - the name of a user
 * @uid: in the initial user namespace
 *
 * Before users_start(), asks the system once for each user, which may take long where users come
 * from the network. For one thread only.
 *
 * Returns the name, "unset" for USERS_UNSET, or NULL if the user is not known. The name stays
 * valid until users_release() or users_forget() is called.
 */
const char *users_name(uint32_t uid);

/** users_group_name - the same for a group */
const char *users_group_name(uint32_t gid);

/** users_release - names that were returned are not used any more: old ones are freed */
void users_release(void);

/** users_forget - drop all names and free their memory; as before users_start() */
void users_forget(void);

#endif /* KS_USERS_H */
