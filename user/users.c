// SPDX-License-Identifier: GPL-2.0-only
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* fgetpwent() */
#endif

#include "users.h"

#include <errno.h>
#include <pwd.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define N_BUCKETS 1024 /* a power of two */
#define MAX_PASSWD_BYTES (1 << 20)

struct user {
	uint32_t uid;
	char *name; /* NULL if there is no such user */
	struct user *next;
};

/*
 * Users are replaced in the order they came: that keeps the promise how long a name stays valid,
 * and who lets a thousand uids pass by can only make us look names up again.
 */
static struct user users[USERS_CACHE_SIZE];
static size_t n_added; /* ever; the next one goes to users[n_added % USERS_CACHE_SIZE] */
static struct user *buckets[N_BUCKETS];

static struct user **bucket_of(uint32_t uid)
{
	return &buckets[uid % N_BUCKETS];
}

#ifdef KS_STATIC
static char *look_up(uint32_t uid)
{
	FILE *file = fopen("/etc/passwd", "re");
	struct passwd *pw = NULL;
	char *name = NULL;

	if (!file)
		return NULL;
	do {
		pw = fgetpwent(file);
	} while (pw && pw->pw_uid != uid);
	if (pw)
		name = strdup(pw->pw_name);
	fclose(file);
	return name;
}
#else
static char *look_up(uint32_t uid)
{
	struct passwd pw, *found = NULL;
	char *name = NULL, *buf = NULL, *more;
	int err = ERANGE;

	/* The entry's size is not known before: ask with more room until it fits. */
	for (size_t size = 1024; err == ERANGE && size <= MAX_PASSWD_BYTES; size *= 2) {
		more = realloc(buf, size);
		if (!more)
			break;
		buf = more;
		err = getpwuid_r(uid, &pw, buf, size, &found);
	}
	if (!err && found)
		name = strdup(found->pw_name);
	free(buf);
	return name;
}
#endif

static struct user *find(uint32_t uid)
{
	struct user *user = *bucket_of(uid);

	while (user && user->uid != uid)
		user = user->next;
	return user;
}

static void drop(struct user *user)
{
	struct user **link = bucket_of(user->uid);

	while (*link != user)
		link = &(*link)->next;
	*link = user->next;
	free(user->name);
}

static struct user *add(uint32_t uid)
{
	struct user *user = &users[n_added % USERS_CACHE_SIZE];
	struct user **bucket = bucket_of(uid);

	if (n_added >= USERS_CACHE_SIZE)
		drop(user);
	n_added++;
	*user = (struct user){ .uid = uid, .name = look_up(uid), .next = *bucket };
	*bucket = user;
	return user;
}

const char *users_name(uint32_t uid)
{
	struct user *user;

	if (uid == USERS_UNSET)
		return "unset";
	user = find(uid);
	if (!user)
		user = add(uid);
	return user->name;
}

void users_forget(void)
{
	for (size_t i = 0; i < USERS_CACHE_SIZE; i++)
		free(users[i].name);
	memset(users, 0, sizeof(users));
	memset(buckets, 0, sizeof(buckets));
	n_added = 0;
}
