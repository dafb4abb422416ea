// SPDX-License-Identifier: GPL-2.0-only
#include "kernel/proc_seed.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>

#include "lib/clock.h"
#include "lib/procfs.h"
#include "exec_layout.h"

static void proc_seed_add_argv(struct ks_exec *exec, int dir)
{
	ssize_t n = procfs_read(dir, "cmdline", exec->argv, sizeof(exec->argv));

	if (n <= 0)
		return; /* a kernel thread, a zombie, or gone */
	exec->known |= KS_KNOWN_ARGV;
	exec->argv_bytes = n;
	if ((size_t)n == sizeof(exec->argv) && exec->argv[n - 1])
		exec->flags |= KS_FLAG_ARGV_CUT;
}

/* "/usr/bin/bash" as the BPF side has it: "bash\0bin\0usr\0". */
static void proc_seed_add_exe(struct ks_exec *exec, int dir)
{
	static const char deleted[] = " (deleted)";
	char path[PATH_MAX + sizeof(deleted)];
	ssize_t n = readlinkat(dir, "exe", path, sizeof(path) - 1);

	if (n <= 0)
		return;
	path[n] = '\0';
	if ((size_t)n > strlen(deleted) && !strcmp(path + n - strlen(deleted), deleted)) {
		path[n - strlen(deleted)] = '\0';
		exec->flags |= KS_FLAG_EXE_DELETED;
	}
	for (char *slash; (slash = strrchr(path, '/')); *slash = '\0') {
		size_t bytes = strlen(slash + 1) + 1;

		if (exec->exe_bytes + bytes > sizeof(exec->exe)) {
			exec->flags |= KS_FLAG_EXE_CUT;
			break;
		}
		memcpy(exec->exe + exec->exe_bytes, slash + 1, bytes);
		exec->exe_bytes += bytes;
	}
	exec->known |= KS_KNOWN_EXE;
}

/* Started before the zero of its namespace's clock, a process has a negative number there,
 * unsigned. */
size_t proc_seed_find_starts(uint64_t ticks, int64_t ahead_ns, uint64_t ret[PROC_SEED_STARTS_MAX])
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

/* Where the exec infos go, and how pids are to be taken. */
struct execs {
	int fd;
	bool is_nested;
};

static int proc_seed_add_exec_info(void *context, int dir, uint32_t pid)
{
	const struct execs *execs = context;
	struct ks_exec_key key = { .pid = pid, .is_nested = execs->is_nested };
	uint64_t ticks = 0, starts[PROC_SEED_STARTS_MAX];
	struct ks_exec exec = { 0 };
	size_t n;

	if (procfs_start_ticks(dir, &ticks))
		return 0;
	proc_seed_add_argv(&exec, dir);
	proc_seed_add_exe(&exec, dir);
	n = proc_seed_find_starts(ticks, clock_boottime_ahead_ns(), starts);
	for (size_t i = 0; i < n; i++) {
		key.start_ticks = starts[i];
		bpf_map_update_elem(execs->fd, &key, &exec, BPF_NOEXIST);
	}
	return 0;
}

void proc_seed_all(int execs_fd, bool is_nested)
{
	struct execs execs = { execs_fd, is_nested };

	procfs_visit(proc_seed_add_exec_info, &execs);
}
