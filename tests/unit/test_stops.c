// SPDX-License-Identifier: GPL-2.0-only
#include <signal.h>

#include "events.h"
#include "enrich/stops.h"

static struct stops stops;

static int teardown(void **state)
{
	(void)state;
	stops_clear(&stops);
	return stops.all != NULL;
}

/* What becomes of the result of that signal. */
static enum event_result note(uint32_t target, int number, enum event_result result)
{
	struct event *event = new_signal(10, target, number);

	event->signal.result = result;
	event->signal.reason = result == RESULT_IGNORED ? KS_REASON_DEFAULT : KS_REASON_NONE;
	stops_note(&stops, event);
	result = event->signal.result;
	assert_int_equal(event->signal.reason,
			 result == RESULT_IGNORED ? KS_REASON_DEFAULT : KS_REASON_NONE);
	event_free(event);
	return result;
}

static void test_resumes_once(void **state)
{
	(void)state;
	assert_int_equal(note(20, SIGCONT, RESULT_IGNORED), RESULT_IGNORED);
	note(20, SIGSTOP, RESULT_DELIVERED);
	note(20, SIGSTOP, RESULT_PENDING);
	assert_int_equal(note(21, SIGCONT, RESULT_IGNORED), RESULT_IGNORED);
	assert_int_equal(note(20, SIGCONT, RESULT_IGNORED), RESULT_RESUMED);
	assert_int_equal(note(20, SIGCONT, RESULT_IGNORED), RESULT_IGNORED);
	assert_null(stops.all);
}

/* What has a handler is delivered, and the kernel may know better itself. */
static void test_other_results_stay(void **state)
{
	static const enum event_result results[] = { RESULT_DELIVERED, RESULT_PENDING,
						     RESULT_RESUMED, RESULT_DENIED };

	(void)state;
	for (size_t i = 0; i < sizeof(results) / sizeof(results[0]); i++) {
		note(20, SIGSTOP, RESULT_DELIVERED);
		assert_int_equal(note(20, SIGCONT, results[i]), results[i]);
	}
	note(20, SIGSTOP, RESULT_DENIED);
	assert_int_equal(note(20, SIGCONT, RESULT_IGNORED), RESULT_IGNORED);
	note(20, SIGTSTP, RESULT_DELIVERED); /* it may have a handler */
	assert_int_equal(note(20, SIGCONT, RESULT_IGNORED), RESULT_IGNORED);
}

static void test_end(void **state)
{
	struct event *exit = new_exit(20, SIGKILL);

	(void)state;
	note(20, SIGSTOP, RESULT_DELIVERED);
	stops_note(&stops, exit);
	event_free(exit);
	assert_null(stops.all);
}

/* However many are stopped, there is an end to what is kept. */
static void test_bound(void **state)
{
	(void)state;
	for (uint32_t pid = 100; pid < 10000; pid++)
		note(pid, SIGSTOP, RESULT_DELIVERED);
	assert_int_equal(note(100, SIGCONT, RESULT_IGNORED), RESULT_IGNORED);
	assert_int_equal(note(9999, SIGCONT, RESULT_IGNORED), RESULT_RESUMED);
}

#define TEST(name) cmocka_unit_test_teardown(name, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_resumes_once),
		TEST(test_other_results_stay),
		TEST(test_end),
		TEST(test_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
