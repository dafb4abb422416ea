// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names of users and groups without the name service. What that asks are shared libraries of the
 * very C library that the program was linked with: a static program would crash or find nothing on
 * another system. The rule: names are those of /etc/passwd and /etc/group; whatever else would ask
 * the name service finds nothing.
 *
 * The linker prefers these functions to the C library's, also for the libraries that we use.
 */
#include "enrich/users.h"

#include <errno.h>
#include <grp.h>
#include <netdb.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "enrich/users_ask.h"

const char users_source[] = "/etc/passwd and /etc/group";
const bool users_ask_may_block = false;

/* Lines that start so include users of NIS, or exclude some: nss_compat of glibc. */
static bool users_is_own_name(const char *name)
{
	return name[0] != '+' && name[0] != '-';
}

/* The first user of that name or, if that is NULL, of that uid. */
static struct passwd *users_find_user(const char *name, uid_t uid)
{
	FILE *file = fopen("/etc/passwd", "re");
	struct passwd *user = NULL;

	while (file && (user = fgetpwent(file)))
		if (users_is_own_name(user->pw_name) &&
		    (name ? !strcmp(user->pw_name, name) : user->pw_uid == uid))
			break;
	if (file)
		fclose(file);
	return user;
}

/* The first group of that name or, if that is NULL, of that gid. */
static struct group *users_find_group(const char *name, gid_t gid)
{
	FILE *file = fopen("/etc/group", "re");
	struct group *group = NULL;

	while (file && (group = fgetgrent(file)))
		if (users_is_own_name(group->gr_name) &&
		    (name ? !strcmp(group->gr_name, name) : group->gr_gid == gid))
			break;
	if (file)
		fclose(file);
	return group;
}

struct passwd *getpwnam(const char *name)
{
	return users_find_user(name, 0);
}

struct passwd *getpwuid(uid_t uid)
{
	return users_find_user(NULL, uid);
}

struct group *getgrnam(const char *name)
{
	return users_find_group(name, 0);
}

struct group *getgrgid(gid_t gid)
{
	return users_find_group(NULL, gid);
}

char *users_ask(enum users_kind kind, uint32_t id)
{
	const struct passwd *user = kind == USERS_USER ? users_find_user(NULL, id) : NULL;
	const struct group *group = kind == USERS_GROUP ? users_find_group(NULL, id) : NULL;

	if (user)
		return strdup(user->pw_name);
	return group ? strdup(group->gr_name) : NULL;
}

/* ---- nothing here calls these: libcap-ng and libauparse could ---- */

int initgroups(const char *user, gid_t group)
{
	(void)user;
	(void)group;
	errno = ENOSYS;
	return -1;
}

int getnameinfo(const struct sockaddr *restrict address, socklen_t bytes, char *restrict host,
		socklen_t host_bytes, char *restrict service, socklen_t service_bytes, int flags)
{
	(void)address;
	(void)bytes;
	(void)host;
	(void)host_bytes;
	(void)service;
	(void)service_bytes;
	(void)flags;
	return EAI_FAIL;
}

struct protoent *getprotobynumber(int protocol)
{
	(void)protocol;
	return NULL;
}
