// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "events.h"

static struct correlator calls;
static struct seen seen;

static int setup(void **state)
{
	(void)state;
	calls = (struct correlator){ .handle = see, .context = &seen };
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	correlate_expire(&calls, UINT64_MAX);
	forget_seen(&seen);
	return calls.pending || calls.open;
}

static void add_signal(struct event *event, enum ks_ring ring, uint32_t tid)
{
	struct call_source source = { .ring = ring, .tid = tid };

	event->signal.call.ret_known = false;
	assert_int_equal(correlate_add_signal(&calls, event, source), 0);
}

/* A thread's signal to `target` in the call that began at `id`, sent at `time_ns`. */
static void add_in(enum ks_ring ring, uint32_t tid, uint64_t id, uint32_t target, uint64_t time_ns)
{
	struct event *event = new_signal(tid, target, 9);

	event->signal.call.id = id;
	event->time_ns = time_ns;
	add_signal(event, ring, tid);
}

static void add(uint32_t tid, uint64_t id, uint32_t target)
{
	add_in(KS_RING_BULK, tid, id, target, id);
}

/* One that got no signal, behind `place` other targets of the call. */
static void add_refused(uint32_t tid, uint64_t id, uint32_t target, uint32_t place, int number)
{
	struct event *event = new_signal(tid, target, number);

	event->signal.call.id = id;
	event->signal.is_refused = true;
	event->signal.prior_targets = place;
	event->signal.result = number ? RESULT_DENIED : RESULT_PROBED;
	add_signal(event, KS_RING_BULK, tid);
}

static void add_exit(uint32_t pid)
{
	correlate_add_other(&calls, new_exit(pid, 9));
}

/* What was seen, as words: "20 21" targets of one call, "x20" an exit, "l3" a loss. */
static void check_seen(const char *want)
{
	char text[4096] = "";
	size_t length = 0;

	for (size_t i = 0, in_batch = 0; i < seen.n; i++) {
		const struct event *event = seen.events[i];
		const char *between = !i ? "" : in_batch ? " " : ", ";

		if (event->type == EVENT_SIGNAL)
			length += snprintf(text + length, sizeof(text) - length, "%s%u", between,
					   event->signal.target.ids.process.pid);
		else if (event->type == EVENT_EXIT)
			length += snprintf(text + length, sizeof(text) - length, "%sx%u", between,
					   event->exit.process.ids.process.pid);
		else
			length += snprintf(text + length, sizeof(text) - length, "%sl%u", between,
					   (unsigned int)event->lost.count);
		in_batch = in_batch + 1 == seen.batch[i] ? 0 : in_batch + 1;
	}
	assert_string_equal(text, want);
	forget_seen(&seen);
}

/* Each event of the call has its place in it, and what the call returned. */
static void check_numbers(uint32_t targets, bool ret_known, int64_t ret)
{
	for (uint32_t i = 0; i < targets; i++) {
		const struct event_call *call = &seen.events[i]->signal.call;

		assert_int_equal(call->index, i);
		assert_int_equal(call->targets, targets);
		assert_int_equal(call->ret_known, ret_known);
		if (ret_known)
			assert_true(call->ret == ret);
	}
}

static void give_return(uint32_t tid, uint64_t id, int64_t ret, bool has_more)
{
	struct call_return returned = { .tid = tid, .id = id, .ret = ret, .has_more = has_more };

	correlate_return(&calls, &returned);
}

/* Found at the return, or in between: they go where the kernel looked at them. */
static void test_refused(void **state)
{
	(void)state;
	add(10, 100, 20);
	add(10, 100, 22);
	add(10, 100, 25);
	add_refused(10, 100, 21, 1, 9);
	add_refused(10, 100, 23, 3, 9);
	add_refused(10, 100, 24, 4, 9);
	add_refused(10, 100, 26, 6, 9);
	give_return(10, 100, 0, false);
	check_numbers(7, true, 0);
	assert_int_equal(seen.events[1]->signal.result, RESULT_DENIED);
	check_seen("20 21 22 23 24 25 26");
	add_refused(10, 200, 20, 0, 9);
	add(10, 200, 21);
	add_refused(10, 200, 22, 2, 9);
	give_return(10, 200, 0, false);
	check_seen("20 21 22");
}

