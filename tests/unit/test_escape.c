// SPDX-License-Identifier: GPL-2.0-only
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "lib/escape.h"

typedef void (*escape_fn)(struct strbuf *sb, const char *bytes, size_t len);

/* The input is copied to memory of its exact size, so that ASan sees a read past its end. */
static void check(escape_fn escape, const char *bytes, size_t len, const char *want)
{
	struct strbuf sb = { 0 };
	char *copy = malloc(len);

	memcpy(copy, bytes, len);
	strbuf_addc(&sb, '<');
	escape(&sb, copy, len);
	assert_int_equal(sb.err, 0);
	assert_string_equal(strbuf_str(&sb) + 1, want);
	free(copy);
	strbuf_free(&sb);
}

/* @bytes is a string literal, which may hold NULs. */
#define CHECK(escape, bytes, want) check(escape, bytes, sizeof(bytes) - 1, want)

static void test_text_passes(void **state)
{
	(void)state;
	CHECK(escape_text, "", "");
	CHECK(escape_text, "nginx: worker 'a' \"b\" $x", "nginx: worker 'a' \"b\" $x");
	CHECK(escape_text, " ~", " ~");
	CHECK(escape_text, "\xc3\xa9\xe6\x97\xa5\xf0\x9f\x90\xa7",
	      "\xc3\xa9\xe6\x97\xa5\xf0\x9f\x90\xa7");
	CHECK(escape_text, "\xc2\xa0\xf4\x8f\xbf\xbd", "\xc2\xa0\xf4\x8f\xbf\xbd");
}

static void test_text_controls(void **state)
{
	(void)state;
	CHECK(escape_text, "a\nb\tc\rd", "a\\nb\\tc\\rd");
	CHECK(escape_text, "\x1b[2J\x07\x7f\x1f", "\\x1b[2J\\x07\\x7f\\x1f");
	CHECK(escape_text, "a\0b", "a\\x00b");
	CHECK(escape_text, "c:\\n", "c:\\\\n");
	CHECK(escape_text, "\xc2\x9b\x33m\xc2\x80", "\\xc2\\x9b3m\\xc2\\x80"); /* CSI as C1 */
}

/* Both ends of every range, and the neighbours that must pass. */
static void test_text_invisible(void **state)
{
	(void)state;
	CHECK(escape_text, "\xe2\x80\xae", "\\xe2\\x80\\xae");		/* U+202E */
	CHECK(escape_text, "\xe2\x80\xa8", "\\xe2\\x80\\xa8");		/* U+2028 */
	CHECK(escape_text, "\xe2\x80\x8b", "\\xe2\\x80\\x8b");		/* U+200B */
	CHECK(escape_text, "\xe2\x80\x8f", "\\xe2\\x80\\x8f");		/* U+200F */
	CHECK(escape_text, "\xe2\x81\xa6", "\\xe2\\x81\\xa6");		/* U+2066 */
	CHECK(escape_text, "\xe2\x81\xa9", "\\xe2\\x81\\xa9");		/* U+2069 */
	CHECK(escape_text, "\xef\xbb\xbf", "\\xef\\xbb\\xbf");		/* U+FEFF */
	CHECK(escape_text, "\xd8\x9c", "\\xd8\\x9c");			/* U+061C */
	CHECK(escape_text, "\xf3\xa0\x81\x81", "\\xf3\\xa0\\x81\\x81"); /* U+E0041 */
	CHECK(escape_text, "\xe2\x80\x8a\xe2\x80\x90", "\xe2\x80\x8a\xe2\x80\x90");
	CHECK(escape_text, "\xe2\x80\xa7\xe2\x80\xaf", "\xe2\x80\xa7\xe2\x80\xaf");
}

