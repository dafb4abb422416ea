// SPDX-License-Identifier: GPL-2.0-only
#include "lib/array.h"

#include <stdlib.h>

enum { FIRST_ROOM = 16 };

void *array_reserve(void *items, size_t *room, size_t n, size_t item_bytes)
{
	size_t more = *room ? *room * 2 : FIRST_ROOM;

	if (n < *room)
		return items;
	items = reallocarray(items, more, item_bytes);
	if (items)
		*room = more;
	return items;
}
