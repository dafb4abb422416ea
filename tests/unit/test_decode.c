// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "records.h"

static struct decoder decoder;
static struct seen seen;
static struct any_record record;

static int setup(void **state)
{
	(void)state;
	decoder_init(&decoder, see, &seen);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	decoder_clear(&decoder);
	forget_seen(&seen);
	return 0;
}

static struct process *described(uint32_t pid)
{
	struct ks_pidref ref = make_ref(pid);

	return process_find(&decoder.processes, &ref);
}

/* ---- signals and calls ---- */

static void test_signal(void **state)
{
	const struct event *event;

	(void)state;
	begin_signal(&record, KS_REC_SIGNAL, 10, 20, 9);
	record.header.time_ns = 77;
	record.signal.personality = 8;
	record.signal.filtered_out = 1;
	record.signal.info =
	    (struct ks_info){ .code = -6, .pid = 3, .uid = 4, .kind = KS_INFO_REAL };
	record.signal.call.args[2] = UINT64_MAX;
	record.signal.argv = APPEND(&record, "kill\0-9\00020\0");
	record.signal.sender.known |= KS_KNOWN_ARGV;
	record.signal.sender.flags = KS_FLAG_ARGV_CUT;
	assert_int_equal(feed(&decoder, &record), 0);
	assert_int_equal(seen.n, 1);
	event = seen.events[0];
	assert_int_equal(event->type, EVENT_SIGNAL);
	assert_int_equal(event->time_ns, 77);
	assert_int_equal(event->signal.number, 9);
	assert_int_equal(event->signal.personality, 8);
	assert_true(event->signal.filtered_out);
	assert_int_equal(event->signal.result, RESULT_DELIVERED);
	assert_int_equal(event->signal.origin, KS_ORIGIN_USER);
	assert_int_equal(event->signal.info.code, -6);
	assert_int_equal(event->signal.info.uid, 4);
	assert_int_equal(event->signal.call.nr, 62);
	assert_int_equal(event->signal.call.arch, 0xc000003e);
	assert_true(event->signal.call.args[2] == UINT64_MAX);
	assert_false(event->signal.call.ret_known);
	assert_int_equal(event->signal.call.targets, 1);
	assert_true(event->signal.sender.present);
	assert_int_equal(event->signal.sender.ids.process.pid, 10);
	assert_int_equal(event->signal.sender.argv_bytes, 11);
	assert_memory_equal(event->signal.sender.argv, "kill\0-9\00020\0", 12);
	assert_int_equal(event->signal.sender.flags, KS_FLAG_ARGV_CUT);
	assert_null(event->signal.sender.process);
	assert_true(event->signal.target.present);
	assert_string_equal(event->signal.target.ids.comm, "target");
	assert_null(event->signal.target.argv);
}

/* The span of argv counts only if it is known. */
static void test_effect(void **state)
{
	(void)state;
	begin_signal(&record, KS_REC_SIGNAL, 10, 20, 9);
	record.signal.effect.facts = KS_EFFECT_KNOWN | KS_EFFECT_BLOCKED;
	record.signal.effect.handler = KS_HANDLER_HANDLED;
	feed(&decoder, &record);
	assert_int_equal(seen.events[0]->signal.effect.facts, KS_EFFECT_KNOWN | KS_EFFECT_BLOCKED);
	assert_int_equal(seen.events[0]->signal.effect.handler, KS_HANDLER_HANDLED);
	/* A record from before there was one. */
	record.header.fixed_bytes = record.header.size = offsetof(struct ks_signal, effect);
	feed(&decoder, &record);
	assert_int_equal(seen.events[1]->signal.effect.facts, 0);
}

static void test_cause(void **state)
{
	struct ks_cause cause = { .siginfo = { 11 },
				  .facts = KS_CAUSE_KNOWN | KS_CAUSE_REAPER,
				  .pdeath = 15 };
	const struct ks_cause *seen_cause;

	(void)state;
	begin_signal(&record, KS_REC_SIGNAL, 10, 20, 9);
	record.signal.origin = KS_ORIGIN_KERNEL;
	record.signal.cause = append(&record, &cause, sizeof(cause));
	feed(&decoder, &record);
	seen_cause = &seen.events[0]->signal.cause;
	assert_memory_equal(seen_cause, &cause, sizeof(cause));
	/* From before there was pdeath. */
	record.signal.cause.bytes = offsetof(struct ks_cause, pdeath);
	feed(&decoder, &record);
	seen_cause = &seen.events[1]->signal.cause;
	assert_int_equal(seen_cause->facts, cause.facts);
	assert_int_equal(seen_cause->pdeath, 0);
	record.signal.cause.bytes = sizeof(cause) + 1;
	assert_int_equal(feed(&decoder, &record), -EBADMSG);
}

static void test_signal_without_argv(void **state)
{
	(void)state;
	begin_signal(&record, KS_REC_SIGNAL, 10, 20, 9);
	record.signal.argv = APPEND(&record, "kill\0");
	assert_int_equal(feed(&decoder, &record), 0);
	assert_null(seen.events[0]->signal.sender.argv);
	begin_signal(&record, KS_REC_SIGNAL, 10, 20, 9);
	record.signal.sender.known |= KS_KNOWN_ARGV;
	assert_int_equal(feed(&decoder, &record), 0);
	assert_non_null(seen.events[1]->signal.sender.argv);
	assert_int_equal(seen.events[1]->signal.sender.argv_bytes, 0);
}

static void test_call(void **state)
{
	static const struct {
		int64_t ret;
		enum event_result result;
	} rows[] = {
		{ 0, RESULT_PROBED },	       { -EPERM, RESULT_DENIED },
		{ -ESRCH, RESULT_NO_PROCESS }, { -EINVAL, RESULT_INVALID },
		{ -EBADF, RESULT_BAD_FD },     { -EAGAIN, RESULT_FAILED },
		{ -EFAULT, RESULT_FAILED },    { 1, RESULT_PROBED },
		{ INT64_MIN, RESULT_FAILED },  { INT64_MAX, RESULT_PROBED },
		{ -EACCES, RESULT_DENIED },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		begin_signal(&record, KS_REC_CALL, 10, 0, 0);
		record.signal.call.ret = rows[i].ret;
		assert_int_equal(feed(&decoder, &record), 0);
		assert_int_equal(seen.n, i + 1);
		if (seen.events[i]->signal.result != rows[i].result)
			fail_msg("%lld gives result %d", (long long)rows[i].ret,
				 seen.events[i]->signal.result);
		assert_true(seen.events[i]->signal.call.ret_known);
		assert_true(seen.events[i]->signal.call.ret == rows[i].ret);
		assert_false(seen.events[i]->signal.target.present);
	}
}

static void test_results(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < KS_RESULT_NONE; i++) {
		begin_signal(&record, KS_REC_SIGNAL, 10, 20, 9);
		record.signal.result = i;
		record.signal.call.ret = -EPERM; /* means nothing here */
		assert_int_equal(feed(&decoder, &record), 0);
		assert_int_equal(seen.events[i]->signal.result, i);
	}
}

static void check_scope(uint8_t via, int64_t arg0, uint64_t arg3, int process_directed,
			enum event_scope want)
{
	begin_signal(&record, KS_REC_SIGNAL, 10, 20, 9);
	record.signal.call.via = via;
	record.signal.call.args[0] = arg0;
	record.signal.call.args[3] = arg3;
	record.signal.process_directed = process_directed;
	assert_int_equal(feed(&decoder, &record), 0);
	assert_int_equal(seen.events[seen.n - 1]->signal.scope, want);
}