/* Signal 0 shows nothing of the single targets, unless it was refused to all. */
static void test_refused_probe(void **state)
{
	static const struct {
		int64_t ret;
		enum event_result result;
	} rows[] = {
		{ 0, RESULT_PROBED },
		{ -EPERM, RESULT_DENIED },
		{ -EACCES, RESULT_DENIED },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		add_refused(10, 100 + i, 20, 0, 0);
		give_return(10, 100 + i, rows[i].ret, false);
		assert_int_equal(seen.events[0]->signal.result, rows[i].result);
		check_seen("20");
	}
}

static void test_no_return_expected(void **state)
{
	(void)state;
	correlate_add_alone(&calls, new_signal(10, 20, 9));
	assert_null(calls.pending);
	assert_int_equal(seen.n, 1);
	check_numbers(1, true, 0);
	check_seen("20");
}

static void test_one_target(void **state)
{
	(void)state;
	add(10, 500, 20);
	check_seen("");
	give_return(10, 500, 0, false);
	check_numbers(1, true, 0);
	check_seen("20");
	assert_null(calls.pending);
}

static void test_targets(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 200; i++)
		add(10, 500, 1000 + i);
	assert_int_equal(seen.n, 0);
	give_return(10, 500, 0, false);
	assert_int_equal(seen.n, 200);
	assert_int_equal(seen.calls, 1);
	check_numbers(200, true, 0);
	for (uint32_t i = 0; i < 200; i++)
		assert_int_equal(seen.events[i]->signal.target.ids.process.pid, 1000 + i);
}

/* Two rings have signals of the call: it is complete when both had its return. */
static void test_two_rings(void **state)
{
	(void)state;
	add(10, 500, 20);
	give_return(10, 500, -EPERM, true);
	check_seen("");
	add(10, 500, 21);
	give_return(10, 500, -EPERM, true);
	check_numbers(2, true, -EPERM);
	check_seen("20 21");
	assert_null(calls.pending);
}

/* One ring is read long before the other: the thread has made further calls by then. */
static void test_ring_behind(void **state)
{
	(void)state;
	add_in(KS_RING_LETHAL, 10, 500, 21, 502);
	give_return(10, 500, 0, true);
	add_in(KS_RING_LETHAL, 10, 600, 30, 600);
	check_seen("");
	give_return(10, 600, 0, false);
	check_seen("30");
	add_in(KS_RING_BULK, 10, 500, 20, 501);
	add_in(KS_RING_BULK, 10, 500, 22, 503);
	give_return(10, 500, 0, true);
	check_numbers(3, true, 0);
	check_seen("20 21 22");
	assert_int_equal(calls.unreturned, 0);
}

/* The same, and no call has signals in both. */
static void test_ring_behind_by_calls(void **state)
{
	(void)state;
	add_in(KS_RING_LETHAL, 10, 600, 30, 600);
	add_in(KS_RING_BULK, 10, 500, 20, 500);
	give_return(10, 500, 0, false);
	check_numbers(1, true, 0);
	check_seen("20");
	give_return(10, 600, 0, false);
	check_seen("30");
	add_in(KS_RING_BULK, 10, 700, 20, 700);
	add_in(KS_RING_BULK, 10, 800, 21, 800); /* a return was lost */
	check_numbers(1, false, 0);
	check_seen("20");
	give_return(10, 800, 0, false);
	check_seen("21");
	assert_int_equal(calls.unreturned, 1);
}

