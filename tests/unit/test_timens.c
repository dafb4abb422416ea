// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "kernel/proc_seed.h"
#include "lib/timens.h"

#define SECOND INT64_C(1000000000)

static void test_parse(void **state)
{
	struct timens got = { 0 };

	(void)state;
	assert_int_equal(timens_parse("monotonic           86400         0\n"
				      "boottime            604800         5\n",
				      &got),
			 0);
	assert_true(got.monotonic_ns == 86400 * SECOND && got.boottime_ns == 604800 * SECOND + 5);
	assert_int_equal(timens_parse("monotonic -10 999999999\nboottime 0 0\n", &got), 0);
	assert_true(got.monotonic_ns == -9 * SECOND - 1 && got.boottime_ns == 0);
}

static void test_bad(void **state)
{
	static const char *const bad[] = { "", "monotonic 1 2\n", "monotonic\nboottime 1 2\n",
					   "monotonic 1 2\nboottime 9223372036854775807 0\n" };
	struct timens got = { 7, 8 };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(timens_parse(bad[i], &got), -EBADMSG);
	assert_true(got.monotonic_ns == 7 && got.boottime_ns == 8);
}

/* What /proc/PID/stat says in a namespace that is ahead: see proc_pid_stat() and nsec_to_clock_t().
 */
static uint64_t shown_ticks(uint64_t start_ns, int64_t ahead_ns)
{
	return (start_ns + (uint64_t)ahead_ns) / 10000000;
}

static void test_starts(void **state)
{
	static const int64_t aheads[] = { 0,  86400 * SECOND, -86400 * SECOND, 5,
					  -5, 9999999,	      SECOND / 3,      -7 * SECOND - 1 };
	static const uint64_t starts[] = { 0, 1, 9999999, 10000000, 123456789012345, 5 * SECOND };

	(void)state;
	for (size_t i = 0; i < sizeof(aheads) / sizeof(aheads[0]); i++) {
		for (size_t j = 0; j < sizeof(starts) / sizeof(starts[0]); j++) {
			uint64_t got[PROC_SEED_STARTS_MAX] = { 0 };
			size_t n = proc_seed_find_starts(shown_ticks(starts[j], aheads[i]),
							 aheads[i], got);

			assert_in_range(n, 1, 2);
			assert_true(got[0] == starts[j] / 10000000 ||
				    (n == 2 && got[1] == starts[j] / 10000000));
		}
	}
}

/* Whole seconds, as unshare(1) has them: there is no choice. */
static void test_whole_seconds(void **state)
{
	uint64_t got[PROC_SEED_STARTS_MAX];

	(void)state;
	assert_int_equal(proc_seed_find_starts(1234, 0, got), 1);
	assert_int_equal(got[0], 1234);
	assert_int_equal(proc_seed_find_starts(8641234, 86400 * SECOND, got), 1);
	assert_int_equal(got[0], 1234);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_starts),
		cmocka_unit_test(test_whole_seconds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