static void test_scope(void **state)
{
	(void)state;
	check_scope(KS_VIA_KILL, 1, 0, 1, SCOPE_PROCESS);
	check_scope(KS_VIA_KILL, INT32_MAX, 0, 1, SCOPE_PROCESS);
	check_scope(KS_VIA_KILL, 0, 0, 1, SCOPE_GROUP);
	check_scope(KS_VIA_KILL, -1, 0, 1, SCOPE_ALL);
	check_scope(KS_VIA_KILL, 0xffffffff, 0, 1, SCOPE_ALL);	    /* as i386 callers have it */
	check_scope(KS_VIA_KILL, 0x700000001, 0, 1, SCOPE_PROCESS); /* high bits do not count */
	check_scope(KS_VIA_KILL, -2, 0, 1, SCOPE_GROUP);
	check_scope(KS_VIA_KILL, INT32_MIN, 0, 1, SCOPE_GROUP);
	check_scope(KS_VIA_TKILL, 20, 0, 0, SCOPE_THREAD);
	check_scope(KS_VIA_TGKILL, 20, 0, 0, SCOPE_THREAD);
	check_scope(KS_VIA_RT_TGSIGQUEUEINFO, 20, 0, 0, SCOPE_THREAD);
	check_scope(KS_VIA_RT_SIGQUEUEINFO, 20, 0, 1, SCOPE_PROCESS);
	check_scope(KS_VIA_PIDFD_SEND_SIGNAL, 3, 0, 1, SCOPE_PROCESS);
	check_scope(KS_VIA_PIDFD_SEND_SIGNAL, 3, 0, 0, SCOPE_THREAD); /* of a PIDFD_THREAD */
	check_scope(KS_VIA_PIDFD_SEND_SIGNAL, 3, 4, 1, SCOPE_GROUP);
	check_scope(KS_VIA_NONE, 0, 0, 1, SCOPE_PROCESS);
	check_scope(KS_VIA_NONE, 0, 0, 0, SCOPE_THREAD);
}

/* A call that generated nothing has no process_directed: the arguments say it. */
static void test_scope_of_call(void **state)
{
	(void)state;
	begin_signal(&record, KS_REC_CALL, 10, 0, 9);
	record.signal.call.via = KS_VIA_PIDFD_SEND_SIGNAL;
	record.signal.process_directed = 0;
	assert_int_equal(feed(&decoder, &record), 0);
	assert_int_equal(seen.events[0]->signal.scope, SCOPE_PROCESS);
}

static void test_return(void **state)
{
	(void)state;
	for (uint32_t target = 20; target < 23; target++) {
		begin_signal(&record, KS_REC_SIGNAL, 10, target, 15);
		in_call(&record, 500);
		assert_int_equal(feed(&decoder, &record), 0);
	}
	assert_int_equal(seen.n, 0);
	begin_return(&record, 10, 500, 0);
	assert_int_equal(feed(&decoder, &record), 0);
	assert_int_equal(seen.n, 3);
	assert_int_equal(seen.calls, 1);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(seen.events[i]->signal.target.ids.process.pid, 20 + i);
		assert_int_equal(seen.events[i]->signal.call.index, i);
		assert_int_equal(seen.events[i]->signal.call.targets, 3);
		assert_true(seen.events[i]->signal.call.ret_known);
	}
}

/* The thread that calls is given by its own id, not by that of its process. */
static void test_return_to_thread(void **state)
{
	(void)state;
	begin_signal(&record, KS_REC_SIGNAL, 10, 20, 15);
	record.signal.sender.ids.tid = 11;
	in_call(&record, 500);
	assert_int_equal(feed(&decoder, &record), 0);
	begin_return(&record, 10, 500, 0);
	assert_int_equal(feed(&decoder, &record), 0);
	assert_int_equal(seen.n, 0);
	begin_return(&record, 11, 500, 0);
	assert_int_equal(feed(&decoder, &record), 0);
	assert_int_equal(seen.n, 1);
}

/* ---- exits ---- */

static void test_exit(void **state)
{
	const struct event *event;

	(void)state;
	begin_process(&record, 20, "svc");
	assert_int_equal(feed(&decoder, &record), 0);
	begin_exit(&record, 20, 0x8b);
	record.exit.watch = KS_WATCH_TARGET;
	record.header.time_ns = 99;
	assert_int_equal(feed(&decoder, &record), 0);
	assert_int_equal(seen.n, 1);
	event = seen.events[0];
	assert_int_equal(event->type, EVENT_EXIT);
	assert_int_equal(event->time_ns, 99);
	assert_int_equal(event->exit.code, 0x8b);
	assert_int_equal(event->exit.watch, KS_WATCH_TARGET);
	assert_true(event->exit.process.present);
	assert_string_equal(event->exit.process.ids.comm, "ended");
	assert_false(event->exit.cause.known);
	assert_ptr_equal(event->exit.process.process, described(20));
	assert_non_null(described(20)->dead_of);
}

static void test_exit_of_unknown(void **state)
{
	(void)state;
	begin_exit(&record, 21, 0);
	assert_int_equal(feed(&decoder, &record), 0);
	assert_int_equal(seen.n, 1);
	assert_int_equal(seen.events[0]->exit.watch, KS_WATCH_NOT);
	assert_null(seen.events[0]->exit.process.process);
	assert_null(decoder.processes.users);
}

/* Who struck: what was so then is in the record, the rest in the description. */
static void test_blow(void **state)
{
	const struct event_cause *blow;

	(void)state;
	begin_process(&record, 30, "before");
	record.description.process.argv = APPEND(&record, "a\0b");
	record.description.process.known |= KS_KNOWN_ARGV;
	assert_int_equal(feed(&decoder, &record), 0);
	begin_killed(&record, 30, 20, 9);
	assert_int_equal(feed(&decoder, &record), 0);
	blow = &seen.events[0]->exit.blow;
	assert_true(blow->known && blow->sender.present);
	assert_false(blow->context.present || blow->is_own);
	assert_int_equal(blow->signal, 9);
	assert_int_equal(blow->time_ns, 900);
	assert_string_equal(blow->sender.ids.comm, "striker");
	assert_int_equal(blow->sender.ids.uid, 7);
	assert_int_equal(blow->sender.ids.tid, 31);
	assert_int_equal(blow->sender.ids.vtid, 30);
	assert_ptr_equal(blow->sender.process, described(30));
}

/* It struck itself, or the kernel did while a process ran that nothing describes. */
static void test_blow_by_others(void **state)
{
	(void)state;
	begin_killed(&record, 20, 20, 9);
	assert_int_equal(feed(&decoder, &record), 0);
	assert_true(seen.events[0]->exit.blow.is_own);
	begin_killed(&record, 20, 20, 9);
	record.exit.blow.origin = KS_ORIGIN_KERNEL;
	assert_int_equal(feed(&decoder, &record), 0);
	assert_false(seen.events[1]->exit.blow.is_own);
	assert_false(seen.events[1]->exit.blow.sender.present);
	assert_true(seen.events[1]->exit.blow.context.present);
	assert_int_equal(seen.events[1]->exit.blow.context.ids.process.pid, 20);
	assert_null(seen.events[1]->exit.blow.context.process);
}

static void test_no_blow(void **state)
{
	(void)state;
	begin_exit(&record, 20, 9);
	assert_int_equal(feed(&decoder, &record), 0);
	assert_false(seen.events[0]->exit.blow.known);
	begin_killed(&record, 30, 20, 9);
	record.header.fixed_bytes = record.header.size = offsetof(struct ks_exit, blow);
	assert_int_equal(feed(&decoder, &record), 0);
	assert_false(seen.events[1]->exit.blow.known);
}

static void test_bad_blow(void **state)
{
	(void)state;
	begin_killed(&record, 30, 20, KS_SIGNAL_MAX + 1);
	assert_int_equal(feed(&decoder, &record), -EBADMSG);
	begin_killed(&record, 30, 20, 9);
	record.exit.blow.origin = KS_ORIGIN_MAX;
	assert_int_equal(feed(&decoder, &record), -EBADMSG);
	assert_int_equal(seen.n, 0);
}

/* ---- processes ---- */

#define SHELL "sh\0bin\0usr\0"
#define HOME "root\0"
#define GROUP "x.service\0system.slice\0"

static void begin_shell(void)
{
	struct ks_process *process = &record.description.process;

	begin_process(&record, 30, "sh");
	process->parent = make_ref(1);
	process->known |= KS_KNOWN_EXE | KS_KNOWN_CWD | KS_KNOWN_CGROUP | KS_KNOWN_ARGV;
	process->exe = APPEND(&record, SHELL);
	process->exe_below_root = process->exe.bytes;
	process->cwd = APPEND(&record, HOME);
	process->cgroup = APPEND(&record, GROUP);
	process->argv = APPEND(&record, "sh\0-c\0:\0");
}