static void test_text_invalid(void **state)
{
	(void)state;
	CHECK(escape_text, "\xff", "\\xff");
	CHECK(escape_text, "\x80", "\\x80");
	CHECK(escape_text, "\xc0\xaf", "\\xc0\\xaf");			/* overlong / */
	CHECK(escape_text, "\xc1\xbf", "\\xc1\\xbf");			/* overlong */
	CHECK(escape_text, "\xe0\x9f\xbf", "\\xe0\\x9f\\xbf");		/* overlong */
	CHECK(escape_text, "\xf0\x8f\xbf\xbf", "\\xf0\\x8f\\xbf\\xbf"); /* overlong */
	CHECK(escape_text, "\xed\xa0\x80", "\\xed\\xa0\\x80");		/* surrogate */
	CHECK(escape_text, "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"); /* U+110000 */
	CHECK(escape_text, "\xc3", "\\xc3");				/* cut short */
	CHECK(escape_text, "\xe6\x97", "\\xe6\\x97");
	CHECK(escape_text, "\xf0\x9f\x90", "\\xf0\\x9f\\x90");
	CHECK(escape_text, "\xc3\xc3\xa9", "\\xc3\xc3\xa9"); /* finds its way back */
	CHECK(escape_text, "\xe6\x97\x1b[m", "\\xe6\\x97\\x1b[m");
}

static void test_argv(void **state)
{
	(void)state;
	CHECK(escape_argv, "", "");
	CHECK(escape_argv, "kill\0-9\00042\0", "kill -9 42");
	CHECK(escape_argv, "kill\0-9\00042", "kill -9 42");
	CHECK(escape_argv, "a\0\0b\0", "a '' b");
	CHECK(escape_argv, "a\0\0", "a ''");
	CHECK(escape_argv, "\0", "''");
	CHECK(escape_argv, "\0\0", "'' ''");
	CHECK(escape_argv, "\0a", "'' a");
	CHECK(escape_argv, "sh\0-c\0kill -9 $PPID\0", "sh -c 'kill -9 $PPID'");
	CHECK(escape_argv, "a=b\0c,d:e@f%g+h/i.j_k", "a=b c,d:e@f%g+h/i.j_k");
	CHECK(escape_argv, "\"", "'\"'");
	CHECK(escape_argv, "\\n", "'\\n'");
	CHECK(escape_argv, "*", "'*'");
	CHECK(escape_argv, "\xc3\xa9", "\xc3\xa9");
	CHECK(escape_argv, "\xc3\xa9 \xc3\xa9", "'\xc3\xa9 \xc3\xa9'");
}

static void test_argv_escaped(void **state)
{
	(void)state;
	CHECK(escape_argv, "it's", "$'it\\'s'");
	CHECK(escape_argv, "a\nb c\\d", "$'a\\nb c\\\\d'");
	CHECK(escape_argv, "\033A\xff", "$'\\x1bA\\xff'");
	CHECK(escape_argv, "x\0' '\0", "x $'\\' \\''");
	CHECK(escape_argv, "$'\\x41'", "$'$\\'\\\\x41\\''");
	CHECK(escape_argv, "\xc3\0\xa9", "$'\\xc3' $'\\xa9'");
}

