/* SPDX-License-Identifier: GPL-2.0-only */
/* What characters may reach a terminal, and what they mean to a shell, to JSON and to us. */
#ifndef KS_CHAR_CLASS_H
#define KS_CHAR_CLASS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a byte stands for besides itself. */
enum char_kind {
	CHAR_SIGN = 1 << 0, /* a blank, or what a shell takes apart */
	CHAR_COMMA = 1 << 1,
	CHAR_BACKSLASH = 1 << 2,
	CHAR_QUOTE = 1 << 3, /* the one of $'...' */
	CHAR_DOUBLE_QUOTE = 1 << 4,
	CHAR_BLANK = 1 << 5, /* of ASCII: a CHAR_SIGN, too */
	CHAR_CONTROL = 1 << 6,
	CHAR_BEHIND_ASCII = 1 << 7, /* part of a longer sequence, or of none */
};

/* Bits of enum char_kind. */
extern const unsigned char char_kinds[256];

/* A code point behind ASCII that must not reach a terminal: controls, what hides or turns text. */
bool char_is_unsafe(uint32_t cp);

static inline bool char_is_printable_ascii(unsigned char c)
{
	return !(char_kinds[c] & (CHAR_CONTROL | CHAR_BEHIND_ASCII));
}

/* The length of the head of a text in which no byte has one of the char_kinds `stop`. */
static inline size_t char_run(const unsigned char *p, size_t len, unsigned int stop)
{
	size_t i = 0;

	while (i < len && !(char_kinds[p[i]] & stop))
		i++;
	return i;
}

/* The length of the printable character at `p`, 0 if its first byte has to be escaped. */
size_t char_printable(const unsigned char *p, size_t len);

/* Whether the printable character at `p` could be taken for a blank or one of our signs. */
bool char_is_doubtful(const unsigned char *p, size_t len);

#endif