static void test_process(void **state)
{
	const struct process *process;

	(void)state;
	begin_shell();
	record.description.process.flags = KS_FLAG_EXE_DELETED;
	assert_int_equal(feed(&decoder, &record), 0);
	assert_int_equal(seen.n, 0);
	process = described(30);
	assert_non_null(process);
	assert_string_equal(process->exe, "/usr/bin/sh");
	assert_string_equal(process->exe_in_root, "/usr/bin/sh");
	assert_string_equal(process->cwd, "/root");
	assert_string_equal(process->cgroup, "/system.slice/x.service");
	assert_int_equal(process->argv_bytes, 8);
	assert_memory_equal(process->argv, "sh\0-c\0:\0", 9);
	assert_int_equal(process->parent.pid, 1);
	assert_int_equal(process->flags, KS_FLAG_EXE_DELETED);
	assert_string_equal(process->ids.comm, "sh");
}

/* Every event from then on refers to the description of that time, even if a newer one comes. */
static void test_process_of_events(void **state)
{
	(void)state;
	begin_shell();
	assert_int_equal(feed(&decoder, &record), 0);
	begin_signal(&record, KS_REC_SIGNAL, 30, 30, 15);
	assert_int_equal(feed(&decoder, &record), 0);
	begin_process(&record, 30, "sh");
	record.description.process.known |= KS_KNOWN_EXE;
	record.description.process.exe = APPEND(&record, "dash\0bin\0");
	assert_int_equal(feed(&decoder, &record), 0);
	begin_signal(&record, KS_REC_SIGNAL, 30, 30, 15);
	assert_int_equal(feed(&decoder, &record), 0);
	assert_string_equal(seen.events[0]->signal.sender.process->exe, "/usr/bin/sh");
	assert_ptr_equal(seen.events[0]->signal.target.process,
			 seen.events[0]->signal.sender.process);
	assert_string_equal(seen.events[1]->signal.sender.process->exe, "/bin/dash");
	assert_null(seen.events[1]->signal.sender.process->argv);
}

/* The same pid at another start is another process. */
static void test_process_reuse(void **state)
{
	(void)state;
	begin_shell();
	assert_int_equal(feed(&decoder, &record), 0);
	begin_signal(&record, KS_REC_SIGNAL, 30, 30, 15);
	record.signal.target.ids.process.start_ns++;
	assert_int_equal(feed(&decoder, &record), 0);
	assert_non_null(seen.events[0]->signal.sender.process);
	assert_null(seen.events[0]->signal.target.process);
}

static void check_path(const char *leaf_first, size_t bytes, uint32_t flags, const char *want)
{
	begin_process(&record, 31, "p");
	record.description.process.known |= KS_KNOWN_EXE | KS_KNOWN_CWD | KS_KNOWN_CGROUP;
	record.description.process.flags = flags;
	record.description.process.exe = append(&record, leaf_first, bytes);
	record.description.process.exe_below_root = bytes;
	record.description.process.cwd = record.description.process.exe;
	record.description.process.cgroup = record.description.process.exe;
	assert_int_equal(feed(&decoder, &record), 0);
	assert_string_equal(described(31)->exe, want);
	assert_string_equal(described(31)->cwd, want);
	assert_string_equal(described(31)->cgroup, want);
}

#define CHECK_PATH(leaf_first, flags, want)                                                        \
	check_path(leaf_first, sizeof(leaf_first) - 1, flags, want)

static void test_paths(void **state)
{
	const uint32_t cut = KS_FLAG_EXE_CUT | KS_FLAG_CWD_CUT | KS_FLAG_CGROUP_LOST;

	(void)state;
	CHECK_PATH("", 0, "/");
	CHECK_PATH("a\0", 0, "/a");
	CHECK_PATH("c\0b\0a\0", 0, "/a/b/c");
	CHECK_PATH("bash\0bin\0", KS_FLAG_EXE_DELETED | KS_FLAG_CWD_DELETED, "/bin/bash");
	CHECK_PATH("c\0b\0", cut, ".../b/c");
	CHECK_PATH("", cut, "...");
	CHECK_PATH("a/b\nc\0\xff\0", 0, "/\xff/a/b\nc");
	/* What the BPF side does not write must do no harm. */
	CHECK_PATH("\0", 0, "/");
	CHECK_PATH("\0\0\0", 0, "///");
	CHECK_PATH("x", 0, "/");
	CHECK_PATH("ab\0cd", 0, "/c/ab");
}

/* In another mount than it seems, the path has a mark; that which audit has has none. */
static void test_detached_exe(void **state)
{
	(void)state;
	begin_process(&record, 31, "p");
	record.description.process.known |= KS_KNOWN_EXE;
	record.description.process.flags = KS_FLAG_EXE_DETACHED;
	record.description.process.exe = append(&record, "bash\0bin\0", 9);
	record.description.process.exe_below_root = 9;
	assert_int_equal(feed(&decoder, &record), 0);
	assert_string_equal(described(31)->exe, ".../bin/bash");
	assert_string_equal(described(31)->exe_in_root, "/bin/bash");
}

/* The root's side of a cgroup has the unit: that is kept. */
static void check_cgroup(const char *leaf_first, size_t bytes, uint32_t flags, const char *want)
{
	begin_process(&record, 31, "p");
	record.description.process.known |= KS_KNOWN_CGROUP;
	record.description.process.flags = flags;
	record.description.process.cgroup = append(&record, leaf_first, bytes);
	assert_int_equal(feed(&decoder, &record), 0);
	assert_string_equal(described(31)->cgroup, want);
}

#define CHECK_CGROUP(leaf_first, flags, want)                                                      \
	check_cgroup(leaf_first, sizeof(leaf_first) - 1, flags, want)

static void test_cut_cgroup(void **state)
{
	(void)state;
	CHECK_CGROUP("est of a name\0b\0a.service\0", KS_FLAG_CGROUP_CUT, "/a.service/b/...");
	CHECK_CGROUP("rest\0", KS_FLAG_CGROUP_CUT, "/...");
	CHECK_CGROUP("", KS_FLAG_CGROUP_CUT, "/...");
	CHECK_CGROUP("rest", KS_FLAG_CGROUP_CUT, "/...");
	CHECK_CGROUP("rest\0b\0a\0", KS_FLAG_CGROUP_CUT | KS_FLAG_CGROUP_LOST, ".../a/b/...");
}

