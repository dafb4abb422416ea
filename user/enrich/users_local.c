// SPDX-License-Identifier: GPL-2.0-only
#include "enrich/users_local.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

struct users_entry {
	uint32_t id;
	UT_hash_handle hh;
	char name[];
};

/* Lines that start so include users of NIS, or exclude some: nss_compat of glibc. */
static bool users_is_own_name(const char *name)
{
	return name[0] && name[0] != '+' && name[0] != '-' && name[0] != '#';
}

/* Cuts the line into its first three fields. */
static bool users_parse(char *line, const char **ret_name, uint32_t *ret_id)
{
	char *name = strsep(&line, ":"), *end;
	const char *number;
	unsigned long id;

	if (!strsep(&line, ":") || !line)
		return false;
	number = strsep(&line, ":");
	errno = 0;
	id = strtoul(number, &end, 10);
	if (!users_is_own_name(name) || *number < '0' || *number > '9' || (*end && *end != '\n') ||
	    errno || id > UINT32_MAX)
		return false;
	*ret_name = name;
	*ret_id = id;
	return true;
}

static void users_add(struct users_file *file, const char *name, uint32_t id)
{
	struct users_entry *entry;

	HASH_FIND(hh, file->entries, &id, sizeof(id), entry);
	if (entry)
		return;
	entry = malloc(sizeof(*entry) + strlen(name) + 1);
	if (!entry)
		return;
	entry->id = id;
	strcpy(entry->name, name);
	HASH_ADD(hh, file->entries, id, sizeof(entry->id), entry);
}

static void users_read_entries(struct users_file *file)
{
	FILE *stream = fopen(file->path, "re");
	char *line = NULL;
	size_t bytes = 0;

	while (stream && HASH_COUNT(file->entries) < USERS_LOCAL_MAX &&
	       getline(&line, &bytes, stream) > 0) {
		const char *name;
		uint32_t id;

		if (users_parse(line, &name, &id))
			users_add(file, name, id);
	}
	free(line);
	if (stream)
		fclose(stream);
}

void users_file_forget(struct users_file *file)
{
	struct users_entry *entry, *next;

	HASH_ITER (hh, file->entries, entry, next) {
		HASH_DEL(file->entries, entry);
		free(entry);
	}
	file->state = (struct stat){ 0 };
}

static bool users_is_same(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_dev == b->st_dev && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* The state first: a change while it is read is noticed the next time. */
static void users_refresh(struct users_file *file)
{
	struct stat now = { 0 };

	if (stat(file->path, &now))
		now = (struct stat){ 0 };
	if (users_is_same(&now, &file->state))
		return;
	users_file_forget(file);
	file->state = now;
	users_read_entries(file);
}

const char *users_file_name(struct users_file *file, uint32_t id)
{
	struct users_entry *entry;

	users_refresh(file);
	HASH_FIND(hh, file->entries, &id, sizeof(id), entry);
	return entry ? entry->name : NULL;
}
