// SPDX-License-Identifier: GPL-2.0-only
#include "procfs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <linux/capability.h>

#include "runtime.h"

/* Tried, for access(2) is about the real user. */
static bool can_read(const char *path)
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
	return can_read("/proc/1/stat") || runtime_has_capability(CAP_SYS_PTRACE) ? 0 : -EACCES;
}

/* The name in it may hold anything, ')' and blanks included. */
int procfs_start_ticks(int dir, uint64_t *ret)
{
	int fd = openat(dir, "stat", O_RDONLY | O_CLOEXEC), err;
	char text[1024], *at;
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = read(fd, text, sizeof(text) - 1);
	err = n < 0 ? -errno : 0;
	close(fd);
	if (err)
		return err;
	text[n] = '\0';
	at = strrchr(text, ')');
	for (int field = 2; at && field < 22; field++)
		at = strchr(at + 1, ' ');
	if (!at)
		return -EBADMSG;
	*ret = strtoull(at, NULL, 10);
	return 0;
}