/* In a storm, one ring is read ahead of the other: what it brought of a process is newer. */
static void test_older_description(void **state)
{
	static const struct {
		uint64_t time_ns;
		const char *comm, *want;
	} rows[] = {
		{ 200, "first", "first" },
		{ 300, "second", "second" },
		{ 250, "late", "second" },
		{ 300, "third", "third" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		begin_process(&record, 31, rows[i].comm);
		record.header.time_ns = rows[i].time_ns;
		record.header.ring = i % 2;
		assert_int_equal(feed(&decoder, &record), 0);
		assert_string_equal(described(31)->ids.comm, rows[i].want);
	}
}

/* Read while exec replaced them, arguments are unknown: those before still hold. */
static void test_argv_during_exec(void **state)
{
	(void)state;
	begin_process(&record, 31, "p");
	record.description.process.known |= KS_KNOWN_ARGV;
	record.description.process.argv = APPEND(&record, "old\0argument");
	record.description.process.flags = KS_FLAG_ARGV_INHERITED;
	assert_int_equal(feed(&decoder, &record), 0);
	begin_process(&record, 31, "p");
	record.description.process.flags = KS_FLAG_EXEC;
	assert_int_equal(feed(&decoder, &record), 0);
	assert_string_equal(described(31)->argv, "old");
	assert_true(described(31)->known & KS_KNOWN_ARGV);
	assert_true(described(31)->flags & KS_FLAG_ARGV_INHERITED);
	begin_process(&record, 31, "p"); /* what the BPF side would not send */
	record.description.process.flags = KS_FLAG_EXEC;
	record.description.process.known |= KS_KNOWN_ARGV;
	record.description.process.argv = APPEND(&record, "new");
	assert_int_equal(feed(&decoder, &record), 0);
	assert_string_equal(described(31)->argv, "old");
	begin_process(&record, 31, "p");
	assert_int_equal(feed(&decoder, &record), 0);
	assert_null(described(31)->argv);
	begin_process(&record, 32, "q");
	record.description.process.flags = KS_FLAG_EXEC;
	assert_int_equal(feed(&decoder, &record), 0);
	assert_null(described(32)->argv);
}

/* A description of 31 as the BPF side has it, and what is known of 31 then. */
static void describe_argv(uint8_t type, const char *argv, size_t bytes, uint32_t flags,
			  const char *want)
{
	begin_process(&record, 31, "p");
	record.header.type = type;
	record.description.process.flags = flags;
	if (argv) {
		record.description.process.known |= KS_KNOWN_ARGV;
		record.description.process.argv = append(&record, argv, bytes);
	}
	assert_int_equal(feed(&decoder, &record), 0);
	assert_string_equal(described(31)->argv, want);
	assert_int_equal(described(31)->argv_bytes, strlen(want));
}

/* The title that a worker ends with holds, whatever is described later. */
static void test_title(void **state)
{
	(void)state;
	describe_argv(KS_REC_PROCESS, "master", 6, KS_FLAG_ARGV_INHERITED | KS_FLAG_ARGV_CUT,
		      "master");
	describe_argv(KS_REC_TITLE, "worker\0-c\0", 10, KS_FLAG_ARGV_OWN | KS_FLAG_TITLE, "worker");
	assert_int_equal(described(31)->flags, KS_FLAG_ARGV_OWN | KS_FLAG_TITLE);
	describe_argv(KS_REC_PROCESS, "master", 6, KS_FLAG_ARGV_INHERITED | KS_FLAG_ARGV_CUT,
		      "worker");
	assert_int_equal(described(31)->flags, KS_FLAG_ARGV_OWN);
	describe_argv(KS_REC_PROCESS, NULL, 0, 0, "worker");
	describe_argv(KS_REC_PROCESS, "other", 5, KS_FLAG_ARGV_OWN, "other");
}

/* What it has executed since is another. */
static void test_title_before_exec(void **state)
{
	(void)state;
	describe_argv(KS_REC_TITLE, "worker", 6, KS_FLAG_ARGV_OWN, "worker");
	begin_process(&record, 31, "p");
	record.description.exec_ns = 5;
	assert_int_equal(feed(&decoder, &record), 0);
	assert_null(described(31)->argv);
}

/* 31 sends a signal with these arguments. */
static void send_argv(const char *argv, size_t bytes, uint32_t flags, uint64_t time_ns,
		      const char *want)
{
	begin_signal(&record, KS_REC_SIGNAL, 31, 40, 9);
	record.header.time_ns = time_ns;
	record.signal.sender.known |= KS_KNOWN_ARGV;
	record.signal.sender.flags |= flags;
	record.signal.argv = append(&record, argv, bytes);
	assert_int_equal(feed(&decoder, &record), 0);
	assert_string_equal(described(31)->argv, want);
}

/* Other events show a worker with the title that it had when it sent a signal. */
static void test_title_of_sender(void **state)
{
	const uint64_t second = 1000000000;

	(void)state;
	begin_shell();
	record.description.process.ids.process = make_ref(31);
	record.description.process.flags |= KS_FLAG_ARGV_INHERITED | KS_FLAG_ARGV_CUT;
	assert_int_equal(feed(&decoder, &record), 0);
	send_argv("one\0-x", 6, KS_FLAG_TITLE, second, "one");
	assert_int_equal(described(31)->argv_bytes, 3);
	assert_int_equal(described(31)->flags & (KS_FLAG_ARGV_INHERITED | KS_FLAG_ARGV_CUT), 0);
	assert_true(described(31)->flags & KS_FLAG_ARGV_OWN);
	assert_string_equal(described(31)->exe, "/usr/bin/sh");
	send_argv("two", 3, 0, 2 * second, "one"); /* too soon */
	send_argv("two", 3, 0, 2 * second + 1, "two");
	send_argv("", 0, 0, 9 * second, "two");
	describe_argv(KS_REC_PROCESS, "master", 6, KS_FLAG_ARGV_INHERITED, "two");
	send_argv("three", 5, KS_FLAG_ARGV_CUT, 9 * second, "three");
	assert_true(described(31)->flags & KS_FLAG_ARGV_CUT);
}

/* What it executed says what it is, whatever it calls itself. */
static void test_title_after_exec(void **state)
{
	(void)state;
	describe_argv(KS_REC_PROCESS, "nginx", 5, KS_FLAG_ARGV_OWN, "nginx");
	send_argv("nginx: master", 13, 0, 1, "nginx");
}

static void test_long_path(void **state)
{
	static char path[4096];

	(void)state;
	for (size_t i = 0; i < sizeof(path); i++)
		path[i] = i % 2 ? '\0' : 'd';
	begin_process(&record, 31, "p");
	record.description.process.known |= KS_KNOWN_CWD;
	record.description.process.cwd = append(&record, path, sizeof(path));
	assert_int_equal(feed(&decoder, &record), 0);
	assert_int_equal(strlen(described(31)->cwd), sizeof(path));
	assert_memory_equal(described(31)->cwd, "/d/d/d", 6);
}

static void check_below_root(uint16_t bytes, const char *want)
{
	begin_shell();
	record.description.process.exe_below_root = bytes;
	assert_int_equal(feed(&decoder, &record), 0);
	assert_string_equal(described(30)->exe, "/usr/bin/sh");
	assert_string_equal(described(30)->exe_in_root, want);
}

static void test_exe_below_root(void **state)
{
	(void)state;
	check_below_root(sizeof(SHELL) - 1, "/usr/bin/sh");
	check_below_root(UINT16_MAX, "/usr/bin/sh");
	check_below_root(sizeof("sh\0bin"), "/bin/sh");
	check_below_root(sizeof("sh"), "/sh");
	check_below_root(0, "/");
}

/* ---- what does not fit ---- */

static void check_bad(size_t size)
{
	uint64_t bad = decoder.bad;

	assert_int_equal(feed_bytes(&decoder, &record, size), -EBADMSG);
	assert_int_equal(decoder.bad, bad + 1);
	assert_int_equal(seen.n, 0);
	assert_null(decoder.correlator.pending);
	assert_null(decoder.processes.live);
}

static void begin_any(uint8_t type)
{
	switch (type) {
	case KS_REC_SIGNAL:
	case KS_REC_CALL: begin_signal(&record, type, 10, 20, 9); break;
	case KS_REC_RETURN: begin_return(&record, 10, 1, 0); break;
	case KS_REC_PROCESS: begin_process(&record, 20, "p"); break;
	case KS_REC_EXIT: begin_exit(&record, 20, 0); break;
	}
}

/* Cut at every byte, with the same `size` and with one that agrees. */
static void test_truncated(void **state)
{
	(void)state;
	for (int type = KS_REC_SIGNAL; type <= KS_REC_EXIT; type++) {
		begin_any(type);
		for (size_t size = record.header.size; size-- > 0;) {
			struct ks_header whole = record.header;

			check_bad(size);
			record.header.size = size;
			check_bad(size);
			record.header = whole;
		}
	}
}

static void test_oversized(void **state)
{
	(void)state;
	for (int type = KS_REC_SIGNAL; type <= KS_REC_EXIT; type++) {
		begin_any(type);
		check_bad(record.header.size + 1);
		check_bad(record.header.size + 8);
		record.header.size = UINT32_MAX;
		check_bad(sizeof(struct ks_signal));
	}
}

/* Bytes behind the fixed part are strings, or members of a newer BPF side. */
static void test_appended(void **state)
{
	(void)state;
	for (int type = KS_REC_SIGNAL; type <= KS_REC_EXIT; type++) {
		begin_any(type);
		APPEND(&record, "new member");
		assert_int_equal(feed(&decoder, &record), 0);
		record.header.fixed_bytes = record.header.size;
		assert_int_equal(feed(&decoder, &record), 0);
	}
	assert_int_equal(decoder.bad, 0);
}

/* A record without the members from that offset on. */
static void cut_fixed(size_t bytes)
{
	memset(record.bytes + bytes, 0xff, sizeof(record.bytes) - bytes);
	record.header.fixed_bytes = record.header.size = bytes;
}

/* An older BPF side has fewer members: they are 0, whatever stands behind the record. */
static void test_shorter(void **state)
{
	(void)state;
	begin_any(KS_REC_EXIT);
	record.exit.tracer = make_ref(77);
	cut_fixed(offsetof(struct ks_exit, tracer));
	assert_int_equal(feed(&decoder, &record), 0);
	assert_false(seen.events[0]->exit.tracer.present);
	begin_any(KS_REC_CALL);
	record.signal.target_label = record.signal.sender_label = KS_LABEL_KERNEL;
	cut_fixed(offsetof(struct ks_signal, target_label));
	assert_int_equal(feed(&decoder, &record), 0);
	assert_int_equal(seen.events[1]->signal.sender.ids.process.pid, 10);
	assert_null(seen.events[1]->signal.sender.label);
	assert_int_equal(decoder.bad, 0);
}

/* The first layout of a description ends where its strings begin. */
static void test_exec_time(void **state)
{
	static const char argv[] = "a string of arguments";
	const size_t ours = sizeof(struct ks_header), theirs = 24;
	const size_t fixed = offsetof(struct ks_description, exec_ns);
	uint32_t size = fixed - ours + theirs + sizeof(argv);

	(void)state;
	begin_process(&record, 20, "svc");
	record.description.exec_ns = 77;
	assert_int_equal(feed(&decoder, &record), 0);
	assert_int_equal(described(20)->exec_ns, 77);
	record.header.fixed_bytes = record.header.size = fixed;
	record.description.process.argv = append(&record, argv, sizeof(argv));
	record.description.process.known |= KS_KNOWN_ARGV;
	record.header.time_ns++;
	assert_int_equal(feed(&decoder, &record), 0);
	assert_int_equal(described(20)->exec_ns, 0);
	assert_string_equal(described(20)->argv, argv);
	memset(record.bytes, 0, theirs);
	record.bytes[0] = 1;
	record.bytes[2] = KS_REC_PROCESS;
	memcpy(record.bytes + 4, &size, sizeof(size));
	memset(record.bytes + 16, 0x7f, sizeof(uint64_t)); /* the time: newer */
	record.description.process.argv.offset = size - sizeof(argv);
	memmove(record.bytes + theirs, record.bytes + ours, size - theirs);
	assert_int_equal(feed_bytes(&decoder, record.bytes, size), 0);
	assert_int_equal(described(20)->exec_ns, 0);
	assert_string_equal(described(20)->argv, argv);
}

/* Files are of newer records; what has ended is in the mount namespace that it was in. */
static void test_files(void **state)
{
	(void)state;
	begin_process(&record, 20, "svc");
	record.description.exe_inode = 1234567890123;
	record.description.exe_device = 254 << 20 | 3;
	record.description.mount_namespace = 4026532178;
	record.description.process.flags = KS_FLAG_OTHER_MOUNTS;
	assert_int_equal(feed(&decoder, &record), 0);
	assert_int_equal(described(20)->exe_inode, 1234567890123);
	assert_int_equal(described(20)->exe_device, 254 << 20 | 3);
	assert_int_equal(described(20)->mount_namespace, 4026532178);
	begin_process(&record, 20, "svc");
	record.description.process.flags = KS_FLAG_DEAD;
	record.header.time_ns++;
	assert_int_equal(feed(&decoder, &record), 0);
	assert_int_equal(described(20)->mount_namespace, 4026532178);
	assert_true(described(20)->flags & KS_FLAG_OTHER_MOUNTS);
	begin_process(&record, 21, "other");
	record.description.exe_device = record.description.mount_namespace = 1;
	record.header.fixed_bytes = offsetof(struct ks_description, exe_inode);
	assert_int_equal(feed(&decoder, &record), 0);
	assert_int_equal(described(21)->exe_device, 0);
	assert_int_equal(described(21)->mount_namespace, 0);
}

/* Who had the pid of the target before: all of it, or the record is none. */
static void test_former(void **state)
{
	struct ks_former former = { .process = make_ref(30), .comm = "before", .code = 256 };

	(void)state;
	begin_any(KS_REC_CALL);
	record.signal.former = append(&record, &former, sizeof(former));
	record.signal.former.bytes--;
	check_bad(record.header.size);
	record.signal.former.bytes += 2;
	check_bad(record.header.size);
	record.signal.former.bytes--;
	record.signal.target_number = 40;
	record.signal.former_session = 50;
	assert_int_equal(feed(&decoder, &record), 0);
	assert_true(seen.events[0]->signal.has_former);
	assert_int_equal(seen.events[0]->signal.target_number, 40);
	assert_int_equal(seen.events[0]->signal.former_session, 50);
	assert_memory_equal(&seen.events[0]->signal.former, &former, sizeof(former));
	record.header.fixed_bytes = offsetof(struct ks_signal, target_number);
	assert_int_equal(feed(&decoder, &record), 0);
	assert_true(seen.events[1]->signal.has_former);
	assert_int_equal(seen.events[1]->signal.target_number, 0);
	assert_int_equal(seen.events[1]->signal.former_session, 0);
	cut_fixed(offsetof(struct ks_signal, former));
	assert_int_equal(feed(&decoder, &record), 0);
	assert_false(seen.events[2]->signal.has_former);
}

/* What `record` has as a KS_REC_SIGNAL of version 1, behind which are so many bytes of arguments.
 */
static size_t make_first_version(char *to, size_t fixed_bytes, size_t call_bytes, size_t argv_bytes)
{
	const struct ks_span argv = { argv_bytes ? fixed_bytes : 0, argv_bytes };
	const uint16_t version_and_type[] = { 1, KS_REC_SIGNAL };
	const uint32_t size = fixed_bytes + argv_bytes;

	memset(to, 0, size);
	memcpy(to, version_and_type, sizeof(version_and_type));
	memcpy(to + 4, &size, sizeof(size));
	memcpy(to + 24, &record.signal.call, call_bytes);
	memcpy(to + 24 + call_bytes, &record.signal.info, fixed_bytes - 24 - call_bytes);
	memcpy(to + 24 + call_bytes + 28, &argv, sizeof(argv));
	memset(to + fixed_bytes, 'x', argv_bytes);
	return size;
}

/* Whatever its length: it may be that of another layout. */
static void test_first_version(void **state)
{
	static const struct {
		size_t fixed_bytes, call_bytes;
	} layouts[] = { { 344, 64 }, { 352, 64 }, { 360, 72 }, { 368, 80 }, { 384, 80 } };
	_Alignas(8) char bytes[512];

	(void)state;
	for (size_t i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++) {
		for (size_t argv = 0; argv <= 48; argv += 8) {
			const struct event *event;
			size_t size;

			begin_signal(&record, KS_REC_SIGNAL, 10, 20, 9);
			record.signal.call.returns = 0;
			size = make_first_version(bytes, layouts[i].fixed_bytes,
						  layouts[i].call_bytes, argv);
			assert_int_equal(decode_record(&decoder, bytes, size), 0);
			event = seen.events[seen.n - 1];
			assert_int_equal(event->signal.number, 9);
			assert_int_equal(event->signal.target.ids.process.pid, 20);
			assert_int_equal(event->signal.sender.ids.process.pid, 10);
			forget_seen(&seen);
		}
	}
	assert_int_equal(decoder.bad, 0);
}

/* But not fewer than the first that wrote such a record. */
static void test_too_short(void **state)
{
	(void)state;
	for (int type = KS_REC_SIGNAL; type <= KS_REC_EXIT; type++) {
		begin_any(type);
		record.header.fixed_bytes = sizeof(struct ks_header);
		check_bad(record.header.size);
		begin_any(type);
		record.header.fixed_bytes = record.header.size + 1;
		check_bad(record.header.size);
	}
}

static void test_unknown_flags(void **state)
{
	(void)state;
	for (int type = KS_REC_SIGNAL; type <= KS_REC_EXIT; type++) {
		begin_any(type);
		record.header.flags = 1u << 15;
		check_bad(record.header.size);
	}
}

static void test_wrong_version(void **state)
{
	static const uint8_t versions[] = { 0, 1, KS_RECORD_VERSION + 1, UINT8_MAX };

	(void)state;
	for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++) {
		begin_any(KS_REC_SIGNAL);
		record.header.version = versions[i];
		record.header.lost = 5;
		check_bad(record.header.size);
	}
	assert_int_equal(decoder.lost[KS_RING_BULK], 0); /* nothing of it is believed */
}

