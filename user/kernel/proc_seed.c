// SPDX-License-Identifier: GPL-2.0-only
#include "kernel/proc_seed.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <bpf/bpf.h>

#include "kernel/guard.h"
#include "kernel/mount_ids.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/procfs.h"
#include "exec_layout.h"

enum { STALLS_MAX = 8, STALLS_IN_ALL_MAX = 16 };

/* A process whose files could not be read in time, and its user. */
struct stall {
	uint32_t pid, uid;
};

/* Where exec infos and texts go, and how pids are to be taken: in memory that is shared with the
 * child that fills them, see proc_seed_all(). */
struct seed {
	int execs_fd, long_texts_fd;
	bool is_nested;
	const struct env_names *env;
	uint64_t texts; /* made so far */
	struct mount_ids mounts;
	atomic_uint progress, run; /* of the child that may go on */
	uint32_t at_pid;	   /* that it is at */
	struct stall stalls[STALLS_IN_ALL_MAX];
	size_t n_stalls;
	uint32_t unread, unread_pid; /* processes of which only links were read, and one of them */
};

/* ---- what a process executes ---- */

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

/* See is_detached() in bpf/path.bpf.h. A memfd is in no mount, and its name says so. */
static bool proc_seed_is_detached(const struct seed *seed, const struct statx *st, const char *path,
				  int dir)
{
	return st->stx_mask & STATX_MNT_ID && strncmp(path, "/memfd:", 7) != 0 &&
	       !mount_ids_has(&seed->mounts, st->stx_mnt_id, dir);
}

/*
 * As the kernel has it: s_dev and i_ino. On a block device, statx(2) says the same; other file
 * systems may say another device, while /proc/PID/maps does not.
 */
static void proc_seed_add_file(const struct seed *seed, struct ks_exec *exec, const char *path,
			       int dir)
{
	struct statx st = { 0 };
	char maps[4096];
	ssize_t n;

	if (statx(dir, "exe", AT_STATX_DONT_SYNC, STATX_INO | STATX_MNT_ID, &st))
		st.stx_mask = 0;
	if (proc_seed_is_detached(seed, &st, path, dir))
		exec->flags |= KS_FLAG_EXE_DETACHED;
	if (st.stx_mask & STATX_INO && st.stx_dev_major) {
		exec->exe_inode = st.stx_ino;
		exec->exe_device = st.stx_dev_major << 20 | st.stx_dev_minor;
		exec->has_file = 1;
		return;
	}
	n = procfs_read(dir, "maps", maps, sizeof(maps) - 1);
	if (n <= 0)
		return;
	maps[n] = '\0';
	proc_seed_find_mapping(exec, path, maps);
}

