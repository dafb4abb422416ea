// SPDX-License-Identifier: GPL-2.0-only
/*
 * Starts a program in ways that a shell has no words for:
 *   exec_variants empty PROGRAM               with no arguments at all, not even a name
 *   exec_variants memory NAME PROGRAM ARG... from a file that is in no directory
 */
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

#include "helper.h"

static NORETURN void launch_empty(const char *program)
{
	char *none[] = { NULL };

	execve(program, none, none);
	die(program);
}

static NORETURN void launch_memory(const char *name, const char *program, char **args)
{
	int from = open(program, O_RDONLY | O_CLOEXEC), to = memfd_create(name, MFD_CLOEXEC);
	struct stat facts;

	if (from < 0 || to < 0 || fstat(from, &facts))
		die(program);
	for (off_t left = facts.st_size; left > 0;) {
		ssize_t bytes = sendfile(to, from, NULL, left);

		if (bytes <= 0)
			die("sendfile");
		left -= bytes;
	}
	fexecve(to, args, environ);
	die("fexecve");
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "empty"))
		launch_empty(argv[2]);
	if (argc > 4 && !strcmp(argv[1], "memory"))
		launch_memory(argv[2], argv[3], argv + 4);
	fputs("usage: exec_variants empty PROGRAM | exec_variants memory NAME PROGRAM ARG...\n",
	      stderr);
	return EXIT_BROKEN;
}
