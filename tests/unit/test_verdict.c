// SPDX-License-Identifier: GPL-2.0-only
#include <signal.h>

#include "events.h"
#include "verdict.h"

static struct verdicts verdicts;

static int teardown(void **state)
{
	(void)state;
	verdict_clear(&verdicts);
	return verdicts.all != NULL;
}

static void note_event(struct event *event)
{
	verdict_note(&verdicts, event);
	event_free(event);
}

/* `seq` tells the events apart; its time is ten times that. */
static void note(uint64_t seq, uint32_t sender, uint32_t target, int number)
{
	struct event *event = new_signal(sender, target, number);

	event->seq = seq;
	event->time_ns = seq * 10;
	note_event(event);
}

static void note_result(uint64_t seq, uint32_t sender, uint32_t target, int number,
			enum event_result result)
{
	struct event *event = new_signal(sender, target, number);

	event->seq = seq;
	event->signal.result = result;
	note_event(event);
}

/* The seq of the cause and the sender's pid, 0 for none. */
static void check_exit(uint32_t pid, uint32_t code, uint64_t seq, uint32_t sender)
{
	struct event *exit = new_exit(pid, code);

	verdict_reach(&verdicts, exit);
	assert_int_equal(exit->exit.cause.known, seq != 0);
	assert_int_equal(exit->exit.cause.seq, seq);
	assert_int_equal(exit->exit.cause.sender.present, sender != 0);
	assert_int_equal(exit->exit.cause.sender.ids.process.pid, sender);
	if (seq)
		assert_int_equal(exit->exit.cause.signal, code & 0x7f);
	event_free(exit);
}

static void test_kill(void **state)
{
	(void)state;
	note(1, 10, 20, SIGKILL);
	check_exit(20, SIGKILL, 1, 10);
	check_exit(20, SIGKILL, 0, 0); /* told once */
	assert_null(verdicts.all);
}

static void test_nothing_noted(void **state)
{
	(void)state;
	check_exit(20, SIGKILL, 0, 0);
	note(1, 10, 21, SIGKILL);
	check_exit(20, SIGKILL, 0, 0);
	check_exit(21, SIGKILL, 1, 10);
}

static void test_core(void **state)
{
	(void)state;
	note(1, 10, 20, SIGQUIT);
	check_exit(20, SIGQUIT | 0x80, 1, 10);
}

static void test_realtime(void **state)
{
	(void)state;
	note(1, 10, 20, 34);
	note(2, 11, 20, 64);
	check_exit(20, 34, 1, 10);
}

/* SIGTERM was handled and SIGKILL ended it, or the other way round of a slow handler. */
static void test_handled_before(void **state)
{
	(void)state;
	note(1, 10, 20, SIGTERM);
	note(2, 11, 20, SIGKILL);
	check_exit(20, SIGKILL, 2, 11);
	assert_null(verdicts.all); /* SIGTERM's is forgotten with the process */
	note(3, 10, 20, SIGTERM);
	note(4, 11, 20, SIGUSR1);
	check_exit(20, SIGTERM, 3, 10);
	assert_null(verdicts.all);
}

/* Handled all of it, and then it just ended: nobody is to blame. */
static void test_exited(void **state)
{
	(void)state;
	note(1, 10, 20, SIGTERM);
	check_exit(20, 0, 0, 0);
	note(2, 10, 20, SIGTERM);
	check_exit(20, SIGTERM << 8, 0, 0); /* exit(15) is no signal */
	assert_null(verdicts.all);
}

/* Of several that took the same signal, the last one found no handler any more. */
static void test_same_signal_again(void **state)
{
	(void)state;
	note(1, 10, 20, SIGTERM);
	note(2, 11, 20, SIGTERM);
	note(3, 12, 20, SIGTERM);
	check_exit(20, SIGTERM, 3, 12);
}

static void test_results(void **state)
{
	(void)state;
	note(1, 10, 20, SIGKILL);
	note_result(2, 11, 20, SIGKILL, RESULT_IGNORED); /* it is being killed already */
	note_result(3, 12, 20, SIGKILL, RESULT_DENIED);
	note_result(4, 13, 20, SIGKILL, RESULT_PENDING);
	note_result(5, 14, 20, SIGKILL, RESULT_OVERFLOW);
	check_exit(20, SIGKILL, 1, 10);
}

