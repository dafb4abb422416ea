// SPDX-License-Identifier: GPL-2.0-only
#include "kernel/mount_ids.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/procfs.h"

/* A line begins with the id of a mount: proc(5). Blanks and newlines in names are escaped there. */
static bool mount_ids_read_line(FILE *file, uint64_t *ret)
{
	char line[64], *end = line;
	int c;

	if (!fgets(line, sizeof(line), file))
		return false;
	*ret = strtoull(line, &end, 10);
	for (; *end && *end != '\n'; end++)
		continue;
	if (*end != '\n')
		while ((c = getc_unlocked(file)) != EOF && c != '\n')
			continue;
	return true;
}

static int mount_ids_compare(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return a < b ? -1 : a > b;
}

void mount_ids_read(struct mount_ids *ids)
{
	FILE *file = fopen("/proc/self/mountinfo", "re");

	ids->n = 0;
	while (file && ids->n < MOUNT_IDS_MAX && mount_ids_read_line(file, &ids->items[ids->n]))
		ids->n++;
	if (file)
		fclose(file);
	qsort(ids->items, ids->n, sizeof(ids->items[0]), mount_ids_compare);
}

static bool mount_ids_is_in_namespace(uint64_t id, int dir)
{
	FILE *file = procfs_fopen(dir, "mountinfo");
	bool is_there = false;
	uint64_t other;

	for (int n = 0; file && !is_there && n < MOUNT_IDS_MAX; n++) {
		if (!mount_ids_read_line(file, &other))
			break;
		is_there = other == id;
	}
	if (file)
		fclose(file);
	return is_there;
}

bool mount_ids_has(const struct mount_ids *ids, uint64_t id, int dir)
{
	return bsearch(&id, ids->items, ids->n, sizeof(id), mount_ids_compare) ||
	       mount_ids_is_in_namespace(id, dir);
}