static void test_unknown_type(void **state)
{
	static const uint8_t types[] = { 0, KS_REC_TITLE + 1, UINT8_MAX };

	(void)state;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		begin_any(KS_REC_SIGNAL);
		record.header.type = types[i];
		check_bad(record.header.size);
	}
	begin_any(KS_REC_EXIT);
	assert_int_equal(feed(&decoder, &record), 0);
	assert_int_equal(seen.n, 1); /* and the next one is fine */
}

static void test_unknown_values(void **state)
{
	(void)state;
	begin_any(KS_REC_SIGNAL);
	record.signal.result = KS_RESULT_MAX;
	check_bad(record.header.size);
	begin_any(KS_REC_SIGNAL);
	record.signal.origin = KS_ORIGIN_MAX;
	check_bad(record.header.size);
	begin_any(KS_REC_SIGNAL);
	record.signal.call.via = KS_VIA_MAX;
	check_bad(record.header.size);
	begin_any(KS_REC_SIGNAL);
	record.signal.info.reason = KS_REASON_MAX;
	check_bad(record.header.size);
	begin_any(KS_REC_SIGNAL);
	record.signal.effect.handler = KS_HANDLER_MAX;
	check_bad(record.header.size);
	begin_any(KS_REC_SIGNAL);
	record.signal.info.kind = KS_INFO_NONE + 1;
	check_bad(record.header.size);
}

