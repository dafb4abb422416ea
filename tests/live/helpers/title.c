// SPDX-License-Identifier: GPL-2.0-only
/*
 * title [-0] TITLE: writes TITLE over its arguments, as setproctitle(3) does, and on into the
 * environment if it is longer; signals itself, and prints what the kernel then calls its command
 * line. -0: what is left of the arguments behind it becomes NULs, as redis, postgres and sshd do
 * it.
 */
#include <signal.h>
#include <stdbool.h>

#include "helper.h"

int main(int argc, char **argv)
{
	bool zero = argc == 3 && !strcmp(argv[1], "-0");
	char *title = argc == 2 || zero ? strdup(argv[argc - 1]) : NULL;
	char line[1024];
	ssize_t bytes;
	int fd;

	if (!title)
		return EXIT_BROKEN;
	signal(SIGUSR1, SIG_IGN);
	/* Where the last argument ends, there must not be a NUL, or it is no title to the kernel.
	 */
	memset(argv[0], zero ? 0 : ' ', argv[argc - 1] + strlen(argv[argc - 1]) + 1 - argv[0]);
	strcpy(argv[0], title);
	kill(getpid(), SIGUSR1);
	fd = open("/proc/self/cmdline", O_RDONLY);
	bytes = read(fd, line, sizeof(line));
	if (bytes < 0)
		die("/proc/self/cmdline");
	fwrite(line, 1, strnlen(line, bytes), stdout);
	return 0;
}
