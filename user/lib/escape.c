// SPDX-License-Identifier: GPL-2.0-only
#include "lib/escape.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "lib/array.h"
#include "lib/utf8.h"

/* Valid code points behind ASCII, in ascending order. */
struct range {
	uint32_t first, last;
};

/* Ranges of those that must not reach a terminal. */
static const struct range unsafe[] = {
	{ 0x80, 0x9f },	      /* C1 controls */
	{ 0xad, 0xad },	      /* soft hyphen: invisible */
	{ 0x61c, 0x61c },     /* bidi: Arabic letter mark */
	{ 0x180e, 0x180e },   /* zero-width: Mongolian vowel separator */
	{ 0x200b, 0x200f },   /* zero-width; bidi marks */
	{ 0x2028, 0x202e },   /* line and paragraph separator; bidi embeddings, overrides */
	{ 0x2060, 0x206f },   /* word joiner, invisible operators; bidi isolates */
	{ 0xfeff, 0xfeff },   /* byte order mark */
	{ 0xfff9, 0xfffb },   /* interlinear annotation */
	{ 0x1bca0, 0x1bca3 }, /* shorthand format controls */
	{ 0x1d173, 0x1d17a }, /* invisible marks of musical notation */
	{ 0xe0000, 0xe007f }, /* tags: invisible copies of ASCII */
};

/*
 * Ranges of characters that a reader takes for a blank, a bracket, an arrow or another sign of
 * ours, or that change the sign before them. Safe, but no part of a plain word.
 */
static const struct range doubtful[] = {
	{ 0xa0, 0xbf },	      /* no-break space, signs of Latin-1 */
	{ 0x2b0, 0x36f },     /* modifiers: arrows, quotes; what is drawn over the sign before */
	{ 0x115f, 0x1160 },   /* Hangul fillers: blank */
	{ 0x1680, 0x1680 },   /* Ogham space */
	{ 0x2000, 0x2bff },   /* spaces, punctuation, arrows and other symbols, Braille's blank */
	{ 0x3000, 0x303f },   /* punctuation of CJK: wide blank, brackets */
	{ 0x3164, 0x3164 },   /* Hangul filler: blank */
	{ 0xfe00, 0xfe6f },   /* variation selectors; vertical and small forms */
	{ 0xff00, 0xffef },   /* wide and narrow forms of ASCII */
	{ 0x1f800, 0x1f8ff }, /* more arrows */
	{ 0xe0100, 0xe01ef }, /* variation selectors */
};

static bool is_in(const struct range *ranges, size_t n, uint32_t cp)
{
	for (size_t i = 0; i < n; i++)
		if (cp <= ranges[i].last)
			return cp >= ranges[i].first;
	return false;
}
#define IS_IN(ranges, cp) is_in(ranges, ARRAY_SIZE(ranges), cp)

/* ---- what a byte of ASCII stands for besides itself ---- */

enum kind {
	IS_SIGN = 1 << 0, /* a blank, or what a shell takes apart */
	IS_COMMA = 1 << 1,
	IS_BACKSLASH = 1 << 2,
	IS_QUOTE = 1 << 3, /* the one of $'...' */
	IS_DOUBLE_QUOTE = 1 << 4,
};

/* A '#' or '~' means something to a shell in front only, which few know by heart. */
static const unsigned char kinds[256] = {
	[' '] = IS_SIGN,
	['!'] = IS_SIGN,
	['"'] = IS_SIGN | IS_DOUBLE_QUOTE,
	['#'] = IS_SIGN,
	['$'] = IS_SIGN,
	['&'] = IS_SIGN,
	['\''] = IS_QUOTE,
	['('] = IS_SIGN,
	[')'] = IS_SIGN,
	['*'] = IS_SIGN,
	[','] = IS_COMMA,
	[';'] = IS_SIGN,
	['<'] = IS_SIGN,
	['>'] = IS_SIGN,
	['?'] = IS_SIGN,
	['['] = IS_SIGN,
	['\\'] = IS_SIGN | IS_BACKSLASH,
	[']'] = IS_SIGN,
	['^'] = IS_SIGN,
	['`'] = IS_SIGN,
	['{'] = IS_SIGN,
	['|'] = IS_SIGN,
	['}'] = IS_SIGN,
	['~'] = IS_SIGN,
};

