// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "users.h"

static int n_lookups;
static int lookup_error;

static char *name_of(char kind, uint32_t id)
{
	static char name[16];

	n_lookups++;
	errno = lookup_error;
	snprintf(name, sizeof(name), "%c%u", kind, id);
	return lookup_error || id >= 100000 ? NULL : name;
}

/*
 * The system's databases, replaced: every id below 100000 is "u<uid>" or "g<gid>", others are
 * unknown. The linker prefers these functions to the C library's.
 */
struct passwd *getpwuid(uid_t uid)
{
	static struct passwd entry;

	entry.pw_uid = uid;
	entry.pw_name = name_of('u', uid);
	return entry.pw_name ? &entry : NULL;
}

struct group *getgrgid(gid_t gid)
{
	static struct group entry;

	entry.gr_gid = gid;
	entry.gr_name = name_of('g', gid);
	return entry.gr_name ? &entry : NULL;
}

static int setup(void **state)
{
	(void)state;
	users_forget();
	n_lookups = 0;
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

/* Users and groups of the same number are not mixed up. */
static void test_groups(void **state)
{
	(void)state;
	assert_string_equal(users_name(7), "u7");
	assert_string_equal(users_group_name(7), "g7");
	assert_string_equal(users_group_name(7), "g7");
	assert_string_equal(users_name(7), "u7");
	assert_null(users_group_name(100000));
	assert_int_equal(n_lookups, 3);
	assert_string_equal(users_group_name(UINT32_MAX), "unset");
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
		i % 2 ? users_name(5 + i * 1024) : users_group_name(5 + i * 1024);
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
		want[0] = 'g';
		assert_string_equal(users_group_name(uid), want);
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
		cmocka_unit_test_setup_teardown(test_groups, setup, teardown),
		cmocka_unit_test_setup_teardown(test_database_fails, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bounded, setup, teardown),
		cmocka_unit_test_setup_teardown(test_flood, setup, teardown),
		cmocka_unit_test_setup_teardown(test_forget, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
