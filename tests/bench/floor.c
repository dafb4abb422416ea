// SPDX-License-Identifier: GPL-2.0-only
/* Attach the empty programs of floor.bpf.c until a signal or the end of standard input. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <linux/mount.h>
#include <linux/perf_event.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#include "floor.skel.h"

#define EXIT_ID_PATH "events/syscalls/sys_exit_kill/id"

struct options {
	bool with_exit;
	int ready_fd;
};

/* A detached mount: the id can be read although the host has no tracefs, which stays so. */
static int open_tracefs(void)
{
	int fs_fd, mount_fd = -1;

	fs_fd = syscall(SYS_fsopen, "tracefs", FSOPEN_CLOEXEC);
	if (fs_fd < 0)
		return -errno;
	if (!syscall(SYS_fsconfig, fs_fd, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		mount_fd = syscall(SYS_fsmount, fs_fd, FSMOUNT_CLOEXEC, 0);
	if (mount_fd < 0)
		mount_fd = -errno;
	close(fs_fd);
	return mount_fd;
}

static int read_id(int tracefs_fd)
{
	char text[16] = "";
	ssize_t size;
	int fd;

	fd = openat(tracefs_fd, EXIT_ID_PATH, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	size = read(fd, text, sizeof(text) - 1);
	close(fd);
	return size > 0 ? atoi(text) : -EIO;
}

static int exit_tracepoint_id(void)
{
	int tracefs_fd = open_tracefs();
	int id;

	if (tracefs_fd < 0)
		return tracefs_fd;
	id = read_id(tracefs_fd);
	close(tracefs_fd);
	return id;
}

/* A BPF program runs on every CPU, whatever the one the event is opened on. */
static int open_tracepoint(int id)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_TRACEPOINT,
		.size = sizeof(attr),
		.config = id,
	};
	int fd = syscall(SYS_perf_event_open, &attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static int attach_exit(struct floor *skel)
{
	int id = exit_tracepoint_id();
	int fd = id < 0 ? id : open_tracepoint(id);

	if (fd < 0)
		return fd;
	skel->links.on_sys_exit_kill =
	    bpf_program__attach_perf_event(skel->progs.on_sys_exit_kill, fd);
	return skel->links.on_sys_exit_kill ? 0 : -errno;
}

static int attach(struct floor *skel, bool with_exit)
{
	int err;

	bpf_program__set_autoload(skel->progs.on_sys_exit_kill, with_exit);
	err = floor__load(skel);
	if (err)
		return err;
	skel->links.on_signal_generate = bpf_program__attach(skel->progs.on_signal_generate);
	if (!skel->links.on_signal_generate)
		return -errno;
	return with_exit ? attach_exit(skel) : 0;
}

static void wait_end_of_input(void)
{
	char byte;

	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
}

static int parse_options(int argc, char **argv, struct options *opts)
{
	static const struct option table[] = {
		{ "exit", no_argument, NULL, 'e' },
		{ "ready-fd", required_argument, NULL, 'r' },
		{},
	};
	int c;

	while ((c = getopt_long(argc, argv, "", table, NULL)) != -1) {
		if (c == 'e')
			opts->with_exit = true;
		else if (c == 'r')
			opts->ready_fd = atoi(optarg);
		else
			return -EINVAL;
	}
	return optind == argc ? 0 : -EINVAL;
}

static int hold(const struct options *opts)
{
	struct floor *skel = floor__open();
	int err;

	if (!skel)
		return -errno;
	err = attach(skel, opts->with_exit);
	if (!err && opts->ready_fd >= 0 && write(opts->ready_fd, "\n", 1) != 1)
		err = -errno;
	if (!err)
		wait_end_of_input();
	floor__destroy(skel);
	return err;
}

int main(int argc, char **argv)
{
	struct options opts = { .ready_fd = -1 };
	int err;

	if (parse_options(argc, argv, &opts)) {
		fputs("Usage: bench-floor [--exit] [--ready-fd N]\n", stderr);
		return 2;
	}
	err = hold(&opts);
	if (err) {
		fprintf(stderr, "bench-floor: %s\n", strerror(-err));
		return 1;
	}
	return 0;
}
