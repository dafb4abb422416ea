// SPDX-License-Identifier: GPL-2.0-only
#include "enrich/pidfiles_read.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/array.h"
#include "lib/clock.h"

enum {
	FOLDER_FILES_MAX = 32, /* some folders are writable for all */
	FOLDER_ENTRIES_MAX = 1024,
	FILE_BYTES_MAX = 4096,
	DIGITS_MAX = 7, /* of a pid: PID_MAX_LIMIT */
};

/* A folder that is open; `path` as it is without the root. */
struct pidfiles_folder {
	int fd;
	char path[PIDFILE_PATH_BYTES];
};

typedef void pidfiles_visitor(struct pidfiles_index *index, const struct pidfiles_folder *folder,
			      const char *name);

/* 0: it does not begin with a number that stands alone. */
static uint32_t pidfiles_parse(const char *text)
{
	size_t blanks = strspn(text, " \t\n"), digits = strspn(text + blanks, "0123456789");
	char behind = text[blanks + digits];

	if (!digits || digits > DIGITS_MAX || (behind && !isspace((unsigned char)behind)))
		return 0;
	return strtoul(text + blanks, NULL, 10);
}

static bool pidfiles_is_plain(const struct stat *stat)
{
	return S_ISREG(stat->st_mode) && stat->st_size && stat->st_size <= FILE_BYTES_MAX;
}

static bool pidfiles_join(char to[PIDFILE_PATH_BYTES], const char *folder, const char *name)
{
	int bytes = snprintf(to, PIDFILE_PATH_BYTES, "%s/%s", folder, name);

	return bytes < PIDFILE_PATH_BYTES;
}

/* Times first: what is written later counts as new. */
static bool pidfiles_read_file(struct pidfile *to, int fd)
{
	char text[32] = "";
	struct stat stat;

	if (fstat(fd, &stat) || !pidfiles_is_plain(&stat) || read(fd, text, sizeof(text) - 1) <= 0)
		return false;
	to->number = pidfiles_parse(text);
	to->uid = stat.st_uid;
	to->written_ns = stat.st_mtim.tv_sec * UINT64_C(1000000000) + stat.st_mtim.tv_nsec;
	return to->number;
}

static bool pidfiles_is_named_so(const char *name)
{
	size_t bytes = strlen(name);

	return bytes > 4 && !strcmp(name + bytes - 4, ".pid");
}

/* To open a device or a FIFO may do something, and wait: what it is comes first. */
static void pidfiles_visit_file(struct pidfiles_index *index, const struct pidfiles_folder *folder,
				const char *name)
{
	struct pidfile *to = &index->items[index->n];
	struct stat stat;
	int fd;

	if (!pidfiles_is_named_so(name) || index->n == PIDFILES_MAX ||
	    !pidfiles_join(to->path, folder->path, name) ||
	    fstatat(folder->fd, name, &stat, AT_SYMLINK_NOFOLLOW) || !pidfiles_is_plain(&stat))
		return;
	fd = openat(folder->fd, name, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return;
	index->n += pidfiles_read_file(to, fd);
	close(fd);
}

/* `folder->fd` is closed. */
static void pidfiles_walk(struct pidfiles_index *index, const struct pidfiles_folder *folder,
			  pidfiles_visitor *visit, size_t files_max)
{
	size_t n = index->n, entries = 0;
	struct dirent *entry;
	DIR *dir = fdopendir(folder->fd);

	if (!dir) {
		close(folder->fd);
		return;
	}
	while (index->n - n < files_max && entries++ < FOLDER_ENTRIES_MAX && (entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			visit(index, folder, entry->d_name);
	closedir(dir);
}

/* Symbolic links are not followed: what they lead to is read where it is. */
static int pidfiles_open_folder(int at, const char *name)
{
	return openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
}

static void pidfiles_visit_folder(struct pidfiles_index *index, const struct pidfiles_folder *in,
				  const char *name)
{
	struct pidfiles_folder folder;

	folder.fd = pidfiles_open_folder(in->fd, name);
	if (folder.fd < 0)
		return;
	if (pidfiles_join(folder.path, in->path, name))
		pidfiles_walk(index, &folder, pidfiles_visit_file, FOLDER_FILES_MAX);
	else
		close(folder.fd);
}

/* Its own files first: these are root's. */
static void pidfiles_read_below(struct pidfiles_index *index, const char *root, const char *path)
{
	static pidfiles_visitor *const visits[] = { pidfiles_visit_file, pidfiles_visit_folder };
	char whole[4096];
	int bytes = snprintf(whole, sizeof(whole), "%s%s", root, path);

	for (size_t i = 0; bytes < (int)sizeof(whole) && i < ARRAY_SIZE(visits); i++) {
		struct pidfiles_folder folder = { .fd = pidfiles_open_folder(AT_FDCWD, whole) };

		if (folder.fd < 0)
			return;
		snprintf(folder.path, sizeof(folder.path), "%s", path);
		pidfiles_walk(index, &folder, visits[i], PIDFILES_MAX);
	}
}

struct pidfiles_index *pidfiles_read(const char *root)
{
	struct pidfiles_index *index = calloc(1, sizeof(*index));

	if (!index)
		return NULL;
	index->time_ns = clock_monotonic_ns();
	pidfiles_read_below(index, root, "/run");
	pidfiles_read_below(index, root, "/var/run");
	return index;
}