static bool is_printable_ascii(unsigned char c)
{
	return c >= 0x20 && c < 0x7f;
}

/* The length of the printable character at @p, 0 if its first byte has to be escaped. */
static size_t printable(const unsigned char *p, size_t len)
{
	uint32_t cp;
	size_t n;

	if (*p < 0x80)
		return is_printable_ascii(*p);
	n = utf8_decode(p, len, &cp);
	return n && !IS_IN(unsafe, cp) ? n : 0;
}

static const char digits[] = "0123456789abcdef";

static void add_escaped_byte(struct strbuf *sb, unsigned char c)
{
	switch (c) {
	case '\n': strbuf_add(sb, "\\n", 2); break;
	case '\t': strbuf_add(sb, "\\t", 2); break;
	case '\r': strbuf_add(sb, "\\r", 2); break;
	default: strbuf_add(sb, (char[]){ '\\', 'x', digits[c >> 4], digits[c & 15] }, 4);
	}
}

/* Escape what is not printable and, with a backslash, each byte of the kinds @also. */
static void add_escaped(struct strbuf *sb, const char *bytes, size_t len, unsigned int also)
{
	const unsigned char *p = (const unsigned char *)bytes;
	size_t done = 0, i = 0;

	/* Copied in runs: nearly all text needs no escape at all. */
	while (i < len) {
		size_t n = printable(p + i, len - i);

		if (n && !(kinds[p[i]] & also)) {
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
	add_escaped(sb, bytes, len, IS_BACKSLASH);
}

/* ---- words and arguments ---- */

/* How a word has to be written. */
enum quoting {
	QUOTE_NONE,
	QUOTE_PLAIN,  /* '...' */
	QUOTE_ESCAPED /* $'...' */
};

/* @p is printable. */
static bool is_doubtful(const unsigned char *p, size_t len)
{
	uint32_t cp;

	return *p >= 0x80 && utf8_decode(p, len, &cp) && IS_IN(doubtful, cp);
}

/* A word is quoted if it is empty, or has a byte of the kinds @signs or a doubtful character. */
static enum quoting quoting_of(const unsigned char *word, size_t len, unsigned int signs)
{
	enum quoting how = len ? QUOTE_NONE : QUOTE_PLAIN;

	for (size_t i = 0, n; i < len; i += n) {
		n = printable(word + i, len - i);
		if (!n || kinds[word[i]] & IS_QUOTE)
			return QUOTE_ESCAPED;
		if (kinds[word[i]] & signs || is_doubtful(word + i, len - i))
			how = QUOTE_PLAIN;
	}
	return how;
}

static void add_quoted(struct strbuf *sb, const char *word, size_t len, enum quoting how)
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
		add_escaped(sb, word, len, IS_BACKSLASH | IS_QUOTE);
		strbuf_addc(sb, '\'');
		break;
	}
}

/* Alone, it stands for what is not known. */
static bool is_dash(const char *word, size_t len)
{
	return len == 1 && *word == '-';
}

void escape_word(struct strbuf *sb, const char *bytes, size_t len)
{
	enum quoting how = quoting_of((const unsigned char *)bytes, len, IS_SIGN | IS_COMMA);

	add_quoted(sb, bytes, len, how == QUOTE_NONE && is_dash(bytes, len) ? QUOTE_PLAIN : how);
}

