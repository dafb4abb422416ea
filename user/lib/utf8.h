/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KS_UTF8_H
#define KS_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether a byte is one behind the first of a sequence. */
static inline bool utf8_is_continued(unsigned char byte)
{
	return (byte & 0xc0) == 0x80;
}

/*
 * Reads the UTF-8 sequence at `p`, of `len` bytes, at least 1. Returns its length in bytes and its
 * code point, or 0 if it is not valid: cut short, overlong, a surrogate or above U+10FFFF.
 */
size_t utf8_decode(const unsigned char *p, size_t len, uint32_t *ret_cp);

#endif
