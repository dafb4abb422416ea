// SPDX-License-Identifier: GPL-2.0-only
#include "procfs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
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
