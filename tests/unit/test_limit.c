// SPDX-License-Identifier: GPL-2.0-only
#include <signal.h>

#include "enrich/limit.h"
#include "events.h"

static char path[] = "/system.slice/db.service/worker";

/* A signal of the kernel for that cause to a process of `path`, which the caller frees. */
static struct event *new_limit(enum event_origin origin, struct process *process)
{
	struct event *event = new_signal(10, 20, SIGKILL);

	*process = (struct process){ .references = 2, .cgroup = path };
	event->signal.origin = KS_ORIGIN_KERNEL;
	event->signal.kernel_cause.origin = origin;
	event->signal.target.process = process;
	return event;
}

static void test_rlimit(void **state)
{
	static const struct {
		enum event_origin origin;
		uint32_t facts;
		uint64_t rlimit;
		enum limit_kind kind;
		bool is_known;
	} rows[] = {
		{ ORIGIN_CPU_LIMIT, KS_CAUSE_RLIMIT, 1, LIMIT_CPU_TIME, true },
		{ ORIGIN_FILE_SIZE, KS_CAUSE_RLIMIT, 0, LIMIT_FILE_SIZE, true },
		{ ORIGIN_CPU_LIMIT, KS_CAUSE_RLIMIT, UINT64_MAX, LIMIT_CPU_TIME, false },
		{ ORIGIN_CPU_LIMIT, KS_CAUSE_KNOWN, 0, LIMIT_CPU_TIME,
		  false }, /* an older record */
		{ ORIGIN_KERNEL, KS_CAUSE_RLIMIT, 1, LIMIT_NONE, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct process process;
		struct event *event = new_limit(rows[i].origin, &process);

		event->signal.cause.facts = rows[i].facts;
		event->signal.cause.rlimit = rows[i].rlimit;
		assert_int_equal(limit_find(event), 0);
		assert_int_equal(event->signal.limit.kind, rows[i].kind);
		if (rows[i].kind)
			assert_int_equal(event->signal.limit.is_known, rows[i].is_known);
		if (rows[i].is_known)
			assert_int_equal(event->signal.limit.value, rows[i].rlimit);
		event_free(event);
	}
}

/* The limit of a cgroup around that of the target has the first names of its path. */
static void test_memory(void **state)
{
	static const struct {
		uint32_t level, limits;
		const char *cgroup;
		bool is_certain;
	} rows[] = {
		{ 3, 1, path, true },
		{ 2, 1, "/system.slice/db.service", true },
		{ 1, 2, "/system.slice", false },
		{ 4, 1, NULL, true },	       /* the path is not whole */
		{ UINT32_MAX, 1, NULL, true }, /* of another hierarchy */
		{ 0, 0, NULL, false },	       /* none was used up: of the whole system */
	};

	static const char stack[] = "oom_kill_process\0mem_cgroup_out_of_memory";

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct process process;
		struct event *event = new_limit(ORIGIN_OOM, &process);
		const struct event_limit *limit = &event->signal.limit;

		event->signal.cause.facts = KS_CAUSE_KNOWN | KS_CAUSE_MEMORY;
		event->signal.cause.memory_bytes = 5 << 20;
		event->signal.cause.memory_limit = 6 << 20;
		event->signal.cause.memory_level = rows[i].level;
		event->signal.cause.memory_limits = rows[i].limits;
		set_stack(event, stack, sizeof(stack));
		assert_int_equal(limit_find(event), 0);
		assert_int_equal(limit_find(event), 0); /* as for a sum: once is enough */
		assert_int_equal(limit->is_known, rows[i].limits != 0);
		assert_int_equal(limit->is_certain, rows[i].is_certain);
		assert_int_equal(limit->resident_bytes, 5 << 20);
		assert_int_equal(limit->cgroup != NULL, rows[i].cgroup != NULL);
		if (rows[i].cgroup)
			assert_string_equal(limit->cgroup->text, rows[i].cgroup);
		event_free(event);
	}
}

/* The whole system had no memory left, and the cgroup of the victim happens to have none, either.
 */
static void test_memory_of_system(void **state)
{
	static const char stack[] = "oom_kill_process\0out_of_memory";
	struct process process;
	struct event *event = new_limit(ORIGIN_OOM, &process);

	(void)state;
	event->signal.cause.memory_limits = 1;
	event->signal.cause.memory_level = 2;
	set_stack(event, stack, sizeof(stack));
	assert_int_equal(limit_find(event), 0);
	assert_int_equal(event->signal.limit.kind, LIMIT_MEMORY);
	assert_false(event->signal.limit.is_known);
	assert_null(event->signal.limit.cgroup);
	event_free(event);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_rlimit),
					    cmocka_unit_test(test_memory),
					    cmocka_unit_test(test_memory_of_system) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
