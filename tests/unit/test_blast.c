// SPDX-License-Identifier: GPL-2.0-only
/* Whom a process has signalled, as one story. */
#include <signal.h>

#include "enrich/blast.h"
#include "events.h"

#define MS UINT64_C(1000000)

static struct blasts blasts;
static struct process_table table;
static struct blast_reach reach; /* of the last event */
static uint64_t seq;

static int teardown(void **state)
{
	(void)state;
	blast_clear(&blasts);
	assert_null(blasts.by_sender);
	assert_null(blasts.oldest);
	assert_int_equal(blasts.bytes, 0);
	assert_int_equal(blasts.wide, 0);
	process_table_clear(&table);
	seq = 0;
	return 0;
}

/* Its reach is in `reach` then; the event is freed. */
static void note(struct event *event, uint64_t ms)
{
	event->time_ns = ms * MS;
	event->seq = ++seq;
	assert_int_equal(blast_note(&blasts, event), 0);
	reach = event->signal.reach;
	event_free(event);
}

static void send_at(uint32_t sender, uint32_t target, uint64_t ms)
{
	note(new_signal(sender, target, SIGTERM), ms);
}

static void check(uint32_t processes, uint32_t users, uint32_t ancestors)
{
	assert_int_equal(reach.counts[BLAST_PROCESSES], processes);
	assert_int_equal(reach.counts[BLAST_USERS], users);
	assert_int_equal(reach.counts[BLAST_ANCESTORS], ancestors);
}

static struct event_blast take_ended(void)
{
	struct event event;

	assert_true(blast_take_ended(&blasts, &event));
	assert_int_equal(event.type, EVENT_BLAST);
	return event.blast;
}

static void check_no_ended(void)
{
	struct event event;

	assert_false(blast_take_ended(&blasts, &event));
}

static void test_counts(void **state)
{
	struct event *event;

	(void)state;
	send_at(10, 20, 1000);
	assert_false(blast_is_wide(&reach));
	send_at(10, 20, 1001);
	assert_false(blast_is_wide(&reach));
	send_at(10, 21, 1002);
	assert_true(blast_is_wide(&reach));
	check(2, 1, 0);
	assert_int_equal(reach.first_seq, 1);
	send_at(10, 20, 1003);
	check(2, 1, 0);
	event = new_signal(10, 22, SIGKILL);
	event->signal.target.ids.uid = 7;
	note(event, 1004);
	check(3, 2, 0);
	blast_expire(&blasts, UINT64_MAX);
	assert_int_equal(take_ended().signals, 1 << (SIGTERM - 1) | 1 << (SIGKILL - 1));
	check_no_ended();
}

/* Others, between those of one. */
static void test_senders(void **state)
{
	uint64_t first;

	(void)state;
	send_at(10, 20, 1000);
	first = reach.blast;
	send_at(11, 20, 1000);
	assert_int_not_equal(reach.blast, first);
	send_at(10, 21, 1001);
	assert_int_equal(reach.blast, first);
	check(2, 1, 0);
	send_at(11, 20, 1001);
	check(1, 0, 0);
	note(new_signal(11, 22, SIGTERM), 1002);
	check(2, 1, 0);
	assert_int_equal(reach.first_seq, 2);
}

static void test_pause(void **state)
{
	uint64_t first;

	(void)state;
	send_at(10, 20, 1000);
	send_at(10, 21, 2000); /* a second is no pause */
	check(2, 1, 0);
	first = reach.blast;
	assert_int_equal(blast_next_end_ns(&blasts), 3000 * MS);
	blast_expire(&blasts, 3000 * MS);
	check_no_ended();
	send_at(10, 22, 3001);
	assert_int_equal(take_ended().reach.counts[BLAST_PROCESSES], 2);
	assert_int_not_equal(reach.blast, first);
	check(1, 0, 0);
	assert_int_equal(blast_next_end_ns(&blasts),
			 UINT64_MAX); /* there is nothing to say of it */
	blast_expire(&blasts, 4002 * MS);
	check_no_ended();
	assert_null(blasts.oldest);
}

