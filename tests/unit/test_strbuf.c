// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "lib/strbuf.h"

static void test_empty(void **state)
{
	struct strbuf sb = { 0 };

	(void)state;
	assert_string_equal(strbuf_str(&sb), "");
	strbuf_add(&sb, NULL, 0);
	strbuf_adds(&sb, "");
	assert_string_equal(strbuf_str(&sb), "");
	assert_int_equal(sb.err, 0);
	strbuf_free(&sb);
	strbuf_free(NULL);
}

static void test_any_bytes(void **state)
{
	struct strbuf sb = { 0 };

	(void)state;
	strbuf_add(&sb, "a\0b", 3);
	strbuf_addc(&sb, '\0');
	strbuf_addc(&sb, 'c');
	assert_int_equal(sb.len, 5);
	assert_memory_equal(sb.data, "a\0b\0c", 6);
	strbuf_free(&sb);
}

/* Each way of adding crosses the point where memory has to grow. */
static void test_growth(void **state)
{
	struct strbuf one = { 0 }, text = { 0 }, fmt = { 0 };

	(void)state;
	for (int i = 0; i < 10000; i++) {
		strbuf_addc(&one, 'a' + i % 26);
		strbuf_add(&text, &(char){ 'a' + i % 26 }, 1);
		strbuf_addf(&fmt, "%c", 'a' + i % 26);
		assert_int_equal(one.data[one.len], 0);
		assert_int_equal(fmt.data[fmt.len], 0);
	}
	assert_int_equal(one.len, 10000);
	assert_string_equal(strbuf_str(&one), strbuf_str(&text));
	assert_string_equal(strbuf_str(&one), strbuf_str(&fmt));
	strbuf_free(&one);
	strbuf_free(&text);
	strbuf_free(&fmt);
}

static void test_addf_longer_than_room(void **state)
{
	struct strbuf sb = { 0 };

	(void)state;
	strbuf_addf(&sb, "<%0*d>", 5000, 7);
	assert_int_equal(sb.len, 5002);
	assert_string_equal(strbuf_str(&sb) + 4999, "07>");
	strbuf_free(&sb);
}

/* As printf() writes them, whatever is in the buffer already. */
static void check_number(uint64_t number)
{
	struct strbuf got = { 0 }, want = { 0 };

	for (int i = 0; i < 20; i++) {
		strbuf_add_unsigned(&got, number);
		strbuf_addc(&got, ' ');
		strbuf_add_signed(&got, number);
		strbuf_addc(&got, ' ');
		strbuf_add_hex(&got, number);
		strbuf_addc(&got, '\n');
		strbuf_addf(&want, "%" PRIu64 " %" PRId64 " %" PRIx64 "\n", number, (int64_t)number,
			    number);
		assert_int_equal(got.len, want.len);
		assert_string_equal(strbuf_str(&got), strbuf_str(&want));
	}
	strbuf_free(&got);
	strbuf_free(&want);
}

static void test_numbers(void **state)
{
	(void)state;
	check_number(UINT64_MAX);
	check_number(INT64_MIN);
	for (uint64_t ten = 1; ten < UINT64_MAX / 10; ten *= 10)
		for (uint64_t digit = 1; digit < 10; digit++) {
			check_number(ten * digit - 1);
			check_number(ten * digit);
			check_number(-ten * digit);
		}
	for (int bit = 0; bit < 64; bit++) {
		check_number(UINT64_C(1) << bit);
		check_number((UINT64_C(1) << bit) - 1);
	}
}

static void test_fill(void **state)
{
	struct strbuf sb = { 0 };

	(void)state;
	strbuf_fill(&sb, ' ', 0);
	assert_null(sb.data);
	strbuf_fill(&sb, 'a', 3);
	strbuf_fill(&sb, 'b', 1000);
	assert_int_equal(strlen(strbuf_str(&sb)), 1003);
	assert_int_equal(strspn(sb.data + 3, "b"), 1000);
	strbuf_free(&sb);
}

static void test_reset_keeps_memory(void **state)
{
	struct strbuf sb = { 0 };
	char *data;

	(void)state;
	strbuf_adds(&sb, "text");
	data = sb.data;
	strbuf_reset(&sb);
	assert_string_equal(strbuf_str(&sb), "");
	strbuf_adds(&sb, "more");
	assert_ptr_equal(sb.data, data);
	assert_string_equal(strbuf_str(&sb), "more");
	strbuf_free(&sb);
	assert_string_equal(strbuf_str(&sb), "");
}

static void test_reserve(void **state)
{
	struct strbuf sb = { 0 };
	char *at = strbuf_reserve(&sb, 1000);

	(void)state;
	assert_non_null(at);
	memset(at, 'x', 1000);
	sb.len += 1000;
	sb.data[sb.len] = '\0';
	strbuf_addc(&sb, 'y');
	assert_int_equal(strlen(strbuf_str(&sb)), 1001);
	strbuf_free(&sb);
}

/* A size that cannot be had: nothing is read, nothing wraps, and what was there stays. */
static void test_error_sticks(void **state)
{
	static const size_t sizes[] = { SIZE_MAX, SIZE_MAX - 3, SIZE_MAX / 2, PTRDIFF_MAX - 3 };

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct strbuf sb = { 0 };

		strbuf_adds(&sb, "kept");
		assert_null(strbuf_reserve(&sb, sizes[i]));
		assert_int_equal(sb.err, -ENOMEM);
		strbuf_adds(&sb, "dropped");
		strbuf_addc(&sb, 'd');
		strbuf_addf(&sb, "%d", 1);
		strbuf_add_signed(&sb, -1);
		strbuf_add_hex(&sb, 1);
		strbuf_fill(&sb, ' ', 1);
		assert_string_equal(strbuf_str(&sb), "kept");
		assert_int_equal(sb.err, -ENOMEM);
		strbuf_reset(&sb);
		strbuf_adds(&sb, "again");
		assert_string_equal(strbuf_str(&sb), "again");
		strbuf_free(&sb);
	}
}

static void test_cut(void **state)
{
	struct strbuf sb = { 0 };

	(void)state;
	strbuf_cut(&sb, 0);
	strbuf_adds(&sb, "abc");
	strbuf_cut(&sb, 4);
	strbuf_cut(&sb, 3);
	assert_string_equal(strbuf_str(&sb), "abc");
	strbuf_cut(&sb, 1);
	assert_int_equal(sb.len, 1);
	assert_string_equal(strbuf_str(&sb), "a");
	strbuf_free(&sb);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_any_bytes),
		cmocka_unit_test(test_growth),
		cmocka_unit_test(test_addf_longer_than_room),
		cmocka_unit_test(test_reset_keeps_memory),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_fill),
		cmocka_unit_test(test_reserve),
		cmocka_unit_test(test_error_sticks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
