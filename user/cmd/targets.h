/* SPDX-License-Identifier: GPL-2.0-only */
/* The processes that are waited for: those of --pid and the command. */
#ifndef KS_TARGETS_H
#define KS_TARGETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event/event.h"
#include "filter/filter.h"

struct targets {
	struct {
		uint32_t pid; /* in our namespace */
		int fd;	      /* pidfd: readable when it ends */
		bool ended;
	} items[FILTER_LIST_MAX];
	size_t n, left;
};

/* Opens the process; -errno, told on stderr, if there is no such process or it has ended. */
int targets_add(struct targets *targets, uint32_t pid);

/* An exit event: one target less. */
void targets_end(struct targets *targets, const struct event *exit);

/* Whether the process has ended already, as its pidfd says. */
bool targets_has_ended(const struct targets *targets, size_t i);

void targets_clear(struct targets *targets);

#endif