/* Signals that were summed up last until the last of them. */
static void test_sum(void **state)
{
	struct event *event = new_signal(10, 20, SIGTERM);

	(void)state;
	event->signal.count = 14000;
	event->signal.last_ns = 1100 * MS;
	note(event, 1000);
	send_at(10, 21, 2100);
	check(2, 1, 0);
	/* Later in the stream, but earlier in time. */
	send_at(10, 22, 1050);
	check(3, 1, 0);
	send_at(10, 23, 3100);
	check(4, 1, 0);
}

static void test_no_pause(void **state)
{
	uint64_t ms = 1000;

	(void)state;
	for (int i = 0; i <= 60; i++, ms += 1000)
		send_at(10, 20 + i % 2, ms);
	check(2, 1, 0);
	check_no_ended();
	send_at(10, 20, ms);
	assert_int_equal(take_ended().reach.first_seq, 1);
	assert_int_equal(reach.first_seq, 62);
}

/* perl[10], which sh[5] and init[1] started. */
static struct event *new_descendant(uint32_t target)
{
	struct event *event = new_signal(10, target, SIGTERM);
	struct process *sender = new_process(10, "perl"), *shell = new_process(5, "sh");

	strcpy(event->signal.sender.ids.comm, "perl");
	sender->parent = make_ref(5);
	shell->parent = make_ref(1);
	process_add(&table, sender);
	process_add(&table, shell);
	event->signal.sender.process = process_get(sender);
	enrich_for_test(event, &table);
	return event;
}

static void test_ancestors(void **state)
{
	struct event_blast blast;

	(void)state;
	note(new_descendant(5), 1000);
	note(new_descendant(20), 1000);
	check(2, 1, 1);
	note(new_descendant(1), 1000);
	note(new_descendant(5), 1000);
	check(3, 1, 2);
	note(new_descendant(10), 1000); /* itself */
	check(4, 1, 3);
	blast_expire(&blasts, UINT64_MAX);
	blast = take_ended();
	assert_true(blast.reaches_itself);
	assert_int_equal(blast.n_named, 2);
	assert_int_equal(blast.named[0].vpid, 5);
	assert_int_equal(blast.named[1].vpid, 1);
	assert_int_equal(blast.sender.vpid, 10);
	assert_string_equal(blast.sender.comm, "perl");
}

/* A process of a pid that is used again is no ancestor. */
static void test_pid_reused(void **state)
{
	struct event *event = new_descendant(5);

	(void)state;
	event->signal.target.ids.process.start_ns++;
	note(event, 1000);
	note(new_descendant(20), 1000);
	check(2, 1, 0);
	note(new_descendant(5), 1000);
	check(3, 1, 1);
}

static struct event *new_in_cgroup(uint32_t target, const char *cgroup)
{
	struct event *event = new_signal(10, target, SIGTERM);
	struct process *process = new_process(target, "target");

	process->cgroup = strdup(cgroup);
	process_add(&table, process);
	event->signal.target.process = process_get(process);
	enrich_for_test(event, &table);
	return event;
}

#define CONTAINER "/docker/0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void test_units(void **state)
{
	(void)state;
	note(new_in_cgroup(20, "/system.slice/a.service"), 1000);
	note(new_in_cgroup(21, "/system.slice/b.service"), 1000);
	assert_int_equal(reach.counts[BLAST_UNITS], 2);
	note(new_in_cgroup(22, "/system.slice/a.service"), 1000);
	note(new_in_cgroup(23, CONTAINER), 1000);
	note(new_in_cgroup(24, CONTAINER), 1000);
	note(new_in_cgroup(25, "/"), 1000);
	assert_int_equal(reach.counts[BLAST_PROCESSES], 6);
	assert_int_equal(reach.counts[BLAST_UNITS], 2);
	assert_int_equal(reach.counts[BLAST_CONTAINERS], 1);
}

