// SPDX-License-Identifier: GPL-2.0-only
#include "output/text_file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/log.h"
#include "lib/clock.h"
#include "lib/timed_write.h"

enum { READER_MAX_MS = 300 };

static int text_file_report(const struct text_file *file, int err)
{
	return log_error(-err, "write to %s", file->name);
}

static bool text_file_can_wait(const struct text_file *file)
{
	return !file->may_wait || file->may_wait(file->context, file->progress_ns);
}

/* ---- files ---- */

/* What others can redirect, or read from, is not for the signals of the whole machine. NULL: none.
 */
static const char *text_file_find_fault(const struct stat *st)
{
	if (S_ISLNK(st->st_mode))
		return "it is a symbolic link; name the file itself";
	if (!S_ISREG(st->st_mode) && !S_ISFIFO(st->st_mode))
		return NULL; /* a device, a terminal */
	if (st->st_uid != geteuid())
		return "it belongs to another user; name a file of your own";
	if (S_ISREG(st->st_mode) && st->st_nlink != 1)
		return "it has several names (hard links); name a file that has one";
	return NULL;
}

/* What a shell passes as /dev/fd/N is the user's choice, wherever it leads to. -1: it is no such.
 */
static int text_file_inherited_fd(const char *path)
{
	int fd, end = 0;

	if (!strcmp(path, "/dev/stderr"))
		return STDERR_FILENO;
	if (sscanf(path, "/dev/fd/%d%n", &fd, &end) == 1 && !path[end])
		return fd;
	return sscanf(path, "/proc/self/fd/%d%n", &fd, &end) == 1 && !path[end] ? fd : -1;
}

/* A line that was cut, by a full disk or an end by force, must not spoil the next. */
static void text_file_end_line(const char *path, int fd, const struct stat *st)
{
	int reader = S_ISREG(st->st_mode) && st->st_size
			 ? open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
			 : -1;
	char last = '\n';

	if (reader >= 0 && pread(reader, &last, 1, st->st_size - 1) == 1 && last != '\n' &&
	    write(fd, "\n", 1) != 1)
		log_error(-errno, "end the last line of %s", path);
	if (reader >= 0)
		close(reader);
}

/*
 * Opens without waiting: 0, or -errno with the reason, also if open(2) itself refused what is not
 * ours (sysctl fs.protected_regular). -ENXIO: a FIFO that nothing reads.
 */
static int text_file_open_path(const char *path, const char **ret_why)
{
	int fd = open(
	    path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
	    0600);
	int err = errno;
	struct stat st = { 0 };
	const char *fault =
	    (fd < 0 ? lstat(path, &st) : fstat(fd, &st)) ? NULL : text_file_find_fault(&st);

	if (!fault && fd >= 0) {
		text_file_end_line(path, fd, &st);
		return fd;
	}
	if (fd >= 0)
		close(fd);
	*ret_why = fault ? fault : strerror(err);
	if (fault)
		return -EPERM;
	return err == ENXIO && !S_ISFIFO(st.st_mode) ? -ENODEV : -err;
}

static int text_file_open_any(const char *path, const char **ret_why)
{
	int inherited = text_file_inherited_fd(path), fd;

	if (inherited < 0)
		return text_file_open_path(path, ret_why);
	fd = fcntl(inherited, F_DUPFD_CLOEXEC, 0);
	if (fd >= 0)
		return fd;
	fd = -errno;
	*ret_why = strerror(-fd);
	return fd;
}

int text_file_open(struct text_file *file, const char *path)
{
	const char *why = NULL;

	file->name = path ? path : "stdout";
	file->fd = STDOUT_FILENO;
	if (!path)
		return 0;
	while ((file->fd = text_file_open_any(path, &why)) == -ENXIO) {
		if (!text_file_can_wait(file))
			return -ECANCELED;
		poll(NULL, 0, TIMED_WRITE_MS);
	}
	if (file->fd >= 0)
		return 0;
	log_line("cannot write to %s: %s", path, why);
	return file->fd;
}

void text_file_reopen(struct text_file *file)
{
	const char *why = NULL;
	int fd = text_file_open_any(file->name, &why);

	if (fd < 0) {
		log_line("cannot reopen %s: %s; the file that is open stays", file->name, why);
		return;
	}
	close(file->fd);
	file->fd = fd;
}

/* ---- text ---- */

static int text_file_write_some(struct text_file *file, const struct strbuf *text, size_t *done)
{
	ssize_t n = timed_write(file->fd, text->data + *done, text->len - *done);

	if (n >= 0) {
		*done += n;
		file->progress_ns = clock_monotonic_ns();
		return 0;
	}
	if (n == -EAGAIN)
		return text_file_can_wait(file) ? 0 : -ECANCELED;
	return n == -EPIPE ? -EPIPE : text_file_report(file, -n);
}

int text_file_write(struct text_file *file, struct strbuf *text)
{
	size_t done = 0;
	int err = 0;

	if (text->err)
		return text_file_report(file, -text->err);
	while (done < text->len && !err)
		err = text_file_write_some(file, text, &done);
	if (!err)
		strbuf_reset(text);
	else
		strbuf_remove(text, done);
	return err;
}

bool text_file_is_read(uint64_t progress_ns, uint64_t since_ns)
{
	uint64_t last_ns = progress_ns > since_ns ? progress_ns : since_ns;

	return clock_monotonic_ns() < last_ns + READER_MAX_MS * 1000000ull;
}

int text_file_close(struct text_file *file)
{
	if (file->fd == STDOUT_FILENO || !close(file->fd))
		return 0;
	return text_file_report(file, errno);
}
