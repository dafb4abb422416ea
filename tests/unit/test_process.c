// SPDX-License-Identifier: GPL-2.0-only
#include "events.h"

static struct process_table table;

static int teardown(void **state)
{
	(void)state;
	process_table_clear(&table);
	return table.live || table.users || table.bytes || table.dead_bytes;
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
	struct ks_pidref ref = make_ref(pid);

	return process_find(&table, &ref);
}

static void end(uint32_t pid)
{
	struct ks_pidref ref = make_ref(pid);

	process_end(&table, &ref);
}

static void test_find(void **state)
{
	struct ks_pidref ref = make_ref(10);
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
	add(10, "/c"); /* no reference to that one was kept */
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
	assert_null(table.users);
	add(10, "/a");
	assert_null(find(10)->dead_of);
	end(10);
	assert_ptr_equal(find(10)->dead_of, table.users);
	assert_int_equal(table.dead_bytes, table.bytes);
	end(10); /* once is enough */
	assert_int_equal(table.dead_bytes, table.bytes);
	assert_ptr_equal(table.users->first, find(10));
	assert_null(find(10)->next);
}

/* What is known of it counts, whatever it is. */
static void test_bytes(void **state)
{
	struct process *process = new_process(10, "p");

	(void)state;
	set_exe(process, "/a");
	set_argv(process, "a\0b", 3);
	process->cwd = strdup("/");
	process->cgroup = strdup("/");
	process_add(&table, process);
	assert_int_equal(table.bytes, sizeof(*process) + 3 + 2 + 2 + 3);
	add(10, "/of root");
	assert_int_equal(table.bytes, sizeof(*process) + sizeof("/of root"));
	process = new_process(11, "p");
	set_exe(process, "/a");
	process->exe_in_root = strdup("/");
	process_add(&table, process);
	assert_int_equal(process->bytes, sizeof(*process) + 3 + 2);
}

/* A process of `uid` that ends, and takes about `bytes`. */
static void add_dead(uint32_t pid, uint32_t uid, uint32_t auid, size_t bytes)
{
	struct process *process = new_process(pid, "p");

	process->ids.uid = uid;
	process->ids.auid = auid;
	process->argv = calloc(1, bytes);
	process->argv_bytes = bytes;
	process_add(&table, process);
	end(pid);
}

enum { UNSET = UINT32_MAX, BIG = 4000 };

/* More than there is room for. */
static uint32_t fill_up(uint32_t pid, uint32_t uid, uint32_t auid)
{
	for (size_t bytes = 0; bytes < PROCESS_DEAD_BYTES_MAX; bytes += BIG, pid++)
		add_dead(pid, uid, auid, BIG);
	return pid;
}

static void test_dead_bound(void **state)
{
	struct process *kept;
	uint32_t last;

	(void)state;
	add(1, "/alive");
	add_dead(2, 0, UNSET, 10);
	kept = process_get(find(2));
	last = fill_up(3, 0, UNSET) - 1;
	assert_in_range(table.dead_bytes, PROCESS_DEAD_BYTES_MAX / 4, PROCESS_DEAD_BYTES_MAX);
	assert_null(find(2)); /* those that ended first go first */
	assert_null(find(3));
	assert_non_null(find(last));
	assert_non_null(find(1));
	assert_int_equal(kept->argv_bytes, 10); /* an event still refers to it */
	process_put(kept);
}

/* The order is that of the ends, whatever the pids. */
static void test_dead_order(void **state)
{
	uint32_t pid = 100000;

	(void)state;
	add_dead(1, 0, UNSET, BIG);
	while (find(1))
		add_dead(--pid, 0, UNSET, BIG);
	assert_null(find(99999));
	assert_non_null(find(pid));
}

/* A user cannot push out those of another, who has fewer. */
static void test_users_apart(void **state)
{
	uint32_t pid;

	(void)state;
	for (pid = 1; pid <= 1000; pid++)
		add_dead(pid, 0, UNSET, BIG);
	for (int i = 0; i < 3; i++)
		pid = fill_up(pid, 65534, UNSET);
	for (pid = 1; pid <= 1000; pid++)
		assert_non_null(find(pid));
	assert_true(table.dead_bytes <= PROCESS_DEAD_BYTES_MAX);
}

/* Who has many uids, in user namespaces, has one login uid; and without that, each has little. */
static void test_many_uids(void **state)
{
	(void)state;
	for (uint32_t pid = 1; pid <= 100; pid++)
		add_dead(pid, 0, UNSET, BIG);
	for (uint32_t pid = 1000; pid < 21000; pid++)
		add_dead(pid, 100000 + pid, 1000, BIG);
	for (uint32_t pid = 1; pid <= 100; pid++)
		assert_non_null(find(pid));
	assert_int_equal(HASH_COUNT(table.users), 2);
	for (uint32_t pid = 30000; pid < 50000; pid++)
		add_dead(pid, 200000 + pid, UNSET, BIG);
	assert_true(table.dead_bytes <= PROCESS_DEAD_BYTES_MAX);
	assert_non_null(find(49999));
}

/* Of one user, what the last sweep found needed goes last. */
static void test_needed_last(void **state)
{
	uint32_t pid;

	(void)state;
	for (pid = 1; pid <= 100; pid++) {
		add_dead(pid, 0, UNSET, BIG);
		find(pid)->sweep.needed = pid % 2 ? 5 : 4;
	}
	table.sweep.count = 5;
	for (int i = 0; i < 3; i++)
		pid = fill_up(pid, 0, UNSET);
	for (pid = 1; pid <= 100; pid++)
		assert_true(!find(pid) == !(pid % 2));
	/* If nearly all are, the oldest of them go. */
	for (pid = 20000; find(1); pid++) {
		add_dead(pid, 0, UNSET, BIG);
		if (find(pid))
			find(pid)->sweep.needed = 5;
	}
	assert_in_range(table.dead_bytes, PROCESS_DEAD_BYTES_MAX / 4, PROCESS_DEAD_BYTES_MAX);
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
		assert_non_null(find(again)->dead_of); /* no second record of its end will come */
		add(4, "/a");
		end(4);
		assert_ptr_equal(table.users->first->prev, find(4));
		assert_int_equal(HASH_COUNT(table.live), 4);
		assert_int_equal(table.dead_bytes, table.bytes);
		process_table_clear(&table);
	}
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
	assert_null(table.users);
	assert_int_equal(table.dead_bytes, 0);
	assert_string_equal(kept->exe, "/e");
	process_put(kept);
	add(5, "/f"); /* usable again */
	assert_string_equal(find(5)->exe, "/f");
}

#define TEST(name) cmocka_unit_test_teardown(name, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_find),       TEST(test_same_pid),    TEST(test_replace),
		TEST(test_references), TEST(test_end),	       TEST(test_bytes),
		TEST(test_dead_bound), TEST(test_dead_order),  TEST(test_users_apart),
		TEST(test_many_uids),  TEST(test_needed_last), TEST(test_replace_dead),
		TEST(test_clear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
