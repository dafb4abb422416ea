// SPDX-License-Identifier: GPL-2.0-only
#include "enrich/pidfiles.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "enrich/helper.h"
#include "enrich/pidfiles_read.h"
#include "lib/clock.h"

#define MS 1000000ull
#define ASKED_EVERY_NS (50 * MS)
/* Files have the time of the last tick: one of 10 ms, at most. */
#define TICK_NS (20 * MS)

struct pidfiles_request {
	const char *root;
	struct pidfiles_index *found; /* the answer; NULL: none */
};

static const char *files_root; /* NULL: not started */
static struct pidfiles_index *current, *before;
static bool is_asked;
static uint64_t asked_ns; /* when, last */
static struct helper_waits waits;

static void pidfiles_answer(void *request)
{
	struct pidfiles_request *asked = request;

	asked->found = pidfiles_read(asked->root);
}

static void pidfiles_drop(void *request)
{
	struct pidfiles_request *asked = request;

	free(asked->found);
	free(asked);
}

static struct helper helper = HELPER_INIT(pidfiles_answer, pidfiles_drop);

/* ---- answers ---- */

static void pidfiles_take_answers(void)
{
	struct pidfiles_request *asked;

	while ((asked = helper_take(&helper))) {
		is_asked = false;
		if (asked->found) {
			free(before);
			before = current;
			current = asked->found;
		}
		free(asked);
	}
}

static void pidfiles_ask(uint64_t now)
{
	struct pidfiles_request *request = is_asked ? NULL : calloc(1, sizeof(*request));

	if (!request)
		return;
	request->root = files_root;
	asked_ns = now;
	is_asked = helper_ask(&helper, request);
	if (!is_asked)
		free(request);
}

/* What was written before then is in an answer from then on. */
static void pidfiles_refresh(uint64_t since_ns)
{
	uint64_t now = clock_monotonic_ns();

	pidfiles_take_answers();
	if (current && current->time_ns >= since_ns)
		return;
	if (now - asked_ns >= ASKED_EVERY_NS)
		pidfiles_ask(now);
	if (!is_asked)
		return;
	helper_wait(&helper, helper_may_wait(&waits, now));
	waits.waited_ns += clock_monotonic_ns() - now;
	pidfiles_take_answers();
}

/* ---- questions ---- */

static bool pidfiles_is_it(const struct pidfile *file, const struct pidfiles_question *question)
{
	bool is_trusted =
	    !file->uid || file->uid == question->uids[0] || file->uid == question->uids[1];

	return is_trusted && file->number == question->number &&
	       file->written_ns + TICK_NS >= question->from_ns &&
	       file->written_ns + TICK_NS < question->to_ns;
}

static const struct pidfile *pidfiles_find_path(const struct pidfiles_index *index,
						const char *path)
{
	for (size_t i = 0; i < index->n; i++)
		if (!strcmp(index->items[i].path, path))
			return &index->items[i];
	return NULL;
}

/* Whether the sender may have read the file before. */
static bool pidfiles_was_there(const struct pidfile *file, const struct pidfiles_question *question)
{
	const struct pidfile *now = pidfiles_find_path(current, file->path);

	return !now || now->written_ns > question->time_ns;
}

static const struct pidfile *pidfiles_find_in(const struct pidfiles_index *index,
					      const struct pidfiles_question *question)
{
	for (size_t i = 0; index && i < index->n; i++) {
		const struct pidfile *file = &index->items[i];

		if (pidfiles_is_it(file, question) &&
		    (index == current || pidfiles_was_there(file, question)))
			return file;
	}
	return NULL;
}

struct shared_text *pidfiles_find(const struct pidfiles_question *question)
{
	const struct pidfile *file;

	if (!files_root)
		return NULL;
	pidfiles_refresh(question->since_ns);
	file = pidfiles_find_in(current, question);
	if (!file)
		file = pidfiles_find_in(before, question);
	return file ? texts_new(KS_TEXT_FILE, file->path, strlen(file->path), false) : NULL;
}

/* ---- begin and end ---- */

void pidfiles_start(const char *root)
{
	files_root = root;
	pidfiles_ask(clock_monotonic_ns());
}

void pidfiles_forget(void)
{
	helper_stop(&helper);
	free(current);
	free(before);
	current = before = NULL;
	files_root = NULL;
	is_asked = false;
	asked_ns = 0;
	waits = (struct helper_waits){ 0 };
}
