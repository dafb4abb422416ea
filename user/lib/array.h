/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KS_ARRAY_H
#define KS_ARRAY_H

#include <stddef.h>

/* How many items an array has; not of a pointer. */
#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/*
 * Makes room for one item more in an array that has `n`, and room for `*room`. Returns the array,
 * which may have moved; or NULL, if there is no memory: then it is unchanged.
 */
void *array_reserve(void *items, size_t *room, size_t n, size_t item_bytes);

#endif