/* That of the other ring was lost: the result is known all the same. */
static void test_two_rings_return_lost(void **state)
{
	(void)state;
	add(10, 500, 20);
	give_return(10, 500, 0, true);
	correlate_expire(&calls, 501);
	check_numbers(1, true, 0);
	check_seen("20");
	assert_int_equal(calls.unreturned, 0);
}

/* A call may signal some and fail all the same: killpg() gives the last error. */
static void test_returns_error(void **state)
{
	(void)state;
	add(10, 500, 20);
	add(10, 500, 21);
	give_return(10, 500, -EPERM, false);
	check_numbers(2, true, -EPERM);
	check_seen("20 21");
}

static void test_threads_apart(void **state)
{
	(void)state;
	add(10, 500, 20);
	add(11, 500, 30); /* at the same time, on another CPU */
	add(10, 500, 21);
	add(12, 501, 40);
	give_return(12, 501, 0, false);
	check_seen("40");
	give_return(10, 500, 0, false);
	check_seen("20 21");
	give_return(11, 500, 0, false);
	check_seen("30");
}

/* The return was lost: the thread's next call shows that it has returned. */
static void test_return_lost(void **state)
{
	(void)state;
	add(10, 500, 20);
	add(10, 500, 21);
	add(11, 505, 50);
	check_seen("");
	add(10, 510, 30);
	check_numbers(2, false, 0);
	check_seen("20 21");
	give_return(10, 500, 0, false); /* of the call that is closed */
	check_seen("");
	give_return(10, 510, 0, false);
	check_numbers(1, true, 0);
	check_seen("30");
	give_return(11, 505, 0, false);
	check_seen("50");
}

static void test_unknown_return(void **state)
{
	(void)state;
	give_return(10, 500, 0, false);
	add(10, 500, 20);
	give_return(10, 499, 0, false);
	give_return(11, 500, 0, false);
	check_seen("");
	give_return(10, 500, 0, false);
	give_return(10, 500, 0, false);
	check_seen("20");
}

static void test_expire(void **state)
{
	(void)state;
	add(10, 500, 20);
	add(11, 600, 30);
	add(12, 700, 40);
	assert_false(correlate_has_older(&calls, 500));
	assert_true(correlate_has_older(&calls, 501));
	correlate_expire(&calls, 0);
	correlate_expire(&calls, 500);
	check_seen("");
	correlate_expire(&calls, 501);
	check_numbers(1, false, 0);
	check_seen("20");
	correlate_expire(&calls, 700);
	check_seen("30");
	correlate_expire(&calls, UINT64_MAX);
	check_seen("40");
	assert_null(calls.pending);
	correlate_expire(&calls, UINT64_MAX);
	check_seen("");
}

/* ---- exits ---- */

static void test_exit_alone(void **state)
{
	(void)state;
	add_exit(20);
	check_seen("x20");
	add(10, 500, 20);
	add_exit(21);
	check_seen("x21");
}

static void test_exit_waits(void **state)
{
	(void)state;
	add(10, 500, 20);
	add(10, 500, 21);
	add(11, 501, 30);
	add_exit(21);
	add_exit(20);
	check_seen("");
	add(10, 500, 22);
	give_return(11, 501, 0, false);
	check_seen("30");
	give_return(10, 500, 0, false);
	check_seen("20 21 22, x21, x20");
	assert_null(calls.pending);
}

/* The sender itself may be what ends: its call never returns. */
static void test_exit_of_sender(void **state)
{
	(void)state;
	add(10, 500, 10);
	add_exit(10);
	check_seen("");
	correlate_expire(&calls, 501);
	check_seen("10, x10");
}

static void test_exit_waits_for_lost_return(void **state)
{
	(void)state;
	add(10, 500, 20);
	add_exit(20);
	add(10, 510, 30);
	check_seen("20, x20");
}

