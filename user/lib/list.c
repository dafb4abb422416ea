// SPDX-License-Identifier: GPL-2.0-only
#include "lib/list.h"

#include <string.h>

#define BLANKS " \t\n\v\f\r"

bool list_next(struct list *list, const char **ret_item, size_t *ret_bytes)
{
	const char *item = list->at + strspn(list->at, BLANKS);
	size_t bytes = strcspn(item, "," BLANKS);
	const char *behind = item + bytes + strspn(item + bytes, BLANKS);

	if (list->is_ended)
		return false;
	*ret_item = item;
	*ret_bytes = bytes;
	list->is_ended = !*behind;
	list->at = behind + (*behind == ',');
	return true;
}
