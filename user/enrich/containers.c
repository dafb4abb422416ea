// SPDX-License-Identifier: GPL-2.0-only
#include "enrich/containers.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "enrich/cgroup.h"
#include "enrich/containers_files.h"
#include "enrich/helper.h"
#include "lib/clock.h"

#define MS 1000000ull
#define RETRY_NS (5000 * MS)
#define START_WAIT_NS (100 * MS)

/* An id for which nothing is found, or is not yet. */
struct unknown_container {
	char id[CGROUP_ID_BYTES];
	uint64_t retry_ns; /* when it is asked for again */
	UT_hash_handle hh;
};

/* id "": all there are. */
struct containers_question {
	const char *root;
	char id[CGROUP_ID_BYTES + 1];
	struct container *found; /* the answer: a hash, or one; NULL: nothing */
};

/*
 * Hashes are in the order in which items were added, and the oldest is replaced. Ids that a user
 * makes up replace nothing that was found.
 */
static struct container *known;
static struct unknown_container *unknown;
static struct container *replaced; /* their names may still be in use */

static bool is_started;
static const char *files_root;
static struct helper_waits waits;

/* ---- in the thread ---- */

static void containers_answer(void *question)
{
	struct containers_question *asked = question;

	asked->found = asked->id[0] ? containers_read(asked->root, asked->id)
				    : containers_read_all(asked->root, CONTAINERS_MAX);
}

static void containers_free_all(struct container *all)
{
	struct container *container, *next;

	HASH_ITER (hh, all, container, next) {
		HASH_DEL(all, container);
		free(container);
	}
}

static void containers_drop_question(void *question)
{
	struct containers_question *asked = question;

	if (asked->id[0])
		free(asked->found);
	else
		containers_free_all(asked->found);
	free(asked);
}

static struct helper helper = HELPER_INIT(containers_answer, containers_drop_question);

/* ---- what is remembered ---- */

static void containers_drop_unknown(struct unknown_container *container)
{
	if (!container)
		return;
	HASH_DEL(unknown, container);
	free(container);
}

static struct unknown_container *containers_find_unknown(const char *id)
{
	struct unknown_container *container;

	HASH_FIND(hh, unknown, id, CGROUP_ID_BYTES, container);
	return container;
}

static struct container *containers_find(const char *id)
{
	struct container *container;

	HASH_FIND(hh, known, id, CGROUP_ID_BYTES, container);
	return container;
}

static void containers_replace_oldest(void)
{
	struct container *oldest = known;

	HASH_DEL(known, oldest);
	oldest->next = replaced;
	replaced = oldest;
}

/* `container` is ours then. */
static void containers_add(struct container *container)
{
	containers_drop_unknown(containers_find_unknown(container->id));
	if (containers_find(container->id)) {
		free(container);
		return;
	}
	if (HASH_COUNT(known) >= CONTAINERS_MAX)
		containers_replace_oldest();
	HASH_ADD(hh, known, id, CGROUP_ID_BYTES, container);
}

/* NULL: there is no memory. */
static struct unknown_container *containers_add_unknown(const char *id)
{
	struct unknown_container *container = calloc(1, sizeof(*container));

	if (!container)
		return NULL;
	if (HASH_COUNT(unknown) >= CONTAINERS_MAX)
		containers_drop_unknown(unknown);
	memcpy(container->id, id, CGROUP_ID_BYTES);
	HASH_ADD(hh, unknown, id, CGROUP_ID_BYTES, container);
	return container;
}

/* ---- questions ---- */

static void containers_take_all(struct container *all)
{
	struct container *container, *next;

	HASH_ITER (hh, all, container, next) {
		HASH_DEL(all, container);
		containers_add(container);
	}
}

static void containers_take_one(const struct containers_question *asked)
{
	struct unknown_container *still = containers_find_unknown(asked->id);

	if (asked->found)
		containers_add(asked->found);
	else if (still)
		still->retry_ns = clock_monotonic_ns() + RETRY_NS;
}

static void containers_take_answers(void)
{
	struct containers_question *asked;

	while ((asked = helper_take(&helper))) {
		if (asked->id[0])
			containers_take_one(asked);
		else
			containers_take_all(asked->found);
		free(asked);
	}
}

/* `id` NULL: all there are. Returns whether that could be done. */
static bool containers_ask(const char *id)
{
	struct containers_question *question = calloc(1, sizeof(*question));

	if (!question)
		return false;
	question->root = files_root;
	if (id)
		memcpy(question->id, id, CGROUP_ID_BYTES);
	if (helper_ask(&helper, question))
		return true;
	free(question);
	return false;
}

/* Answers to others may come first. A user can make up ids: all of them take no longer. */
static void containers_wait_for(const char *id)
{
	uint64_t begin = clock_monotonic_ns(), until = helper_may_wait(&waits, begin);
	const struct unknown_container *asked = containers_find_unknown(id);

	while (asked && asked->retry_ns == UINT64_MAX && helper_wait(&helper, until)) {
		containers_take_answers();
		asked = containers_find_unknown(id);
	}
	waits.waited_ns += clock_monotonic_ns() - begin;
}

/* If too much is asked for already, nothing is remembered. */
static void containers_look_up(const char *id)
{
	struct unknown_container *asked;

	if (!containers_ask(id))
		return;
	asked = containers_add_unknown(id);
	if (!asked)
		return;
	asked->retry_ns = UINT64_MAX;
	containers_wait_for(id);
}

static void containers_look_up_again(struct unknown_container *container)
{
	if (clock_monotonic_ns() >= container->retry_ns && containers_ask(container->id))
		container->retry_ns = UINT64_MAX;
}

const struct container_names *containers_names(const char *id)
{
	struct container *container;
	struct unknown_container *asked;

	if (!is_started)
		return NULL;
	containers_take_answers();
	container = containers_find(id);
	if (container)
		return &container->names;
	asked = containers_find_unknown(id);
	if (asked) {
		containers_look_up_again(asked);
		return NULL;
	}
	containers_look_up(id);
	container = containers_find(id);
	return container ? &container->names : NULL;
}

/* ---- begin and end ---- */

void containers_start(const char *root)
{
	is_started = true;
	files_root = root;
	if (containers_ask(NULL) && helper_wait(&helper, clock_monotonic_ns() + START_WAIT_NS))
		containers_take_answers();
}

void containers_release(void)
{
	while (replaced) {
		struct container *container = replaced;

		replaced = container->next;
		free(container);
	}
}

void containers_forget(void)
{
	helper_stop(&helper);
	containers_free_all(known);
	known = NULL;
	while (unknown)
		containers_drop_unknown(unknown);
	containers_release();
	waits = (struct helper_waits){ 0 };
	is_started = false;
}