/* Each span, wrong at each of its ends. */
static void check_bad_span(struct ks_span *span)
{
	const struct ks_span good = *span;
	const uint32_t size = record.header.size;
	const struct ks_span bad[] = {
		{ size, 1 },
		{ size - 1, 2 },
		{ 0, size + 1 },
		{ size + 1, 0 },
		{ UINT16_MAX, UINT16_MAX },
		{ good.offset, UINT16_MAX },
		{ UINT16_MAX, 1 },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		*span = bad[i];
		check_bad(size);
	}
	*span = good;
}

static void test_spans(void **state)
{
	(void)state;
	begin_any(KS_REC_SIGNAL);
	record.signal.sender.known |= KS_KNOWN_ARGV;
	record.signal.argv = APPEND(&record, "kill\0");
	check_bad_span(&record.signal.argv);
	begin_shell();
	check_bad_span(&record.description.process.exe);
	check_bad_span(&record.description.process.cwd);
	check_bad_span(&record.description.process.cgroup);
	check_bad_span(&record.description.process.argv);
	begin_label(&record, 100, "label");
	check_bad_span(&record.text.text);
}

/* All of the record, and nothing at its end. */
static void test_spans_at_ends(void **state)
{
	(void)state;
	begin_shell();
	record.description.process.argv = (struct ks_span){ 0, record.header.size };
	record.description.process.cwd = (struct ks_span){ record.header.size, 0 };
	assert_int_equal(feed(&decoder, &record), 0);
	assert_int_equal(described(30)->argv_bytes, record.header.size);
	assert_string_equal(described(30)->cwd, "/");
}

/* A string that is not known has no span to be wrong. */
static void test_spans_of_unknown(void **state)
{
	(void)state;
	begin_process(&record, 30, "sh");
	memset(&record.description.process.exe, 0xff, 4 * sizeof(struct ks_span));
	assert_int_equal(feed(&decoder, &record), 0);
	assert_null(described(30)->exe);
	assert_null(described(30)->cwd);
	assert_null(described(30)->cgroup);
	assert_null(described(30)->argv);
}

/* ---- labels ---- */

static void feed_labelled(uint64_t sender_label, uint64_t target_label)
{
	begin_signal(&record, KS_REC_SIGNAL, 10, 20, 9);
	record.signal.sender_label = sender_label;
	record.signal.target_label = target_label;
	assert_int_equal(feed(&decoder, &record), 0);
}

static const char *label_in(const struct task *task)
{
	return task->label ? task->label->text : "none";
}

static void check_labels(size_t i, const char *sender, const char *target)
{
	assert_string_equal(label_in(&seen.events[i]->signal.sender), sender);
	assert_string_equal(label_in(&seen.events[i]->signal.target), target);
}

static void test_labels(void **state)
{
	(void)state;
	begin_label(&record, 100, "a profile");
	assert_int_equal(feed(&decoder, &record), 0);
	feed_labelled(100, KS_LABEL_UNCONFINED);
	feed_labelled(KS_LABEL_NONE, 100);
	feed_labelled(101, KS_LABEL_KERNEL); /* the record of 101 is lost */
	assert_int_equal(seen.n, 3);
	check_labels(0, "a profile", "unconfined");
	check_labels(1, "none", "a profile");
	check_labels(2, "none", "kernel");
	assert_int_equal(decoder.bad, 0);
}

static void test_label_is_cut(void **state)
{
	(void)state;
	begin_label(&record, 100, "a very long");
	record.text.is_cut = true;
	assert_int_equal(feed(&decoder, &record), 0);
	feed_labelled(100, 100);
	assert_true(seen.events[0]->signal.sender.label->is_cut);
}

/* As it was emitted before there were other texts: without a kind. */
static void test_label_before_texts(void **state)
{
	const size_t bytes = offsetof(struct ks_text, kind);

	(void)state;
	begin_record(&record, KS_REC_LABEL, bytes);
	record.text.id = 100;
	record.text.text = APPEND(&record, "\xff\xff\xff\xff profile");
	assert_int_equal(feed(&decoder, &record), 0);
	feed_labelled(100, KS_LABEL_NONE);
	check_labels(0, "\xff\xff\xff\xff profile", "none");
}

static void test_text_of_unknown_kind(void **state)
{
	static const uint32_t kinds[] = { KS_TEXT_KINDS, UINT32_MAX };

	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		begin_label(&record, 100, "what?");
		record.text.kind = kinds[i];
		assert_int_equal(feed(&decoder, &record), -EBADMSG);
	}
	feed_labelled(100, KS_LABEL_NONE);
	check_labels(0, "none", "none");
}

/* ---- files and stacks ---- */

/* Of kernel origin, in call `nr` of x86-64, whose argument is a file. */
static void feed_in_call(uint32_t nr, uint8_t argument, uint64_t file, uint64_t stack)
{
	struct ks_cause cause = {
		.file = file, .stack = stack, .file_magic = 7, .file_argument = argument
	};

	begin_signal(&record, KS_REC_SIGNAL, 10, 20, 9);
	record.signal.origin = KS_ORIGIN_KERNEL;
	record.signal.call.via = KS_VIA_NONE;
	record.signal.call.nr = nr;
	record.signal.cause = append(&record, &cause, sizeof(cause));
	assert_int_equal(feed(&decoder, &record), 0);
}

static const struct event *last_seen(void)
{
	return seen.events[seen.n - 1];
}

#define FEED_TEXT(kind, id, literal)                                                               \
	(begin_text(&record, kind, id, literal, sizeof(literal) - 1), feed(&decoder, &record))

enum { READ = 0, WRITE = 1, EXIT_GROUP = 231, SPLICE = 275 };

