// SPDX-License-Identifier: GPL-2.0-only
#include "kernel/proc_seed.h"

#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <bpf/bpf.h>

#include "lib/clock.h"
#include "lib/procfs.h"
#include "exec_layout.h"

static void proc_seed_add_argv(struct ks_exec *exec, char *text, int dir)
{
	ssize_t n = procfs_read(dir, "cmdline", text, KS_EXEC_ARGV_BYTES);

	if (n <= 0)
		return; /* a kernel thread, a zombie, or gone */
	exec->known |= KS_KNOWN_ARGV;
	exec->flags |= KS_FLAG_ARGV_OWN;
	exec->argv_bytes = n;
	if (n == KS_EXEC_ARGV_BYTES && text[n - 1])
		exec->flags |= KS_FLAG_ARGV_CUT;
}

/* The first mapping of that path, of which `maps` is the beginning. */
static void proc_seed_find_mapping(struct ks_exec *exec, const char *path, char *maps)
{
	char *line, *rest = maps;

	while ((line = strsep(&rest, "\n")) && rest) {
		unsigned int major, minor;
		uint64_t inode;
		int at = 0;

		if (sscanf(line, "%*s %*s %*s %x:%x %" SCNu64 " %n", &major, &minor, &inode, &at) <
			3 ||
		    !at || strcmp(line + at, path) != 0)
			continue;
		exec->exe_inode = inode;
		exec->exe_device = major << 20 | minor;
		return;
	}
}

/*
 * As the kernel has it: s_dev and i_ino. On a block device, statx(2) says the same; other file
 * systems may say another device, while /proc/PID/maps does not. No server is asked for it.
 */
static void proc_seed_add_inode(struct ks_exec *exec, const char *path, int dir)
{
	char maps[4096];
	struct statx st;
	ssize_t n;

	if (!statx(dir, "exe", AT_STATX_DONT_SYNC, STATX_INO, &st) && st.stx_dev_major) {
		exec->exe_inode = st.stx_ino;
		exec->exe_device = st.stx_dev_major << 20 | st.stx_dev_minor;
		return;
	}
	n = procfs_read(dir, "maps", maps, sizeof(maps) - 1);
	if (n <= 0)
		return;
	maps[n] = '\0';
	proc_seed_find_mapping(exec, path, maps);
}

/* "/usr/bin/bash" as the BPF side has it: "bash\0bin\0usr\0". */
static void proc_seed_add_exe(struct ks_exec *exec, char *text, int dir)
{
	static const char deleted[] = " (deleted)";
	char path[PATH_MAX + sizeof(deleted)], *to = text + exec->argv_bytes;
	ssize_t n = readlinkat(dir, "exe", path, sizeof(path) - 1);

	if (n <= 0)
		return;
	path[n] = '\0';
	proc_seed_add_inode(exec, path, dir);
	if ((size_t)n > strlen(deleted) && !strcmp(path + n - strlen(deleted), deleted)) {
		path[n - strlen(deleted)] = '\0';
		exec->flags |= KS_FLAG_EXE_DELETED;
	}
	for (char *slash; (slash = strrchr(path, '/')); *slash = '\0') {
		size_t bytes = strlen(slash + 1) + 1;

		if (exec->exe_bytes + bytes > KS_EXEC_EXE_BYTES) {
			exec->flags |= KS_FLAG_EXE_CUT;
			break;
		}
		memcpy(to + exec->exe_bytes, slash + 1, bytes);
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

/* Where exec infos and texts go, and how pids are to be taken. */
struct seed {
	int execs_fd, long_texts_fd;
	bool is_nested;
	const struct env_names *env;
	uint64_t texts; /* made so far */
};

/* The id of a new one; 0: there is no room. */
static uint64_t proc_seed_add_text(struct seed *seed, const struct ks_long_text *text)
{
	uint64_t id = ++seed->texts << KS_TEXT_CPU_BITS | KS_TEXT_NO_CPU;

	return bpf_map_update_elem(seed->long_texts_fd, &id, text, BPF_NOEXIST) ? 0 : id;
}

static void proc_seed_describe(struct seed *seed, struct ks_exec *exec, int dir, uint32_t users)
{
	struct ks_long_text text = { .users = users };

	proc_seed_add_argv(exec, text.text, dir);
	proc_seed_add_exe(exec, text.text, dir);
	if (exec->argv_bytes + exec->exe_bytes <= KS_EXEC_TEXT_BYTES) {
		memcpy(exec->text, text.text, exec->argv_bytes + exec->exe_bytes);
		return;
	}
	exec->long_text = proc_seed_add_text(seed, &text);
	if (!exec->long_text)
		exec->known = 0;
}

static uint64_t proc_seed_add_env(struct seed *seed, int dir, uint32_t users)
{
	struct ks_long_text text = { .users = users };

	if (!seed->env->n || env_names_read(seed->env, dir, (void *)text.text))
		return 0;
	return proc_seed_add_text(seed, &text);
}

static void proc_seed_delete_text(const struct seed *seed, uint64_t id)
{
	if (id)
		bpf_map_delete_elem(seed->long_texts_fd, &id);
}

/*
 * Of two starts, one is that of no process: its exec info stays, and so does the text. If a program
 * has made an exec info of the process meanwhile, that one is right.
 */
static int proc_seed_add_exec_info(void *context, int dir, uint32_t pid)
{
	struct seed *seed = context;
	struct ks_exec_key key = { .pid = pid, .is_nested = seed->is_nested };
	uint64_t ticks = 0, starts[PROC_SEED_STARTS_MAX];
	struct ks_exec exec = { 0 };
	size_t n, added = 0;

	if (procfs_start_ticks(dir, &ticks))
		return 0;
	n = proc_seed_find_starts(ticks, clock_boottime_ahead_ns(), starts);
	proc_seed_describe(seed, &exec, dir, n);
	exec.env = proc_seed_add_env(seed, dir, n);
	for (size_t i = 0; i < n; i++) {
		key.start_ticks = starts[i];
		added += !bpf_map_update_elem(seed->execs_fd, &key, &exec, BPF_NOEXIST);
	}
	if (!added) {
		proc_seed_delete_text(seed, exec.long_text);
		proc_seed_delete_text(seed, exec.env);
	}
	return 0;
}

void proc_seed_all(int execs_fd, int long_texts_fd, bool is_nested, const struct env_names *env)
{
	struct seed seed = {
		.execs_fd = execs_fd,
		.long_texts_fd = long_texts_fd,
		.is_nested = is_nested,
		.env = env,
	};

	procfs_visit(proc_seed_add_exec_info, &seed);
}
