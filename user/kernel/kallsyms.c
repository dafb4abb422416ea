// SPDX-License-Identifier: GPL-2.0-only
#include "kernel/kallsyms.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The name in "ffffffff82aa5180 D init_task\n", which gets a NUL behind it. NULL: of a module. */
static const char *kallsyms_name_in(char *line)
{
	char *name = strchr(line, ' '), *end;

	name = name ? strchr(name + 1, ' ') : NULL;
	if (!name)
		return NULL;
	end = strpbrk(++name, "\t\n");
	if (!end || *end == '\t')
		return NULL;
	*end = '\0';
	return name;
}

/* Whether the line had one of them. */
static size_t kallsyms_take(char *line, const struct kallsyms_wanted *wanted, size_t n)
{
	const char *name = kallsyms_name_in(line);

	for (size_t i = 0; name && i < n; i++) {
		if (*wanted[i].ret_address || strcmp(name, wanted[i].name) != 0)
			continue;
		*wanted[i].ret_address = strtoull(line, NULL, 16);
		return *wanted[i].ret_address != 0;
	}
	return 0;
}

int kallsyms_find(const struct kallsyms_wanted *wanted, size_t n)
{
	FILE *file = fopen("/proc/kallsyms", "re");
	size_t found = 0;
	char line[256]; /* the rest of one that is longer is no line that we want */

	if (!file)
		return -errno;
	for (size_t i = 0; i < n; i++)
		*wanted[i].ret_address = 0;
	while (found < n && fgets(line, sizeof(line), file))
		found += kallsyms_take(line, wanted, n);
	fclose(file);
	return found == n ? 0 : -ENOENT;
}