static void test_file(void **state)
{
	(void)state;
	assert_int_equal(FEED_TEXT(KS_TEXT_FILE, 100, "cgroup.kill\0a\0sys\0"), 0);
	feed_in_call(WRITE, 0, 100, 0);
	assert_string_equal(last_seen()->signal.file->text, "/sys/a/cgroup.kill");
	assert_int_equal(last_seen()->signal.cause.file_magic, 7);
	feed_in_call(READ, 0, 100, 0);
	assert_non_null(last_seen()->signal.file);
	feed_in_call(SPLICE, 2, 100, 0);
	assert_non_null(last_seen()->signal.file);
	feed_in_call(WRITE, 2, 100, 0); /* a count, which happens to be a descriptor's number */
	assert_null(last_seen()->signal.file);
	feed_in_call(EXIT_GROUP, 0, 100, 0);
	assert_null(last_seen()->signal.file);
	feed_in_call(WRITE, 0, 101, 0); /* whose record is lost */
	assert_null(last_seen()->signal.file);
	feed_in_call(WRITE, UINT8_MAX, 100, 0);
	assert_null(last_seen()->signal.file);
}

static void test_long_file(void **state)
{
	(void)state;
	begin_text(&record, KS_TEXT_FILE, 100, "leaf\0dir\0cu", 11);
	record.text.is_cut = true;
	assert_int_equal(feed(&decoder, &record), 0);
	feed_in_call(WRITE, 0, 100, 0);
	assert_string_equal(last_seen()->signal.file->text, ".../dir/leaf");
}

static void test_stack(void **state)
{
	(void)state;
	assert_int_equal(FEED_TEXT(KS_TEXT_STACK, 100,
				   "bpf_prog_1\0"
				   "0x12\0__traceiter_x\0send_it\0trace_me\0"),
			 0);
	feed_in_call(WRITE, 0, 0, 100);
	assert_int_equal(last_seen()->signal.stack->bytes, sizeof("send_it\0trace_me"));
	assert_memory_equal(last_seen()->signal.stack->text, "send_it\0trace_me", 17);
	assert_int_equal(FEED_TEXT(KS_TEXT_STACK, 101, "bpf_prog_1\0"), 0);
	feed_in_call(WRITE, 0, 0, 101);
	assert_int_equal(last_seen()->signal.stack->bytes, 0);
	assert_int_equal(FEED_TEXT(KS_TEXT_STACK, 102, ""), -EBADMSG);
	assert_int_equal(FEED_TEXT(KS_TEXT_STACK, 102, "bpf_prog_1\0no end"), -EBADMSG);
}

/* A text is for what it is of, whoever refers to it; and the sender's call has neither. */
static void test_texts_of_other_kinds(void **state)
{
	(void)state;
	assert_int_equal(FEED_TEXT(KS_TEXT_STACK, 100, "send_it\0"), 0);
	assert_int_equal(FEED_TEXT(KS_TEXT_FILE, 101, "cgroup.kill\0"), 0);
	feed_in_call(WRITE, 0, 100, 101);
	assert_null(last_seen()->signal.file);
	assert_null(last_seen()->signal.stack);
	feed_labelled(100, 101);
	check_labels(seen.n - 1, "none", "none");
}

/* Of a recording from before there were files and stacks. */
static void test_shorter_cause(void **state)
{
	struct ks_cause cause = { .facts = KS_CAUSE_KNOWN, .file = 100, .stack = 101 };

	(void)state;
	assert_int_equal(FEED_TEXT(KS_TEXT_FILE, 100, "cgroup.kill\0"), 0);
	begin_signal(&record, KS_REC_SIGNAL, 10, 20, 9);
	record.signal.origin = KS_ORIGIN_KERNEL;
	record.signal.call.nr = WRITE;
	record.signal.cause = append(&record, &cause, offsetof(struct ks_cause, file));
	assert_int_equal(feed(&decoder, &record), 0);
	assert_int_equal(last_seen()->signal.cause.facts, KS_CAUSE_KNOWN);
	assert_null(last_seen()->signal.file);
}

static void test_bad_spans_of_texts(void **state)
{
	(void)state;
	for (uint32_t kind = 0; kind < KS_TEXT_KINDS; kind++) {
		begin_text(&record, kind, 100, "a\0b\0", 4);
		check_bad_span(&record.text.text);
	}
}

/* An id without a record cannot be given another text. */
static void test_label_of_fixed_id(void **state)
{
	(void)state;
	for (uint64_t id = 0; id < KS_LABEL_FIRST; id++) {
		begin_label(&record, id, "forged");
		assert_int_equal(feed(&decoder, &record), -EBADMSG);
	}
	feed_labelled(KS_LABEL_UNCONFINED, KS_LABEL_NONE);
	check_labels(0, "unconfined", "none");
}

/* ---- losses ---- */

static void feed_signal(uint64_t lost, uint64_t time_ns)
{
	begin_signal(&record, KS_REC_SIGNAL, 10, 20, 9);
	record.header.lost = lost;
	record.header.time_ns = time_ns;
	assert_int_equal(feed(&decoder, &record), 0);
}

static void check_lost(size_t i, uint64_t count)
{
	assert_int_equal(seen.events[i]->type, EVENT_LOST);
	assert_int_equal(seen.events[i]->lost.count, count);
	assert_int_equal(seen.events[i]->lost.cause, KS_LOST_EVENT);
}

static void test_lost(void **state)
{
	(void)state;
	feed_signal(0, 100);
	feed_signal(3, 200);
	feed_signal(3, 300);
	feed_signal(2, 250); /* counted on another CPU before */
	feed_signal(4, 400);
	assert_int_equal(seen.n, 7);
	assert_int_equal(seen.events[0]->type, EVENT_SIGNAL);
	check_lost(1, 3);
	assert_int_equal(seen.events[2]->time_ns, 200);
	assert_int_equal(seen.events[3]->time_ns, 300);
	assert_int_equal(seen.events[4]->time_ns, 250);
	check_lost(5, 1);
	assert_int_equal(seen.events[6]->time_ns, 400);
}

/* Every type of record brings the news. */
static void test_lost_in_any_record(void **state)
{
	(void)state;
	for (int type = KS_REC_SIGNAL; type <= KS_REC_EXIT; type++) {
		forget_seen(&seen);
		begin_any(type);
		record.header.lost = UINT64_C(10) * type;
		assert_int_equal(feed(&decoder, &record), 0);
		assert_true(seen.n > 0);
		check_lost(0, 10);
	}
}

/* Each ring counts its own; what was lost lies between two of its records. */
static void test_lost_by_ring(void **state)
{
	(void)state;
	for (uint64_t time = 100; time < 400; time += 100) {
		begin_any(KS_REC_SIGNAL);
		record.header.ring = time == 200 ? KS_RING_BULK : KS_RING_LETHAL;
		record.header.lost = time == 300 ? 7 : 0;
		record.header.time_ns = time;
		assert_int_equal(feed(&decoder, &record), 0);
	}
	assert_int_equal(seen.n, 4);
	assert_int_equal(seen.events[2]->lost.count, 7);
	assert_int_equal(seen.events[2]->lost.cause, KS_LOST_LETHAL);
	assert_int_equal(seen.events[2]->lost.from_ns, 100);
	assert_int_equal(seen.events[2]->lost.to_ns, 300);
	decode_tail_loss(&decoder, KS_RING_BULK, 2);
	check_lost(4, 2);
	assert_int_equal(seen.events[4]->lost.from_ns, 200);
	assert_int_equal(seen.events[4]->lost.to_ns, 0);
}

static void test_unknown_ring(void **state)
{
	(void)state;
	begin_any(KS_REC_SIGNAL);
	record.header.ring = KS_RINGS;
	check_bad(record.header.size);
}

static void test_lost_tail(void **state)
{
	(void)state;
	feed_signal(1, 100);
	decode_tail_loss(&decoder, KS_RING_BULK, 1);
	decode_tail_loss(&decoder, KS_RING_BULK, 0);
	assert_int_equal(seen.n, 2);
	decode_tail_loss(&decoder, KS_RING_BULK, 8);
	decode_tail_loss(&decoder, KS_RING_BULK, 8);
	assert_int_equal(seen.n, 3);
	check_lost(2, 7);
	assert_int_equal(seen.events[2]->time_ns, 100);
	feed_signal(8, 200); /* it was reported already */
	assert_int_equal(seen.n, 4);
}

