// SPDX-License-Identifier: GPL-2.0-only
/* How much of a text is shown. */
#include <string.h>

#include "lib/char_class.h"
#include "lib/escape.h"
#include "lib/utf8.h"

enum { COST_MAX = 6 }; /* of a byte: \u0001 */

static size_t escape_cost_of_ascii(unsigned char c)
{
	if (!char_is_printable_ascii(c))
		return COST_MAX;
	return char_kinds[c] & (CHAR_BACKSLASH | CHAR_QUOTE | CHAR_DOUBLE_QUOTE) ? 2 : 1;
}

/*
 * The length of the character at @p, and how many bytes any of the escaped forms of it takes at
 * most: those of text and of JSON. Those of audit do not count: what audit shows is not cut.
 */
static size_t escape_measure(const unsigned char *p, size_t len, size_t *ret_cost)
{
	uint32_t cp = 0;
	size_t n;

	if (*p < 0x80) {
		*ret_cost = escape_cost_of_ascii(*p);
		return 1;
	}
	n = utf8_decode(p, len, &cp);
	*ret_cost = !n ? 4 : char_is_unsafe(cp) ? 4 * n : n; /* \xHH for each byte */
	return n ? n : 1;
}

/* The length of the head, of @len bytes or as many as fit, that is the same in each form. */
static size_t escape_plain_head(const unsigned char *p, size_t len, size_t budget)
{
	return char_run(p, len < budget ? len : budget,
			CHAR_CONTROL | CHAR_BEHIND_ASCII | CHAR_BACKSLASH | CHAR_QUOTE |
			    CHAR_DOUBLE_QUOTE);
}

size_t escape_take_head(const char *bytes, size_t len, size_t *budget)
{
	const unsigned char *p = (const unsigned char *)bytes;
	size_t i = 0;

	while (i < len) {
		size_t n = escape_plain_head(p + i, len - i, *budget), cost = n;

		if (!n)
			n = escape_measure(p + i, len - i, &cost);
		if (cost > *budget)
			break;
		*budget -= cost;
		i += n;
	}
	return i;
}

size_t escape_head(const char *bytes, size_t len, size_t budget)
{
	return len <= budget / COST_MAX ? len : escape_take_head(bytes, len, &budget);
}

/* The length of the character before @end; no character begins inside of another. */
static size_t escape_length_before(const unsigned char *start, const unsigned char *end)
{
	uint32_t cp;

	for (size_t n = 2; n <= 4 && n <= (size_t)(end - start); n++) {
		if (!utf8_is_continued(*(end - n + 1)))
			break;
		if (utf8_decode(end - n, n, &cp) == n)
			return n;
	}
	return 1;
}

size_t escape_tail(const char *bytes, size_t len, size_t budget)
{
	const unsigned char *start = (const unsigned char *)bytes, *end, *at;
	size_t n, cost;

	if (escape_head(bytes, len, budget) == len)
		return len;
	at = end = start + len;
	for (; at > start; at -= n) {
		n = escape_length_before(start, at);
		escape_measure(at - n, n, &cost);
		if (cost > budget)
			break;
		budget -= cost;
	}
	return end - at;
}

/* What an argument takes beside its bytes: $'' and a blank. */
enum { ARGUMENT_COST = 4 };

size_t escape_argv_head(const char *args, size_t len, size_t budget)
{
	if (len <= budget / (ARGUMENT_COST + COST_MAX))
		return len;
	for (size_t at = 0; at < len;) {
		size_t n = strnlen(args + at, len - at), fits;

		if (budget < ARGUMENT_COST)
			return at;
		budget -= ARGUMENT_COST;
		fits = escape_take_head(args + at, n, &budget);
		if (fits < n)
			return at + fits;
		at += n + 1;
	}
	return len;
}
