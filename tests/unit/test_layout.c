// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/btf.h>
#include <cmocka.h>

#include "kernel/layout.h"

static struct btf *btf;

/*
 * struct inner { u32 first; struct inner *next; };
 * struct outer {
 *	u32 number;
 *	struct inner in;
 *	union { u64 word; struct { u32 low, high; }; };
 *	struct inner array[3];
 *	u64 tail[];
 * };
 */
static int setup(void **state)
{
	int u32_id, u64_id, inner, alias, pair, either, array, tail;

	(void)state;
	btf = btf__new_empty();
	u32_id = btf__add_int(btf, "u32", 4, 0);
	u64_id = btf__add_int(btf, "u64", 8, 0);
	inner = btf__add_struct(btf, "inner", 16);
	btf__add_field(btf, "first", u32_id, 0, 0);
	btf__add_field(btf, "next", inner + 1, 64, 0);
	btf__add_ptr(btf, inner);
	alias = btf__add_typedef(btf, "inner_t", inner);
	pair = btf__add_struct(btf, "", 8);
	btf__add_field(btf, "low", u32_id, 0, 0);
	btf__add_field(btf, "high", u32_id, 32, 0);
	either = btf__add_union(btf, "", 8);
	btf__add_field(btf, "word", u64_id, 0, 0);
	btf__add_field(btf, "", pair, 0, 0);
	array = btf__add_array(btf, u32_id, inner, 3);
	tail = btf__add_array(btf, u32_id, u64_id, 0);
	btf__add_struct(btf, "outer", 80);
	btf__add_field(btf, "number", u32_id, 0, 0);
	btf__add_field(btf, "in", alias, 64, 0);
	btf__add_field(btf, "", either, 192, 0);
	btf__add_field(btf, "array", array, 256, 0);
	return btf__add_field(btf, "tail", tail, 640, 0);
}

static int teardown(void **state)
{
	(void)state;
	btf__free(btf);
	return 0;
}

static void check(const char *type, const char *path, uint32_t want_offset, uint32_t want_bytes)
{
	uint32_t offset, bytes;

	assert_int_equal(layout_find(btf, type, path, &offset, &bytes), 0);
	assert_int_equal(offset, want_offset);
	assert_int_equal(bytes, want_bytes);
}

static void test_members(void **state)
{
	(void)state;
	check("outer", "", 0, 80);
	check("outer", "number", 0, 4);
	check("outer", "in", 8, 16);
	check("outer", "in.first", 8, 4);
	check("outer", "in.next", 16, sizeof(void *));
	check("outer", "array", 32, 48);
	check("outer", "tail", 80, 0);
	check("inner", "next", 8, sizeof(void *));
}

static void test_anonymous(void **state)
{
	(void)state;
	check("outer", "word", 24, 8);
	check("outer", "low", 24, 4);
	check("outer", "high", 28, 4);
}

static void test_missing(void **state)
{
	static const char *const paths[][2] = {
		{ "other", "" },
		{ "inner_t", "first" }, /* no struct */
		{ "outer", "numbe" },
		{ "outer", "number2" },
		{ "outer", "number.first" },
		{ "outer", "in.second" },
		{ "outer", "in.next.first" }, /* behind a pointer */
		{ "outer", "array.first" },
	};
	uint32_t offset = 7, bytes = 7;

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		assert_int_equal(layout_find(btf, paths[i][0], paths[i][1], &offset, &bytes),
				 -ENOENT);
	assert_int_equal(offset, 7);
	assert_int_equal(bytes, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_members),
		cmocka_unit_test(test_anonymous),
		cmocka_unit_test(test_missing),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
