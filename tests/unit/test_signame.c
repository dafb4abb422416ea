// SPDX-License-Identifier: GPL-2.0-only
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* sigabbrev_np() */
#endif

#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/signame.h"

#ifdef __GLIBC_PREREQ
#if __GLIBC_PREREQ(2, 32)
#define HAVE_SIGABBREV
#endif
#endif

#define BIT(sig) (UINT64_C(1) << ((sig)-1))

static void assert_name(int sig, const char *name)
{
	char buf[SIGNAME_MAX];

	assert_string_equal(signame_get(sig, buf), name);
}

static void test_get(void **state)
{
	(void)state;
	assert_name(0, "0");
	assert_name(1, "SIGHUP");
	assert_name(6, "SIGABRT");
	assert_name(9, "SIGKILL");
	assert_name(16, "SIGSTKFLT");
	assert_name(17, "SIGCHLD");
	assert_name(29, "SIGIO");
	assert_name(30, "SIGPWR");
	assert_name(31, "SIGSYS");
	assert_name(32, "SIG32");
	assert_name(33, "SIG33");
	assert_name(34, "SIGRTMIN");
	assert_name(35, "SIGRTMIN+1");
	assert_name(63, "SIGRTMIN+29");
	assert_name(64, "SIGRTMAX");
	assert_name(65, "SIG65");
	assert_name(99, "SIG99");
	assert_name(-1, "SIG-1");
	assert_name(INT_MAX, "SIG2147483647");
	assert_name(INT_MIN, "SIG-2147483648");
}

/* Every number has its name, which reads back, with and without SIG and in any case. */
static void test_round_trip(void **state)
{
	char buf[SIGNAME_MAX], text[SIGNAME_MAX];

	(void)state;
	for (int sig = 0; sig <= SIGNAME_MAX_SIG; sig++) {
		const char *name = signame_get(sig, buf);

		assert_non_null(name);
		assert_int_equal(signame_parse(name), sig);
		if (sig)
			assert_int_equal(signame_parse(name + 3), sig);
		for (size_t i = 0; i <= strlen(name); i++)
			text[i] = name[i] >= 'A' && name[i] <= 'Z' ? name[i] + 32 : name[i];
		assert_int_equal(signame_parse(text), sig);
		snprintf(text, sizeof(text), "%d", sig);
		assert_int_equal(signame_parse(text), sig);
	}
}

#ifdef HAVE_SIGABBREV
/* The C library is the witness for the table. */
static void test_names_match_libc(void **state)
{
	char buf[SIGNAME_MAX];

	(void)state;
	for (int sig = 1; sig < 32; sig++) {
		const char *abbrev = sigabbrev_np(sig);

		assert_non_null(abbrev);
		assert_int_equal(signame_parse(abbrev), sig);
		if (sig != SIGIO)
			assert_string_equal(signame_get(sig, buf) + 3, abbrev);
	}
}
#endif

static void test_parse(void **state)
{
	(void)state;
	assert_int_equal(signame_parse("KiLl"), 9);
	assert_int_equal(signame_parse("SIGPOLL"), SIGIO);
	assert_int_equal(signame_parse("io"), SIGIO);
	assert_int_equal(signame_parse("IOT"), SIGABRT);
	assert_int_equal(signame_parse("sigcld"), SIGCHLD);
	assert_int_equal(signame_parse("RTMIN"), 34);
	assert_int_equal(signame_parse("RTMIN+0"), 34);
	assert_int_equal(signame_parse("sigrtmin+3"), 37);
	assert_int_equal(signame_parse("RTMIN+30"), 64);
	assert_int_equal(signame_parse("SIGRTMAX-2"), 62);
	assert_int_equal(signame_parse("RTMAX-30"), 34);
	assert_int_equal(signame_parse("SIG9"), 9);
}

