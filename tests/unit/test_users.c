// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "enrich/helper.h"
#include "enrich/users.h"
#include "enrich/users_local.h"

static atomic_int n_lookups;
static int lookup_error;
static sem_t go; /* what searches wait for, if is_slow */
static bool is_slow;

static char *name_of(char kind, uint32_t id)
{
	static char name[16];

	if (is_slow)
		sem_wait(&go);
	n_lookups++;
	snprintf(name, sizeof(name), "%c%u", kind, id);
	return lookup_error || id >= 100000 ? NULL : name;
}

/*
 * The system's databases, replaced: every id below 100000 is "u<uid>" or "g<gid>", others are
 * unknown. The linker prefers these functions to the C library's.
 */
int getpwuid_r(uid_t uid, struct passwd *entry, char *buffer, size_t bytes, struct passwd **ret)
{
	(void)buffer;
	(void)bytes;
	*entry = (struct passwd){ .pw_uid = uid, .pw_name = name_of('u', uid) };
	*ret = entry->pw_name ? entry : NULL;
	return lookup_error;
}

int getgrgid_r(gid_t gid, struct group *entry, char *buffer, size_t bytes, struct group **ret)
{
	(void)buffer;
	(void)bytes;
	*entry = (struct group){ .gr_gid = gid, .gr_name = name_of('g', gid) };
	*ret = entry->gr_name ? entry : NULL;
	return lookup_error;
}

static int setup(void **state)
{
	(void)state;
	users_forget();
	n_lookups = 0;
	lookup_error = 0;
	is_slow = false;
	sem_init(&go, 0, 0);
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

/* A name is kept until as many others came; then it is looked up again. All in one bucket. */
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
	assert_string_equal(first, "u5"); /* until: */
	users_release();
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

/* ---- in the background ---- */

/* Waits for the thread, which answers at some time. */
static const char *await_name(uint32_t uid)
{
	const struct timespec pause = { .tv_nsec = 1000000 };

	for (int i = 0; i < 10000 && !users_name(uid); i++)
		nanosleep(&pause, NULL);
	return users_name(uid);
}

static void test_local_at_once(void **state)
{
	(void)state;
	is_slow = true;
	users_start();
	assert_string_equal(users_name(0), "root");
	assert_string_equal(users_group_name(0), "root");
	assert_int_equal(n_lookups, 0);
}

/* While the name service does not answer, no event waits. */
static void test_slow_service(void **state)
{
	(void)state;
	is_slow = true;
	users_start();
	for (uint32_t uid = 70000; uid < 80000; uid++)
		assert_null(users_name(uid));
	assert_int_equal(n_lookups, 0);
	assert_string_equal(users_name(0), "root");
	for (int i = 0; i < 2 * HELPER_MAX; i++)
		sem_post(&go);
	assert_string_equal(await_name(79999), "u79999");
}

static void test_unknown_in_background(void **state)
{
	(void)state;
	users_start();
	assert_null(users_name(100000));
	assert_string_equal(await_name(70000), "u70000"); /* asked for behind it */
	assert_null(users_name(100000));
	assert_string_equal(users_name(70000), "u70000");
	assert_int_equal(n_lookups, 2);
}

static void test_forget_while_asking(void **state)
{
	(void)state;
	users_start();
	users_name(70001);
	users_forget();
	users_start();
	assert_string_equal(await_name(70001), "u70001");
}

/* ---- files ---- */

static char path[] = "/tmp/test_users-XXXXXX";

static void write_file(const char *text)
{
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void test_file(void **state)
{
	struct users_file file = { .path = path };

	(void)state;
	close(mkstemp(path));
	write_file("root:x:0:0:root:/root:/bin/sh\n+nis:x:7:\n-bad:x:8\n#no:x:9:\n\nshort:x\n"
		   "a:x:1:\nsecond:x:1:\nempty:x::\nbig:x:4294967294:\nhuge:x:4294967296:\n"
		   "sign:x:-5:\nblank:x: 6:\n:x:10:\nlast:x:11");
	assert_string_equal(users_file_name(&file, 0), "root");
	assert_string_equal(users_file_name(&file, 1), "a");
	assert_string_equal(users_file_name(&file, 4294967294), "big");
	assert_string_equal(users_file_name(&file, 11), "last");
	for (uint32_t id = 5; id < 11; id++)
		assert_null(users_file_name(&file, id));
	users_file_forget(&file);
	unlink(path);
}

static void test_file_changes(void **state)
{
	struct users_file file = { .path = path };

	(void)state;
	assert_null(users_file_name(&file, 1));
	write_file("a:x:1:\n");
	assert_string_equal(users_file_name(&file, 1), "a");
	write_file("a:x:1:\nbc:x:2:\n");
	assert_string_equal(users_file_name(&file, 2), "bc");
	unlink(path);
	assert_null(users_file_name(&file, 1));
	users_file_forget(&file);
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
		cmocka_unit_test_setup_teardown(test_local_at_once, setup, teardown),
		cmocka_unit_test_setup_teardown(test_slow_service, setup, teardown),
		cmocka_unit_test_setup_teardown(test_unknown_in_background, setup, teardown),
		cmocka_unit_test_setup_teardown(test_forget_while_asking, setup, teardown),
		cmocka_unit_test(test_file),
		cmocka_unit_test(test_file_changes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
