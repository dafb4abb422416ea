// SPDX-License-Identifier: GPL-2.0-only
#include "escape.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static bool is_continuation(unsigned char c)
{
	return (c & 0xc0) == 0x80;
}

/*
 * Read the UTF-8 sequence at @p. Returns its length in bytes and its code point, or 0 if it is
 * not valid: cut short, overlong, a surrogate or above U+10FFFF.
 */
static size_t utf8_decode(const unsigned char *p, size_t len, uint32_t *ret_cp)
{
	/* The lowest code point that needs a sequence of this length. */
	static const uint32_t lowest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	uint32_t cp;
	size_t n;

	if (p[0] < 0x80) {
		*ret_cp = p[0];
		return 1;
	}
	if (p[0] < 0xc2 || p[0] > 0xf4)
		return 0;
	n = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	if (n > len)
		return 0;
	cp = p[0] & (0x7f >> n);
	for (size_t i = 1; i < n; i++) {
		if (!is_continuation(p[i]))
			return 0;
		cp = cp << 6 | (p[i] & 0x3f);
	}
	if (cp < lowest[n] || (cp >= 0xd800 && cp <= 0xdfff) || cp > 0x10ffff)
		return 0;
	*ret_cp = cp;
	return n;
}

/* Ranges of valid code points that must not reach a terminal, in ascending order. */
static const struct {
	uint32_t first, last;
} unsafe[] = {
	{ 0x00, 0x1f },	      /* C0 controls */
	{ 0x7f, 0x9f },	      /* DEL, C1 controls */
	{ 0xad, 0xad },	      /* soft hyphen: invisible */
	{ 0x61c, 0x61c },     /* bidi: Arabic letter mark */
	{ 0x180e, 0x180e },   /* zero-width: Mongolian vowel separator */
	{ 0x200b, 0x200f },   /* zero-width; bidi marks */
	{ 0x2028, 0x202e },   /* line and paragraph separator; bidi embeddings, overrides */
	{ 0x2060, 0x206f },   /* word joiner, invisible operators; bidi isolates */
	{ 0xfeff, 0xfeff },   /* byte order mark */
	{ 0xfff9, 0xfffb },   /* interlinear annotation */
	{ 0xe0000, 0xe007f }, /* tags: invisible copies of ASCII */
};

static bool is_safe(uint32_t cp)
{
	if (cp >= 0x20 && cp < 0x7f)
		return true;
	for (size_t i = 0; i < sizeof(unsafe) / sizeof(unsafe[0]); i++)
		if (cp <= unsafe[i].last)
			return cp < unsafe[i].first;
	return true;
}

/* The length of the printable character at @p, 0 if its first byte has to be escaped. */
static size_t printable(const unsigned char *p, size_t len)
{
	uint32_t cp;
	size_t n = utf8_decode(p, len, &cp);

	return n && is_safe(cp) ? n : 0;
}

static void add_escaped_byte(struct strbuf *sb, unsigned char c)
{
	static const char hex[] = "0123456789abcdef";

	switch (c) {
	case '\n': strbuf_add(sb, "\\n", 2); break;
	case '\t': strbuf_add(sb, "\\t", 2); break;
	case '\r': strbuf_add(sb, "\\r", 2); break;
	default: strbuf_add(sb, (char[]){ '\\', 'x', hex[c >> 4], hex[c & 15] }, 4);
	}
}

/* Escape what is not printable and, with a backslash, each byte in @also. */
static void add_escaped(struct strbuf *sb, const char *bytes, size_t len, const char *also)
{
	const unsigned char *p = (const unsigned char *)bytes;
	size_t done = 0, i = 0;

	/* Copied in runs: nearly all text needs no escape at all. */
	while (i < len) {
		size_t n = printable(p + i, len - i);

		if (n && !(n == 1 && strchr(also, p[i]))) {
			i += n;
			continue;
		}
		strbuf_add(sb, p + done, i - done);
		if (n)
			strbuf_add(sb, (char[]){ '\\', p[i] }, 2);
		else
			add_escaped_byte(sb, p[i]);
		done = ++i;
	}
	if (len)
		strbuf_add(sb, p + done, len - done);
}

