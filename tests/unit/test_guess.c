// SPDX-License-Identifier: GPL-2.0-only
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cmd/guess.h"
#include "lib/list.h"

/* ---- lists ---- */

/* The items of `text`, joined by "|". */
static const char *items_of(const char *text)
{
	static char joined[128];
	struct list list = list_begin(text);
	const char *item;
	size_t bytes;

	joined[0] = '\0';
	while (list_next(&list, &item, &bytes)) {
		strncat(joined, item, bytes);
		strcat(joined, "|");
	}
	return joined;
}

static void test_list(void **state)
{
	(void)state;
	assert_string_equal(items_of("a"), "a|");
	assert_string_equal(items_of("a,b"), "a|b|");
	assert_string_equal(items_of("a b\tc\nd"), "a|b|c|d|");
	assert_string_equal(items_of(" a , b ,c "), "a|b|c|");
	assert_string_equal(items_of(""), "|");
	assert_string_equal(items_of("  "), "|");
	assert_string_equal(items_of("a,"), "a||");
	assert_string_equal(items_of("a, "), "a||");
	assert_string_equal(items_of(",a"), "|a|");
	assert_string_equal(items_of("a,,b"), "a||b|");
	assert_string_equal(items_of("a, ,b"), "a||b|");
}

/* ---- guesses ---- */

static void test_options(void **state)
{
	static const struct {
		const char *given, *next, *want; /* NULL: nothing is known */
	} rows[] = {
		{ "-n", "nginx", "use -c nginx" },
		{ "-n", NULL, "use -c NAME" },
		{ "-n", "--json", "use -c NAME" },
		{ "--name", "nginx", "use -c nginx" },
		{ "--name=a b", NULL, "use -c a b" },
		{ "--signal=KILL", NULL, "use -s KILL" },
		{ "-k", "1", "use -s 1" },
		{ "-9", "12", "use -s 9" },
		{ "-KILL", "12", "use -s KILL" },
		{ "-P", "12", "use -p 12" },
		{ "--user", "root", "use --uid root" },
		{ "--format", "json", "use --json" },
		{ "--format=audit", NULL, "use --audit-format" },
		{ "--format=strange", NULL, "use --json" },
		{ "--no-color", "x", "use --color=never" },
		{ "--nonsense", "x", NULL },
		{ "-Z", "x", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[GUESS_MAX] = "";

		assert_int_equal(guess_option(rows[i].given, rows[i].next, text),
				 rows[i].want != NULL);
		assert_string_equal(text, rows[i].want ? rows[i].want : "");
	}
}

static void test_outputs(void **state)
{
	char text[GUESS_MAX] = "";

	(void)state;
	assert_true(guess_output("json", text));
	assert_string_equal(text, "use --json");
	assert_true(guess_output("table", text));
	assert_string_equal(text, "the table is what is shown without -o");
	assert_true(guess_output("kill.log", text));
	assert_string_equal(text, "use -w kill.log");
	assert_true(guess_output("./kill", text));
	assert_false(guess_output("time,nope", text));
	assert_false(guess_output("sender.nope", text));
}

static void test_words(void **state)
{
	static const char *const rows[][2] = {
		{ "1234", "use -p 1234" },
		{ "1,2", "use -p 1,2" },
		{ "nginx.service", "use -u nginx.service" },
		{ "json", "use --json" },
		{ "help", "use --help" },
		{ "KILL", "use -s KILL" },
		{ "docter", "the command is 'doctor', as the first word" },
		{ "comapre", "the command is 'compare', as the first word" },
		{ "doctor", "the command is 'doctor', as the first word" },
		{ "true", "use -c true for processes of that name, -- true to run it" },
		{ "", "try --help" },
		{ "-", "try --help" },
	};
	char text[GUESS_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		guess_word(rows[i][0], true, text);
		assert_string_equal(text, rows[i][1]);
	}
	guess_word("nginx", false, text);
	assert_string_equal(text, "use -c nginx for processes of that name");
}

static void test_distance(void **state)
{
	char huge[100];

	(void)state;
	memset(huge, 'a', sizeof(huge) - 1);
	huge[sizeof(huge) - 1] = '\0';
	assert_int_equal(guess_distance("", ""), 0);
	assert_int_equal(guess_distance("abc", ""), 3);
	assert_int_equal(guess_distance("doctor", "doctor"), 0);
	assert_int_equal(guess_distance("docter", "doctor"), 1);
	assert_int_equal(guess_distance("dcotor", "doctor"), 1);
	assert_int_equal(guess_distance("doctr", "doctor"), 1);
	assert_int_equal(guess_distance("comapre", "compare"), 1);
	assert_int_equal(guess_distance("abcdef", "badcfe"), 3);
	assert_int_equal(guess_distance(huge, "doctor"), 99);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_list),	 cmocka_unit_test(test_options),
		cmocka_unit_test(test_outputs),	 cmocka_unit_test(test_words),
		cmocka_unit_test(test_distance),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
