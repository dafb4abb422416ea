// SPDX-License-Identifier: GPL-2.0-only
#include "source/recording.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/log.h"

int recording_create(struct recording *recording, const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	*recording = (struct recording){ .path = path };
	if (fd < 0)
		return log_error(-errno, "create %s", path);
	recording->file = fdopen(fd, "w");
	if (recording->file)
		return 0;
	close(fd);
	return log_error(-ENOMEM, "create %s", path);
}

/* What cannot be written is in the file's error flag at the end. */
void recording_add(struct recording *recording, const struct clock *clock, const void *record,
		   size_t bytes)
{
	struct recording_clock now = { .bytes = sizeof(now), .clock = *clock };
	uint32_t size = bytes;

	if (memcmp(&recording->clock, clock, sizeof(*clock)) != 0)
		fwrite(&now, sizeof(now), 1, recording->file);
	recording->clock = *clock;
	fwrite(&size, sizeof(size), 1, recording->file);
	fwrite(record, bytes, 1, recording->file);
}

int recording_close(struct recording *recording)
{
	bool has_failed;

	if (!recording->file)
		return 0;
	has_failed = fflush(recording->file) || ferror(recording->file);
	if ((fclose(recording->file) || has_failed))
		return log_error(errno ? -errno : -EIO, "write to %s", recording->path);
	return 0;
}

static int recording_take_clock(const char *bytes, size_t n, size_t *at, struct clock *clock)
{
	struct recording_clock entry;

	if (n - *at < sizeof(entry))
		return -EBADMSG;
	memcpy(&entry, bytes + *at, sizeof(entry));
	if (entry.bytes != sizeof(entry))
		return -EBADMSG;
	*clock = entry.clock;
	*at += sizeof(entry);
	return 1;
}

int recording_next(const char *bytes, size_t n, size_t *at, struct clock *clock, void **ret_record,
		   size_t *ret_bytes)
{
	uint32_t size;

	*ret_record = NULL;
	if (n - *at < sizeof(size))
		return n == *at ? 0 : -EBADMSG;
	memcpy(&size, bytes + *at, sizeof(size));
	if (!size)
		return recording_take_clock(bytes, n, at, clock);
	*at += sizeof(size);
	if (size > n - *at)
		size = n - *at;
	*ret_record = malloc(size ? size : 1);
	if (!*ret_record)
		return -ENOMEM;
	memcpy(*ret_record, bytes + *at, size);
	*ret_bytes = size;
	*at += size;
	return 1;
}