void escape_text(struct strbuf *sb, const char *bytes, size_t len)
{
	add_escaped(sb, bytes, len, "\\");
}

/* How an argument has to be written. */
enum quoting {
	QUOTE_NONE,
	QUOTE_PLAIN,  /* '...' */
	QUOTE_ESCAPED /* $'...' */
};

static enum quoting argument_quoting(const unsigned char *arg, size_t len)
{
	enum quoting how = len ? QUOTE_NONE : QUOTE_PLAIN;

	for (size_t i = 0, n; i < len; i += n) {
		n = printable(arg + i, len - i);
		if (!n || arg[i] == '\'')
			return QUOTE_ESCAPED;
		/* A '#' or '~' means something only in front, but nobody knows by heart. */
		if (strchr(" \"\\$`&;|<>()*?[]{}!#~^", arg[i]))
			how = QUOTE_PLAIN;
	}
	return how;
}

static void add_argument(struct strbuf *sb, const char *arg, size_t len)
{
	switch (argument_quoting((const unsigned char *)arg, len)) {
	case QUOTE_NONE: strbuf_add(sb, arg, len); break;
	case QUOTE_PLAIN:
		strbuf_addc(sb, '\'');
		strbuf_add(sb, arg, len);
		strbuf_addc(sb, '\'');
		break;
	case QUOTE_ESCAPED:
		strbuf_adds(sb, "$'");
		add_escaped(sb, arg, len, "\\'");
		strbuf_addc(sb, '\'');
		break;
	}
}

void escape_argv(struct strbuf *sb, const char *args, size_t len)
{
	for (size_t at = 0; at < len;) {
		size_t n = strnlen(args + at, len - at);

		if (at)
			strbuf_addc(sb, ' ');
		add_argument(sb, args + at, n);
		at += n + 1;
	}
}

void escape_json_text(struct strbuf *sb, const char *bytes, size_t len)
{
	const unsigned char *p = (const unsigned char *)bytes;
	size_t done = 0, i = 0;
	uint32_t cp;

	while (i < len) {
		size_t n = utf8_decode(p + i, len - i, &cp);

		if (n) {
			i += n;
			continue;
		}
		strbuf_add(sb, p + done, i - done);
		strbuf_add(sb, "\xef\xbf\xbd", 3);
		done = ++i;
	}
	if (len)
		strbuf_add(sb, p + done, len - done);
}

static bool audit_is_plain(const unsigned char *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (p[i] == '"' || p[i] < 0x21 || p[i] > 0x7e)
			return false;
	return true;
}

static void add_hex(struct strbuf *sb, const unsigned char *p, size_t len)
{
	static const char hex[] = "0123456789ABCDEF";

	for (size_t i = 0; i < len; i++) {
		strbuf_addc(sb, hex[p[i] >> 4]);
		strbuf_addc(sb, hex[p[i] & 15]);
	}
}

void escape_audit(struct strbuf *sb, const char *bytes, size_t len)
{
	const unsigned char *p = (const unsigned char *)bytes;

	if (!audit_is_plain(p, len)) {
		add_hex(sb, p, len);
		return;
	}
	strbuf_addc(sb, '"');
	strbuf_add(sb, p, len);
	strbuf_addc(sb, '"');
}

void escape_audit_label(struct strbuf *sb, const char *bytes, size_t len)
{
	const unsigned char *p = (const unsigned char *)bytes;
	size_t i = 0, n = 1;

	while (i < len && n) {
		n = printable(p + i, len - i);
		i += n;
	}
	if (n)
		strbuf_add(sb, bytes, len);
	else
		add_hex(sb, p, len);
}

void escape_audit_nv(struct strbuf *sb, const char *bytes, size_t len)
{
	/*
	 * Where plain char is unsigned (arm64), auditd lets bytes above 0x7e pass unquoted as
	 * hex. That is an accident of its build; every reader of the log takes hex.
	 */
	if (!bytes)
		escape_audit(sb, "?", 1);
	else
		escape_audit(sb, bytes, len);
}
