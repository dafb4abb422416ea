// SPDX-License-Identifier: GPL-2.0-only
#include "kernel/env_names.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/procfs.h"

void env_names_fill_unset(const struct env_names *names,
			  char ret[KS_ENV_NAMES_MAX][KS_ENV_ITEM_BYTES])
{
	memset(ret, 0, sizeof(ret[0]) * KS_ENV_NAMES_MAX);
	for (size_t i = 0; i < names->n; i++)
		strcpy(ret[i], names->items[i]);
}

struct ks_env_name env_names_pattern(const char *name)
{
	struct ks_env_name pattern = { .bytes = strlen(name) };

	memcpy(pattern.words, name, pattern.bytes);
	((char *)pattern.words)[pattern.bytes] = '=';
	memset(pattern.masks, 0xff, pattern.bytes + 1);
	return pattern;
}

/* ---- of processes that are there already ---- */

enum { ENVIRON_BYTES = 256 << 10 }; /* that are searched, as many as most have, by far */

/* The value of a variable in `bytes` of strings, each ended by NUL; NULL: there is none. */
static const char *env_names_find(const char *strings, size_t bytes, const char *name)
{
	size_t length = strlen(name);

	for (size_t at = 0; at < bytes; at += strlen(strings + at) + 1)
		if (!strncmp(strings + at, name, length) && strings[at + length] == '=')
			return strings + at + length + 1;
	return NULL;
}

static void env_names_take(const char *name, const char *value, char ret[KS_ENV_ITEM_BYTES])
{
	size_t length = strlen(name), room = KS_ENV_ITEM_BYTES - length - 2;
	size_t bytes = strnlen(value, room + 1);

	ret[length] = bytes > room ? KS_ENV_CUT : '=';
	memcpy(ret + length + 1, value, bytes > room ? room : bytes);
}

static void env_names_search(const struct env_names *names, const char *strings, size_t bytes,
			     bool is_all, char ret[KS_ENV_NAMES_MAX][KS_ENV_ITEM_BYTES])
{
	while (!is_all && bytes && strings[bytes - 1]) /* the end of the last one is unknown */
		bytes--;
	env_names_fill_unset(names, ret);
	for (size_t i = 0; i < names->n; i++) {
		const char *value = env_names_find(strings, bytes, names->items[i]);

		if (value)
			env_names_take(names->items[i], value, ret[i]);
		else if (!is_all)
			ret[i][strlen(names->items[i])] = KS_ENV_UNKNOWN;
	}
}

/* As many bytes as there are or fit, and a NUL; or -errno. */
static ssize_t env_names_read_strings(int dir, char *to, size_t room)
{
	int fd = openat(dir, "environ", O_RDONLY | O_CLOEXEC), err;
	size_t bytes = 0;
	ssize_t n;

	if (fd < 0)
		return -errno;
	while ((n = read(fd, to + bytes, room - 1 - bytes)) > 0)
		bytes += n;
	err = errno;
	close(fd);
	to[bytes] = '\0';
	return n < 0 ? -err : (ssize_t)bytes;
}

/* Kernel threads and zombies have no environment, as one that is empty: but no arguments, either.
 */
static bool env_names_has_memory(int dir)
{
	char byte;

	return procfs_read(dir, "cmdline", &byte, 1) > 0;
}

int env_names_read(const struct env_names *names, int dir,
		   char ret[KS_ENV_NAMES_MAX][KS_ENV_ITEM_BYTES])
{
	char *strings = malloc(ENVIRON_BYTES);
	ssize_t bytes = strings ? env_names_read_strings(dir, strings, ENVIRON_BYTES) : -ENOMEM;

	if (!bytes && !env_names_has_memory(dir))
		bytes = -ENODATA;
	if (bytes >= 0)
		env_names_search(names, strings, bytes, bytes < ENVIRON_BYTES - 1, ret);
	free(strings);
	return bytes < 0 ? (int)bytes : 0;
}
