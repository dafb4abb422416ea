// SPDX-License-Identifier: GPL-2.0-only
#include "kernel/self_test.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <bpf/btf.h>

#include "kernel/layout.h"
#include "kernel/task_peek.h"
#include "kernel_numbers.h"
#include "lib/array.h"
#include "record.h"

/* ---- facts ---- */

static int self_test_pid(void)
{
	return getpid();
}

static int self_test_group(void)
{
	return getpgrp();
}

static int self_test_session(void)
{
	return getsid(0);
}

#define REAPER                                                                                     \
	{ "task_struct", "nsproxy" }, { "nsproxy", "pid_ns_for_children" },                        \
	{                                                                                          \
		"pid_namespace", "child_reaper"                                                    \
	}
#define NEWEST_CHILD                                                                               \
	{                                                                                          \
		"task_struct", "children.prev"                                                     \
	}
#define PID_TYPE(name) .index = KS_PIDTYPE_##name, .index_of = "PIDTYPE_" #name
#define ALL UINT32_MAX

#if defined(__x86_64__)
#define COMPAT_NAME "TS_COMPAT"
#define COMPAT_MEMBER "thread_info.status"
enum { COMPAT_BIT = TS_COMPAT };
#elif defined(__aarch64__)
#define COMPAT_NAME "TIF_32BIT"
#define COMPAT_MEMBER "thread_info.flags"
enum { COMPAT_BIT = TIF_32BIT };
#endif

/*
 * Not compared: flags that only a signal sets (SIGNAL_STOP_STOPPED, SIGNAL_CLD_MASK), for other
 * tracers and audit would report that signal; and those of a call that is not native.
 */
const struct self_fact self_facts[] = {
	{ .what = "PF_KTHREAD",
	  .wrong = "kernel threads would be shown as processes",
	  .is_fatal = true,
	  .is_initial = true, /* whoever started the first process is a kernel thread */
	  .hops = { REAPER, { "task_struct", "real_parent" }, { "task_struct", "flags" } },
	  .mask = PF_KTHREAD,
	  .value = PF_KTHREAD },
	{ .what = "PF_KTHREAD or PF_EXITING",
	  .wrong = "signals of processes would be shown as the kernel's",
	  .is_fatal = true,
	  .hops = { { "task_struct", "flags" } },
	  .mask = PF_KTHREAD | PF_EXITING },
	{ .what = "PF_EXITING",
	  .wrong = "signals to the dying would be shown as delivered",
	  .is_fatal = true,
	  .is_of_child = true,
	  .hops = { NEWEST_CHILD, { "task_struct", "flags", "sibling" } },
	  .mask = PF_EXITING | PF_KTHREAD,
	  .value = PF_EXITING },
	{ .what = "SIGNAL_GROUP_EXIT",
	  .wrong = "the results of signals and the causes of ends would be wrong",
	  .is_fatal = true,
	  .is_of_child = true,
	  .hops = { NEWEST_CHILD,
		    { "task_struct", "signal", "sibling" },
		    { "signal_struct", "flags" } },
	  .mask = SIGNAL_GROUP_EXIT,
	  .value = SIGNAL_GROUP_EXIT },
	{ .what = "SIGNAL_GROUP_EXIT, _COREDUMP or _STOP_STOPPED",
	  .wrong = "the results of signals and the causes of ends would be wrong",
	  .is_fatal = true,
	  .hops = { { "task_struct", "signal" }, { "signal_struct", "flags" } },
	  .mask = SIGNAL_GROUP_EXIT | SIGNAL_GROUP_COREDUMP | SIGNAL_STOP_STOPPED },
	{ .what = "SIGNAL_UNKILLABLE",
	  .wrong = "why an init ignored a signal would be unknown",
	  .hops = { REAPER, { "task_struct", "signal" }, { "signal_struct", "flags" } },
	  .mask = SIGNAL_UNKILLABLE,
	  .value = SIGNAL_UNKILLABLE },
	{ .what = COMPAT_NAME,
	  .wrong = "the arguments of calls would be wrong",
	  .is_fatal = true,
	  .hops = { { "task_struct", COMPAT_MEMBER } },
	  .mask = COMPAT_BIT },
	{ .what = "TRACE_SIGNAL_LOSE_INFO",
	  .wrong = "the results of signals would be wrong",
	  .is_fatal = true,
	  .enumerator = "TRACE_SIGNAL_LOSE_INFO",
	  .mask = ALL,
	  .value = KS_RESULT_LOST_INFO },
	{ .what = "list of the tasks of a pid",
	  .wrong = "targets that got no signal would be missing",
	  .is_initial = true,
	  .hops = { { "task_struct", "thread_pid" },
		    { "pid", "tasks", PID_TYPE(PID) },
		    { "task_struct", "pid", "pid_links" } },
	  .mask = ALL,
	  .expected = self_test_pid },
	{ .what = "PIDTYPE_PGID",
	  .wrong = "targets that got no signal would be missing",
	  .is_initial = true,
	  .hops = { { "task_struct", "signal" },
		    { "signal_struct", "pids", PID_TYPE(PGID) },
		    { "pid", "numbers" } },
	  .mask = ALL,
	  .expected = self_test_group },
	{ .what = "PIDTYPE_SID",
	  .wrong = "whether SIGCONT is permitted would be unknown",
	  .is_initial = true,
	  .hops = { { "task_struct", "signal" },
		    { "signal_struct", "pids", PID_TYPE(SID) },
		    { "pid", "numbers" } },
	  .mask = ALL,
	  .expected = self_test_session },
	{ .what = "tree of pids",
	  .wrong = "targets that got no signal would be missing",
	  .hops = { { "task_struct", "nsproxy" },
		    { "nsproxy", "pid_ns_for_children" },
		    { "pid_namespace", "idr.idr_rt.xa_head" } },
	  .mask = XA_TAG_MASK,
	  .value = XA_TAG_NODE },
	{ .what = "XA_CHUNK_MASK",
	  .wrong = "targets that got no signal would be missing",
	  .array = { "xa_node", "slots" },
	  .mask = ALL,
	  .value = XA_CHUNK_MASK + 1 },
};
const size_t self_facts_n = ARRAY_SIZE(self_facts);

