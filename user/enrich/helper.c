// SPDX-License-Identifier: GPL-2.0-only
#include "enrich/helper.h"

#include <signal.h>
#include <time.h>

#define WAIT_NS UINT64_C(10000000)
#define WAITS_NS UINT64_C(20000000)
#define WAITS_EVERY_NS UINT64_C(1000000000)

static void helper_push(struct helper_queue *queue, void *question)
{
	queue->items[(queue->first + queue->n++) % HELPER_MAX] = question;
}

static void *helper_pop(struct helper_queue *queue)
{
	void *question = queue->items[queue->first];

	queue->first = (queue->first + 1) % HELPER_MAX;
	queue->n--;
	return question;
}

static void helper_answer_next(struct helper *helper)
{
	void *question = helper_pop(&helper->questions);

	helper->is_asking = true;
	pthread_mutex_unlock(&helper->lock);
	helper->answer(question);
	pthread_mutex_lock(&helper->lock);
	helper->is_asking = false;
	helper_push(&helper->answers, question);
	atomic_store(&helper->n_answers, helper->answers.n);
	pthread_cond_signal(&helper->has_answer);
}

static void *helper_run(void *argument)
{
	struct helper *helper = argument;

	pthread_mutex_lock(&helper->lock);
	while (helper->state == HELPER_RUNNING) {
		if (helper->questions.n)
			helper_answer_next(helper);
		else
			pthread_cond_wait(&helper->has_question, &helper->lock);
	}
	if (helper->state == HELPER_LEFT)
		helper->state = HELPER_NONE;
	pthread_mutex_unlock(&helper->lock);
	return NULL;
}

/* Signals are for the first thread. */
static void helper_start(struct helper *helper)
{
	sigset_t all, before;

	helper->state = HELPER_RUNNING;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	if (pthread_create(&helper->thread, NULL, helper_run, helper))
		helper->state = HELPER_LEFT;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

bool helper_ask(struct helper *helper, void *question)
{
	bool has_room;

	pthread_mutex_lock(&helper->lock);
	if (helper->state == HELPER_NONE)
		helper_start(helper);
	has_room = helper->state == HELPER_RUNNING &&
		   helper->questions.n + helper->answers.n + helper->is_asking < (size_t)HELPER_MAX;
	if (has_room)
		helper_push(&helper->questions, question);
	if (has_room && helper->questions.n == 1)
		pthread_cond_signal(&helper->has_question);
	pthread_mutex_unlock(&helper->lock);
	return has_room;
}

void *helper_take(struct helper *helper)
{
	void *question;

	if (!atomic_load(&helper->n_answers))
		return NULL;
	pthread_mutex_lock(&helper->lock);
	question = helper_pop(&helper->answers);
	atomic_store(&helper->n_answers, helper->answers.n);
	pthread_mutex_unlock(&helper->lock);
	return question;
}

bool helper_wait(struct helper *helper, uint64_t until_ns)
{
	const struct timespec until = { .tv_sec = until_ns / 1000000000,
					.tv_nsec = until_ns % 1000000000 };
	int err = 0;
	bool has_answer;

	pthread_mutex_lock(&helper->lock);
	while (!helper->answers.n && !err)
		err = pthread_cond_clockwait(&helper->has_answer, &helper->lock, CLOCK_MONOTONIC,
					     &until);
	has_answer = helper->answers.n;
	pthread_mutex_unlock(&helper->lock);
	return has_answer;
}

uint64_t helper_may_wait(struct helper_waits *waits, uint64_t now_ns)
{
	uint64_t left_ns;

	if (now_ns - waits->begin_ns >= WAITS_EVERY_NS)
		*waits = (struct helper_waits){ .begin_ns = now_ns };
	left_ns = waits->waited_ns < WAITS_NS ? WAITS_NS - waits->waited_ns : 0;
	return now_ns + (left_ns < WAIT_NS ? left_ns : WAIT_NS);
}

static void helper_drop_all(struct helper *helper, struct helper_queue *queue)
{
	while (queue->n)
		helper->drop(helper_pop(queue));
}

void helper_stop(struct helper *helper)
{
	bool is_running, must_leave;

	pthread_mutex_lock(&helper->lock);
	is_running = helper->state == HELPER_RUNNING;
	must_leave = helper->is_asking;
	if (is_running)
		helper->state = must_leave ? HELPER_LEFT : HELPER_STOPPING;
	helper_drop_all(helper, &helper->questions);
	pthread_cond_signal(&helper->has_question);
	pthread_mutex_unlock(&helper->lock);
	if (!is_running)
		return;
	if (must_leave) {
		pthread_detach(helper->thread);
		return;
	}
	pthread_join(helper->thread, NULL);
	helper_drop_all(helper, &helper->answers);
	atomic_store(&helper->n_answers, 0);
	helper->state = HELPER_NONE;
}
