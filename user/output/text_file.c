// SPDX-License-Identifier: GPL-2.0-only
#include "output/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/log.h"
#include "lib/runtime.h"
#include "lib/timed_write.h"

enum { READER_MAX_MS = 300 };

static int report(const struct sink *sink, int err)
{
	return log_error(-err, "write to %s", sink->name);
}

static bool may_wait(const struct sink *sink)
{
	return !sink->may_wait || sink->may_wait(sink->context);
}

/* ---- files ---- */

/* What others can redirect, or read from, is not for the signals of the whole machine. NULL: none.
 */
static const char *find_fault(const struct stat *st)
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
static int inherited_fd(const char *file)
{
	int fd, end = 0;

	if (!strcmp(file, "/dev/stderr"))
		return STDERR_FILENO;
	if (sscanf(file, "/dev/fd/%d%n", &fd, &end) == 1 && !file[end])
		return fd;
	return sscanf(file, "/proc/self/fd/%d%n", &fd, &end) == 1 && !file[end] ? fd : -1;
}

/* A line that was cut, by a full disk or an end by force, must not spoil the next. */
static void end_line(const char *file, int fd, const struct stat *st)
{
	int reader = S_ISREG(st->st_mode) && st->st_size
			 ? open(file, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
			 : -1;
	char last = '\n';

	if (reader >= 0 && pread(reader, &last, 1, st->st_size - 1) == 1 && last != '\n' &&
	    write(fd, "\n", 1) != 1)
		log_error(-errno, "end the last line of %s", file);
	if (reader >= 0)
		close(reader);
}

/*
 * Opens without waiting: 0, or -errno with the reason, also if open(2) itself refused what is not
 * ours (sysctl fs.protected_regular). -ENXIO: a FIFO that nothing reads.
 */
static int open_file(const char *file, const char **ret_why)
{
	int fd = open(
	    file, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
	    0600);
	int err = errno;
	struct stat st = { 0 };
	const char *fault = (fd < 0 ? lstat(file, &st) : fstat(fd, &st)) ? NULL : find_fault(&st);

	if (!fault && fd >= 0) {
		end_line(file, fd, &st);
		return fd;
	}
	if (fd >= 0)
		close(fd);
	*ret_why = fault ? fault : strerror(err);
	if (fault)
		return -EPERM;
	return err == ENXIO && !S_ISFIFO(st.st_mode) ? -ENODEV : -err;
}

static int open_any(const char *file, const char **ret_why)
{
	int inherited = inherited_fd(file), fd;

	if (inherited < 0)
		return open_file(file, ret_why);
	fd = fcntl(inherited, F_DUPFD_CLOEXEC, 0);
	if (fd >= 0)
		return fd;
	fd = -errno;
	*ret_why = strerror(-fd);
	return fd;
}

int sink_open(struct sink *sink, const char *file)
{
	const char *why = NULL;

	sink->name = file ? file : "stdout";
	sink->fd = STDOUT_FILENO;
	if (!file)
		return 0;
	while ((sink->fd = open_any(file, &why)) == -ENXIO) {
		if (!may_wait(sink))
			return -ECANCELED;
		poll(NULL, 0, TIMED_WRITE_MS);
	}
	if (sink->fd >= 0)
		return 0;
	log_line("cannot write to %s: %s", file, why);
	return sink->fd;
}

void sink_reopen(struct sink *sink)
{
	const char *why = NULL;
	int fd = open_any(sink->name, &why);

	if (fd < 0) {
		log_line("cannot reopen %s: %s; the file that is open stays", sink->name, why);
		return;
	}
	close(sink->fd);
	sink->fd = fd;
}

/* ---- text ---- */

static int write_some(struct sink *sink, const struct strbuf *text, size_t *done)
{
	ssize_t n = timed_write(sink->fd, text->data + *done, text->len - *done);

	if (n >= 0) {
		*done += n;
		sink->progress_ns = runtime_now_ns();
		return 0;
	}
	if (n == -EAGAIN)
		return may_wait(sink) ? 0 : -ECANCELED;
	return n == -EPIPE ? -EPIPE : report(sink, -n);
}

int sink_write(struct sink *sink, struct strbuf *text)
{
	size_t done = 0;
	int err = 0;

	if (text->err)
		return report(sink, -text->err);
	while (done < text->len && !err)
		err = write_some(sink, text, &done);
	if (!err)
		strbuf_reset(text);
	else
		strbuf_remove(text, done);
	return err;
}

bool sink_is_read(const struct sink *sink, uint64_t since_ns)
{
	uint64_t last_ns = sink->progress_ns > since_ns ? sink->progress_ns : since_ns;

	return runtime_now_ns() < last_ns + READER_MAX_MS * 1000000ull;
}

int sink_close(struct sink *sink)
{
	if (sink->fd == STDOUT_FILENO || !close(sink->fd))
		return 0;
	return report(sink, errno);
}
