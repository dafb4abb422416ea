/* SPDX-License-Identifier: GPL-2.0-only */
/* A thread that finds answers which may take long, while events go on. */
#ifndef KS_HELPER_H
#define KS_HELPER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HELPER_MAX = 256 }; /* questions and answers that are under way */

/* First in, first out. As many are under way in both as one has room for. */
struct helper_queue {
	void *items[HELPER_MAX];
	size_t first, n;
};

/* One kind of questions, with a thread that no other kind holds up. */
struct helper {
	/* Writes the answer into the question; called in the thread. */
	void (*answer)(void *question);
	/* Frees a question, with its answer if it has one. */
	void (*drop)(void *question);

	/* From here on for helper.c only. */
	struct helper_queue questions, answers;
	pthread_mutex_t lock;
	pthread_cond_t has_question, has_answer;
	pthread_t thread;
	enum { HELPER_NONE, HELPER_RUNNING, HELPER_STOPPING, HELPER_LEFT } state;
	bool is_asking;
	atomic_uint n_answers; /* so that nothing is locked for each event */
};

#define HELPER_INIT(answer_function, drop_function)                                                \
	{                                                                                          \
		.answer = (answer_function), .drop = (drop_function),                              \
		.lock = PTHREAD_MUTEX_INITIALIZER, .has_question = PTHREAD_COND_INITIALIZER,       \
		.has_answer = PTHREAD_COND_INITIALIZER,                                            \
	}

/*
 * Asks; the thread is started the first time, and has our privileges of that moment. Takes
 * ownership of the question; false: it is still the caller's, for too much is under way, or there
 * can be no thread.
 */
bool helper_ask(struct helper *helper, void *question);

/* The next question that is answered, which is the caller's then. NULL: there is none yet. */
void *helper_take(struct helper *helper);

/* Waits until there is an answer, or it is `until_ns` (CLOCK_MONOTONIC). Returns whether there is
 * one. */
bool helper_wait(struct helper *helper, uint64_t until_ns);

/* How long events have waited for answers, in the second that began at `begin_ns`. */
struct helper_waits {
	uint64_t begin_ns, waited_ns;
};

/*
 * Until when an answer may be waited for: 10 ms, however many questions there are 20 ms in a
 * second. `now_ns`: not at all. What is waited has to be added to `waited_ns`.
 */
uint64_t helper_may_wait(struct helper_waits *waits, uint64_t now_ns);

/*
 * Ends the thread; one that waits for an answer is left behind, and nothing can be asked until it
 * has that.
 */
void helper_stop(struct helper *helper);

#endif
