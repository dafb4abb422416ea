// SPDX-License-Identifier: GPL-2.0-only
#include "lib/escape.h"

#include <string.h>

#include "lib/char_class.h"

static const char digits[] = "0123456789abcdef";

static void escape_add_byte(struct strbuf *sb, unsigned char c)
{
	switch (c) {
	case '\n': strbuf_add(sb, "\\n", 2); break;
	case '\t': strbuf_add(sb, "\\t", 2); break;
	case '\r': strbuf_add(sb, "\\r", 2); break;
	default: strbuf_add(sb, (char[]){ '\\', 'x', digits[c >> 4], digits[c & 15] }, 4);
	}
}

/* Escape what is not char_printable and, with a backslash, each byte of the char_kinds @also. */
static void escape_add(struct strbuf *sb, const char *bytes, size_t len, unsigned int also)
{
	const unsigned char *p = (const unsigned char *)bytes;
	const unsigned int stop = CHAR_CONTROL | CHAR_BEHIND_ASCII | also;
	size_t done = 0;

	/* Copied in runs: nearly all text needs no escape at all. */
	for (size_t i = char_run(p, len, stop); i < len; i += char_run(p + i, len - i, stop)) {
		size_t n = char_printable(p + i, len - i);

		if (n && !(char_kinds[p[i]] & also)) {
			i += n;
			continue;
		}
		strbuf_add(sb, p + done, i - done);
		if (n)
			strbuf_add(sb, (char[]){ '\\', p[i] }, 2);
		else
			escape_add_byte(sb, p[i]);
		done = ++i;
	}
	if (len)
		strbuf_add(sb, p + done, len - done);
}

void escape_text(struct strbuf *sb, const char *bytes, size_t len)
{
	escape_add(sb, bytes, len, CHAR_BACKSLASH);
}

/* ---- words and arguments ---- */

/* How a word has to be written. */
enum quoting {
	QUOTE_NONE,
	QUOTE_PLAIN,  /* '...' */
	QUOTE_ESCAPED /* $'...' */
};

/* A word is quoted if it is empty, or has a byte of the char_kinds @signs or a doubtful character.
 */
static enum quoting escape_quoting_of(const unsigned char *word, size_t len, unsigned int signs)
{
	const unsigned int stop = CHAR_CONTROL | CHAR_BEHIND_ASCII | CHAR_QUOTE | signs;
	enum quoting how = len ? QUOTE_NONE : QUOTE_PLAIN;

	for (size_t i = char_run(word, len, stop), n; i < len;
	     i += n + char_run(word + i + n, len - i - n, stop)) {
		n = char_printable(word + i, len - i);
		if (!n || char_kinds[word[i]] & CHAR_QUOTE)
			return QUOTE_ESCAPED;
		if (char_kinds[word[i]] & signs || char_is_doubtful(word + i, len - i))
			how = QUOTE_PLAIN;
	}
	return how;
}

static void escape_add_quoted(struct strbuf *sb, const char *word, size_t len, enum quoting how)
{
	switch (how) {
	case QUOTE_NONE: strbuf_add(sb, word, len); break;
	case QUOTE_PLAIN:
		strbuf_addc(sb, '\'');
		strbuf_add(sb, word, len);
		strbuf_addc(sb, '\'');
		break;
	case QUOTE_ESCAPED:
		strbuf_adds(sb, "$'");
		escape_add(sb, word, len, CHAR_BACKSLASH | CHAR_QUOTE);
		strbuf_addc(sb, '\'');
		break;
	}
}

/* Alone, it stands for what is not known. */
static bool escape_is_dash(const char *word, size_t len)
{
	return len == 1 && *word == '-';
}

void escape_word(struct strbuf *sb, const char *bytes, size_t len)
{
	enum quoting how =
	    escape_quoting_of((const unsigned char *)bytes, len, CHAR_SIGN | CHAR_COMMA);

	escape_add_quoted(sb, bytes, len,
			  how == QUOTE_NONE && escape_is_dash(bytes, len) ? QUOTE_PLAIN : how);
}

void escape_argv(struct strbuf *sb, const char *args, size_t len)
{
	for (size_t at = 0; at < len;) {
		const char *arg = args + at;
		size_t n = strnlen(arg, len - at);
		enum quoting how = escape_quoting_of((const unsigned char *)arg, n, CHAR_SIGN);

		if (at)
			strbuf_addc(sb, ' ');
		else if (how == QUOTE_NONE && escape_is_dash(arg, n))
			how = QUOTE_PLAIN;
		escape_add_quoted(sb, arg, n, how);
		at += n + 1;
	}
}