/* "/usr/bin/bash" as the BPF side has it: "bash\0bin\0usr\0". */
static void proc_seed_add_path(struct ks_exec *exec, char *to, char *path)
{
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

/* Without asking for the file, where it is mounted is not known. */
static void proc_seed_add_exe(const struct seed *seed, struct ks_exec *exec, char *to, int dir,
			      bool reads_all)
{
	static const char deleted[] = " (deleted)";
	char path[PATH_MAX + sizeof(deleted)];
	ssize_t n = readlinkat(dir, "exe", path, sizeof(path) - 1);

	if (n <= 0)
		return;
	path[n] = '\0';
	if (reads_all)
		proc_seed_add_file(seed, exec, path, dir);
	else
		exec->flags |= KS_FLAG_EXE_DETACHED;
	if ((size_t)n > strlen(deleted) && !strcmp(path + n - strlen(deleted), deleted)) {
		path[n - strlen(deleted)] = '\0';
		exec->flags |= KS_FLAG_EXE_DELETED;
	}
	proc_seed_add_path(exec, to, path);
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

/* The id of a new one; 0: there is no room. */
static uint64_t proc_seed_add_text(struct seed *seed, const struct ks_long_text *text)
{
	uint64_t id = ++seed->texts << KS_TEXT_CPU_BITS | KS_TEXT_NO_CPU;

	return bpf_map_update_elem(seed->long_texts_fd, &id, text, BPF_NOEXIST) ? 0 : id;
}

static void proc_seed_describe(struct seed *seed, struct ks_exec *exec, int dir, uint32_t users,
			       bool reads_all)
{
	struct ks_long_text text = { .users = users };

	if (reads_all)
		proc_seed_add_argv(exec, text.text, dir);
	proc_seed_add_exe(seed, exec, text.text + exec->argv_bytes, dir, reads_all);
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

/* Of two starts, one is that of no process: its exec info stays, and so does the text. If a program
 * has made an exec info of the process meanwhile, that one is right. */
static void proc_seed_add_exec_info(struct seed *seed, int dir, uint32_t pid, bool reads_all)
{
	struct ks_exec_key key = { .pid = pid, .is_nested = seed->is_nested };
	uint64_t ticks = 0, starts[PROC_SEED_STARTS_MAX];
	struct ks_exec exec = { 0 };
	size_t n, added = 0;

	if (procfs_start_ticks(dir, &ticks))
		return;
	n = proc_seed_find_starts(ticks, clock_boottime_ahead_ns(), starts);
	proc_seed_describe(seed, &exec, dir, n, reads_all);
	if (reads_all)
		exec.env = proc_seed_add_env(seed, dir, n);
	for (size_t i = 0; i < n; i++) {
		key.start_ticks = starts[i];
		added += !bpf_map_update_elem(seed->execs_fd, &key, &exec, BPF_NOEXIST);
	}
	if (!added) {
		proc_seed_delete_text(seed, exec.long_text);
		proc_seed_delete_text(seed, exec.env);
	}
}

/* ---- all processes ---- */

/*
 * Whoever has pages of a file on a server of their own, by FUSE, decides when they can be read. One
 * process of a user is waited for, not all of them; and of many users, only root's.
 */
static bool proc_seed_may_block(const struct seed *seed, int dir, uint32_t pid)
{
	uint32_t uid = seed->n_stalls ? procfs_uid(dir) : 0;

	if (seed->n_stalls >= (size_t)(uid ? STALLS_MAX : STALLS_IN_ALL_MAX))
		return true;
	for (size_t i = 0; i < seed->n_stalls; i++)
		if (seed->stalls[i].pid == pid || (uid && seed->stalls[i].uid == uid))
			return true;
	return false;
}

/* Another child goes on behind where one was left behind, which ends here once it can. */
static int proc_seed_visit(void *context, int dir, uint32_t pid)
{
	static unsigned int run;
	struct seed *seed = context;
	bool may_block;

	if (!run)
		run = seed->run;
	if (seed->run != run)
		return -ECANCELED;
	if (pid < seed->at_pid)
		return 0;
	seed->at_pid = pid;
	atomic_fetch_add(&seed->progress, 1);
	may_block = proc_seed_may_block(seed, dir, pid);
	if (may_block) {
		seed->unread++;
		seed->unread_pid = pid;
	}
	proc_seed_add_exec_info(seed, dir, pid, !may_block);
	return 0;
}

static void proc_seed_fill(void *context)
{
	struct seed *seed = context;

	mount_ids_read(&seed->mounts);
	procfs_visit(proc_seed_visit, seed);
}

/* A process that stalls once more, though nothing but links was read of it, is left out. */
static bool proc_seed_note_stall(struct seed *seed)
{
	struct stall *last = &seed->stalls[seed->n_stalls];
	int dir;

	seed->run++;
	if (seed->n_stalls && last[-1].pid == seed->at_pid) {
		seed->at_pid++;
		return true;
	}
	if (seed->n_stalls == STALLS_IN_ALL_MAX)
		return false;
	dir = procfs_open(seed->at_pid);
	*last = (struct stall){ seed->at_pid, dir < 0 ? 0 : procfs_uid(dir) };
	if (dir >= 0)
		close(dir);
	seed->n_stalls++;
	return true;
}

/* Returns whether another child is to go on. */
static bool proc_seed_try(struct seed *seed)
{
	int a = seed->execs_fd, b = seed->long_texts_fd;
	const int fds[2] = { a < b ? a : b, a < b ? b : a };
	int err = guard_run(proc_seed_fill, seed, fds, &seed->progress);

	if (err == -ETIMEDOUT)
		return proc_seed_note_stall(seed);
	if (err)
		log_error(err, "read of processes that are running already what they execute");
	return false;
}

void proc_seed_all(int execs_fd, int long_texts_fd, bool is_nested, const struct env_names *env)
{
	struct seed *seed =
	    mmap(NULL, sizeof(*seed), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (seed == MAP_FAILED) {
		log_error(-errno, "read of processes that are running already what they execute");
		return;
	}
	seed->execs_fd = execs_fd;
	seed->long_texts_fd = long_texts_fd;
	seed->is_nested = is_nested;
	seed->env = env;
	seed->run = 1;
	while (proc_seed_try(seed))
		continue;
	if (seed->unread)
		log_line("cannot read the memory of %u processes, such as %u: "
			 "it does not answer, and their arguments are unknown",
			 seed->unread, seed->unread_pid);
	munmap(seed, sizeof(*seed));
}
