/* SPDX-License-Identifier: GPL-2.0-only */
/* The processes that are waited for: those of --pid and the command. */
#ifndef KS_WATCHLIST_H
#define KS_WATCHLIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event/event.h"
#include "filter/filter.h"

struct watchlist {
	struct {
		uint32_t pid; /* in our namespace */
		int fd;	      /* pidfd: readable when it ends */
		bool ended;
	} items[FILTER_LIST_MAX];
	size_t n, left;
};

/* Opens the process; -errno, reported on stderr, if there is no such process or it has ended. */
int watchlist_add(struct watchlist *targets, uint32_t pid);

/* The same for all pids of a list, up to the first that fails. */
int watchlist_add_all(struct watchlist *targets, const struct number_list *pids);

/* It has ended: one target less. */
void watchlist_drop(struct watchlist *targets, size_t i);

/* An exit event: the target has ended. */
void watchlist_end(struct watchlist *targets, const struct event *exit);

/* Whether the process has ended already, as its pidfd says. */
bool watchlist_has_ended(const struct watchlist *targets, size_t i);

void watchlist_clear(struct watchlist *targets);

#endif
