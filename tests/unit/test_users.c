// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <pwd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "users.h"

static int n_lookups;
static size_t name_bytes; /* room that a name takes, if more than its length */
static int lookup_error;

/*
 * The system's user database, replaced: every uid below 100000 is "u<uid>", others are unknown.
 * The linker prefers this function to the C library's.
 */
int getpwuid_r(uid_t uid, struct passwd *pw, char *buf, size_t size, struct passwd **ret)
{
	n_lookups++;
	*ret = NULL;
	if (lookup_error)
		return lookup_error;
	if (uid >= 100000)
		return 0;
	if (size < name_bytes || snprintf(buf, size, "u%u", uid) >= (int)size)
		return ERANGE;
	memset(pw, 0, sizeof(*pw));
	pw->pw_uid = uid;
	pw->pw_name = buf;
	*ret = pw;
	return 0;
}

static int setup(void **state)
{
	(void)state;
	users_forget();
	n_lookups = 0;
	name_bytes = 0;
	lookup_error = 0;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	users_forget();
	return 0;
}

static void test_asks_once(void **state)
{
	const char *name = users_name(7);

	(void)state;
	assert_string_equal(name, "u7");
	assert_ptr_equal(users_name(7), name);
	assert_string_equal(users_name(0), "u0");
	assert_int_equal(n_lookups, 2);
}

static void test_unknown_is_remembered(void **state)
{
	(void)state;
	assert_null(users_name(100000));
	assert_null(users_name(100000));
	assert_null(users_name(UINT32_MAX - 1));
	assert_int_equal(n_lookups, 2);
}

static void test_unset(void **state)
{
	(void)state;
	assert_string_equal(users_name(UINT32_MAX), "unset");
	assert_string_equal(users_name(USERS_UNSET), "unset");
	assert_int_equal(n_lookups, 0);
}

static void test_entry_of_any_size(void **state)
{
	(void)state;
	name_bytes = 100000;
	assert_string_equal(users_name(1), "u1");
	/* A database that never has enough: it must end, too. */
	name_bytes = SIZE_MAX;
	assert_null(users_name(2));
	assert_in_range(n_lookups, 2, 40);
}

static void test_database_fails(void **state)
{
	(void)state;
	lookup_error = EIO;
	assert_null(users_name(1));
	assert_null(users_name(1));
	assert_int_equal(n_lookups, 1);
}

/* A name lasts until as many others came; then it is looked up again. All in one bucket. */
static void test_bounded(void **state)
{
	const char *first = users_name(5);

	(void)state;
	for (uint32_t i = 1; i < USERS_CACHE_SIZE; i++)
		users_name(5 + i * 1024);
	assert_string_equal(first, "u5");
	assert_ptr_equal(users_name(5), first);
	assert_int_equal(n_lookups, USERS_CACHE_SIZE);
	users_name(6);
	assert_int_equal(n_lookups, USERS_CACHE_SIZE + 1);
	assert_string_equal(users_name(5), "u5");
	assert_int_equal(n_lookups, USERS_CACHE_SIZE + 2);
}

static void test_flood(void **state)
{
	char want[16];

	(void)state;
	for (uint32_t i = 0; i < 20000; i++) {
		uint32_t uid = i * 2654435761u % 100000;

		snprintf(want, sizeof(want), "u%u", uid);
		assert_string_equal(users_name(uid), want);
	}
}

static void test_forget(void **state)
{
	(void)state;
	users_name(1);
	users_forget();
	users_forget();
	assert_string_equal(users_name(1), "u1");
	assert_int_equal(n_lookups, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_asks_once, setup, teardown),
		cmocka_unit_test_setup_teardown(test_unknown_is_remembered, setup, teardown),
		cmocka_unit_test_setup_teardown(test_unset, setup, teardown),
		cmocka_unit_test_setup_teardown(test_entry_of_any_size, setup, teardown),
		cmocka_unit_test_setup_teardown(test_database_fails, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bounded, setup, teardown),
		cmocka_unit_test_setup_teardown(test_flood, setup, teardown),
		cmocka_unit_test_setup_teardown(test_forget, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