/* Another process that had the pid before is not meant. */
static void test_exit_of_namesake(void **state)
{
	struct event *exit = new_exit(20, 9);

	(void)state;
	add(10, 500, 20);
	exit->exit.process.ids.process.start_ns++;
	correlate_add_other(&calls, exit);
	check_seen("x20");
}

/* Two calls hit it, and either may have ended it. */
static void test_exit_waits_for_all(void **state)
{
	(void)state;
	add(10, 500, 20);
	add(11, 501, 20);
	add_exit(20);
	give_return(10, 500, 0, false);
	check_seen("20");
	give_return(11, 501, 0, false);
	check_seen("20, x20");
}

/* ---- losses ---- */

static void add_lost(uint64_t count, uint64_t time_ns)
{
	struct event *lost = new_lost(count);

	lost->time_ns = time_ns;
	correlate_add_other(&calls, lost);
}

static void test_lost(void **state)
{
	(void)state;
	add_lost(3, 100);
	check_seen("l3");
	add(10, 500, 20);
	give_return(10, 500, 0, false);
	check_seen("20");
}

/* What came before the loss is shown before it; calls that began later need not be waited for. */
static void test_lost_in_order(void **state)
{
	(void)state;
	add(10, 500, 20);
	add(11, 700, 30);
	add_lost(3, 600);
	check_seen("");
	give_return(10, 500, 0, false);
	check_seen("20, l3");
	give_return(11, 700, 0, false);
	check_seen("30");
}

/* Thousands of threads in calls at once. */
static void test_many(void **state)
{
	(void)state;
	for (uint32_t tid = 1; tid <= 5000; tid++)
		add(tid, tid, 100000 + tid);
	for (uint32_t tid = 5000; tid > 0; tid--) {
		give_return(tid, tid, 0, false);
		assert_int_equal(seen.n, 1);
		assert_int_equal(seen.events[0]->signal.target.ids.process.pid, 100000 + tid);
		forget_seen(&seen);
	}
}

/* The BPF side cannot separate a call from the next with the same arguments if no return comes. */
static void test_same_call_again(void **state)
{
	(void)state;
	add(10, 100, 20);
	add(10, 100, 21);
	add(10, 100, 20);
	assert_int_equal(calls.unreturned, 1);
	check_numbers(2, false, 0);
	check_seen("20 21");
	add(10, 100, 21);
	give_return(10, 100, 0, false);
	check_numbers(2, true, 0);
	check_seen("20 21");
	assert_int_equal(calls.unreturned, 1);
}

/* Without the return, a probe may have been refused; other targets are known to have been. */
static void test_results_without_return(void **state)
{
	(void)state;
	add_refused(10, 100, 20, 0, 0);
	add_refused(11, 100, 21, 0, 9);
	correlate_expire(&calls, UINT64_MAX);
	assert_int_equal(calls.unreturned, 2);
	assert_int_equal(seen.n, 2);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(seen.events[i]->signal.result,
				 seen.events[i]->signal.number ? RESULT_DENIED : RESULT_UNKNOWN);
	forget_seen(&seen);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_refused),
		TEST(test_refused_probe),
		TEST(test_no_return_expected),
		TEST(test_one_target),
		TEST(test_targets),
		TEST(test_two_rings),
		TEST(test_ring_behind),
		TEST(test_ring_behind_by_calls),
		TEST(test_two_rings_return_lost),
		TEST(test_returns_error),
		TEST(test_threads_apart),
		TEST(test_return_lost),
		TEST(test_unknown_return),
		TEST(test_expire),
		TEST(test_exit_alone),
		TEST(test_exit_waits),
		TEST(test_exit_of_sender),
		TEST(test_exit_waits_for_lost_return),
		TEST(test_exit_of_namesake),
		TEST(test_exit_waits_for_all),
		TEST(test_lost),
		TEST(test_lost_in_order),
		TEST(test_many),
		TEST(test_same_call_again),
		TEST(test_results_without_return),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
