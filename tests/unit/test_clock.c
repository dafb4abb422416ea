// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "lib/clock.h"

#define SEC UINT64_C(1000000000)

static uint64_t now(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return ts.tv_sec * SEC + ts.tv_nsec;
}

/* Generous, for a busy machine: what is tested is that the clocks are not mixed up. */
static void assert_near(uint64_t a, uint64_t b)
{
	assert_in_range(a > b ? a - b : b - a, 0, SEC / 2);
}

static void test_offsets(void **state)
{
	struct clock clock;

	(void)state;
	assert_int_equal(clock_init(&clock), 0);
	assert_near(clock_mono_to_real(&clock, now(CLOCK_MONOTONIC)), now(CLOCK_REALTIME));
	assert_near(clock_boot_to_real(&clock, now(CLOCK_BOOTTIME)), now(CLOCK_REALTIME));
}

static void test_sync(void **state)
{
	struct clock clock;
	int64_t boot;

	(void)state;
	assert_int_equal(clock_init(&clock), 0);
	/* As after ten seconds of suspend. */
	clock.mono_to_real_ns -= 10 * (int64_t)SEC;
	boot = clock.boot_to_real_ns -= 10 * (int64_t)SEC;
	assert_int_equal(clock_sync(&clock), 0);
	assert_near(clock_mono_to_real(&clock, now(CLOCK_MONOTONIC)), now(CLOCK_REALTIME));
	assert_true(clock.boot_to_real_ns == boot);
}

/* Times from a damaged file must not be undefined behaviour. */
static void test_any_time(void **state)
{
	struct clock clock = { INT64_MAX, INT64_MIN };
	char buf[CLOCK_RFC3339_MAX];

	(void)state;
	clock_mono_to_real(&clock, UINT64_MAX);
	clock_boot_to_real(&clock, UINT64_MAX);
	assert_string_equal(clock_format_rfc3339(UINT64_MAX, true, buf),
			    "2554-07-21T23:34:33.709551615Z");
	assert_string_equal(clock_format_rfc3339(0, true, buf), "1970-01-01T00:00:00.000000000Z");
}

static void set_zone(const char *tz)
{
	setenv("TZ", tz, 1);
	tzset();
}

static void check_local(uint64_t ns, const char *want, const char *want_time)
{
	char buf[CLOCK_RFC3339_MAX], time[CLOCK_TIME_MAX];

	assert_string_equal(clock_format_rfc3339(ns, false, buf), want);
	assert_string_equal(clock_format_time(ns, false, time), want_time);
}

static void test_format(void **state)
{
	const uint64_t ns = 1795364326 * SEC + 123456789;
	char buf[CLOCK_RFC3339_MAX], time[CLOCK_TIME_MAX];

	(void)state;
	set_zone("UTC0");
	check_local(ns, "2026-11-22T16:18:46.123456789+00:00", "16:18:46.123456");
	assert_string_equal(clock_format_rfc3339(ns, true, buf), "2026-11-22T16:18:46.123456789Z");
	assert_string_equal(clock_format_time(ns, true, time), "16:18:46.123456");
	assert_string_equal(clock_format_time(ns + 876543210, true, time), "16:18:46.999999");
	assert_string_equal(clock_format_time(ns + 876543211, true, time), "16:18:47.000000");
}

/* The hour that comes twice, and the one that never comes. */
static void test_format_dst(void **state)
{
	const uint64_t spring = 1774746000 * SEC, autumn = 1793512800 * SEC;

	(void)state;
	set_zone("CET-1CEST,M3.5.0,M10.5.0/3");
	check_local(spring - 1, "2026-03-29T01:59:59.999999999+01:00", "01:59:59.999999");
	check_local(spring, "2026-03-29T03:00:00.000000000+02:00", "03:00:00.000000");
	set_zone("EST5EDT,M3.2.0,M11.1.0");
	check_local(autumn - 1, "2026-11-01T01:59:59.999999999-04:00", "01:59:59.999999");
	check_local(autumn, "2026-11-01T01:00:00.000000000-05:00", "01:00:00.000000");
	/* And back over the change, as a search in old events may go. */
	check_local(autumn - 1, "2026-11-01T01:59:59.999999999-04:00", "01:59:59.999999");
}

static void test_format_odd_zones(void **state)
{
	(void)state;
	set_zone("NPT-5:45");
	check_local(1795364400 * SEC, "2026-11-22T22:05:00.000000000+05:45", "22:05:00.000000");
	set_zone("NST3:30");
	check_local(1795364401 * SEC, "2026-11-22T12:50:01.000000000-03:30", "12:50:01.000000");
}

static void test_duration(void **state)
{
	static const struct {
		const char *text;
		uint64_t ns;
	} good[] = {
		{ "10", 10 * SEC },
		{ "1.5s", SEC * 3 / 2 },
		{ "500ms", SEC / 2 },
		{ "2m", 120 * SEC },
		{ "1h", 3600 * SEC },
		{ "1d", 86400 * SEC },
		{ "0.5d", 43200 * SEC },
		{ "7us", 7000 },
		{ "1ns", 1 },
		{ "0.000000001", 1 },
		{ "007", 7 * SEC },
		{ "9223372036854775807ns", INT64_MAX },
		{ "9223372036.854775807", INT64_MAX },
	};
	uint64_t ns;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(clock_parse_duration(good[i].text, &ns), 0);
		assert_true(ns == good[i].ns);
	}
}

static void test_duration_refuses(void **state)
{
	static const char *const bad[] = {
		"",
		"0",
		"0s",
		"0.0",
		"00",
		"s",
		".5",
		"5.",
		"5.s",
		"-1",
		"+1",
		" 1",
		"1 ",
		"1 s",
		"1S",
		"1sec",
		"1e3",
		"0x10",
		"1.5.5",
		"1,5",
		"inf",
		"nan",
		"1m30s",
		"1.5ns",
		"0.0000000001",
		"0.1ns",
		"9223372036854775808ns",
		"9223372036.854775808",
		"18446744073709551616ns",
		"18446744073709551617ns",
		"99999999999999999999999",
		"106752d",
		"18446744073.8",
	};
	uint64_t ns = 42;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(clock_parse_duration(bad[i], &ns), -EINVAL);
		assert_true(ns == 42);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_offsets),	   cmocka_unit_test(test_sync),
		cmocka_unit_test(test_any_time),   cmocka_unit_test(test_format),
		cmocka_unit_test(test_format_dst), cmocka_unit_test(test_format_odd_zones),
		cmocka_unit_test(test_duration),   cmocka_unit_test(test_duration_refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
