// SPDX-License-Identifier: GPL-2.0-only
#include "kernel/tracefs.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/perf_event.h>
#include <mntent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

/* A tracefs that is mounted nowhere: no other process sees it. */
static int tracefs_open_own(void)
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

/* -1: it is none. A mount may be hidden by another in its place. */
static int tracefs_open_if_tracefs(const char *dir)
{
	int fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct statfs st;

	if (fd < 0 || (!fstatfs(fd, &st) && st.f_type == TRACEFS_MAGIC))
		return fd;
	close(fd);
	return -1;
}

/* One that is mounted already. Opening debugfs, where it used to be, would mount it there. */
static int tracefs_open_mounted(void)
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	struct mntent *mount;
	int fd = -1;

	while (mounts && fd < 0 && (mount = getmntent(mounts)))
		if (!strcmp(mount->mnt_type, "tracefs"))
			fd = tracefs_open_if_tracefs(mount->mnt_dir);
	if (mounts)
		endmntent(mounts);
	return fd;
}

static int tracefs_read_id(int fd)
{
	char text[16] = "";
	ssize_t n = read(fd, text, sizeof(text) - 1);

	if (n < 0)
		return -errno;
	n = atoi(text);
	return n > 0 ? n : -ENOENT;
}

static int tracefs_syscall_id(const char *side, const char *call)
{
	char path[96];
	int own = tracefs_open_own(), mount = own < 0 ? tracefs_open_mounted() : own, fd, id;

	if (mount < 0)
		return own;
	snprintf(path, sizeof(path), "events/syscalls/sys_%s_%s/id", side, call);
	fd = openat(mount, path, O_RDONLY | O_CLOEXEC);
	id = fd < 0 ? -errno : tracefs_read_id(fd);
	if (fd >= 0)
		close(fd);
	close(mount);
	return id;
}

int tracefs_open_syscall(const char *side, const char *call)
{
	int id = tracefs_syscall_id(side, call), fd;
	struct perf_event_attr attr = {
		.type = PERF_TYPE_TRACEPOINT,
		.size = sizeof(attr),
		.config = id,
	};

	if (id < 0)
		return id;
	/* A program on a tracepoint runs on every CPU, whichever the event is for. */
	fd = syscall(SYS_perf_event_open, &attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);
	return fd < 0 ? -errno : fd;
}
