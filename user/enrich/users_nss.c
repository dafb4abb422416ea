// SPDX-License-Identifier: GPL-2.0-only
#include "enrich/users.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "enrich/users_ask.h"

enum { ENTRY_BYTES = 1 << 10, ENTRY_BYTES_MAX = 1 << 20 }; /* a group may have many members */

const char users_source[] = "the name service of the system (nsswitch.conf)";
const bool users_ask_may_block = true;

/* 0 with the name, or NULL if there is none, or a positive errno. */
static int users_ask_user(uint32_t uid, char *buffer, size_t bytes, const char **ret_name)
{
	struct passwd entry, *found = NULL;
	int err = getpwuid_r(uid, &entry, buffer, bytes, &found);

	*ret_name = found ? found->pw_name : NULL;
	return err;
}

static int users_ask_group(uint32_t gid, char *buffer, size_t bytes, const char **ret_name)
{
	struct group entry, *found = NULL;
	int err = getgrgid_r(gid, &entry, buffer, bytes, &found);

	*ret_name = found ? found->gr_name : NULL;
	return err;
}

char *users_ask(enum users_kind kind, uint32_t id)
{
	const char *name = NULL;
	char *copy = NULL;
	int err = ERANGE;

	for (size_t bytes = ENTRY_BYTES; err == ERANGE && bytes <= ENTRY_BYTES_MAX; bytes *= 4) {
		char *buffer = malloc(bytes);

		if (!buffer)
			return NULL;
		err = kind == USERS_USER ? users_ask_user(id, buffer, bytes, &name)
					 : users_ask_group(id, buffer, bytes, &name);
		if (!err && name)
			copy = strdup(name);
		free(buffer);
	}
	return copy;
}