/* A full queue costs the siginfo, not the signal: it ends the process all the same. */
static void test_lost_info(void **state)
{
	(void)state;
	note_result(1, 10, 20, SIGTERM, RESULT_LOST_INFO);
	check_exit(20, SIGTERM, 1, 10);
}

static void test_not_lethal(void **state)
{
	static const int harmless[] = { 0,	  SIGCHLD, SIGCONT, SIGSTOP,   SIGTSTP,	 SIGURG,
					SIGWINCH, -1,	   65,	    INT32_MAX, INT32_MIN };

	(void)state;
	for (size_t i = 0; i < sizeof(harmless) / sizeof(harmless[0]); i++)
		note(1, 10, 20, harmless[i]);
	assert_null(verdicts.all);
}

/* What no filter wanted still is the cause, but has no number to point to. */
static void test_unasked(void **state)
{
	struct event *event = new_signal(10, 20, SIGKILL), *exit = new_exit(20, SIGKILL);

	(void)state;
	event->signal.unasked = true;
	event->time_ns = 5;
	note_event(event);
	verdict_reach(&verdicts, exit);
	assert_true(exit->exit.cause.known);
	assert_int_equal(exit->exit.cause.seq, 0);
	assert_int_equal(exit->exit.cause.time_ns, 5);
	assert_int_equal(exit->exit.cause.sender.ids.process.pid, 10);
	event_free(exit);
}

/* Who happened to run is not the sender. */
static void test_by_the_kernel(void **state)
{
	struct event *event = new_signal(10, 20, SIGKILL);

	(void)state;
	event->seq = 7;
	event->signal.origin = KS_ORIGIN_KERNEL;
	note_event(event);
	check_exit(20, SIGKILL, 7, 0);
}

/* The sender of the first must not stay for the second. */
static void test_by_the_kernel_after_user(void **state)
{
	struct event *event = new_signal(11, 20, SIGHUP);

	(void)state;
	note(1, 10, 20, SIGHUP);
	event->seq = 2;
	event->signal.origin = KS_ORIGIN_KERNEL;
	note_event(event);
	check_exit(20, SIGHUP, 2, 0);
}

static void test_processes(void **state)
{
	struct event *namesake = new_exit(20, SIGKILL);

	(void)state;
	for (uint32_t pid = 20; pid < 40; pid++) {
		note(pid, pid + 100, pid, SIGTERM);
		note(pid + 1000, pid + 200, pid, SIGKILL);
	}
	namesake->exit.process.ids.process.start_ns++;
	verdict_reach(&verdicts, namesake);
	assert_false(namesake->exit.cause.known);
	event_free(namesake);
	for (uint32_t pid = 39; pid >= 20; pid--) {
		if (pid % 2)
			check_exit(pid, SIGKILL, pid + 1000, pid + 200);
		else
			check_exit(pid, SIGTERM, pid, pid + 100);
	}
	assert_null(verdicts.all);
}

/* The cause has its own copy of who the sender was. */
static void test_sender_is_kept(void **state)
{
	struct event *event = new_signal(10, 20, SIGKILL), *exit = new_exit(20, SIGKILL);
	struct process *process = new_process(10, "sender");

	(void)state;
	set_exe(process, "/bin/sender");
	event->signal.sender.process = process_get(process);
	set_live_argv(&event->signal.sender, "a\0", 2, 2);
	note_event(event);
	process_put(process);
	verdict_reach(&verdicts, exit);
	assert_string_equal(exit->exit.cause.sender.process->exe, "/bin/sender");
	assert_int_equal(exit->exit.cause.sender.argv_bytes, 2);
	assert_memory_equal(exit->exit.cause.sender.argv, "a\0", 3);
	event_free(exit);
}

static void test_other_events(void **state)
{
	(void)state;
	note_event(new_exit(20, SIGKILL));
	note_event(new_lost(SIGKILL));
	assert_null(verdicts.all);
}

#define TEST(name) cmocka_unit_test_teardown(name, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_kill),
		TEST(test_nothing_noted),
		TEST(test_core),
		TEST(test_realtime),
		TEST(test_handled_before),
		TEST(test_exited),
		TEST(test_same_signal_again),
		TEST(test_results),
		TEST(test_lost_info),
		TEST(test_not_lethal),
		TEST(test_unasked),
		TEST(test_by_the_kernel),
		TEST(test_by_the_kernel_after_user),
		TEST(test_processes),
		TEST(test_sender_is_kept),
		TEST(test_other_events),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
