// SPDX-License-Identifier: GPL-2.0-only
#include "lib/char_class.h"

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

static bool char_is_in(const struct range *ranges, size_t n, uint32_t cp)
{
	for (size_t i = 0; i < n; i++)
		if (cp <= ranges[i].last)
			return cp >= ranges[i].first;
	return false;
}
#define IS_IN(ranges, cp) char_is_in(ranges, ARRAY_SIZE(ranges), cp)

/* A '#' or '~' means something to a shell in front only, which few know by heart. */
const unsigned char char_kinds[256] = {
	[0 ... 0x1f] = CHAR_CONTROL,
	[' '] = CHAR_SIGN | CHAR_BLANK,
	['!'] = CHAR_SIGN,
	['"'] = CHAR_SIGN | CHAR_DOUBLE_QUOTE,
	['#'] = CHAR_SIGN,
	['$'] = CHAR_SIGN,
	['&'] = CHAR_SIGN,
	['\''] = CHAR_QUOTE,
	['('] = CHAR_SIGN,
	[')'] = CHAR_SIGN,
	['*'] = CHAR_SIGN,
	[','] = CHAR_COMMA,
	[';'] = CHAR_SIGN,
	['<'] = CHAR_SIGN,
	['>'] = CHAR_SIGN,
	['?'] = CHAR_SIGN,
	['['] = CHAR_SIGN,
	['\\'] = CHAR_SIGN | CHAR_BACKSLASH,
	[']'] = CHAR_SIGN,
	['^'] = CHAR_SIGN,
	['`'] = CHAR_SIGN,
	['{'] = CHAR_SIGN,
	['|'] = CHAR_SIGN,
	['}'] = CHAR_SIGN,
	['~'] = CHAR_SIGN,
	[0x7f] = CHAR_CONTROL,
	[0x80 ... 0xff] = CHAR_BEHIND_ASCII,
};

bool char_is_unsafe(uint32_t cp)
{
	return IS_IN(unsafe, cp);
}

/* The length of the char_printable character at @p, 0 if its first byte has to be escaped. */
size_t char_printable(const unsigned char *p, size_t len)
{
	uint32_t cp;
	size_t n;

	if (*p < 0x80)
		return char_is_printable_ascii(*p);
	n = utf8_decode(p, len, &cp);
	return n && !char_is_unsafe(cp) ? n : 0;
}

/* @p is char_printable. */
bool char_is_doubtful(const unsigned char *p, size_t len)
{
	uint32_t cp;

	return *p >= 0x80 && utf8_decode(p, len, &cp) && IS_IN(doubtful, cp);
}
