// SPDX-License-Identifier: GPL-2.0-only
#include <signal.h>

#include "enrich/relation.h"
#include "events.h"

/*
 * 1 is the parent of 5 and 6; 5 that of 10, 11 and 12; 6 that of 20. Who had the pid of the target
 * before was a child of `parent`.
 */
static struct process_table table;

#define ARGV(text) (text), sizeof(text)

static void add(uint32_t pid, uint32_t parent)
{
	struct process *process = new_process(pid, "");

	process->parent = make_ref(parent);
	process_add(&table, process);
}

static int setup(void **state)
{
	static const uint32_t children[][2] = { { 1, 0 },  { 5, 1 },  { 6, 1 }, { 10, 5 },
						{ 11, 5 }, { 12, 5 }, { 20, 6 } };

	(void)state;
	for (size_t i = 0; i < sizeof(children) / sizeof(children[0]); i++)
		add(children[i][0], children[i][1]);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	process_table_clear(&table);
	return 0;
}

static struct process *find(uint32_t pid)
{
	struct ks_pidref ref = make_ref(pid);

	return process_get(process_find(&table, &ref));
}

/* A signal to a pid that was that of a child of `parent`. */
static struct event *new_reuse(uint32_t sender, uint32_t target, uint32_t parent)
{
	struct event *event = new_signal(sender, target, SIGTERM);

	event->signal.sender.process = find(sender);
	event->signal.target.process = find(target);
	event->signal.has_former = true;
	event->signal.target_number = target;
	event->signal.former.parent = make_ref(parent);
	return event;
}

/* Which frees the event. */
static enum event_relation relation_of(struct event *event)
{
	enum event_relation found;

	enrich_for_test(event, &table);
	found = event->signal.relation;
	event_free(event);
	return found;
}

static enum event_relation relation(uint32_t sender, uint32_t target, uint32_t parent)
{
	return relation_of(new_reuse(sender, target, parent));
}

static void test_child(void **state)
{
	(void)state;
	assert_int_equal(relation(5, 20, 5), RELATION_CHILD);
	assert_int_equal(relation(5, 10, 5), RELATION_NONE); /* it may mean this child */
	assert_int_equal(relation(5, 20, 6), RELATION_NONE);
}

static void test_relative(void **state)
{
	(void)state;
	assert_int_equal(relation(10, 20, 5), RELATION_RELATIVE);
	assert_int_equal(relation(10, 11, 5), RELATION_NONE); /* it may mean its sibling */
	assert_int_equal(relation(10, 20, 1), RELATION_NONE); /* as all are */
	assert_int_equal(relation(20, 10, 5), RELATION_NONE);
}

static enum event_relation relation_in_session(uint32_t sender, uint32_t target, uint32_t session)
{
	struct event *event = new_reuse(sender, target, 99);

	event->signal.former_session = session;
	return relation_of(event);
}

static void test_session(void **state)
{
	(void)state;
	assert_int_equal(relation_in_session(10, 20, 5), RELATION_SESSION);
	assert_int_equal(relation_in_session(10, 20, 77),
			 RELATION_SESSION); /* its leader is gone */
	assert_int_equal(relation_in_session(10, 20, 0), RELATION_NONE);
	assert_int_equal(relation_in_session(10, 11, 5), RELATION_NONE); /* it left the session */
}

/* The sender is the target, or has it among its ancestors. */
static void test_family(void **state)
{
	(void)state;
	assert_int_equal(relation_in_session(10, 10, 77), RELATION_NONE);
	assert_int_equal(relation_in_session(10, 5, 77), RELATION_NONE);
	assert_int_equal(relation_in_session(5, 10, 77), RELATION_NONE);
}

static enum event_relation relation_by(uint8_t via, uint64_t argument, const char *comm)
{
	struct event *event = new_reuse(5, 20, 5);

	event->signal.call.via = via;
	event->signal.call.args[0] = argument;
	snprintf(event->signal.sender.ids.comm, KS_COMM_BYTES, "%s", comm);
	return relation_of(event);
}

/* A sender that passes the number of the target alone may mean another. */
static void test_number(void **state)
{
	(void)state;
	assert_int_equal(relation_by(KS_VIA_KILL, 20, "sh"), RELATION_CHILD);
	assert_int_equal(relation_by(KS_VIA_TGKILL, 20, "sh"), RELATION_CHILD);
	assert_int_equal(relation_by(KS_VIA_KILL, -20, "sh"), RELATION_CHILD); /* the leader */
	assert_int_equal(relation_by(KS_VIA_TGKILL, -20, "sh"), RELATION_NONE);
	assert_int_equal(relation_by(KS_VIA_KILL, -19, "sh"), RELATION_NONE);
	assert_int_equal(relation_by(KS_VIA_KILL, -1, "sh"), RELATION_NONE);
	assert_int_equal(relation_by(KS_VIA_KILL, 0, "sh"), RELATION_NONE);
	assert_int_equal(relation_by(KS_VIA_PIDFD_SEND_SIGNAL, 20, "sh"), RELATION_NONE);
	assert_int_equal(relation_by(KS_VIA_NONE, 20, "sh"), RELATION_NONE);
	assert_int_equal(relation_by(KS_VIA_KILL, 20, "pkill"), RELATION_NONE);
}

/* By a program that was executed after the target had started, with these arguments. */
static enum event_relation relation_late(const char *argv, size_t bytes)
{
	struct event *event = new_reuse(5, 20, 5);

	event->signal.sender.process->exec_ns = event->signal.target.ids.process.start_ns + 1;
	set_live_argv(&event->signal.sender, argv, bytes, bytes);
	return relation_of(event);
}

static void test_late(void **state)
{
	(void)state;
	assert_int_equal(relation_late(ARGV("kill\0-9\0"
					    "20")),
			 RELATION_CHILD);
	assert_int_equal(relation_late(ARGV("sh\0-c\0kill 1 20;")), RELATION_CHILD);
	assert_int_equal(relation_late(ARGV("kill\0"
					    "120\0"
					    "201\0"
					    "2")),
			 RELATION_NONE);
	assert_int_equal(relation_late(ARGV("check")), RELATION_NONE);
}

/* Nothing is claimed of what is unknown. */
static void test_unknown(void **state)
{
	struct event *event = new_signal(10, 20, SIGTERM);

	(void)state;
	assert_int_equal(relation_find(event, NULL), RELATION_NONE);
	event->signal.has_former = true;
	event->signal.target_number = 20;
	event->signal.former.parent = make_ref(5);
	event->signal.sender.process = find(10);
	enrich_for_test(event, &table);
	assert_int_equal(event->signal.relation, RELATION_NONE); /* where the target is from */
	event_free(event);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_child),  TEST(test_relative), TEST(test_session), TEST(test_family),
		TEST(test_number), TEST(test_late),	TEST(test_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
