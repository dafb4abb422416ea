/* SPDX-License-Identifier: GPL-2.0-only */
/* A thread that asks the name service, which may take long, while events go on. */
#ifndef KS_USERS_HELPER_H
#define KS_USERS_HELPER_H

#include <stdbool.h>
#include <stdint.h>

#include "enrich/users_ask.h"

enum { USERS_HELPER_MAX = 256 }; /* questions and answers that are under way */

struct users_answer {
	enum users_kind kind;
	uint32_t id;
	char *name; /* to be freed; NULL: there is none */
};

/* Asks; the thread is started the first time. False: too much is under way, or it cannot be. */
bool users_helper_ask(enum users_kind kind, uint32_t id);

/* The next answer; false: there is none yet. */
bool users_helper_take(struct users_answer *ret);

/*
 * Ends the thread; one that waits for the name service is left behind, and nothing can be asked
 * until that has an answer.
 */
void users_helper_stop(void);

#endif
