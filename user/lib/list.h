/* SPDX-License-Identifier: GPL-2.0-only */
/* Lists on the command line: items separated by commas, blanks or both, as in "1, 2" and "1 2". */
#ifndef KS_LIST_H
#define KS_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct list {
	const char *at;
	bool is_ended;
};

static inline struct list list_begin(const char *text)
{
	return (struct list){ text, false };
}

/*
 * The next item, whose end is not marked; false: there is none left. An item of no bytes stands
 * where a comma has nothing before or behind it, or where the list is empty.
 */
bool list_next(struct list *list, const char **ret_item, size_t *ret_bytes);

#endif
