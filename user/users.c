// SPDX-License-Identifier: GPL-2.0-only
#include "users.h"

#include <grp.h>
#include <pwd.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define N_BUCKETS 1024 /* a power of two */

enum kind { KIND_USER, KIND_GROUP };

struct user {
	enum kind kind;
	uint32_t id;
	char *name; /* NULL if there is none with that id */
	struct user *next;
};

/*
 * Users are replaced in the order they came: that keeps the promise how long a name stays valid,
 * and who lets a thousand uids pass by can only make us look names up again.
 */
static struct user users[USERS_CACHE_SIZE];
static size_t n_added; /* ever; the next one goes to users[n_added % USERS_CACHE_SIZE] */
static struct user *buckets[N_BUCKETS];

static struct user **bucket_of(enum kind kind, uint32_t id)
{
	return &buckets[(id * 2 + kind) % N_BUCKETS];
}

static char *look_up_user(uint32_t uid)
{
	struct passwd *pw = getpwuid(uid);

	return pw ? strdup(pw->pw_name) : NULL;
}

static char *look_up_group(uint32_t gid)
{
	struct group *gr = getgrgid(gid);

	return gr ? strdup(gr->gr_name) : NULL;
}

static struct user *find(enum kind kind, uint32_t id)
{
	struct user *user = *bucket_of(kind, id);

	while (user && (user->id != id || user->kind != kind))
		user = user->next;
	return user;
}

static void drop(struct user *user)
{
	struct user **link = bucket_of(user->kind, user->id);

	while (*link != user)
		link = &(*link)->next;
	*link = user->next;
	free(user->name);
}

static struct user *add(enum kind kind, uint32_t id)
{
	struct user *user = &users[n_added % USERS_CACHE_SIZE];
	struct user **bucket = bucket_of(kind, id);

	if (n_added >= USERS_CACHE_SIZE)
		drop(user);
	n_added++;
	user->kind = kind;
	user->id = id;
	user->name = kind == KIND_USER ? look_up_user(id) : look_up_group(id);
	user->next = *bucket;
	*bucket = user;
	return user;
}

static const char *name_of(enum kind kind, uint32_t id)
{
	struct user *user;

	if (id == USERS_UNSET)
		return "unset";
	user = find(kind, id);
	if (!user)
		user = add(kind, id);
	return user->name;
}

const char *users_name(uint32_t uid)
{
	return name_of(KIND_USER, uid);
}

const char *users_group_name(uint32_t gid)
{
	return name_of(KIND_GROUP, gid);
}

void users_forget(void)
{
	for (size_t i = 0; i < USERS_CACHE_SIZE; i++)
		free(users[i].name);
	memset(users, 0, sizeof(users));
	memset(buckets, 0, sizeof(buckets));
	n_added = 0;
}
