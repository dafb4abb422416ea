// SPDX-License-Identifier: GPL-2.0-only
#include <signal.h>

#include "enrich/relation.h"
#include "events.h"

/*
 * 1 is the parent of 5 and 6; 5 that of 10, 11 and 12; 6 that of 20. Who had the pid of the target
 * before was a child of `parent`.
 */
static struct process_table table;

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

static enum event_relation relation(uint32_t sender, uint32_t target, uint32_t parent)
{
	struct event *event = new_signal(sender, target, SIGTERM);
	enum event_relation found;

	event->signal.sender.process = find(sender);
	event->signal.target.process = find(target);
	event->signal.has_former = true;
	event->signal.former.parent = make_ref(parent);
	enrich_for_test(event, &table);
	found = event->signal.relation;
	event_free(event);
	return found;
}

static void test_child(void **state)
{
	(void)state;
	assert_int_equal(relation(5, 20, 5), RELATION_CHILD);
	assert_int_equal(relation(5, 10, 5), RELATION_CHILD);
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

/* Nothing is claimed of what is unknown. */
static void test_unknown(void **state)
{
	struct event *event = new_signal(10, 20, SIGTERM);

	(void)state;
	assert_int_equal(relation_find(event), RELATION_NONE);
	event->signal.has_former = true;
	event->signal.former.parent = make_ref(5);
	event->signal.sender.process = find(10);
	enrich_for_test(event, &table);
	assert_int_equal(event->signal.relation, RELATION_NONE); /* where the target is from */
	event_free(event);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = { TEST(test_child), TEST(test_relative),
					    TEST(test_unknown) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
