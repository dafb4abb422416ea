// SPDX-License-Identifier: GPL-2.0-only
#include "enrich/users.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "enrich/helper.h"
#include "enrich/users_ask.h"
#include "enrich/users_local.h"
#include "lib/array.h"

#define N_BUCKETS 1024 /* a power of two */
#define UNKNOWN_NS 60000000000ull

struct user_name {
	struct user_name *next; /* of those that are to be freed */
	char text[];
};

struct user {
	enum users_kind kind;
	uint32_t id;
	struct user_name *name; /* NULL: there is none, or it is not known yet */
	uint64_t retry_ns;	/* without a name: when it is looked up again */
	struct user *next;
};

/*
 * Users are replaced in the order they came: who lets a thousand uids pass by only causes names to
 * be searched again.
 */
static struct user users[USERS_CACHE_SIZE];
static size_t n_added; /* ever; the next one goes to users[n_added % USERS_CACHE_SIZE] */
static struct user *buckets[N_BUCKETS];
static struct user_name *replaced; /* names that may still be in use */

/* Whose name is asked for. */
struct users_question {
	enum users_kind kind;
	uint32_t id;
	char *name; /* the answer; NULL: there is none */
};

static void users_answer(void *question)
{
	struct users_question *asked = question;

	asked->name = users_ask(asked->kind, asked->id);
}

static void users_drop_question(void *question)
{
	struct users_question *asked = question;

	free(asked->name);
	free(asked);
}

static struct helper helper = HELPER_INIT(users_answer, users_drop_question);
static bool is_started;
static struct users_file files[] = {
	[USERS_USER] = { .path = "/etc/passwd" },
	[USERS_GROUP] = { .path = "/etc/group" },
};

static struct user **users_bucket_of(enum users_kind kind, uint32_t id)
{
	return &buckets[(id * 2 + kind) % N_BUCKETS];
}

static struct user *users_find(enum users_kind kind, uint32_t id)
{
	struct user *user = *users_bucket_of(kind, id);

	while (user && (user->id != id || user->kind != kind))
		user = user->next;
	return user;
}

static void users_drop(struct user *user)
{
	struct user **link = users_bucket_of(user->kind, user->id);

	while (*link != user)
		link = &(*link)->next;
	*link = user->next;
	if (!user->name)
		return;
	user->name->next = replaced;
	replaced = user->name;
}

/* A copy, or NULL if there is no text, or no memory. */
static struct user_name *users_new_name(const char *text)
{
	size_t bytes = text ? strlen(text) + 1 : 0;
	struct user_name *name = text ? malloc(sizeof(*name) + bytes) : NULL;

	if (name)
		memcpy(name->text, text, bytes);
	return name;
}

/* `name` is the user's then. */
static struct user *users_add(enum users_kind kind, uint32_t id, struct user_name *name)
{
	struct user *user = &users[n_added % USERS_CACHE_SIZE];
	struct user **bucket = users_bucket_of(kind, id);

	if (n_added >= USERS_CACHE_SIZE)
		users_drop(user);
	n_added++;
	*user = (struct user){ kind, id, name, UINT64_MAX, *bucket };
	*bucket = user;
	return user;
}

/* Who is not remembered any more is asked for again. */
static void users_take_answers(void)
{
	struct users_question *asked;

	while ((asked = helper_take(&helper))) {
		struct user *user = users_find(asked->kind, asked->id);

		if (user && !user->name) {
			user->name = users_new_name(asked->name);
			user->retry_ns = clock_monotonic_ns() + UNKNOWN_NS;
		}
		users_drop_question(asked);
	}
}

/* Returns whether that could be done. */
static bool users_ask_helper(enum users_kind kind, uint32_t id)
{
	struct users_question *question = calloc(1, sizeof(*question));

	if (!question)
		return false;
	question->kind = kind;
	question->id = id;
	if (helper_ask(&helper, question))
		return true;
	free(question);
	return false;
}

/*
 * `user`: who is looked up again, or NULL. Returns NULL if there is nothing to be remembered: too
 * much is asked for already.
 */
static struct user *users_look_up(struct user *user, enum users_kind kind, uint32_t id)
{
	const char *local = users_file_name(&files[kind], id);
	bool is_asked = !local && users_ask_may_block && users_ask_helper(kind, id);

	if (!local && !is_asked && users_ask_may_block)
		return NULL;
	if (!user)
		user = users_add(kind, id, NULL);
	user->name = users_new_name(local);
	user->retry_ns = is_asked ? UINT64_MAX : clock_monotonic_ns() + UNKNOWN_NS;
	return user;
}

static struct user *users_add_answer(enum users_kind kind, uint32_t id, char *answer)
{
	struct user *user = users_add(kind, id, users_new_name(answer));

	free(answer);
	return user;
}

static const char *users_name_of(enum users_kind kind, uint32_t id)
{
	struct user *user;

	if (id == USERS_UNSET)
		return "unset";
	if (is_started)
		users_take_answers();
	user = users_find(kind, id);
	if (!user && !is_started)
		user = users_add_answer(kind, id, users_ask(kind, id));
	else if (!user || (!user->name && clock_monotonic_ns() >= user->retry_ns))
		user = users_look_up(user, kind, id);
	return user && user->name ? user->name->text : NULL;
}

const char *users_name(uint32_t uid)
{
	return users_name_of(USERS_USER, uid);
}

const char *users_group_name(uint32_t gid)
{
	return users_name_of(USERS_GROUP, gid);
}

void users_start(void)
{
	is_started = true;
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		users_file_name(&files[i], 0); /* reads it */
}

void users_release(void)
{
	while (replaced) {
		struct user_name *name = replaced;

		replaced = name->next;
		free(name);
	}
}

void users_forget(void)
{
	helper_stop(&helper);
	for (size_t i = 0; i < USERS_CACHE_SIZE; i++)
		free(users[i].name);
	users_release();
	memset(users, 0, sizeof(users));
	memset(buckets, 0, sizeof(buckets));
	n_added = 0;
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		users_file_forget(&files[i]);
	is_started = false;
}
