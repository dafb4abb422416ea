// SPDX-License-Identifier: GPL-2.0-only
/*
 * terminal COLUMNS ROWS COMMAND...: runs the command on a terminal of that size, and prints what it
 * writes there. A line "COLUMNS ROWS" on stdin gives the terminal another size. SIGINT is passed on
 * to the command, whose exit status is ours.
 */
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t child;

static void pass_on(int number)
{
	kill(child, number);
}

static struct winsize parse_size(const char *columns, const char *rows)
{
	return (struct winsize){ .ws_col = atoi(columns), .ws_row = atoi(rows) };
}

static void resize(int terminal)
{
	char columns[16], rows[16], line[64];
	struct winsize size;

	if (!fgets(line, sizeof(line), stdin) || sscanf(line, "%15s %15s", columns, rows) != 2)
		return;
	size = parse_size(columns, rows);
	ioctl(terminal, TIOCSWINSZ, &size);
}

/* False at the end: no process has the other side open. */
static int copy(int terminal)
{
	char bytes[4096];
	ssize_t n = read(terminal, bytes, sizeof(bytes));

	return n > 0 && write(STDOUT_FILENO, bytes, n) == n;
}

int main(int argc, char **argv)
{
	struct pollfd fds[2] = { { .events = POLLIN }, { .fd = STDIN_FILENO, .events = POLLIN } };
	struct winsize size;
	int status;

	if (argc < 4)
		return 2;
	size = parse_size(argv[1], argv[2]);
	setvbuf(stdin, NULL, _IONBF, 0);
	child = forkpty(&fds[0].fd, NULL, NULL, &size);
	if (!child) {
		execvp(argv[3], argv + 3);
		_exit(127);
	}
	signal(SIGINT, pass_on);
	for (;;) {
		if (poll(fds, 2, -1) < 0)
			continue;
		if (fds[1].revents & POLLIN)
			resize(fds[0].fd);
		else if (fds[1].revents)
			fds[1].fd = -1;
		if (fds[0].revents && !copy(fds[0].fd))
			break;
	}
	waitpid(child, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
