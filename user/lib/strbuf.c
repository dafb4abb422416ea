// SPDX-License-Identifier: GPL-2.0-only
#include "lib/strbuf.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define FIRST_CAP 256

static int strbuf_grow(struct strbuf *sb, size_t need)
{
	size_t cap = sb->cap ? sb->cap : FIRST_CAP;
	char *data;

	while (cap < need)
		cap *= 2;
	data = realloc(sb->data, cap);
	if (!data)
		return -ENOMEM;
	sb->data = data;
	sb->cap = cap;
	sb->data[sb->len] = '\0';
	return 0;
}

char *strbuf_reserve(struct strbuf *sb, size_t n)
{
	if (sb->err)
		return NULL;
	/* PTRDIFF_MAX: malloc grants no more, and doubling up to it cannot wrap. */
	if (n >= (size_t)PTRDIFF_MAX - sb->len) {
		sb->err = -ENOMEM;
		return NULL;
	}
	if (sb->cap - sb->len <= n)
		sb->err = strbuf_grow(sb, sb->len + n + 1);
	return sb->err ? NULL : sb->data + sb->len;
}

void strbuf_add(struct strbuf *sb, const void *bytes, size_t n)
{
	char *at;

	if (!n)
		return;
	at = strbuf_reserve(sb, n);
	if (!at)
		return;
	memcpy(at, bytes, n);
	at[n] = '\0';
	sb->len += n;
}

void strbuf_addf(struct strbuf *sb, const char *fmt, ...)
{
	size_t room = sb->err ? 0 : sb->cap - sb->len;
	va_list args, again;
	int n;

	va_start(args, fmt);
	va_copy(again, args);
	n = vsnprintf(room ? sb->data + sb->len : NULL, room, fmt, args);
	if (n < 0) {
		if (!sb->err)
			sb->err = -EINVAL;
		if (room)
			sb->data[sb->len] = '\0';
	} else if ((size_t)n < room) {
		sb->len += n;
	} else if (strbuf_reserve(sb, n)) {
		/* It did not fit the first time; now it does. */
		sb->len += vsnprintf(sb->data + sb->len, (size_t)n + 1, fmt, again);
	} else if (room) {
		sb->data[sb->len] = '\0';
	}
	va_end(again);
	va_end(args);
}

void strbuf_remove(struct strbuf *sb, size_t n)
{
	if (!n)
		return;
	sb->len -= n;
	memmove(sb->data, sb->data + n, sb->len + 1);
}

void strbuf_reset(struct strbuf *sb)
{
	sb->len = 0;
	sb->err = 0;
	if (sb->data)
		sb->data[0] = '\0';
}

void strbuf_cut(struct strbuf *sb, size_t len)
{
	if (len >= sb->len)
		return;
	sb->len = len;
	sb->data[len] = '\0';
}

void strbuf_free(struct strbuf *sb)
{
	if (!sb)
		return;
	free(sb->data);
	*sb = (struct strbuf){ 0 };
}
