// SPDX-License-Identifier: GPL-2.0-only
#include "lib/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <bpf/libbpf.h>

#include "lib/escape.h"
#include "lib/clock.h"
#include "lib/timed_write.h"

enum { PATIENCE_MS = 200 };

/* A line that is not read is given up, and from then on little time is spent. */
static void log_write_line(const struct strbuf *line)
{
	static bool is_stuck;
	uint64_t end_ns = clock_monotonic_ns() + (is_stuck ? 0 : PATIENCE_MS * 1000000ull);
	size_t done = 0;

	while (done < line->len) {
		ssize_t n = timed_write(STDERR_FILENO, line->data + done, line->len - done);

		done += n > 0 ? n : 0;
		is_stuck = n == -EAGAIN && clock_monotonic_ns() >= end_ns;
		if (is_stuck || (n < 0 && n != -EAGAIN))
			return;
	}
}

void log_line(const char *format, ...)
{
	struct strbuf line = { 0 };
	char text[1024];
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (n < 0)
		return;
	strbuf_adds(&line, "killsnoop: ");
	escape_text(&line, text, strnlen(text, sizeof(text)));
	strbuf_addc(&line, '\n');
	log_write_line(&line);
	strbuf_free(&line);
}

int log_error(int err, const char *format, ...)
{
	char what[512];
	va_list args;

	va_start(args, format);
	if (vsnprintf(what, sizeof(what), format, args) < 0)
		*what = '\0';
	va_end(args);
	log_line("cannot %s: %s", what, strerror(-err));
	return err;
}

static int log_print_libbpf(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level;
	return vfprintf(stderr, format, args);
}

void log_libbpf(bool is_wanted)
{
	libbpf_set_print(is_wanted ? log_print_libbpf : NULL);
}