void escape_argv(struct strbuf *sb, const char *args, size_t len)
{
	for (size_t at = 0; at < len;) {
		const char *arg = args + at;
		size_t n = strnlen(arg, len - at);
		enum quoting how = quoting_of((const unsigned char *)arg, n, IS_SIGN);

		if (at)
			strbuf_addc(sb, ' ');
		else if (how == QUOTE_NONE && is_dash(arg, n))
			how = QUOTE_PLAIN;
		add_quoted(sb, arg, n, how);
		at += n + 1;
	}
}

/* ---- how much of a text is shown ---- */

enum { COST_MAX = 6 }; /* of a byte: \u0001 */

static size_t cost_of_ascii(unsigned char c)
{
	if (!is_printable_ascii(c))
		return COST_MAX;
	return kinds[c] & (IS_BACKSLASH | IS_QUOTE | IS_DOUBLE_QUOTE) ? 2 : 1;
}

/*
 * The length of the character at @p, and how many bytes any of the escaped forms of it takes at
 * most: those of text and of JSON. Those of audit do not count: what audit shows is not cut.
 */
static size_t measure(const unsigned char *p, size_t len, size_t *ret_cost)
{
	uint32_t cp = 0;
	size_t n;

	if (*p < 0x80) {
		*ret_cost = cost_of_ascii(*p);
		return 1;
	}
	n = utf8_decode(p, len, &cp);
	*ret_cost = !n ? 4 : IS_IN(unsafe, cp) ? 4 * n : n; /* \xHH for each byte */
	return n ? n : 1;
}

static size_t take_head(const char *bytes, size_t len, size_t *budget)
{
	size_t i = 0, n, cost;

	for (; i < len; i += n) {
		n = measure((const unsigned char *)bytes + i, len - i, &cost);
		if (cost > *budget)
			break;
		*budget -= cost;
	}
	return i;
}

size_t escape_head(const char *bytes, size_t len, size_t budget)
{
	return len <= budget / COST_MAX ? len : take_head(bytes, len, &budget);
}

/* The length of the character before @end; no character begins inside of another. */
static size_t length_before(const unsigned char *start, const unsigned char *end)
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

	if (len <= budget / COST_MAX)
		return len;
	at = end = start + len;
	for (; at > start; at -= n) {
		n = length_before(start, at);
		measure(at - n, n, &cost);
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
		fits = take_head(args + at, n, &budget);
		if (fits < n)
			return at + fits;
		at += n + 1;
	}
	return len;
}

/* ---- JSON ---- */

/* @cp is below U+00A0. */
static void add_json_escape(struct strbuf *sb, uint32_t cp)
{
	static const char names[] = { ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f',
				      ['\r'] = 'r', ['"'] = '"',  ['\\'] = '\\' };

	if (cp < sizeof(names) && names[cp])
		strbuf_add(sb, (char[]){ '\\', names[cp] }, 2);
	else
		strbuf_add(sb, (char[]){ '\\', 'u', '0', '0', digits[cp >> 4], digits[cp & 15] },
			   6);
}

static bool is_json_plain(const unsigned char *p)
{
	return is_printable_ascii(*p) && !(kinds[*p] & (IS_BACKSLASH | IS_DOUBLE_QUOTE));
}

void escape_json(struct strbuf *sb, const char *bytes, size_t len)
{
	const unsigned char *p = (const unsigned char *)bytes;
	size_t done = 0, i = 0;

	while (i < len) {
		uint32_t cp;
		size_t n;

		if (is_json_plain(p + i)) {
			i++;
			continue;
		}
		n = utf8_decode(p + i, len - i, &cp);
		if (n && cp >= 0xa0) {
			i += n;
			continue;
		}
		strbuf_add(sb, p + done, i - done);
		if (n)
			add_json_escape(sb, cp);
		else
			strbuf_add(sb, "\xef\xbf\xbd", 3);
		i += n ? n : 1;
		done = i;
	}
	if (len)
		strbuf_add(sb, p + done, len - done);
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

/* ---- audit ---- */

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