/* Names as they are; each of the others could be read as one of our signs. */
static void test_word_plain(void **state)
{
	static const char *const plain[] = {
		"nginx",
		"kworker/0:1-events",
		"kworker/u8:3+flush-8:0",
		"systemd-journal",
		"-bash",
		"--",
		"a-b",
		"./x",
		"/usr/bin/x86_64-linux-gnu-gcc-14",
		"user@1000.service",
		"100%",
		"a=b",
		"caf\xc3\xa9",
		"\xe6\x97\xa5\xe6\x9c\xac",
		"\xf0\x9f\x90\xa7",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		check(escape_word, plain[i], strlen(plain[i]), plain[i]);
}

static void test_word_quoted(void **state)
{
	(void)state;
	CHECK(escape_word, "", "''");
	CHECK(escape_word, "-", "'-'");
	CHECK(escape_word, "init[1] -> db", "'init[1] -> db'");
	CHECK(escape_word, "a,b", "'a,b'");
	CHECK(escape_word, "c:\\n", "'c:\\n'");
	CHECK(escape_word, "it's", "$'it\\'s'");
	CHECK(escape_word, "$'\\x41'", "$'$\\'\\\\x41\\''");
	CHECK(escape_word, "a\nb", "$'a\\nb'");
	CHECK(escape_word, "\x9b", "$'\\x9b'");
	CHECK(escape_word, "a\0b", "$'a\\x00b'");
	CHECK(escape_word, "\xe2\x80\xae", "$'\\xe2\\x80\\xae'");
	for (const char *sign = " !\"#$&()*,;<>?[\\]^`{|}~"; *sign; sign++) {
		char text[] = { 'a', *sign, 'b', '\0' },
		     want[] = { '\'', 'a', *sign, 'b', '\'', '\0' };

		check(escape_word, text, 3, want);
	}
}

/* Blanks of any kind, and what resembles our brackets, arrows and commas. */
static void test_word_doubtful(void **state)
{
	static const char *const doubtful[] = {
		"\xc2\xa0",	    /* U+00A0 */
		"\xe1\x9a\x80",	    /* U+1680 */
		"\xe2\x80\x80",	    /* U+2000 */
		"\xe2\x80\x8a",	    /* U+200A */
		"\xe2\x80\xaf",	    /* U+202F */
		"\xe2\x81\x9f",	    /* U+205F */
		"\xe3\x80\x80",	    /* U+3000 */
		"\xe2\xa0\x80",	    /* U+2800: Braille */
		"\xe3\x85\xa4",	    /* U+3164: Hangul filler */
		"\xe2\x86\x92",	    /* U+2192: arrow */
		"\xe2\x80\xb9",	    /* U+2039: angle quote */
		"\xef\xbc\xbb",	    /* U+FF3B: wide bracket */
		"\xcc\xb8",	    /* U+0338: a stroke over the sign before */
		"\xf0\x9f\xa0\x9a", /* U+1F81A: arrow */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(doubtful) / sizeof(doubtful[0]); i++) {
		struct strbuf want = { 0 };

		strbuf_addf(&want, "'%s'", doubtful[i]);
		check(escape_word, doubtful[i], strlen(doubtful[i]), strbuf_str(&want));
		check(escape_argv, doubtful[i], strlen(doubtful[i]), strbuf_str(&want));
		strbuf_free(&want);
	}
}

/* A vector of nothing but a dash is not what is unknown. */
static void test_argv_dash(void **state)
{
	(void)state;
	CHECK(escape_argv, "-\0", "'-'");
	CHECK(escape_argv, "-\0-\0", "'-' -");
	CHECK(escape_argv, "cat\0-\0", "cat -");
}

/* ---- how much fits ---- */

static void check_head(const char *bytes, size_t len, size_t budget, size_t want)
{
	char *copy = malloc(len);

	memcpy(copy, bytes, len);
	assert_int_equal(escape_head(copy, len, budget), want);
	free(copy);
}

static void check_tail(const char *bytes, size_t len, size_t budget, size_t want)
{
	char *copy = malloc(len);

	memcpy(copy, bytes, len);
	assert_int_equal(escape_tail(copy, len, budget), want);
	free(copy);
}

#define CHECK_FITS(bytes, budget, head, tail)                                                      \
	check_head(bytes, sizeof(bytes) - 1, budget, head);                                        \
	check_tail(bytes, sizeof(bytes) - 1, budget, tail)

static void test_head_and_tail(void **state)
{
	(void)state;
	assert_int_equal(escape_head(NULL, 0, 0), 0);
	assert_int_equal(escape_tail(NULL, 0, 0), 0);
	CHECK_FITS("abcdef", 6, 6, 6);
	CHECK_FITS("abcdef", 5, 5, 5);
	CHECK_FITS("abcdef", 0, 0, 0);
	CHECK_FITS("\1\2\3", 17, 2, 2);
	CHECK_FITS("\1\2\3", 18, 3, 3);
	CHECK_FITS("a\x7f", 6, 1, 1);
	CHECK_FITS("\"\\'", 5, 2, 2);
	CHECK_FITS("\"\\'", 6, 3, 3);
	CHECK_FITS("\xff\xfe", 7, 1, 1);
	CHECK_FITS("\xc2\x9b\xc2\x9b", 15, 2, 2); /* C1: \x.. twice */
	CHECK_FITS("\xc3\xa9\xc3\xa9", 3, 2, 2);  /* never a part of a character */
	CHECK_FITS("\xe2\x80\xae"
		   "a",
		   12, 3, 1);
	CHECK_FITS("\xf0\x9f\x90\xa7"
		   "ab",
		   5, 5, 2);
	CHECK_FITS("\x80\x80"
		   "a",
		   5, 1, 2);
	CHECK_FITS("\xc3\xc3\xa9", 4, 1, 2);
	CHECK_FITS("a\0b", 7, 2, 2);
}

static void test_argv_head(void **state)
{
	(void)state;
	assert_int_equal(escape_argv_head("", 0, 0), 0);
	assert_int_equal(escape_argv_head("a\0b\0", 4, 10), 4);
	assert_int_equal(escape_argv_head("a\0b\0", 4, 9), 2);
	assert_int_equal(escape_argv_head("a\0b\0", 4, 4), 0);
	assert_int_equal(escape_argv_head("a\0bcd\0", 6, 11), 4);
	assert_int_equal(escape_argv_head("\0\0\0", 3, 8), 2); /* an empty one has its quotes */
	assert_int_equal(escape_argv_head("ab", 2, 6), 2);
}

/* No form of what fits is longer than the budget and its quotes, and the next character is too
 * much. */
static void check_budget(const char *bytes, size_t len, size_t budget)
{
	size_t head = escape_head(bytes, len, budget), tail = escape_tail(bytes, len, budget);
	struct strbuf out = { 0 };

	escape_word(&out, bytes, head);
	assert_true(out.len <= budget + 3);
	strbuf_reset(&out);
	escape_word(&out, bytes + len - tail, tail);
	assert_true(out.len <= budget + 3);
	strbuf_reset(&out);
	escape_json(&out, bytes, head);
	assert_true(out.len <= budget);
	strbuf_reset(&out);
	escape_json(&out, bytes + len - tail, tail);
	assert_true(out.len <= budget);
	strbuf_reset(&out);
	escape_argv(&out, bytes, escape_argv_head(bytes, len, budget));
	assert_true(out.len <= budget);
	strbuf_free(&out);
}

#define FFFD "\xef\xbf\xbd"

static void test_json_text(void **state)
{
	struct strbuf sb = { 0 };

	(void)state;
	CHECK(escape_json_text, "", "");
	CHECK(escape_json_text, "a\n\"\\\x1b\xe2\x80\xae", "a\n\"\\\x1b\xe2\x80\xae");
	CHECK(escape_json_text, "\xf4\x8f\xbf\xbf", "\xf4\x8f\xbf\xbf");
	CHECK(escape_json_text, "a\377b", "a" FFFD "b");
	CHECK(escape_json_text, "\xed\xa0\x80", FFFD FFFD FFFD);
	CHECK(escape_json_text, "\xc0\x80", FFFD FFFD);
	CHECK(escape_json_text, "\xf4\x90\x80\x80", FFFD FFFD FFFD FFFD);
	CHECK(escape_json_text, "\xe6\x97\xc3\xa9", FFFD FFFD "\xc3\xa9");
	escape_json_text(&sb, "a\0b", 3);
	assert_int_equal(sb.len, 3);
	assert_memory_equal(sb.data, "a\0b", 4);
	strbuf_free(&sb);
}

static void test_json(void **state)
{
	(void)state;
	CHECK(escape_json, "", "");
	CHECK(escape_json, "a/b 'c'", "a/b 'c'");
	CHECK(escape_json, "\"\\", "\\\"\\\\");
	CHECK(escape_json, "\b\f\n\r\t\x1f\x01", "\\b\\f\\n\\r\\t\\u001f\\u0001");
	CHECK(escape_json, "a\0b", "a\\u0000b");
	CHECK(escape_json, "\x7f\xc2\x80\xc2\x9f\xc2\xa0", "\\u007f\\u0080\\u009f\xc2\xa0");
	CHECK(escape_json, "\xff\xc3(\xe2\x80\xae", FFFD FFFD "(\xe2\x80\xae");
}

static void check_audit(const char *bytes, size_t len, const char *want)
{
	check(escape_audit, bytes, len, want);
	check(escape_audit_nv, bytes, len, want);
}

#define CHECK_AUDIT(bytes, want) check_audit(bytes, sizeof(bytes) - 1, want)

static void test_audit(void **state)
{
	(void)state;
	CHECK_AUDIT("", "\"\"");
	CHECK_AUDIT("bash", "\"bash\"");
	CHECK_AUDIT("!~'\\", "\"!~'\\\"");
	CHECK_AUDIT("a b", "612062");
	CHECK_AUDIT("a\"b", "612262");
	CHECK_AUDIT("\x1f", "1F");
	CHECK_AUDIT("\x7f", "7F");
	CHECK_AUDIT("\xc3\xa9", "C3A9");
	CHECK_AUDIT("kill\0-9", "6B696C6C002D39");
	CHECK_AUDIT("x\n", "780A");
	CHECK_AUDIT("(null)", "\"(null)\"");
}

static void test_no_bytes(void **state)
{
	struct strbuf sb = { 0 };

	(void)state;
	escape_text(&sb, NULL, 0);
	escape_argv(&sb, NULL, 0);
	escape_json_text(&sb, NULL, 0);
	escape_json(&sb, NULL, 0);
	escape_audit_label(&sb, NULL, 0);
	assert_string_equal(strbuf_str(&sb), "");
	escape_audit(&sb, NULL, 0);
	assert_string_equal(strbuf_str(&sb), "\"\"");
	strbuf_reset(&sb);
	escape_audit_nv(&sb, NULL, 0);
	assert_string_equal(strbuf_str(&sb), "\"?\"");
	strbuf_free(&sb);
}

/* Whatever the bytes: no control byte, and no invalid UTF-8, comes out. */
static void check_output_is_safe(const char *bytes, size_t len)
{
	static const escape_fn all[] = { escape_text, escape_word, escape_argv, escape_audit,
					 escape_audit_label };
	struct strbuf out = { 0 }, again = { 0 };

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		strbuf_reset(&out);
		strbuf_reset(&again);
		all[i](&out, bytes, len);
		for (size_t j = 0; j < out.len; j++)
			assert_true((unsigned char)out.data[j] >= 0x20 && out.data[j] != 0x7f);
		escape_json_text(&again, out.data, out.len);
		assert_string_equal(strbuf_str(&out), strbuf_str(&again));
	}
	strbuf_free(&out);
	strbuf_free(&again);
}