/* What a target did not get, and what no process sent, reaches nothing. */
static void test_not_reached(void **state)
{
	static const enum event_result results[] = { RESULT_PROBED,  RESULT_DENIED,
						     RESULT_INVALID, RESULT_OVERFLOW,
						     RESULT_UNKNOWN, RESULT_NO_PROCESS };
	struct event *event;
	uint64_t first;

	(void)state;
	send_at(10, 20, 1000);
	first = reach.blast;
	for (size_t i = 0; i < sizeof(results) / sizeof(results[0]); i++) {
		event = new_signal(10, 30 + i, SIGTERM);
		event->signal.result = results[i];
		event->signal.call.unshown = 50;
		note(event, 1000);
		assert_int_equal(reach.blast, first); /* but they belong to the story */
		assert_false(blast_is_wide(&reach));
	}
	event = new_signal(10, 21, SIGTERM);
	event->signal.origin = KS_ORIGIN_KERNEL;
	note(event, 1000);
	assert_int_equal(reach.blast, 0);
	event = new_signal(10, 21, SIGKILL);
	event->signal.origin = KS_ORIGIN_KERNEL;
	event->signal.kernel_cause.is_sent = true; /* by cgroup.kill, say */
	note(event, 1000);
	check(2, 1, 0);
}

static void test_many_processes(void **state)
{
	uint32_t target = 20;

	(void)state;
	for (int i = 0; i < BLAST_PROCESSES_MAX; i++)
		send_at(10, target++, 1000);
	check(BLAST_PROCESSES_MAX, 1, 0);
	assert_int_equal(reach.more, 0);
	send_at(10, 20, 1000);
	assert_int_equal(reach.more, 0); /* it is one of them */
	note(new_descendant(target), 1000);
	check(BLAST_PROCESSES_MAX, 1, 0);
	assert_int_equal(reach.more, 1 << BLAST_PROCESSES);
	note(new_descendant(1), 1000); /* of what is not counted, the rest still is */
	check(BLAST_PROCESSES_MAX, 1, 1);
	note(new_descendant(20), 1000);
	note(new_descendant(1), 1000);
	check(BLAST_PROCESSES_MAX, 1, 1);
}

static void test_many_users(void **state)
{
	(void)state;
	for (uint32_t i = 0; i <= BLAST_OTHERS_MAX; i++) {
		struct event *event = new_signal(10, 20 + i, SIGTERM);

		assert_int_equal(reach.more && i, 0);
		event->signal.target.ids.uid = i;
		note(event, 1000);
	}
	check(BLAST_OTHERS_MAX + 1, BLAST_OTHERS_MAX, 0);
	assert_int_equal(reach.more, 1 << BLAST_USERS);
}

static void send_as(uint32_t uid, uint32_t sender, uint32_t target)
{
	struct event *event = new_signal(sender, target, SIGTERM);

	event->signal.sender.ids.uid = uid;
	note(event, 1000);
}

/* Senders of one user push out their own, and memory is limited, too. */
static void test_many_senders(void **state)
{
	(void)state;
	send_as(0, 1, 20);
	send_as(0, 1, 21);
	send_as(7, 2, 20);
	send_as(7, 2, 21);
	send_as(8, 3, 20);
	send_as(8, 3, 21);
	for (uint32_t i = 0; i < 2 * BLASTS_MAX; i++)
		send_as(8, 100 + i, 20);
	assert_int_equal(take_ended().sender.vpid, 3);
	check_no_ended();
	send_as(7, 2, 22);
	check(3, 1, 0);
	send_as(0, 1, 22);
	check(3, 1, 0);
}

static void test_much_memory(void **state)
{
	uint32_t first = 0;

	(void)state;
	send_as(7, 2, 20);
	send_as(7, 2, 21);
	for (uint32_t sender = 100; sender < 130; sender++) {
		for (uint32_t i = 0; i < BLAST_PROCESSES_MAX; i++)
			send_as(8, sender, 1000 + i);
		check(BLAST_PROCESSES_MAX, 1, 0);
		assert_true(blasts.bytes <= BLAST_BYTES_MAX);
	}
	first = take_ended().sender.vpid;
	assert_int_equal(first, 100);
	send_as(7, 2, 22);
	check(3, 1, 0);
}

#define TEST(name) cmocka_unit_test_teardown(name, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_counts),	TEST(test_senders),
		TEST(test_pause),	TEST(test_sum),
		TEST(test_no_pause),	TEST(test_ancestors),
		TEST(test_pid_reused),	TEST(test_units),
		TEST(test_not_reached), TEST(test_many_processes),
		TEST(test_many_users),	TEST(test_many_senders),
		TEST(test_much_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
