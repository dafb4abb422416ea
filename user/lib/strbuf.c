// SPDX-License-Identifier: GPL-2.0-only
#include "lib/strbuf.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define FIRST_CAP 256

static int strbuf_resize(struct strbuf *sb, size_t need)
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

char *strbuf_grow(struct strbuf *sb, size_t n)
{
	if (sb->err)
		return NULL;
	/* PTRDIFF_MAX: malloc grants no more, and doubling up to it cannot wrap. */
	sb->err = n < (size_t)PTRDIFF_MAX - sb->len ? strbuf_resize(sb, sb->len + n + 1) : -ENOMEM;
	return sb->err ? NULL : sb->data + sb->len;
}

/* ---- numbers: a line of JSON has dozens, and printf() needs several times as long ---- */

/* Powers of ten, but for the first: 0 has a digit, too. */
static const uint64_t tens[] = { 0,
				 10,
				 100,
				 1000,
				 10000,
				 100000,
				 1000000,
				 10000000,
				 100000000,
				 1000000000,
				 10000000000,
				 100000000000,
				 1000000000000,
				 10000000000000,
				 100000000000000,
				 1000000000000000,
				 10000000000000000,
				 100000000000000000,
				 1000000000000000000,
				 10000000000000000000u };

static unsigned int strbuf_count_digits(uint64_t number)
{
	/* 1233 / 4096 is log10(2): as many digits as there are, or one less. */
	unsigned int n = (64 - __builtin_clzll(number | 1)) * 1233 >> 12;

	return n + (number >= tens[n]);
}

/* Each number below 100 has two digits here: one division for both. */
#define TENS(ten) ten "0" ten "1" ten "2" ten "3" ten "4" ten "5" ten "6" ten "7" ten "8" ten "9"

static const char pairs[] = TENS("0") TENS("1") TENS("2") TENS("3") TENS("4") TENS("5") TENS("6")
    TENS("7") TENS("8") TENS("9");

void strbuf_add_unsigned(struct strbuf *sb, uint64_t number)
{
	unsigned int n = strbuf_count_digits(number);
	char *at = strbuf_reserve(sb, n);

	if (!at)
		return;
	sb->len += n;
	at += n;
	*at = '\0';
	for (; number >= 100; number /= 100)
		at = memcpy(at - 2, &pairs[number % 100 * 2], 2);
	if (number >= 10)
		memcpy(at - 2, &pairs[number * 2], 2);
	else
		at[-1] = '0' + number;
}

void strbuf_add_signed(struct strbuf *sb, int64_t number)
{
	if (number < 0)
		strbuf_addc(sb, '-');
	strbuf_add_unsigned(sb, number < 0 ? -(uint64_t)number : (uint64_t)number);
}

void strbuf_add_hex(struct strbuf *sb, uint64_t number)
{
	char digits[16], *end = digits + sizeof(digits), *at = end;

	do
		*--at = "0123456789abcdef"[number % 16];
	while (number /= 16);
	strbuf_add(sb, at, end - at);
}

/* ---- */

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
