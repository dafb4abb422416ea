/* SPDX-License-Identifier: GPL-2.0-only */
/* The values of options: numbers, and lists that an option repeated adds to. */
#ifndef KS_OPTION_VALUES_H
#define KS_OPTION_VALUES_H

#include <stddef.h>
#include <stdint.h>

#include "filter/filter.h"
#include "kernel/env_names.h"

/* Returns `bytes` of `text` as a decimal number up to `max`, or -EINVAL. */
int64_t option_number(const char *text, size_t bytes, uint64_t max);

/* Add the items of a list. Return 0, or -EINVAL logged. */

/* `comm_option`: the option that selects processes by name. */
int option_add_pids(struct number_list *list, const char *text, const char *comm_option);

/* Users by name or number. */
int option_add_users(struct number_list *list, const char *text);

/* Splits the text in place, at commas only, and keeps pointers to it. `what`: an item, in words. */
int option_add_texts(struct text_list *list, char *text, const char *what);

/* Names of environment variables; those that are there already are left out. */
int option_add_env_names(struct env_names *names, const char *text);

/* Likewise, names of processes, which may be patterns. */
int option_add_comms(struct text_list *list, char *text);

/* Likewise, executables: names or whole paths. */
int option_add_exes(struct text_list *list, char *text);

#endif