static void test_parse_refuses(void **state)
{
	static const char *const bad[] = {
		"",
		" ",
		"9x",
		" 9",
		"9 ",
		"+9",
		"-9",
		"65",
		"100",
		"4294967305",
		"0x9",
		"9.0",
		"SIG",
		"SIG65",
		"SIG-1",
		"SIG 9",
		"SIGSIGKILL",
		"KIL",
		"KILLL",
		"KILL ",
		"RTMIN+",
		"RTMIN+31",
		"RTMIN-1",
		"RTMIN++1",
		"RTMIN+ 1",
		"RTMAX+1",
		"RTMAX-31",
		"RTMIN3",
		"RTMI",
		"fatal",
		"all",
		"!9",
		"9,15",
		"SIGRTMIN+99999999999999999999",
		"18446744073709551625",
		"\xff",
		"K\304\260LL",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(signame_parse(bad[i]), -EINVAL);
}

static void test_lethal(void **state)
{
	static const int harmless[] = { SIGCHLD, SIGCONT, SIGURG,  SIGWINCH,
					SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU };
	uint64_t mask = UINT64_MAX;

	(void)state;
	for (size_t i = 0; i < sizeof(harmless) / sizeof(harmless[0]); i++)
		mask &= ~BIT(harmless[i]);
	assert_true(signame_fatal_mask() == mask);
	for (int sig = 1; sig <= 64; sig++)
		assert_int_equal(signame_is_fatal(sig), !!(mask & BIT(sig)));
	assert_false(signame_is_fatal(0));
	assert_false(signame_is_fatal(-1));
	assert_false(signame_is_fatal(65));
	assert_false(signame_is_fatal(INT_MAX));
}

static void test_bit(void **state)
{
	(void)state;
	assert_true(signame_bit(0) == 0);
	assert_true(signame_bit(1) == 1);
	assert_true(signame_bit(64) == UINT64_C(1) << 63);
	assert_true(signame_bit(65) == 0);
	assert_true(signame_bit(INT_MIN) == 0);
}

/* What up to two lists mean, with KILL, CHLD and 0 as the default set. */
static int finish(const char *list1, const char *list2, struct sigset_mask *wanted,
		  struct sigset_mask *named)
{
	const struct sigset_mask defaults = { BIT(9) | BIT(17), true };
	struct sigset_spec spec;
	const char *bad;
	size_t len;

	signame_spec_init(&spec);
	if (list1)
		assert_int_equal(signame_parse_list(list1, &spec, &bad, &len), 0);
	if (list2)
		assert_int_equal(signame_parse_list(list2, &spec, &bad, &len), 0);
	return signame_spec_finish(&spec, &defaults, wanted, named);
}

static void assert_meaning(const char *list1, const char *list2, struct sigset_mask want,
			   struct sigset_mask name)
{
	struct sigset_mask wanted, named;

	assert_int_equal(finish(list1, list2, &wanted, &named), 0);
	assert_true(wanted.bits == want.bits);
	assert_int_equal(wanted.zero, want.zero);
	assert_true(named.bits == name.bits);
	assert_int_equal(named.zero, name.zero);
}

static void test_lists(void **state)
{
	const struct sigset_mask none = { 0 };
	const struct sigset_mask defaults = { BIT(9) | BIT(17), true };
	const struct sigset_mask two = { BIT(2) | BIT(15), false };
	const struct sigset_mask fatal = { signame_fatal_mask(), false };
	const struct sigset_mask all = { UINT64_MAX, true };

	(void)state;
	assert_meaning(NULL, NULL, defaults, none);
	assert_meaning("2,TERM", NULL, two, two);
	assert_meaning("2", "SIGTERM", two, two);
	assert_meaning("fatal", NULL, fatal, fatal);
	assert_meaning("All", NULL, all, all);
	assert_meaning("0", NULL, (struct sigset_mask){ 0, true }, (struct sigset_mask){ 0, true });
	assert_meaning("64", NULL, (struct sigset_mask){ BIT(64), false },
		       (struct sigset_mask){ BIT(64), false });
}

static void test_exclusions(void **state)
{
	const struct sigset_mask none = { 0 };
	const struct sigset_mask kill = { BIT(9), false };
	const struct sigset_mask rest = { UINT64_MAX & ~BIT(17), false };

	(void)state;
	/* Only exclusions: the default set without them, and nothing counts as named. */
	assert_meaning("!CHLD,!0", NULL, kill, none);
	assert_meaning("!17", "!0", kill, none);
	assert_meaning("!CHLD", NULL, (struct sigset_mask){ BIT(9), true }, none);
	/* An exclusion wins wherever it stands. */
	assert_meaning("all,!17,!0", NULL, rest, rest);
	assert_meaning("!17,!0,all", NULL, rest, rest);
	assert_meaning("!17", "all,!0", rest, rest);
	assert_meaning("KILL,CHLD,!fatal", NULL, (struct sigset_mask){ BIT(17), false },
		       (struct sigset_mask){ BIT(17), false });
}

static void test_nothing_left(void **state)
{
	struct sigset_mask wanted, named;

	(void)state;
	assert_int_equal(finish("KILL,!9", NULL, &wanted, &named), -EINVAL);
	assert_int_equal(finish("!all", NULL, &wanted, &named), -EINVAL);
	assert_int_equal(finish("0", "!0", &wanted, &named), -EINVAL);
}

static void test_list_errors(void **state)
{
	static const struct {
		const char *list;
		size_t at, len;
	} bad[] = {
		{ "", 0, 0 },
		{ ",", 0, 0 },
		{ "9,", 2, 0 },
		{ "9,,15", 2, 0 },
		{ "9 ,", 3, 0 },
		{ " ", 1, 0 },
		{ "9 BOGUS", 2, 5 },
		{ "KILL,BOGUS,TERM", 5, 5 },
		{ "!", 0, 1 },
		{ "9,!!15", 2, 4 },
		{ "! 9", 0, 1 },
		{ "!9x", 0, 3 },
		{ "fatal+1", 0, 7 },
		{ "9,65", 2, 2 },
		{ "9,aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa,1", 2, 40 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct sigset_spec spec, before;
		const char *at = NULL;
		size_t len = 99;

		signame_spec_init(&spec);
		spec.named.bits = 4;
		before = spec;
		assert_int_equal(signame_parse_list(bad[i].list, &spec, &at, &len), -EINVAL);
		assert_ptr_equal(at, bad[i].list + bad[i].at);
		assert_int_equal(len, bad[i].len);
		assert_true(spec.named.bits == before.named.bits && !spec.excluded.bits);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_get),
		cmocka_unit_test(test_round_trip),
#ifdef HAVE_SIGABBREV
		cmocka_unit_test(test_names_match_libc),
#endif
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_parse_refuses),
		cmocka_unit_test(test_lethal),
		cmocka_unit_test(test_bit),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_exclusions),
		cmocka_unit_test(test_nothing_left),
		cmocka_unit_test(test_list_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
