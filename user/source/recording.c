// SPDX-License-Identifier: GPL-2.0-only
#include "source/recording.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/log.h"

/* ---- write ---- */

/* Half a record would hide those behind it: it is cut off. */
static void recording_fail(struct recording *recording)
{
	recording->err = errno ? -errno : -EIO;
	log_line("cannot write to %s: %s; later records are not saved", recording->path,
		 strerror(-recording->err));
	__fpurge(recording->file);
	if (ftruncate(fileno(recording->file), recording->good))
		log_error(-errno, "cut %s", recording->path);
}

static void recording_write(struct recording *recording, const void *bytes, size_t n)
{
	errno = 0;
	if (!recording->err && fwrite(bytes, 1, n, recording->file) != n)
		recording_fail(recording);
}

void recording_flush(struct recording *recording)
{
	if (!recording->file || recording->err)
		return;
	errno = 0;
	if (fflush(recording->file))
		recording_fail(recording);
	else
		recording->good = ftell(recording->file);
}

static struct recording_mark recording_mark(enum recording_kind kind)
{
	return (struct recording_mark){
		.bytes = sizeof(struct recording_mark),
		.magic = RECORDING_MAGIC,
		.kind = kind,
	};
}

static void recording_add_clock(struct recording *recording, const struct clock *clock)
{
	struct recording_mark mark = recording_mark(RECORDING_CLOCK);

	mark.clock[0] = clock->mono_to_real_ns;
	mark.clock[1] = clock->boot_to_real_ns;
	mark.clock[2] = clock->mono_to_boot_ns;
	mark.clock[3] = clock->tick_ns;
	recording_write(recording, &mark, sizeof(mark));
	recording->clock = *clock;
}

int recording_create(struct recording *recording, const char *path, const struct clock *clock)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	*recording = (struct recording){ .path = path };
	if (fd < 0)
		return log_error(-errno, "create %s", path);
	recording->file = fdopen(fd, "w");
	if (!recording->file) {
		close(fd);
		return log_error(-ENOMEM, "create %s", path);
	}
	recording_add_clock(recording, clock);
	return 0;
}

void recording_add(struct recording *recording, const struct clock *clock, const void *record,
		   size_t bytes)
{
	uint32_t size = bytes;

	if (memcmp(&recording->clock, clock, sizeof(*clock)) != 0)
		recording_add_clock(recording, clock);
	recording_write(recording, &size, sizeof(size));
	recording_write(recording, record, bytes);
}

void recording_add_loss(struct recording *recording, unsigned int cause, uint64_t total)
{
	struct recording_mark mark = recording_mark(RECORDING_LOSS);

	mark.loss[0] = cause;
	mark.loss[1] = total;
	recording_write(recording, &mark, sizeof(mark));
}

/* Whether the path still leads to it: another user may own the folder. */
static bool recording_is_there(const struct recording *recording)
{
	struct stat there, ours;

	return !lstat(recording->path, &there) && !fstat(fileno(recording->file), &ours) &&
	       there.st_dev == ours.st_dev && there.st_ino == ours.st_ino;
}

void recording_discard(struct recording *recording)
{
	if (!recording->file)
		return;
	if (recording_is_there(recording))
		unlink(recording->path);
	fclose(recording->file);
	recording->file = NULL;
}

int recording_close(struct recording *recording)
{
	if (!recording->file)
		return 0;
	recording_flush(recording);
	if (fclose(recording->file) && !recording->err)
		recording->err = log_error(-errno, "write to %s", recording->path);
	recording->file = NULL;
	return recording->err;
}

/* ---- read ---- */

bool recording_is(const char *bytes, size_t n)
{
	struct recording_item item;
	size_t at = 0;

	return !recording_next(bytes, n, &at, &item) && item.kind == RECORDING_CLOCK;
}

static int recording_take_mark(const char *bytes, size_t n, size_t *at, struct recording_item *ret)
{
	struct recording_mark mark;

	if (n - *at < sizeof(mark))
		return -EBADMSG;
	memcpy(&mark, bytes + *at, sizeof(mark));
	if (mark.bytes != sizeof(mark) || mark.magic != RECORDING_MAGIC ||
	    (mark.kind != RECORDING_CLOCK && mark.kind != RECORDING_LOSS))
		return -EBADMSG;
	*at += sizeof(mark);
	ret->kind = mark.kind;
	if (mark.kind == RECORDING_CLOCK) {
		ret->clock =
		    (struct clock){ mark.clock[0], mark.clock[1], mark.clock[2], mark.clock[3] };
		return 0;
	}
	ret->cause = mark.loss[0] < UINT32_MAX ? mark.loss[0] : UINT32_MAX;
	ret->total = mark.loss[1];
	return 0;
}

static int recording_take_record(const char *bytes, size_t n, size_t *at, uint32_t size,
				 struct recording_item *ret)
{
	*at += sizeof(size);
	ret->kind = RECORDING_RECORD;
	ret->bytes = size < n - *at ? size : n - *at;
	ret->record = malloc(ret->bytes ? ret->bytes : 1);
	if (!ret->record)
		return -ENOMEM;
	memcpy(ret->record, bytes + *at, ret->bytes);
	*at += ret->bytes;
	return 0;
}

int recording_next(const char *bytes, size_t n, size_t *at, struct recording_item *ret)
{
	uint32_t size;

	*ret = (struct recording_item){ .kind = RECORDING_END };
	if (*at && *at == n)
		return 0;
	if (n - *at < sizeof(size))
		return -EBADMSG;
	memcpy(&size, bytes + *at, sizeof(size));
	if (!size)
		return recording_take_mark(bytes, n, at, ret);
	if (!*at || size > RECORDING_RECORD_MAX)
		return -EBADMSG;
	return recording_take_record(bytes, n, at, size, ret);
}