/* Totals, by enum ks_refusal and enum ks_user. */
static void feed_losses(uint8_t ring, uint64_t time_ns, const uint64_t (*counts)[KS_USERS])
{
	begin_record(&record, KS_REC_LOSSES, sizeof(record.losses));
	record.header.ring = ring;
	record.header.time_ns = time_ns;
	memcpy(record.losses.counts, counts, sizeof(record.losses.counts));
	assert_int_equal(feed(&decoder, &record), 0);
}

#define FEED_LOSSES(ring, time_ns, ...)                                                            \
	feed_losses(ring, time_ns, (const uint64_t[KS_REFUSALS][KS_USERS]){ __VA_ARGS__ })

static void check_users(size_t i, unsigned int cause, uint64_t root, uint64_t system,
			uint64_t other)
{
	const struct event *event = seen.events[i];

	assert_int_equal(event->type, EVENT_LOST);
	assert_int_equal(event->lost.cause, cause);
	assert_true(event->lost.has_users);
	assert_int_equal(event->lost.users[KS_USER_ROOT], root);
	assert_int_equal(event->lost.users[KS_USER_SYSTEM], system);
	assert_int_equal(event->lost.users[KS_USER_OTHER], other);
	assert_int_equal(event->lost.count, root + system + other);
}

static void test_losses(void **state)
{
	(void)state;
	feed_signal(0, 100);
	FEED_LOSSES(KS_RING_BULK, 200, { 1, 2, 3 }, { 0, 0, 5 });
	feed_signal(11, 200); /* counts what has been reported */
	FEED_LOSSES(KS_RING_BULK, 300, { 1, 2, 3 }, { 0, 0, 5 });
	FEED_LOSSES(KS_RING_BULK, 400, { 1, 2, 3 }, { 0, 1, 5 });
	FEED_LOSSES(KS_RING_LETHAL, 500, { 0, 0, 7 }, { 0, 0, 0 });
	assert_int_equal(seen.n, 6);
	check_users(1, KS_LOST_EVENT, 1, 2, 3);
	check_users(2, KS_LOST_SHARE, 0, 0, 5);
	for (int i = 1; i <= 2; i++) {
		assert_int_equal(seen.events[i]->lost.from_ns, 100);
		assert_int_equal(seen.events[i]->lost.to_ns, 200);
	}
	check_users(4, KS_LOST_SHARE, 0, 1, 0);
	assert_int_equal(seen.events[4]->lost.from_ns, 300);
	assert_int_equal(seen.events[4]->lost.to_ns, 400);
	check_users(5, KS_LOST_LETHAL, 0, 0, 7);
	assert_int_equal(seen.events[5]->lost.from_ns, 0);
	assert_int_equal(decoder.lost[KS_RING_BULK], 12);
	assert_int_equal(decoder.lost[KS_RING_LETHAL], 7);
}

/* Two CPUs read the counters at the same time: each has what the other lacks. */
static void test_losses_overtake(void **state)
{
	(void)state;
	FEED_LOSSES(KS_RING_BULK, 200, { 4, 0, 4 }, { 0, 0, 0 });
	FEED_LOSSES(KS_RING_BULK, 201, { 3, 0, 5 }, { 0, 0, 0 });
	FEED_LOSSES(KS_RING_BULK, 202, { 4, 0, 5 }, { 0, 0, 0 });
	assert_int_equal(seen.n, 2);
	check_users(0, KS_LOST_EVENT, 4, 0, 4);
	check_users(1, KS_LOST_EVENT, 0, 0, 1);
}

/* Before there was a KS_REC_LOSSES. */
static void test_losses_unknown(void **state)
{
	(void)state;
	feed_signal(3, 100);
	check_lost(0, 3);
	assert_false(seen.events[0]->lost.has_users);
}

/* ---- the end ---- */

/* What still waits for a return when the decoder ends is not lost. */
static void test_clear(void **state)
{
	(void)state;
	begin_signal(&record, KS_REC_SIGNAL, 10, 20, 9);
	in_call(&record, 500);
	assert_int_equal(feed(&decoder, &record), 0);
	assert_int_equal(seen.n, 0);
	decoder_clear(&decoder);
	assert_int_equal(seen.n, 1);
	assert_false(seen.events[0]->signal.call.ret_known);
}

/* Whatever its number is. */
static void test_clear_any(void **state)
{
	static const uint64_t ids[] = { 0, 1, INT64_MAX, UINT64_MAX };

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		begin_signal(&record, KS_REC_SIGNAL, 10 + i, 20, 9);
		in_call(&record, ids[i]);
		assert_int_equal(feed(&decoder, &record), 0);
	}
	decoder_clear(&decoder);
	assert_int_equal(seen.n, 4);
	assert_null(decoder.correlator.pending);
}

static void count_events(void *context, struct event **events, size_t n)
{
	size_t *count = context;

	for (size_t i = 0; i < n; i++)
		assert_non_null(events[i]);
	*count += n;
}

/* Good records with some bytes changed: nothing outside is read, nothing leaks. */
static void test_random(void **state)
{
	uint32_t seed = 11;
	size_t count = 0;

	(void)state;
	decoder_init(&decoder, count_events, &count);
	for (int round = 0; round < 20000; round++) {
		begin_any(KS_REC_SIGNAL + round % 5);
		APPEND(&record, "some\0text\0");
		for (int i = 0; i < round % 4; i++) {
			seed = seed * 1664525 + 1013904223;
			record
			    .bytes[sizeof(struct ks_header) +
				   (seed >> 8) % (record.header.size - sizeof(struct ks_header))] =
			    seed;
		}
		feed(&decoder, &record);
	}
	decoder_clear(&decoder);
	assert_true(count > 0);
	assert_true(decoder.bad > 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_signal),
		TEST(test_effect),
		TEST(test_cause),
		TEST(test_signal_without_argv),
		TEST(test_call),
		TEST(test_results),
		TEST(test_scope),
		TEST(test_scope_of_call),
		TEST(test_return),
		TEST(test_return_to_thread),
		TEST(test_exit),
		TEST(test_exit_of_unknown),
		TEST(test_blow),
		TEST(test_blow_by_others),
		TEST(test_no_blow),
		TEST(test_bad_blow),
		TEST(test_process),
		TEST(test_process_of_events),
		TEST(test_process_reuse),
		TEST(test_paths),
		TEST(test_detached_exe),
		TEST(test_long_path),
		TEST(test_exe_below_root),
		TEST(test_truncated),
		TEST(test_oversized),
		TEST(test_appended),
		TEST(test_shorter),
		TEST(test_exec_time),
		TEST(test_files),
		TEST(test_former),
		TEST(test_first_version),
		TEST(test_too_short),
		TEST(test_unknown_flags),
		TEST(test_wrong_version),
		TEST(test_unknown_type),
		TEST(test_unknown_values),
		TEST(test_spans),
		TEST(test_spans_at_ends),
		TEST(test_spans_of_unknown),
		TEST(test_labels),
		TEST(test_label_before_texts),
		TEST(test_text_of_unknown_kind),
		TEST(test_file),
		TEST(test_long_file),
		TEST(test_stack),
		TEST(test_texts_of_other_kinds),
		TEST(test_shorter_cause),
		TEST(test_bad_spans_of_texts),
		TEST(test_label_is_cut),
		TEST(test_cut_cgroup),
		TEST(test_older_description),
		TEST(test_argv_during_exec),
		TEST(test_title),
		TEST(test_title_before_exec),
		TEST(test_title_of_sender),
		TEST(test_title_after_exec),
		TEST(test_label_of_fixed_id),
		TEST(test_lost),
		TEST(test_lost_in_any_record),
		TEST(test_lost_by_ring),
		TEST(test_unknown_ring),
		TEST(test_lost_tail),
		TEST(test_losses),
		TEST(test_losses_overtake),
		TEST(test_losses_unknown),
		TEST(test_clear),
		TEST(test_clear_any),
		TEST(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
