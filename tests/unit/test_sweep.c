// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "events.h"
#include "event/sweep.h"

static struct process_table table;
static uint64_t now_ns;

/* Who lives, as the BPF side has it. */
static struct {
	struct ks_exec_key keys[64];
	struct ks_pidref creators[64];
	size_t n;
	int err; /* after some were listed */
	unsigned int listed;
} kernel;

static int setup(void **state)
{
	(void)state;
	memset(&kernel, 0, sizeof(kernel));
	now_ns = SWEEP_INTERVAL_NS;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	process_table_clear(&table);
	return table.live || table.users;
}

static int list(void *source, sweep_handler *handle, void *context)
{
	int err = 0;

	assert_ptr_equal(source, &kernel);
	kernel.listed++;
	for (size_t i = 0; i < kernel.n && !err; i++)
		err = handle(context, &kernel.keys[i], &kernel.creators[i]);
	return err ? err : kernel.err;
}

static struct process *find(uint32_t pid)
{
	struct ks_pidref ref = make_ref(pid);

	return process_find(&table, &ref);
}

static void sweep(void)
{
	now_ns += SWEEP_INTERVAL_NS;
	sweep_processes(&table, now_ns, list, &kernel);
}

/* What two sweeps in a row find unneeded goes; a third, as what is new is needed. */
static void sweep_all(void)
{
	for (int i = 0; i < 3; i++)
		sweep();
}

/* It lives; `creator` 0: unknown. */
static void lives(uint32_t pid, uint32_t creator)
{
	struct ks_pidref ref = make_ref(pid);

	kernel.keys[kernel.n] = (struct ks_exec_key){ ref.start_ns / KS_TICK_NS, pid, 0 };
	kernel.creators[kernel.n++] = creator ? make_ref(creator) : (struct ks_pidref){ 0 };
}

static void describe(uint32_t pid, uint32_t parent)
{
	struct process *process = new_process(pid, "p");

	if (parent)
		process->parent = make_ref(parent);
	process_add(&table, process);
}

static void describe_dead(uint32_t pid, uint32_t parent)
{
	struct ks_pidref ref = make_ref(pid);

	describe(pid, parent);
	process_end(&table, &ref);
}

/* One that is large enough to make sweeps worth it. */
static void make_large(uint32_t pid)
{
	struct process *process = new_process(pid, "large");

	process->argv = calloc(1, SWEEP_MIN_BYTES);
	process->argv_bytes = SWEEP_MIN_BYTES;
	process_add(&table, process);
}

enum { LARGE = 5000 };

static void test_garbage(void **state)
{
	(void)state;
	make_large(LARGE);
	describe_dead(10, 1);
	describe(11, 1);
	lives(11, 1);
	sweep_all();
	assert_null(find(10));
	assert_non_null(find(11));
	assert_null(find(LARGE)); /* no record of its end came, and it does not live */
}

/* An ancestor of who lives is needed, whether the living one is described or not. */
static void test_needed(void **state)
{
	(void)state;
	make_large(LARGE);
	describe_dead(9, 0);
	describe_dead(10, 9);
	lives(11, 10); /* never described */
	describe_dead(20, 0);
	describe(21, 20);
	lives(21, 0); /* who created it, only its description says */
	describe_dead(30, 0);
	lives(31, 30);
	lives(32, 31); /* neither of them is described */
	sweep_all();
	for (uint32_t pid = 9; pid <= 10; pid++)
		assert_non_null(find(pid));
	for (uint32_t pid = 20; pid <= 21; pid++)
		assert_non_null(find(pid));
	assert_non_null(find(30));
	assert_null(find(LARGE));
	make_large(LARGE);
	kernel.n = 0;
	sweep_all();
	assert_int_equal(HASH_COUNT(table.live), 0);
}

/* As far as chains are shown, and no further; from whichever of its descendants is nearest. */
static void test_far_ancestors(void **state)
{
	(void)state;
	make_large(LARGE);
	describe_dead(1, 0);
	for (uint32_t pid = 2; pid <= 40; pid++)
		describe_dead(pid, pid - 1);
	lives(50, 40);
	lives(51, 30);
	sweep_all();
	for (uint32_t pid = 1; pid <= 40; pid++)
		assert_true(!find(pid) == (pid <= 14)); /* 15 to 30, and 25 to 40 */
}