static void test_random_bytes(void **state)
{
	uint32_t seed = 1;
	char bytes[24];

	(void)state;
	for (int round = 0; round < 20000; round++) {
		size_t len = round % sizeof(bytes);

		for (size_t i = 0; i < len; i++) {
			seed = seed * 1664525 + 1013904223;
			bytes[i] = seed >> 24;
		}
		check_output_is_safe(bytes, len);
		for (size_t budget = 0; budget < 50; budget += 7)
			check_budget(bytes, len, budget);
	}
}

static void test_all_code_points(void **state)
{
	char utf8[4];

	(void)state;
	for (uint32_t cp = 0x10000; cp < 0x120000; cp += 7) {
		utf8[0] = 0xf0 | cp >> 18;
		utf8[1] = 0x80 | (cp >> 12 & 0x3f);
		utf8[2] = 0x80 | (cp >> 6 & 0x3f);
		utf8[3] = 0x80 | (cp & 0x3f);
		check_output_is_safe(utf8, 4);
	}
	for (uint32_t cp = 0; cp < 0x10000; cp++) {
		utf8[0] = 0xe0 | cp >> 12;
		utf8[1] = 0x80 | (cp >> 6 & 0x3f);
		utf8[2] = 0x80 | (cp & 0x3f);
		check_output_is_safe(utf8, 3);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text_passes),    cmocka_unit_test(test_text_controls),
		cmocka_unit_test(test_text_invisible), cmocka_unit_test(test_text_invalid),
		cmocka_unit_test(test_argv),	       cmocka_unit_test(test_argv_escaped),
		cmocka_unit_test(test_argv_dash),      cmocka_unit_test(test_word_plain),
		cmocka_unit_test(test_word_quoted),    cmocka_unit_test(test_word_doubtful),
		cmocka_unit_test(test_head_and_tail),  cmocka_unit_test(test_argv_head),
		cmocka_unit_test(test_json),	       cmocka_unit_test(test_json_text),
		cmocka_unit_test(test_audit),	       cmocka_unit_test(test_no_bytes),
		cmocka_unit_test(test_random_bytes),   cmocka_unit_test(test_all_code_points),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
