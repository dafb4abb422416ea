/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KS_STRBUF_H
#define KS_STRBUF_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/*
 * A growable byte string that is always NUL-terminated. Adding never fails visibly: the first
 * failure is kept in @err and everything added after it is dropped, so that a formatter checks
 * once per line instead of once per byte. Reuse one strbuf for many lines: memory is kept.
 * All-zero memory is an empty strbuf.
 */
struct strbuf {
	char *data; /* NULL until something was added */
	size_t len; /* bytes, without the final NUL */
	size_t cap; /* bytes allocated */
	int err;    /* 0, -ENOMEM or -EINVAL (bad format) */
};

/** strbuf_grow - as strbuf_reserve(), where the room has to be made */
char *strbuf_grow(struct strbuf *sb, size_t n);

/**
 * strbuf_reserve - make room for @n more bytes and the final NUL
 *
 * Returns where the next byte goes, or NULL after a failure (now or earlier). A caller that
 * writes there itself adds to @len what it wrote and puts a NUL after it.
 */
static inline char *strbuf_reserve(struct strbuf *sb, size_t n)
{
	return !sb->err && sb->cap - sb->len > n ? sb->data + sb->len : strbuf_grow(sb, n);
}

/** strbuf_add - append @n bytes, whatever they are; @bytes may be NULL when @n is 0 */
static inline void strbuf_add(struct strbuf *sb, const void *bytes, size_t n)
{
	char *at = n ? strbuf_reserve(sb, n) : NULL;

	if (!at)
		return;
	memcpy(at, bytes, n);
	at[n] = '\0';
	sb->len += n;
}

/** strbuf_add_unsigned - append a number in decimal digits */
void strbuf_add_unsigned(struct strbuf *sb, uint64_t number);

/** strbuf_add_signed - likewise, with a minus in front of what is below zero */
void strbuf_add_signed(struct strbuf *sb, int64_t number);

/** strbuf_add_hex - append a number in lower hexadecimal digits */
void strbuf_add_hex(struct strbuf *sb, uint64_t number);

/** strbuf_addf - append as printf() does; -EINVAL if the format cannot be printed */
void strbuf_addf(struct strbuf *sb, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/** strbuf_remove - take the first @n bytes away, of which there are as many at least */
void strbuf_remove(struct strbuf *sb, size_t n);

/** strbuf_reset - forget content and error, keep the memory */
void strbuf_reset(struct strbuf *sb);

/** strbuf_cut - forget what is behind the first @len bytes */
void strbuf_cut(struct strbuf *sb, size_t len);

/** strbuf_free - give the memory back; the strbuf is empty and usable afterwards. NULL is fine. */
void strbuf_free(struct strbuf *sb);

/** strbuf_adds - append a C string */
static inline void strbuf_adds(struct strbuf *sb, const char *text)
{
	strbuf_add(sb, text, strlen(text));
}

/** strbuf_addc - append one byte */
static inline void strbuf_addc(struct strbuf *sb, char c)
{
	strbuf_add(sb, &c, 1);
}

/** strbuf_fill - append a byte @n times */
static inline void strbuf_fill(struct strbuf *sb, char c, size_t n)
{
	char *at = n ? strbuf_reserve(sb, n) : NULL;

	if (!at)
		return;
	memset(at, c, n);
	at[n] = '\0';
	sb->len += n;
}

/** strbuf_str - the content as a C string, "" when empty; valid until the next change */
static inline const char *strbuf_str(const struct strbuf *sb)
{
	return sb->data ? sb->data : "";
}

#endif /* KS_STRBUF_H */
