// SPDX-License-Identifier: GPL-2.0-only
/*
 * held_memory N: N processes of a user, of whose memory nothing can be read in /proc, as a thread
 * holds the lock of their mappings: it reads a file on a file system that never answers, by FUSE,
 * which needs no privileges. Prints their pids, a line each; at the end of stdin, they and the file
 * system go.
 */
#include <dirent.h>
#include <grp.h>
#include <pthread.h>
#include <stdbool.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <poll.h>
#include <linux/fuse.h>

#include "helper.h"

enum { USER = 65534, FILE_NODE = 2, FILE_BYTES = 4096 };

static int fuse = -1;

/* ---- the file system: a root directory with files called by numbers ---- */

static void answer(const struct fuse_in_header *to, int error, const void *what, size_t bytes)
{
	char text[512];
	struct fuse_out_header header = { .len = sizeof(header) + bytes,
					  .error = -error,
					  .unique = to->unique };

	memcpy(text, &header, sizeof(header));
	memcpy(text + sizeof(header), what, bytes);
	if (write(fuse, text, header.len) < 0 && errno != ENOENT)
		die("fuse");
}

static struct fuse_attr attributes(uint64_t node)
{
	return (struct fuse_attr){
		.ino = node,
		.size = FILE_BYTES,
		.mode = node >= FILE_NODE ? S_IFREG | 0644 : S_IFDIR | 0755,
		.nlink = 1,
	};
}

static void serve(const struct fuse_in_header *in)
{
	struct fuse_init_out init = { .major = FUSE_KERNEL_VERSION,
				      .minor = 23,
				      .max_write = 4096 };
	uint64_t node = FILE_NODE + strtoull((const char *)(in + 1), NULL, 10);
	struct fuse_entry_out entry = { .nodeid = node, .attr = attributes(node) };
	struct fuse_attr_out attr = { .attr = attributes(in->nodeid) };
	struct fuse_open_out open = { .fh = 1 };

	switch (in->opcode) {
	case FUSE_INIT: answer(in, 0, &init, sizeof(init)); return;
	case FUSE_LOOKUP: answer(in, 0, &entry, sizeof(entry)); return;
	case FUSE_GETATTR: answer(in, 0, &attr, sizeof(attr)); return;
	case FUSE_OPEN: answer(in, 0, &open, sizeof(open)); return;
	case FUSE_READ: /* whoever reads waits */
	case FUSE_FORGET:
	case FUSE_INTERRUPT: return;
	default: answer(in, ENOSYS, "", 0);
	}
}

/* Until the end of stdin. */
static void serve_all(void)
{
	static char request[1 << 17];
	struct pollfd fds[] = { { .fd = fuse, .events = POLLIN },
				{ .fd = STDIN_FILENO, .events = POLLIN } };

	while (poll(fds, 2, -1) > 0 && !fds[1].revents) {
		if (read(fuse, request, sizeof(request)) < 0 && errno != EINTR && errno != EAGAIN)
			return;
		serve((struct fuse_in_header *)request);
	}
}

static void mount_fuse(void)
{
	char options[128];

	fuse = open("/dev/fuse", O_RDWR | O_CLOEXEC);

	snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other",
		 fuse);
	if (fuse < 0 || unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("fuse", "/mnt", "fuse", MS_NOSUID | MS_NODEV, options)) {
		puts("none");
		exit(0);
	}
}

/* ---- the processes ---- */

static bool is_in_state(pid_t process, pid_t thread, const char *states)
{
	char path[64], text[1024], *at;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", process, thread);
	if (read_file(path, text, sizeof(text)) <= 0)
		return false;
	at = strrchr(text, ')');
	return at && strchr(states, at[2]);
}

static _Atomic pid_t reader;

/* As long as this waits for the file, it has locked the mappings of its process. */
static void *read_memory(void *at)
{
	int fd = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
	char byte;

	reader = gettid();
	if (pread(fd, &byte, 1, (off_t)(uintptr_t)at) == 1)
		die("it answered");
	return NULL;
}

/* And whoever wants to change them keeps all from reading them that come later. */
static void *change_memory(void *unused)
{
	(void)unused;
	while (!reader || !is_in_state(getpid(), reader, "SD"))
		usleep(1000);
	return mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

/* `file`: one that no other has, whose pages are locked by the first that reads them. */
static NORETURN void be_one(const char *file)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	char *at = mmap(NULL, FILE_BYTES, PROT_READ, MAP_PRIVATE, fd, 0);
	pthread_t threads[2];

	if (fd < 0 || at == MAP_FAILED)
		die(file);
	if (setgroups(0, NULL) || setgid(USER) || setuid(USER))
		die("setuid");
	prctl(PR_SET_DUMPABLE, 1);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (pthread_create(&threads[0], NULL, read_memory, at) ||
	    pthread_create(&threads[1], NULL, change_memory, NULL))
		die("thread");
	while (pause())
		;
	_exit(0);
}

static bool has_held_thread(pid_t process)
{
	char path[64];
	DIR *threads;
	struct dirent *entry;
	bool is_held = false;

	snprintf(path, sizeof(path), "/proc/%d/task", process);
	threads = opendir(path);
	while (threads && (entry = readdir(threads)))
		is_held = is_held || (atoi(entry->d_name) != process &&
				      is_in_state(process, atoi(entry->d_name), "D"));
	if (threads)
		closedir(threads);
	return is_held;
}

static void make_one(int number)
{
	pid_t process = fork();
	char line[16], file[16];

	if (process < 0)
		die("fork");
	snprintf(file, sizeof(file), "/mnt/%d", number);
	if (!process)
		be_one(file);
	while (!has_held_thread(process))
		usleep(1000);
	say(line, snprintf(line, sizeof(line), "%d\n", process));
}

int main(int argc, char **argv)
{
	int n = argc > 1 ? atoi(argv[1]) : 1, server;

	mount_fuse();
	server = fork();
	if (server < 0)
		die("fork");
	if (!server) {
		serve_all();
		_exit(0); /* the connection ends: what waits for an answer fails */
	}
	close(fuse);
	fuse = -1;
	for (int i = 0; i < n; i++)
		make_one(i);
	serve_all();
	return 0;
}
