// SPDX-License-Identifier: GPL-2.0-only
/*
 * imitate HOW ...: sends SIGURG to a process, a signal for each line of stdin, after it has done
 * something about what it seems to be.
 *
 *	plain TARGET		nothing
 *	exe FILE TARGET		makes FILE its executable, without executing it
 *	tree DIRECTORY		does not send; makes a copy of the directory, in another mount, the
 *				root directory of a new mount namespace
 */
#include <signal.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/syscall.h>

#include "memory_map.h"

/* Anonymous memory with the same bytes takes the place of a mapping. */
static void replace_mapping(unsigned long from, unsigned long to, int protection)
{
	size_t bytes = to - from;
	char *copy = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (copy == MAP_FAILED)
		die("mmap");
	memcpy(copy, (void *)from, bytes);
	if (mprotect(copy, bytes, protection) ||
	    mremap(copy, bytes, bytes, MREMAP_MAYMOVE | MREMAP_FIXED, (void *)from) == MAP_FAILED)
		die("mremap");
}

/* The kernel refuses another executable as long as the old one is mapped. */
static void unmap_executable(void)
{
	static char maps[1 << 16], exe[4096];
	ssize_t length = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	char *rest = maps, *line;

	if (length < 0 || read_file("/proc/self/maps", maps, sizeof(maps)) < 0)
		die("/proc/self");
	while ((line = strsep(&rest, "\n"))) {
		unsigned long from, to;
		char allowed[5];

		if (!strstr(line, exe) || sscanf(line, "%lx-%lx %4s", &from, &to, allowed) != 3)
			continue;
		replace_mapping(from, to,
				(allowed[0] == 'r' ? PROT_READ : 0) |
				    (allowed[1] == 'w' ? PROT_WRITE : 0) |
				    (allowed[2] == 'x' ? PROT_EXEC : 0));
	}
}

static void become(const char *file)
{
	struct prctl_mm_map map;

	read_memory_map(&map);
	map.exe_fd = open(file, O_RDONLY | O_CLOEXEC);
	unmap_executable();
	if (prctl(PR_SET_MM, PR_SET_MM_MAP, &map, sizeof(map), 0))
		die("PR_SET_MM_MAP");
}

static void make_tree(const char *directory)
{
	char command[4096];

	snprintf(command, sizeof(command), "cp -a '%s/.' /proc/self/fd/9/", directory);
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("none", "/mnt", "tmpfs", 0, NULL) ||
	    dup2(open("/mnt", O_RDONLY | O_DIRECTORY), 9) < 0 || system(command) || close(9) ||
	    chdir("/mnt") || syscall(SYS_pivot_root, ".", ".") || umount2(".", MNT_DETACH))
		die("tree");
}

int main(int argc, char **argv)
{
	char byte;

	if (argc < 3)
		return EXIT_BROKEN;
	if (!strcmp(argv[1], "exe"))
		become(argv[2]);
	if (!strcmp(argv[1], "tree"))
		make_tree(argv[2]);
	printf("%d\n", getpid());
	fflush(stdout);
	while (read(STDIN_FILENO, &byte, 1) == 1) {
		kill(atoi(argv[argc - 1]), SIGURG);
		say("sent\n", 5);
	}
	return 0;
}
