// SPDX-License-Identifier: GPL-2.0-only
#include "lib/procfs.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <linux/capability.h>

#include "lib/privileges.h"

/* Tried, for access(2) is about the real user. */
static bool procfs_can_read(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

int procfs_try(void)
{
	char self[16] = "";
	struct stat st;

	if (lstat("/proc/self", &st))
		return -ENOENT;
	if (readlink("/proc/self", self, sizeof(self) - 1) < 0 || atoi(self) != getpid())
		return -ESRCH;
	/* With it little is hidden, even if the first process is, by what else confines us. */
	return procfs_can_read("/proc/1/stat") || privileges_have(CAP_SYS_PTRACE) ? 0 : -EACCES;
}

int procfs_visit(procfs_visitor *visit, void *context)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	int stop = 0;

	while (proc && !stop && (entry = readdir(proc))) {
		int dir;

		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		dir = openat(dirfd(proc), entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (dir < 0)
			continue;
		stop = visit(context, dir, strtoul(entry->d_name, NULL, 10));
		close(dir);
	}
	if (proc)
		closedir(proc);
	return stop;
}

int procfs_open(uint32_t pid)
{
	char path[32] = "/proc/self";
	int dir;

	if (pid)
		snprintf(path, sizeof(path), "/proc/%u", pid);
	dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return dir < 0 ? -errno : dir;
}

FILE *procfs_fopen(int dir, const char *name)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? NULL : fdopen(fd, "r");
}

ssize_t procfs_read(int dir, const char *name, char *to, size_t bytes)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC), err;
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = read(fd, to, bytes);
	err = errno;
	close(fd);
	return n < 0 ? -err : n;
}

/* Fields of /proc/PID/stat, see proc(5). */
enum { STAT_COMM = 2, STAT_STATE = 3, STAT_PPID = 4, STAT_START = 22 };

enum { STAT_BYTES = 1024 };

/* Returns where a field is in the text; NULL with errno set. The name in it may hold anything, ')'
 * and blanks included. */
static const char *procfs_find_stat(int dir, int field, char text[STAT_BYTES])
{
	ssize_t n = procfs_read(dir, "stat", text, STAT_BYTES - 1);
	const char *at;

	errno = n < 0 ? -n : EBADMSG;
	if (n < 0)
		return NULL;
	text[n] = '\0';
	at = strrchr(text, ')');
	for (int i = STAT_COMM; at && i < field; i++)
		at = strchr(at + 1, ' ');
	return at;
}

static int procfs_read_stat(int dir, int field, uint64_t *ret)
{
	char text[STAT_BYTES];
	const char *at = procfs_find_stat(dir, field, text);

	if (!at)
		return -errno;
	*ret = strtoull(at, NULL, 10);
	return 0;
}

char procfs_state(uint32_t pid)
{
	int dir = procfs_open(pid);
	char text[STAT_BYTES];
	const char *at;

	if (dir < 0)
		return 0;
	at = procfs_find_stat(dir, STAT_STATE, text);
	close(dir);
	return at ? at[1] : 0;
}

uint32_t procfs_uid(int dir)
{
	static const char key[] = "\nUid:";
	char text[1024];
	ssize_t n = procfs_read(dir, "status", text, sizeof(text) - 1);
	const char *at;

	text[n < 0 ? 0 : n] = '\0';
	at = strstr(text, key);
	return at ? strtoul(at + sizeof(key) - 1, NULL, 10) : 0;
}

int procfs_start_ticks(int dir, uint64_t *ret)
{
	return procfs_read_stat(dir, STAT_START, ret);
}

uint32_t procfs_parent(uint32_t pid)
{
	int dir = procfs_open(pid);
	uint64_t parent = 0;

	if (dir < 0)
		return 0;
	procfs_read_stat(dir, STAT_PPID, &parent);
	close(dir);
	return parent;
}

/* Those that one thread has created, or taken over. */
static int procfs_visit_children_of(uint32_t pid, const char *tid, procfs_visitor *visit,
				    void *context)
{
	char path[64];
	unsigned int child;
	FILE *file;
	int stop = 0;

	snprintf(path, sizeof(path), "/proc/%u/task/%.16s/children", pid, tid);
	file = fopen(path, "re");
	while (file && !stop && fscanf(file, "%u", &child) == 1)
		stop = visit(context, -1, child);
	if (file)
		fclose(file);
	return stop;
}

int procfs_visit_children(uint32_t pid, procfs_visitor *visit, void *context)
{
	struct dirent *entry;
	char path[32];
	DIR *threads;
	int stop = 0;

	snprintf(path, sizeof(path), "/proc/%u/task", pid);
	threads = opendir(path);
	while (threads && !stop && (entry = readdir(threads)))
		if (entry->d_name[0] != '.')
			stop = procfs_visit_children_of(pid, entry->d_name, visit, context);
	if (threads)
		closedir(threads);
	return stop;
}
