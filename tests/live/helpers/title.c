// SPDX-License-Identifier: GPL-2.0-only
/*
 * title TITLE: writes TITLE over its arguments, as setproctitle(3) does, and on into the
 * environment if it is longer; signals itself, and prints what the kernel then calls its command
 * line.
 */
#include <signal.h>

#include "helper.h"

int main(int argc, char **argv)
{
	char *title = argc == 2 ? strdup(argv[1]) : NULL;
	char line[1024];
	ssize_t bytes;
	int fd;

	if (!title)
		return EXIT_BROKEN;
	signal(SIGUSR1, SIG_IGN);
	/* What is behind the title, up to the end of the arguments, must not be a NUL. */
	memset(argv[0], ' ', argv[1] + strlen(argv[1]) + 1 - argv[0]);
	strcpy(argv[0], title);
	kill(getpid(), SIGUSR1);
	fd = open("/proc/self/cmdline", O_RDONLY);
	bytes = read(fd, line, sizeof(line));
	if (bytes < 0)
		die("/proc/self/cmdline");
	fwrite(line, 1, strnlen(line, bytes), stdout);
	return 0;
}
