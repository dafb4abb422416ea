// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/objects.h"
#include "lib/gunzip.h"

/* gzip -9n of "killsnoop killsnoop killsnoop\n" */
static const unsigned char member[] = {
	0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xcb, 0xce,
	0xcc, 0xc9, 0x29, 0xce, 0xcb, 0xcf, 0x2f, 0x50, 0xc8, 0xc6, 0x64, 0x71,
	0x01, 0x00, 0xff, 0xcd, 0xfa, 0x87, 0x1e, 0x00, 0x00, 0x00,
};
static const char text[] = "killsnoop killsnoop killsnoop\n";

static void assert_refused(const unsigned char *bytes, size_t n)
{
	void *inflated = NULL;
	size_t size = 1;

	assert_int_equal(gunzip(bytes, n, &inflated, &size), -EBADMSG);
	assert_null(inflated);
	assert_int_equal(size, 1);
}

static void test_whole(void **state)
{
	void *inflated;
	size_t size;

	(void)state;
	assert_int_equal(gunzip(member, sizeof(member), &inflated, &size), 0);
	assert_int_equal(size, sizeof(text) - 1);
	assert_memory_equal(inflated, text, size);
	free(inflated);
}

/* In memory of just that length: sanitizers see what is read behind it. */
static void test_cut(void **state)
{
	(void)state;
	for (size_t n = 0; n < sizeof(member); n++) {
		unsigned char *cut = malloc(n ? n : 1);

		assert_non_null(cut);
		memcpy(cut, member, n);
		assert_refused(cut, n);
		free(cut);
	}
}

/* The time, the way it was deflated and the system, bytes 4 to 9, are not checked. */
static void test_changed(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(member); i++) {
		unsigned char changed[sizeof(member)];

		if (i >= 4 && i < 10)
			continue;
		memcpy(changed, member, sizeof(member));
		changed[i] ^= 0xff;
		assert_refused(changed, sizeof(changed));
	}
}

/* A size of 4 GB is not believed, and what is behind the member is no part of it. */
static void test_other_sizes(void **state)
{
	unsigned char huge[sizeof(member)], longer[sizeof(member) + 1] = { 0 };

	(void)state;
	memcpy(huge, member, sizeof(member));
	memset(huge + sizeof(huge) - 4, 0xff, 4);
	assert_refused(huge, sizeof(huge));
	memcpy(longer, member, sizeof(member));
	assert_refused(longer, sizeof(longer));
}

static void test_objects(void **state)
{
	(void)state;
	for (enum object object = 0; object < OBJECT_MAX; object++) {
		void *inflated;
		size_t size;

		assert_int_equal(objects_inflate(object, &inflated, &size), 0);
		assert_true(size > 4);
		assert_memory_equal(inflated, "\177ELF", 4);
		free(inflated);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),	cmocka_unit_test(test_cut),
		cmocka_unit_test(test_changed), cmocka_unit_test(test_other_sizes),
		cmocka_unit_test(test_objects),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
