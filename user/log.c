// SPDX-License-Identifier: GPL-2.0-only
#include "log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/libbpf.h>

#include "escape.h"

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
	escape_text(&line, text, strnlen(text, sizeof(text)));
	fprintf(stderr, "killsnoop: %s\n", strbuf_str(&line));
	strbuf_free(&line);
}

static int print_libbpf(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level;
	return vfprintf(stderr, format, args);
}

void log_setup_libbpf(void)
{
	libbpf_set_print(getenv("KILLSNOOP_DEBUG") ? print_libbpf : NULL);
}
