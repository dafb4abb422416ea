// SPDX-License-Identifier: GPL-2.0-only
#include "tracefs.h"

#include <errno.h>
#include <fcntl.h>
#include <mntent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

/* A tracefs that is mounted nowhere: nobody else sees it. */
static int open_tracefs(void)
{
	int context = fsopen("tracefs", FSOPEN_CLOEXEC), mount = -1, err;

	if (context < 0)
		return -errno;
	if (!fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		mount = fsmount(context, FSMOUNT_CLOEXEC, 0);
	err = mount < 0 ? -errno : 0;
	close(context);
	return err ? err : mount;
}

/* One that somebody has mounted. A look at debugfs, where it is of old, would mount it there. */
static int open_mounted(void)
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	struct mntent *mount;
	int fd = -1;

	while (mounts && fd < 0 && (mount = getmntent(mounts)))
		if (!strcmp(mount->mnt_type, "tracefs"))
			fd = open(mount->mnt_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (mounts)
		endmntent(mounts);
	return fd;
}

static int read_id(int fd)
{
	char text[16] = "";
	ssize_t n = read(fd, text, sizeof(text) - 1);

	if (n < 0)
		return -errno;
	n = atoi(text);
	return n > 0 ? n : -ENOENT;
}

int tracefs_syscall_id(const char *side, const char *call)
{
	char path[96];
	int own = open_tracefs(), mount = own < 0 ? open_mounted() : own, fd, id;

	if (mount < 0)
		return own;
	snprintf(path, sizeof(path), "events/syscalls/sys_%s_%s/id", side, call);
	fd = openat(mount, path, O_RDONLY | O_CLOEXEC);
	id = fd < 0 ? -errno : read_id(fd);
	if (fd >= 0)
		close(fd);
	close(mount);
	return id;
}
