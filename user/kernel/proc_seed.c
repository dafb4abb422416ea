// SPDX-License-Identifier: GPL-2.0-only
#include "kernel/proc_seed.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>

#include "lib/clock.h"
#include "lib/procfs.h"
#include "record.h"

static void add_argv(struct ks_image *image, int dir)
{
	ssize_t n = procfs_read(dir, "cmdline", image->argv, sizeof(image->argv));

	if (n <= 0)
		return; /* a kernel thread, a zombie, or gone */
	image->known |= KS_KNOWN_ARGV;
	image->argv_bytes = n;
	if ((size_t)n == sizeof(image->argv) && image->argv[n - 1])
		image->flags |= KS_FLAG_ARGV_CUT;
}

/* "/usr/bin/bash" as the kernel side has it: "bash\0bin\0usr\0". */
static void add_exe(struct ks_image *image, int dir)
{
	static const char deleted[] = " (deleted)";
	char path[PATH_MAX + sizeof(deleted)];
	ssize_t n = readlinkat(dir, "exe", path, sizeof(path) - 1);

	if (n <= 0)
		return;
	path[n] = '\0';
	if ((size_t)n > strlen(deleted) && !strcmp(path + n - strlen(deleted), deleted)) {
		path[n - strlen(deleted)] = '\0';
		image->flags |= KS_FLAG_EXE_DELETED;
	}
	for (char *slash; (slash = strrchr(path, '/')); *slash = '\0') {
		size_t bytes = strlen(slash + 1) + 1;

		if (image->exe_bytes + bytes > sizeof(image->exe)) {
			image->flags |= KS_FLAG_EXE_CUT;
			break;
		}
		memcpy(image->exe + image->exe_bytes, slash + 1, bytes);
		image->exe_bytes += bytes;
	}
	image->known |= KS_KNOWN_EXE;
}

/* Started before the zero of its namespace's clock, a process has a negative number there,
 * unsigned. */
size_t proc_seed_starts(uint64_t ticks, int64_t ahead_ns, uint64_t ret[OLDER_STARTS_MAX])
{
	__int128 earliest_ns = (__int128)ticks * KS_TICK_NS - ahead_ns;
	size_t n = 0;

	if (ticks > INT64_MAX / KS_TICK_NS)
		earliest_ns -= (__int128)1 << 64;
	if (earliest_ns < 0)
		earliest_ns = 0;
	ret[n++] = earliest_ns / KS_TICK_NS;
	if (earliest_ns % KS_TICK_NS)
		ret[n++] = earliest_ns / KS_TICK_NS + 1;
	return n;
}

/* Where the images go, and how pids are to be taken. */
struct images {
	int fd;
	bool is_nested;
};

static void add_image(void *context, int dir, uint32_t pid)
{
	const struct images *images = context;
	struct ks_image_key key = { .pid = pid, .is_nested = images->is_nested };
	uint64_t ticks = 0, starts[OLDER_STARTS_MAX];
	struct ks_image image = { 0 };
	size_t n;

	if (procfs_start_ticks(dir, &ticks))
		return;
	add_argv(&image, dir);
	add_exe(&image, dir);
	n = proc_seed_starts(ticks, clock_boottime_ahead_ns(), starts);
	for (size_t i = 0; i < n; i++) {
		key.start_ticks = starts[i];
		bpf_map_update_elem(images->fd, &key, &image, BPF_NOEXIST);
	}
}

void proc_seed_tell(int images_fd, bool is_nested)
{
	struct images images = { images_fd, is_nested };

	procfs_visit(add_image, &images);
}
