// SPDX-License-Identifier: GPL-2.0-only
#include "events.h"

static struct process_table table;

static int teardown(void **state)
{
	(void)state;
	process_table_clear(&table);
	return table.live || table.first_dead || table.last_dead || table.dead;
}

static struct process *add(uint32_t pid, const char *exe)
{
	struct process *process = new_process(pid, "p");

	set_exe(process, exe);
	process_add(&table, process);
	return process;
}

static struct process *find(uint32_t pid)
{
	struct ks_ref ref = make_ref(pid);

	return process_find(&table, &ref);
}

static void end(uint32_t pid)
{
	struct ks_ref ref = make_ref(pid);

	process_end(&table, &ref);
}

static void test_find(void **state)
{
	struct ks_ref ref = make_ref(10);
	struct process *process;

	(void)state;
	assert_null(find(10));
	process = add(10, "/a");
	assert_ptr_equal(find(10), process);
	assert_null(find(11));
	ref.vpid = 0; /* how a namespace sees it says nothing about who it is */
	assert_ptr_equal(process_find(&table, &ref), process);
	ref.start_ns++;
	assert_null(process_find(&table, &ref));
}

static void test_same_pid(void **state)
{
	struct process *later = new_process(10, "later");

	(void)state;
	add(10, "/a");
	later->ref.start_ns += 5;
	process_add(&table, later);
	assert_string_equal(find(10)->exe, "/a");
	assert_ptr_equal(process_find(&table, &later->ref), later);
}

static void test_replace(void **state)
{
	struct process *kept;

	(void)state;
	add(10, "/a");
	kept = process_get(find(10));
	assert_int_equal(kept->references, 2);
	add(10, "/b");
	assert_string_equal(find(10)->exe, "/b");
	assert_string_equal(kept->exe, "/a"); /* an event still refers to it */
	assert_int_equal(kept->references, 1);
	process_put(kept);
	add(10, "/c"); /* nobody kept that one */
	assert_string_equal(find(10)->exe, "/c");
	assert_int_equal(HASH_COUNT(table.live), 1);
}

static void test_references(void **state)
{
	struct process *process = new_process(10, "p");

	(void)state;
	assert_null(process_get(NULL));
	process_put(NULL);
	set_exe(process, "/a");
	process->exe_in_root = strdup("/"); /* apart from exe: freed apart */
	set_argv(process, "a\0b", 3);
	process->cwd = strdup("/");
	process->cgroup = strdup("/");
	assert_ptr_equal(process_get(process), process);
	process_put(process);
	assert_int_equal(process->references, 1);
	process_put(process);
}

/* ---- the dead ---- */

static void test_end(void **state)
{
	(void)state;
	end(10);
	assert_int_equal(table.dead, 0);
	add(10, "/a");
	end(10);
	assert_int_equal(table.dead, 1);
	assert_true(find(10)->is_dead);
	end(10); /* once is enough */
	assert_int_equal(table.dead, 1);
	assert_ptr_equal(table.first_dead, find(10));
	assert_ptr_equal(table.last_dead, find(10));
}

static void test_dead_bound(void **state)
{
	const uint32_t first = 1, last = PROCESS_DEAD_MAX;
	struct process *kept;

	(void)state;
	add(1000000, "/alive");
	for (uint32_t pid = first; pid <= last; pid++) {
		add(pid, "/a");
		end(pid);
	}
	assert_int_equal(table.dead, PROCESS_DEAD_MAX);
	assert_non_null(find(first));
	kept = process_get(find(first));
	add(last + 1, "/a");
	assert_non_null(find(first)); /* adding drops nothing */
	end(last + 1);
	assert_null(find(first)); /* the one that ended first goes first */
	assert_non_null(find(first + 1));
	assert_non_null(find(last + 1));
	assert_int_equal(table.dead, PROCESS_DEAD_MAX);
	assert_int_equal(HASH_COUNT(table.live), PROCESS_DEAD_MAX + 1);
	assert_non_null(find(1000000));
	assert_string_equal(kept->exe, "/a");
	process_put(kept);
}

/* The order is that of the ends, whatever the pids. */
static void test_dead_order(void **state)
{
	(void)state;
	for (uint32_t pid = 1; pid <= PROCESS_DEAD_MAX + 2; pid++)
		add(pid, "/a");
	for (uint32_t pid = PROCESS_DEAD_MAX + 2; pid > 0; pid--)
		end(pid);
	assert_null(find(PROCESS_DEAD_MAX + 2));
	assert_null(find(PROCESS_DEAD_MAX + 1));
	assert_non_null(find(PROCESS_DEAD_MAX));
	assert_non_null(find(1));
}

static void kill_three(void)
{
	for (uint32_t pid = 1; pid <= 3; pid++) {
		add(pid, "/a");
		end(pid);
	}
}

/* Described again after its end, first, in the middle and last in the list of the dead. */
static void test_replace_dead(void **state)
{
	(void)state;
	for (uint32_t again = 1; again <= 3; again++) {
		kill_three();
		add(again, "/again");
		assert_string_equal(find(again)->exe, "/again");
		add(4, "/a");
		end(4);
		assert_ptr_equal(table.last_dead, find(4));
		assert_int_equal(HASH_COUNT(table.live), 4);
		process_table_clear(&table);
	}
}

/* The dead stay dead: no second record will tell of their end. */
static void test_replace_dead_bound(void **state)
{
	(void)state;
	for (uint32_t pid = 1; pid <= PROCESS_DEAD_MAX + 100; pid++) {
		add(pid, "/a");
		end(pid);
		add(pid, "/zombie");
	}
	assert_in_range(HASH_COUNT(table.live), PROCESS_DEAD_MAX, PROCESS_DEAD_MAX);
}

static void test_clear(void **state)
{
	struct process *kept;

	(void)state;
	kill_three();
	add(5, "/e");
	kept = process_get(find(5));
	process_table_clear(&table);
	assert_null(table.live);
	assert_null(table.first_dead);
	assert_int_equal(table.dead, 0);
	assert_string_equal(kept->exe, "/e");
	process_put(kept);
	add(5, "/f"); /* usable again */
	assert_string_equal(find(5)->exe, "/f");
}

#define TEST(name) cmocka_unit_test_teardown(name, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_find),       TEST(test_same_pid),	TEST(test_replace),
		TEST(test_references), TEST(test_end),		TEST(test_dead_bound),
		TEST(test_dead_order), TEST(test_replace_dead), TEST(test_replace_dead_bound),
		TEST(test_clear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
