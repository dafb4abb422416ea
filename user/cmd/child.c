// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/child.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/log.h"

static void __attribute__((noreturn)) child_run(int go_fd, int error_fd, char **argv)
{
	char go;
	int err;

	/* No byte, but the end: the parent has given up. */
	if (read(go_fd, &go, 1) != 1)
		_exit(1);
	execvp(argv[0], argv);
	err = errno;
	if (write(error_fd, &err, sizeof(err)) < 0)
		_exit(126);
	_exit(err == ENOENT ? 127 : 126);
}

static void child_close_pipe(const int pipe[2])
{
	close(pipe[0]);
	close(pipe[1]);
}

static int child_open_pipes(int go[2], int error[2])
{
	int err;

	if (pipe2(go, O_CLOEXEC))
		return log_error(-errno, "make a pipe");
	if (!pipe2(error, O_CLOEXEC))
		return 0;
	err = log_error(-errno, "make a pipe");
	child_close_pipe(go);
	return err;
}

int child_fork(struct child *command, char **argv)
{
	int go[2], error[2], err = child_open_pipes(go, error);
	pid_t pid;

	if (err)
		return err;
	pid = fork();
	if (pid < 0) {
		err = log_error(-errno, "fork");
		child_close_pipe(go);
		child_close_pipe(error);
		return err;
	}
	if (!pid) {
		close(go[1]);
		child_run(go[0], error[1], argv);
	}
	close(go[0]);
	close(error[1]);
	*command = (struct child){ pid, go[1], error[0] };
	return 0;
}

/* A child that has ended before, or was ended, reads nothing: how, its status says. */
int child_go(struct child *command, char **argv)
{
	int err = 0;
	ssize_t n;

	do
		n = write(command->go_fd, "", 1);
	while (n < 0 && errno == EINTR);
	close(command->go_fd);
	do /* the pipe ends without a byte when exec succeeds */
		n = read(command->error_fd, &err, sizeof(err));
	while (n < 0 && errno == EINTR);
	close(command->error_fd);
	if (n != sizeof(err))
		return 0;
	log_error(-err, "execute '%s'", argv[0]);
	waitpid(command->pid, NULL, 0);
	return err == ENOENT ? 127 : 126;
}

int child_wait(struct child *command, bool has_ended)
{
	int status;
	pid_t pid;

	do
		pid = waitpid(command->pid, &status, has_ended ? 0 : WNOHANG);
	while (pid < 0 && errno == EINTR);
	if (pid != command->pid)
		return -EAGAIN;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
