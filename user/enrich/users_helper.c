// SPDX-License-Identifier: GPL-2.0-only
#include "enrich/users_helper.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* First in, first out. As many are under way in both as one has room for. */
struct queue {
	struct users_answer items[USERS_HELPER_MAX];
	size_t first, n;
};

static struct queue questions, answers;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t has_question = PTHREAD_COND_INITIALIZER;
static pthread_t thread;
static enum { NONE, RUNNING, STOPPING, LEFT } state;
static bool is_asking;
static atomic_uint n_answers; /* so that nothing is locked for each event */

static void users_push(struct queue *queue, const struct users_answer *item)
{
	queue->items[(queue->first + queue->n++) % USERS_HELPER_MAX] = *item;
}

static struct users_answer users_pop(struct queue *queue)
{
	struct users_answer item = queue->items[queue->first];

	queue->first = (queue->first + 1) % USERS_HELPER_MAX;
	queue->n--;
	return item;
}

static void users_answer_next(void)
{
	struct users_answer item = users_pop(&questions);

	is_asking = true;
	pthread_mutex_unlock(&lock);
	item.name = users_ask(item.kind, item.id);
	pthread_mutex_lock(&lock);
	is_asking = false;
	users_push(&answers, &item);
	atomic_store(&n_answers, answers.n);
}

static void *users_run(void *unused)
{
	(void)unused;
	pthread_mutex_lock(&lock);
	while (state == RUNNING) {
		if (questions.n)
			users_answer_next();
		else
			pthread_cond_wait(&has_question, &lock);
	}
	if (state == LEFT)
		state = NONE;
	pthread_mutex_unlock(&lock);
	return NULL;
}

/* Signals are for the first thread. */
static void users_start(void)
{
	sigset_t all, before;

	state = RUNNING;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	if (pthread_create(&thread, NULL, users_run, NULL))
		state = LEFT;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

bool users_helper_ask(enum users_kind kind, uint32_t id)
{
	struct users_answer item = { .kind = kind, .id = id };
	bool has_room;

	pthread_mutex_lock(&lock);
	if (state == NONE)
		users_start();
	has_room = state == RUNNING && questions.n + answers.n + is_asking < USERS_HELPER_MAX;
	if (has_room)
		users_push(&questions, &item);
	if (has_room && questions.n == 1)
		pthread_cond_signal(&has_question);
	pthread_mutex_unlock(&lock);
	return has_room;
}

bool users_helper_take(struct users_answer *ret)
{
	bool has = atomic_load(&n_answers);

	if (!has)
		return false;
	pthread_mutex_lock(&lock);
	*ret = users_pop(&answers);
	atomic_store(&n_answers, answers.n);
	pthread_mutex_unlock(&lock);
	return true;
}

void users_helper_stop(void)
{
	struct users_answer answer;
	bool is_running, must_leave;

	pthread_mutex_lock(&lock);
	is_running = state == RUNNING;
	must_leave = is_asking;
	if (is_running)
		state = must_leave ? LEFT : STOPPING;
	questions.n = 0;
	pthread_cond_signal(&has_question);
	pthread_mutex_unlock(&lock);
	if (!is_running)
		return;
	if (must_leave) {
		pthread_detach(thread);
		return;
	}
	pthread_join(thread, NULL);
	while (users_helper_take(&answer))
		free(answer.name);
	state = NONE;
}
