// SPDX-License-Identifier: GPL-2.0-only
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cmd/confirm.h"

/* Whether the answers agree, and how often the question was asked. */
static bool ask(const char *text, size_t asked)
{
	FILE *answers = *text ? fmemopen((char *)text, strlen(text), "r") : fopen("/dev/null", "r");
	char *questions;
	size_t bytes, n = 0;
	FILE *to = open_memstream(&questions, &bytes);
	bool agreed = confirm_ask(answers, to, "Sure?");

	fclose(answers);
	fclose(to);
	for (const char *at = questions; (at = strstr(at, "Sure? [y/N] ")); at++)
		n++;
	assert_int_equal(n, asked);
	assert_int_equal(bytes, n * strlen("Sure? [y/N] "));
	free(questions);
	return agreed;
}

static void test_yes(void **state)
{
	(void)state;
	assert_true(ask("y\n", 1));
	assert_true(ask("YES\n", 1));
	assert_true(ask("y", 1));
	assert_true(ask("what?\ny\n", 2));
}

static void test_no(void **state)
{
	(void)state;
	assert_false(ask("", 1));
	assert_false(ask("\n", 1));
	assert_false(ask("n\ny\n", 1));
	assert_false(ask("No\n", 1));
	assert_false(ask("yess\n", 2));
	assert_false(ask(" y\n", 2));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_yes),
		cmocka_unit_test(test_no),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