/* The nearer descendant comes last. */
static void test_nearer_later(void **state)
{
	(void)state;
	make_large(LARGE);
	describe_dead(1, 0);
	for (uint32_t pid = 2; pid <= 30; pid++)
		describe_dead(pid, pid - 1);
	lives(50, 30);
	lives(51, 20);
	sweep_all();
	assert_non_null(find(5));
	assert_null(find(4));
}

static void test_circle(void **state)
{
	(void)state;
	make_large(LARGE);
	describe_dead(10, 11); /* as only damaged records have it */
	describe_dead(11, 10);
	describe_dead(12, 12);
	lives(20, 10);
	lives(21, 12);
	sweep_all();
	for (uint32_t pid = 10; pid <= 12; pid++)
		assert_non_null(find(pid));
}

/* Records that refer to it may be on their way: one sweep is not enough, nor two in short order. */
static void test_two_sweeps(void **state)
{
	(void)state;
	make_large(LARGE);
	describe(10, 0);
	lives(10, 0);
	sweep();
	kernel.n = 0;
	sweep();
	assert_non_null(find(10));
	sweep_processes(&table, now_ns + SWEEP_INTERVAL_NS - 1, list, &kernel);
	assert_int_equal(kernel.listed, 2);
	assert_non_null(find(10));
	sweep();
	assert_null(find(10));
}

/* What came since the last sweep is needed, and so are its ancestors. */
static void test_new(void **state)
{
	(void)state;
	make_large(LARGE);
	describe_dead(10, 0);
	lives(11, 10);
	sweep();
	kernel.n = 0;
	sweep();
	describe_dead(12, 10); /* forked by one that was missed by the sweep */
	sweep();
	assert_non_null(find(10));
	assert_non_null(find(12));
}

static void test_not_due(void **state)
{
	(void)state;
	describe_dead(10, 0);
	sweep_all();
	assert_int_equal(kernel.listed, 0); /* the table is small */
	make_large(LARGE);
	lives(LARGE, 0);
	sweep_all();
	sweep_all();
	assert_int_equal(kernel.listed, 2); /* the second found that nearly all of it is needed */
	make_large(LARGE + 1);
	sweep_all();
	assert_int_equal(kernel.listed, 5);
	assert_null(find(LARGE + 1));
}

/* Who lives is not known: nothing goes, then or because of it. */
static void test_refused(void **state)
{
	(void)state;
	make_large(LARGE);
	describe_dead(10, 0);
	lives(11, 10);
	kernel.err = -EPERM;
	sweep_all();
	sweep_all();
	assert_non_null(find(10));
	assert_non_null(find(LARGE));
	kernel.n = 0;
	kernel.err = 0;
	sweep();
	sweep();
	assert_non_null(find(10));
	sweep();
	assert_null(find(10));
}

/* One that user space added, in a pid namespace, is listed by its pid there. */
static void test_nested(void **state)
{
	struct process *process = new_process(1010, "p");

	(void)state;
	make_large(LARGE);
	process->ref.vpid = 10;
	process_add(&table, process);
	process = new_process(1011, "p");
	process->ref.vpid = 11;
	process_add(&table, process);
	kernel.keys[kernel.n++] =
	    (struct ks_exec_key){ make_ref(1010).start_ns / KS_TICK_NS, 10, 1 };
	sweep_all();
	assert_non_null(find(1010));
	assert_null(find(1011));
}

/* A chain that was searched must be searched again. */
static void test_changes(void **state)
{
	uint64_t before;

	(void)state;
	make_large(LARGE);
	describe_dead(10, 0);
	before = table.changes;
	sweep();
	sweep();
	assert_true(table.changes == before);
	sweep();
	assert_true(table.changes > before);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_garbage),	 TEST(test_needed),  TEST(test_far_ancestors),
		TEST(test_nearer_later), TEST(test_circle),  TEST(test_two_sweeps),
		TEST(test_new),		 TEST(test_not_due), TEST(test_refused),
		TEST(test_nested),	 TEST(test_changes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