/* ---- a child that has ended ---- */

enum { STACK_BYTES = 16 << 10 };

struct stacks {
	_Alignas(16) char leader[STACK_BYTES], thread[STACK_BYTES];
};

static int self_test_wait_forever(void *unused)
{
	(void)unused;
	while (pause())
		;
	return 0;
}

/* Before v5.16, exit_group(2) sets SIGNAL_GROUP_EXIT only if there is another thread to end. */
static int self_test_end_with_thread(void *argument)
{
	struct stacks *stacks = argument;
	int flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD;

	_exit(clone(self_test_wait_forever, stacks->thread + STACK_BYTES, flags, NULL) < 0);
}

/* Waits until it has ended, and leaves it a zombie. 0 or -errno. */
static int self_test_await_end(pid_t child)
{
	siginfo_t ended;

	while (waitid(P_PID, child, &ended, WEXITED | WNOWAIT | __WALL))
		if (errno != EINTR)
			return -errno;
	return ended.si_code == CLD_EXITED && !ended.si_status ? 0 : -EAGAIN;
}

/* No SIGCHLD comes at its end: whoever waits for the end of a command may have one counted. */
void self_test_open(struct self_test *test, const struct btf *types)
{
	static struct stacks stacks;
	int err;

	test->types = types;
	test->child = clone(self_test_end_with_thread, stacks.leader + STACK_BYTES, 0, &stacks);
	if (test->child < 0) {
		test->child = -errno;
		return;
	}
	err = self_test_await_end(test->child);
	if (!err)
		return;
	self_test_close(test);
	test->child = err;
}

void self_test_close(struct self_test *test)
{
	if (test->child > 0)
		waitpid(test->child, NULL, __WALL);
}

/* ---- to read them ---- */

/* Also such as have no name: those of tracepoints have none. */
static int self_test_read_enumerator(const struct btf *types, const char *name, uint32_t *ret)
{
	for (uint32_t id = 1; id < btf__type_cnt(types); id++) {
		const struct btf_type *type = btf__type_by_id(types, id);
		const struct btf_enum *values = btf_is_enum(type) ? btf_enum(type) : NULL;

		for (int i = 0; values && i < btf_vlen(type); i++) {
			if (strcmp(btf__name_by_offset(types, values[i].name_off), name))
				continue;
			*ret = values[i].val;
			return 0;
		}
	}
	return -ENOENT;
}

/* Or -ENOENT. */
static int self_test_find_hop(const struct btf *types, const struct self_hop *hop, int *ret)
{
	uint32_t offset, base = 0, bytes, index = hop->index;

	if (layout_find(types, hop->type, hop->member, &offset, &bytes) ||
	    (hop->base && layout_find(types, hop->type, hop->base, &base, &bytes)))
		return -ENOENT;
	if (hop->index_of)
		self_test_read_enumerator(types, hop->index_of, &index);
	*ret = (int)offset - (int)base + (int)(index * sizeof(uint64_t));
	return 0;
}

static int self_test_count(const struct btf *types, const struct self_hop *array, uint32_t *ret)
{
	uint32_t offset, bytes;
	int err = layout_find(types, array->type, array->member, &offset, &bytes);

	if (!err)
		*ret = bytes / sizeof(uint64_t);
	return err;
}

int self_test_read(void *context, const struct self_fact *fact, uint32_t *ret)
{
	const struct self_test *test = context;
	int offsets[SELF_TEST_HOPS], n = 0, err = 0;

	if (fact->enumerator)
		return self_test_read_enumerator(test->types, fact->enumerator, ret);
	if (fact->array.type)
		return self_test_count(test->types, &fact->array, ret);
	if (fact->is_of_child && test->child < 0)
		return test->child;
	for (; !err && n < SELF_TEST_HOPS && fact->hops[n].type; n++)
		err = self_test_find_hop(test->types, &fact->hops[n], &offsets[n]);
	return err ? err : task_peek_read(offsets, n, ret);
}

/* ---- to compare ---- */

static bool self_test_holds(self_reader read, void *context, const struct self_fact *fact)
{
	uint32_t is, expected = fact->expected ? (uint32_t)fact->expected() : fact->value;

	return read(context, fact, &is) || (is & fact->mask) == expected;
}

const struct self_fact *self_test_compare(self_reader read, void *context, bool is_initial)
{
	const struct self_fact *found = NULL;

	for (size_t i = 0; i < self_facts_n; i++) {
		const struct self_fact *fact = &self_facts[i];

		if (found && (found->is_fatal || !fact->is_fatal))
			continue;
		if ((is_initial || !fact->is_initial) && !self_test_holds(read, context, fact))
			found = fact;
	}
	return found;
}

const struct self_fact *self_test_run(const struct btf *types, bool is_initial)
{
	struct self_test test;
	const struct self_fact *found;

	self_test_open(&test, types);
	found = self_test_compare(self_test_read, &test, is_initial);
	self_test_close(&test);
	return found;
}

void self_test_describe(const struct self_fact *fact, char *text, size_t bytes)
{
	snprintf(text, bytes, "this kernel's %s is not what killsnoop relies on: %s; %s",
		 fact->what, fact->wrong, "please report this kernel");
}
