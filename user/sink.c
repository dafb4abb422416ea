// SPDX-License-Identifier: GPL-2.0-only
#include "sink.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "log.h"

static int report(const struct sink *sink, int err)
{
	log_line("cannot write to %s: %s", sink->name, strerror(err));
	return -err;
}

int sink_open(struct sink *sink, const char *file)
{
	sink->name = file ? file : "stdout";
	sink->fd =
	    file ? open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : STDOUT_FILENO;
	return sink->fd < 0 ? report(sink, errno) : 0;
}

int sink_write(struct sink *sink, struct strbuf *text)
{
	size_t done = 0;

	if (text->err)
		return report(sink, -text->err);
	while (done < text->len) {
		ssize_t n = write(sink->fd, text->data + done, text->len - done);

		if (n < 0 && errno == EPIPE)
			return -EPIPE;
		if (n < 0 && errno != EINTR)
			return report(sink, errno);
		done += n > 0 ? n : 0;
	}
	strbuf_reset(text);
	return 0;
}

int sink_close(struct sink *sink)
{
	if (sink->fd == STDOUT_FILENO || !close(sink->fd))
		return 0;
	return report(sink, errno);
}
