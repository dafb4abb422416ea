// SPDX-License-Identifier: GPL-2.0-only
#include "kernel/cgroup_hierarchy.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/procfs.h"

/* ---- of one process ---- */

static struct hierarchy *cgroup_hierarchy_lookup(struct hierarchies *all, int id)
{
	for (size_t i = 0; i < all->n; i++)
		if (all->items[i].id == id)
			return &all->items[i];
	return NULL;
}

static struct hierarchy *cgroup_hierarchy_add(struct hierarchies *all, int id, const char *name,
					      size_t bytes)
{
	struct hierarchy *new = &all->items[all->n];

	if (all->n == KS_HIERARCHIES_MAX)
		return NULL;
	if (bytes >= sizeof(new->name))
		bytes = sizeof(new->name) - 1;
	*new = (struct hierarchy){ .id = id };
	memcpy(new->name, name, bytes);
	all->n++;
	return new;
}

/* A line "ID:NAME:PATH"; the kernel lets no newline into a path, and no colon into a name. */
static void cgroup_hierarchy_note_line(struct hierarchies *all, const char *line, size_t bytes)
{
	const char *end = line + bytes, *name, *path;
	struct hierarchy *hierarchy;
	char *colon;
	long id;

	if (!isdigit((unsigned char)*line))
		return;
	id = strtol(line, &colon, 10);
	name = colon + 1;
	path = *colon == ':' ? memchr(name, ':', end - name) : NULL;
	if (!path)
		return;
	hierarchy =
	    cgroup_hierarchy_lookup(all, id) ?: cgroup_hierarchy_add(all, id, name, path - name);
	if (hierarchy && end - path > 2) /* ":/" is the root */
		hierarchy->used++;
}

void cgroup_hierarchy_note(struct hierarchies *all, const char *text)
{
	while (*text) {
		size_t bytes = strcspn(text, "\n");

		cgroup_hierarchy_note_line(all, text, bytes);
		text += bytes + (text[bytes] == '\n');
	}
}

/* ---- the choice ---- */

enum rank { RANK_CONTROLLERS, RANK_NAMED, RANK_V2, RANK_SYSTEMD };

static enum rank cgroup_hierarchy_rank(const struct hierarchy *hierarchy)
{
	if (!hierarchy->id)
		return RANK_V2;
	if (!strcmp(hierarchy->name, "name=systemd"))
		return RANK_SYSTEMD;
	return strncmp(hierarchy->name, "name=", strlen("name=")) ? RANK_CONTROLLERS : RANK_NAMED;
}

static bool cgroup_hierarchy_is_better(const struct hierarchy *a, const struct hierarchy *b)
{
	if (!a->used != !b->used)
		return a->used;
	return cgroup_hierarchy_rank(a) != cgroup_hierarchy_rank(b)
		   ? cgroup_hierarchy_rank(a) > cgroup_hierarchy_rank(b)
		   : a->used > b->used;
}

const struct hierarchy *cgroup_hierarchy_choose(const struct hierarchies *all)
{
	const struct hierarchy *best = NULL;

	for (size_t i = 0; i < all->n; i++)
		if (!best || cgroup_hierarchy_is_better(&all->items[i], best))
			best = &all->items[i];
	return best;
}

/* ---- asking ---- */

/* What the file cgroup of a process says, to be freed; NULL with errno set. `dir`: its directory.
 */
static char *cgroup_hierarchy_read_text(int dir)
{
	char *text = NULL;
	size_t bytes = 0;
	FILE *file = procfs_fopen(dir, "cgroup");

	if (!file)
		return NULL;
	if (getdelim(&text, &bytes, '\0', file) < 0) {
		free(text);
		text = feof(file) ? strdup("") : NULL;
	}
	fclose(file);
	return text;
}

static int cgroup_hierarchy_note_process(struct hierarchies *all, int dir)
{
	char *text = cgroup_hierarchy_read_text(dir);
	int err = text ? 0 : -errno;

	if (text)
		cgroup_hierarchy_note(all, text);
	free(text);
	return err;
}

static int cgroup_hierarchy_note_own(struct hierarchies *all)
{
	int dir = procfs_open(0), err;

	if (dir < 0)
		return dir;
	err = cgroup_hierarchy_note_process(all, dir);
	close(dir);
	return err;
}

/* Whether no other process can change the choice: on systemd's systems, the first one settles it.
 */
static bool cgroup_hierarchy_is_settled(const struct hierarchies *all)
{
	const struct hierarchy *best = cgroup_hierarchy_choose(all);

	return !best || all->n == 1 || (best->used && cgroup_hierarchy_rank(best) == RANK_SYSTEMD);
}

/* 1: no more need be noted. */
static int cgroup_hierarchy_note_other(void *context, int dir, uint32_t pid)
{
	struct hierarchies *all = context;

	(void)pid;
	if (cgroup_hierarchy_is_settled(all))
		return 1;
	cgroup_hierarchy_note_process(all, dir);
	return 0;
}

static int cgroup_hierarchy_choose_v2(struct hierarchies *all, struct hierarchy *ret)
{
	const struct hierarchy *v2 = cgroup_hierarchy_lookup(all, 0);

	if (!v2)
		return -ENODATA;
	*ret = *v2;
	return 0;
}

int cgroup_hierarchy_find(bool v2_only, struct hierarchy *ret)
{
	struct hierarchies all = { .n = 0 };
	int err = cgroup_hierarchy_note_own(&all);

	if (err)
		return err;
	if (v2_only)
		return cgroup_hierarchy_choose_v2(&all, ret);
	procfs_visit(cgroup_hierarchy_note_other, &all);
	if (!all.n)
		return -ENODATA;
	*ret = *cgroup_hierarchy_choose(&all);
	return 0;
}
