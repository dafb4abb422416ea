// SPDX-License-Identifier: GPL-2.0-only
#include <signal.h>

#include "events.h"
#include "enrich/verdict_internal.h"

static struct verdicts verdicts;
static struct process_table table;

static int teardown(void **state)
{
	(void)state;
	verdict_clear(&verdicts);
	return verdicts.all != NULL;
}

static void note_event(struct event *event)
{
	enrich_for_test(event, &table);
	verdict_note(&verdicts, event);
	verdict_number(&verdicts, event);
	event_free(event);
}

/* `seq` distinguishes the events; its time is ten times that. */
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
	check_exit(20, SIGKILL, 0, 0); /* reported once */
	assert_null(verdicts.all);
}

/* Where the ends of processes are lost, the memory for their signals is bounded. */
static void test_bound(void **state)
{
	(void)state;
	for (uint32_t pid = 100; pid <= 100 + VERDICTS_MAX; pid++)
		note(pid, 10, pid, SIGTERM);
	assert_int_equal(HASH_COUNT(verdicts.all), VERDICTS_MAX);
	check_exit(100, SIGTERM, 0, 0);
	check_exit(101, SIGTERM, 101, 10);
	verdict_clear(&verdicts);
}

/* A user who fills it takes no room from another. */
static void test_bound_by_user(void **state)
{
	struct event *event = new_signal(10, 99, SIGTERM);

	(void)state;
	event->seq = 1;
	event->signal.target.ids.uid = 33;
	note_event(event);
	for (uint32_t pid = 100; pid <= 100 + VERDICTS_MAX; pid++)
		note(pid, 10, pid, SIGTERM);
	check_exit(99, SIGTERM, 1, 10);
	verdict_clear(&verdicts);
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

/* ---- a signal that was handled ---- */

static const uint64_t ms = 1000000, second = 1000000000;

/* A signal at that time by a call, or by the kernel while `sender` ran. */
static struct event *new_at(uint64_t time_ns, uint32_t sender, int number, enum ks_origin origin)
{
	struct event *event = new_signal(sender, 20, number);

	event->seq = time_ns / ms;
	event->time_ns = event->real_ns = time_ns;
	event->signal.origin = origin;
	return event;
}

static void note_at(uint64_t time_ns, uint32_t sender, int number)
{
	note_event(new_at(time_ns, sender, number, KS_ORIGIN_USER));
}

/* The end of process 20: its cause, which the caller frees with the event. */
static struct event *end_at(uint64_t time_ns, uint32_t code)
{
	struct event *exit = new_exit(20, code);

	exit->time_ns = time_ns;
	verdict_reach(&verdicts, exit);
	return exit;
}

static void check_how(uint64_t time_ns, uint32_t code, uint64_t cause_ns, uint32_t sender,
		      enum event_how how)
{
	struct event *exit = end_at(time_ns, code);

	assert_true(exit->exit.cause.known);
	assert_int_equal(exit->exit.cause.time_ns, cause_ns);
	assert_int_equal(exit->exit.cause.how, how);
	assert_int_equal(exit->exit.cause.sender.ids.process.pid, sender);
	event_free(exit);
}

static void check_none(uint64_t time_ns, uint32_t code)
{
	struct event *exit = end_at(time_ns, code);

	assert_false(exit->exit.cause.known);
	event_free(exit);
}

/* The process tidies up and sends itself the same signal: whoever sent it first is the cause. */
static void test_raised_again(void **state)
{
	struct event *exit;

	(void)state;
	note_at(1 * ms, 10, SIGTERM);
	note_at(200 * ms, 20, SIGTERM);
	exit = end_at(201 * ms, SIGTERM);
	assert_int_equal(exit->exit.cause.how, HOW_RERAISED);
	assert_int_equal(exit->exit.cause.seq, 1);
	assert_int_equal(exit->exit.cause.sender.ids.process.pid, 10);
	assert_int_equal(exit->exit.cause.blow.seq, 200);
	assert_int_equal(exit->exit.cause.blow.sender.ids.process.pid, 20);
	event_free(exit);
}

static void test_raised_again_twice(void **state)
{
	(void)state;
	note_at(1 * ms, 10, SIGTERM);
	note_at(2 * ms, 20, SIGTERM);
	note_at(3 * ms, 20, SIGTERM);
	check_how(4 * ms, SIGTERM, 1 * ms, 10, HOW_RERAISED);
}

/* A process that is stopping is asked to stop again: the first counts. */
static void test_first_outside_counts(void **state)
{
	static const struct {
		uint64_t second_ns, third_ns, end_ns;
		uint32_t sender;
	} rows[] = {
		{ 2 * ms, 3 * ms, 4 * ms, 10 },
		/* Each came soon after the one before. */
		{ 1 * ms + VERDICT_FIRST_NS, 2 * VERDICT_FIRST_NS, 95 * second, 10 },
		{ 2 * ms + VERDICT_FIRST_NS, 3 * ms + VERDICT_FIRST_NS, 40 * second, 11 },
		{ 2 * ms, 3 * ms + VERDICT_FIRST_NS, 40 * second, 12 },
		/* The first was long ago. */
		{ 20 * second, 40 * second, 1 * ms + VERDICT_STOPPED_NS, 10 },
		{ 20 * second, 40 * second, 2 * ms + VERDICT_STOPPED_NS, 12 },
		/* It ended at once after the last one. */
		{ 2 * ms, 1 * ms + VERDICT_ANSWER_NS, VERDICT_ANSWER_NS + 101 * ms, 12 },
		{ 2 * ms, 1 * ms + VERDICT_ANSWER_NS, VERDICT_ANSWER_NS + 102 * ms, 10 },
		{ 2 * ms, VERDICT_ANSWER_NS, VERDICT_ANSWER_NS + 2 * ms, 10 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct event *exit;

		note_at(1 * ms, 10, SIGTERM);
		note_at(rows[i].second_ns, 11, SIGTERM);
		note_at(rows[i].third_ns, 12, SIGTERM);
		exit = end_at(rows[i].end_ns, 0);
		if (exit->exit.cause.sender.ids.process.pid != rows[i].sender)
			fail_msg("row %zu: %u", i, exit->exit.cause.sender.ids.process.pid);
		event_free(exit);
		note_at(1 * ms, 10, SIGTERM);
		note_at(rows[i].second_ns, 11, SIGTERM);
		note_at(rows[i].third_ns, 12, SIGTERM);
		note_at(rows[i].end_ns, 20, SIGTERM);
		exit = end_at(rows[i].end_ns, SIGTERM);
		if (exit->exit.cause.sender.ids.process.pid != rows[i].sender)
			fail_msg("row %zu, again: %u", i, exit->exit.cause.sender.ids.process.pid);
		event_free(exit);
	}
}

static void test_outside_after_own(void **state)
{
	(void)state;
	note_at(1 * ms, 20, SIGTERM);
	note_at(2 * ms, 10, SIGTERM);
	check_how(3 * ms, SIGTERM, 2 * ms, 10, HOW_KILLED);
}

static void test_own_alone(void **state)
{
	struct event *exit;

	(void)state;
	note_at(1 * ms, 20, SIGABRT);
	exit = end_at(2 * ms, SIGABRT | 0x80);
	assert_int_equal(exit->exit.cause.how, HOW_KILLED);
	assert_true(exit->exit.cause.is_own);
	assert_false(exit->exit.cause.blow.sender.present);
	event_free(exit);
}

/* What it handled long ago is not why it sends itself the same today. */
static void test_own_long_after(void **state)
{
	(void)state;
	note_at(1, 10, SIGTERM);
	note_at(2 + VERDICT_STOPPED_NS, 20, SIGTERM);
	check_how(3 + VERDICT_STOPPED_NS, SIGTERM, 2 + VERDICT_STOPPED_NS, 20, HOW_KILLED);
}

/* A child that it started since sends the signal: `kill -TERM $$` in a shell without a builtin. */
static void check_child(uint64_t start_ns, uint64_t cause_ns, uint32_t sender, enum event_how how)
{
	static const struct clock clock;
	struct process *child = new_process(30, "kill");
	struct event *event = new_at(200 * ms, 30, SIGTERM, KS_ORIGIN_USER);

	child->ref.start_ns = event->signal.sender.ids.process.start_ns = start_ns;
	child->parent = make_ref(20);
	process_add(&table, child);
	event->signal.sender.process = process_get(child);
	verdicts.clock = &clock;
	note_at(100 * ms, 10, SIGTERM);
	note_event(event);
	check_how(201 * ms, SIGTERM, cause_ns, sender, how);
	process_table_clear(&table);
	verdict_clear(&verdicts);
	verdicts.clock = NULL;
}

static void test_raised_again_by_child(void **state)
{
	(void)state;
	check_child(150 * ms, 100 * ms, 10, HOW_RERAISED);
	check_child(50 * ms, 200 * ms, 30, HOW_KILLED); /* it was there before */
}

static struct event *new_fault(uint64_t time_ns)
{
	struct event *event = new_at(time_ns, 20, SIGSEGV, KS_ORIGIN_KERNEL);

	event->signal.info = (struct ks_info){ .kind = KS_INFO_REAL, .code = 1 };
	return event;
}

static void test_fault_is_raised_again(void **state)
{
	struct event *exit;

	(void)state;
	note_event(new_fault(1 * ms));
	note_at(2 * ms, 20, SIGSEGV);
	exit = end_at(3 * ms, SIGSEGV | 0x80);
	assert_int_equal(exit->exit.cause.how, HOW_FAULT);
	assert_int_equal(exit->exit.cause.code, 1);
	assert_false(exit->exit.cause.sender.present);
	assert_true(exit->exit.cause.blow.sender.present);
	event_free(exit);
}

/* SIGTERM is handled, and the process ends by itself soon after, with whatever status. */
static void test_exit_after_handled(void **state)
{
	static const int statuses[] = { 0, 1, 128 + SIGTERM };

	(void)state;
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
		note_at(1 * second, 10, SIGTERM);
		check_how(3 * second, statuses[i] << 8, 1 * second, 10, HOW_HANDLED);
		assert_null(verdicts.all);
	}
}

static void test_exit_long_after(void **state)
{
	(void)state;
	note_at(1, 10, SIGTERM);
	check_none(2 + VERDICT_STOPPED_NS, 0);
	note_at(1, 10, SIGUSR1);
	check_none(2 + VERDICT_HANDLED_NS, 0);
	note_at(1, 10, SIGUSR1);
	check_how(2 + VERDICT_HANDLED_NS, (128 + SIGUSR1) << 8, 1, 10, HOW_HANDLED);
}

/* The status names one of them. */
static void test_status_names_signal(void **state)
{
	(void)state;
	note_at(1 * second, 10, SIGINT);
	note_at(2 * second, 11, SIGTERM);
	check_how(3 * second, (128 + SIGINT) << 8, 1 * second, 10, HOW_HANDLED);
	note_at(1 * second, 10, SIGINT);
	note_at(2 * second, 11, SIGTERM);
	check_how(3 * second, 0, 2 * second, 11, HOW_HANDLED);
}

/* Another signal that it sends itself ends it: SIGTERM led to that. */
static void test_own_after_handled(void **state)
{
	(void)state;
	note_at(1 * second, 10, SIGTERM);
	note_at(2 * second, 20, SIGKILL);
	check_how(3 * second, SIGKILL, 1 * second, 10, HOW_HANDLED);
}

/* A request to stop comes before what other signals may mean, however late they come. */
static void test_stop_request_first(void **state)
{
	static const int others[] = { SIGHUP, SIGUSR1 };

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		note_at(1 * second, 10, SIGTERM);
		note_at(2 * second, 11, others[i]);
		check_how(3 * second, 0, 1 * second, 10, HOW_HANDLED);
	}
}

/* A fault whose handler aborts, or exits with a failure. */
static void test_fault_is_handled(void **state)
{
	(void)state;
	note_event(new_fault(1 * ms));
	note_at(2 * ms, 20, SIGABRT);
	check_how(3 * ms, SIGABRT | 0x80, 1 * ms, 0, HOW_FAULT);
	note_event(new_fault(1 * ms));
	check_how(3 * ms, 1 << 8, 1 * ms, 0, HOW_FAULT);
	note_event(new_fault(1 * ms));
	note_at(2 * ms + VERDICT_FAULT_NS, 20, SIGABRT);
	check_how(3 * ms + VERDICT_FAULT_NS, SIGABRT, 2 * ms + VERDICT_FAULT_NS, 20, HOW_KILLED);
}

/* The first in the queue kills. */
static void test_realtime_queue(void **state)
{
	(void)state;
	note_at(1 * ms, 10, 35);
	note_at(2 * ms, 11, 35);
	check_how(3 * ms, 35, 1 * ms, 10, HOW_KILLED);
}

/* Its tracer may have injected what it had a handler for. */
static void test_handler_and_tracer(void **state)
{
	struct event *event = new_at(1 * ms, 10, SIGTERM, KS_ORIGIN_USER);
	struct event *exit = new_exit(20, SIGTERM);

	(void)state;
	event->signal.target.flags |= KS_FLAG_HANDLER;
	note_event(event);
	exit->time_ns = 2 * ms;
	exit->exit.tracer = make_task(30, "tracer");
	verdict_reach(&verdicts, exit);
	assert_true(exit->exit.cause.known);
	assert_int_equal(exit->exit.cause.how, HOW_INJECTED);
	assert_int_equal(exit->exit.cause.signal, SIGTERM);
	assert_int_equal(exit->exit.cause.sender.ids.process.pid, 30);
	event_free(exit);
}

/* seccomp(2) ends processes without a signal. */
static void test_seccomp_and_tracer(void **state)
{
	struct event *exit = new_exit(20, SIGSYS);

	(void)state;
	exit->exit.tracer = make_task(30, "tracer");
	verdict_reach(&verdicts, exit);
	assert_false(exit->exit.cause.known);
	event_free(exit);
}

/* ---- what came before ---- */

/* `target` gets a signal at that time. */
static void note_to(uint64_t time_ns, uint32_t sender, uint32_t target, int number)
{
	struct event *event = new_at(time_ns, sender, number, KS_ORIGIN_USER);

	event->signal.target = make_task(target, "relay");
	event->signal.effect.facts = KS_EFFECT_KNOWN;
	event->signal.effect.handler = KS_HANDLER_HANDLED;
	note_event(event);
}

static void check_steps(const struct cause_steps *steps, size_t n, const uint32_t *senders)
{
	assert_int_equal(steps ? steps->n : 0, n);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(steps->items[i].sender.ids.process.pid, senders[i]);
}

/* Process 20 ends by `number`; `senders`: from it outwards. */
static void check_path(uint64_t time_ns, int number, size_t n, const uint32_t *senders)
{
	struct event *exit = end_at(time_ns, number);

	check_steps(exit->exit.cause.path, n, senders);
	event_free(exit);
	verdict_clear(&verdicts);
}

static void test_path(void **state)
{
	static const uint32_t pids[] = { 12, 11, 10 };

	(void)state;
	note_to(1 * ms, 10, 11, SIGTERM);
	note_to(2 * ms, 11, 12, SIGTERM);
	note_at(3 * ms, 12, SIGTERM);
	check_path(4 * ms, SIGTERM, 3, pids);
	note_at(3 * ms, 12, SIGTERM);
	check_path(4 * ms, SIGTERM, 1, pids);
}

/* SIGTERM may be passed on late, or as another signal that stops; others at once, as they are. */
static void test_path_limits(void **state)
{
	static const uint32_t pids[] = { 11, 10 };
	static const struct {
		int got, sent;
		uint64_t after_ns;
		size_t n;
	} rows[] = {
		{ SIGTERM, SIGKILL, VERDICT_STOPPED_NS, 2 },
		{ SIGTERM, SIGKILL, VERDICT_STOPPED_NS + 1, 1 },
		{ SIGTERM, SIGUSR1, 1, 1 },
		{ SIGUSR1, SIGUSR2, 1, 1 },
		{ SIGINT, SIGQUIT, VERDICT_RELAYED_NS, 2 },
		{ SIGINT, SIGTERM, VERDICT_RELAYED_NS + 1, 1 },
		{ SIGUSR1, SIGUSR1, VERDICT_RELAYED_NS, 2 },
		{ SIGUSR1, SIGKILL, VERDICT_TRAP_NS, 2 },
		{ SIGUSR2, SIGTERM, VERDICT_TRAP_NS + 1, 1 },
		{ SIGHUP, SIGHUP, 1, 2 },
		{ SIGHUP, SIGTERM, 1, 2 },
		{ SIGALRM, SIGTERM, 1, 2 },
		{ SIGALRM, SIGTERM, VERDICT_RELAYED_NS + 1, 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		note_to(1 * ms, 10, 11, rows[i].got);
		note_at(1 * ms + rows[i].after_ns, 11, rows[i].sent);
		check_path(2 * ms + rows[i].after_ns, rows[i].sent, rows[i].n, pids);
	}
}

/* 20 gets a signal of the kernel, for 11 ends, and ends. */
static struct event *by_end_of_parent(uint64_t time_ns)
{
	struct event *event = new_at(time_ns, 11, SIGTERM, KS_ORIGIN_KERNEL);

	event->signal.info.kind = KS_INFO_NOINFO;
	event->signal.sender.flags |= KS_FLAG_EXITING;
	event->signal.cause.facts = KS_CAUSE_KNOWN;
	event->signal.cause.pdeath = SIGTERM;
	return event;
}

/* What ended the parent is what the end of its child goes back to. */
static void test_path_by_end(void **state)
{
	static const uint32_t pids[] = { 11, 12 };
	static const struct {
		uint64_t after_ns;
		size_t n;
	} rows[] = { { 1, 2 }, { VERDICT_ENDED_NS, 2 }, { VERDICT_ENDED_NS + 1, 1 } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct event *parent = new_exit(11, SIGKILL);

		note_to(1 * ms, 12, 11, SIGKILL);
		parent->time_ns = 2 * ms;
		verdict_reach(&verdicts, parent);
		event_free(parent);
		note_event(by_end_of_parent(2 * ms + rows[i].after_ns));
		check_path(3 * ms + rows[i].after_ns, SIGTERM, rows[i].n, pids);
	}
}

/* One thread of the parent ends: what will end the others was seen, or it ends by itself. */
static void test_path_by_end_of_thread(void **state)
{
	static const uint32_t pids[] = { 11, 12 };

	(void)state;
	note_to(1 * ms, 12, 11, SIGTERM);
	note_event(by_end_of_parent(3 * ms));
	check_path(4 * ms, SIGTERM, 1, pids);
	note_to(1 * ms, 12, 11, SIGKILL);
	note_event(by_end_of_parent(3 * ms));
	check_path(4 * ms, SIGTERM, 2, pids);
}

static void put_in(struct event *exit, const char *cgroup)
{
	exit->exit.process.process = new_process(exit->exit.process.ids.process.pid, "");
	exit->exit.process.process->cgroup = strdup(cgroup);
}

/* A child of `parent` is killed by that, which `sender` sent. */
static void kill_child(uint64_t time_ns, uint32_t pid, uint32_t parent, uint32_t sender, int number)
{
	struct event *exit = new_exit(pid, number);

	put_in(exit, "/service");
	note_to(time_ns, sender, pid, number);
	exit->time_ns = time_ns + 1;
	exit->exit.process.ids.ppid = parent;
	verdict_reach(&verdicts, exit);
	event_free(exit);
}

/* The status of a wrapper names the signal that killed its child. */
static void test_child(void **state)
{
	static const struct {
		uint32_t parent;
		int number, status;
		uint64_t end_ns;
		uint32_t cause; /* 0: none */
	} rows[] = {
		{ 20, SIGKILL, 137, 2 * ms, 10 },
		{ 20, SIGKILL, 143, 2 * ms, 0 },
		{ 20, SIGKILL, 9, 2 * ms, 0 },
		{ 21, SIGKILL, 137, 2 * ms, 0 },
		{ 20, SIGKILL, 137, 1 * ms + 1 + VERDICT_HANDLED_NS, 10 },
		{ 20, SIGKILL, 137, 1 * ms + 2 + VERDICT_HANDLED_NS, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct event *exit;

		kill_child(1 * ms, 30, rows[i].parent, 10, rows[i].number);
		exit = end_at(rows[i].end_ns, rows[i].status << 8);
		if (exit->exit.cause.sender.ids.process.pid != rows[i].cause)
			fail_msg("row %zu: %u", i, exit->exit.cause.sender.ids.process.pid);
		if (rows[i].cause)
			assert_int_equal(exit->exit.cause.target.ref.pid, 30);
		event_free(exit);
		verdict_clear(&verdicts);
	}
}

/* What the child came up against is why the wrapper ended. */
static void test_limit_of_child(void **state)
{
	struct event *signal = new_signal(10, 30, SIGKILL), *child = new_exit(30, SIGKILL), *exit;

	(void)state;
	signal->time_ns = 1 * ms;
	signal->signal.origin = KS_ORIGIN_KERNEL;
	signal->signal.kernel_cause.origin = ORIGIN_OOM;
	signal->signal.limit = (struct event_limit){
		.kind = LIMIT_MEMORY,
		.is_known = true,
		.value = 4096,
		.cgroup = new_text(KS_TEXT_LABEL, "/c", 2),
	};
	note_event(signal);
	child->exit.process.ids.ppid = 20;
	child->time_ns = 2 * ms;
	assert_int_equal(verdict_reach(&verdicts, child), 0);
	event_free(child);
	exit = end_at(3 * ms, 137 << 8);
	assert_int_equal(exit->exit.cause.target.ref.pid, 30);
	assert_int_equal(exit->exit.cause.limit.value, 4096);
	assert_int_equal(exit->exit.cause.result, RESULT_DELIVERED);
	assert_string_equal(exit->exit.cause.limit.cgroup->text, "/c");
	event_free(exit);
}

/* What the wrapper got itself counts, if the status names it. */
static void test_child_and_own(void **state)
{
	(void)state;
	kill_child(1 * ms, 30, 20, 10, SIGTERM);
	note_at(2 * ms, 11, SIGTERM);
	check_how(3 * ms, 143 << 8, 2 * ms, 11, HOW_HANDLED);
	verdict_clear(&verdicts);
	kill_child(1 * ms, 30, 20, 10, SIGKILL);
	note_at(2 * ms, 11, SIGTERM);
	check_how(3 * ms, 137 << 8, 1 * ms, 10, HOW_HANDLED);
	verdict_clear(&verdicts);
}

/*
 * The parent of both ends one after the other was killed, by another than the parent, while the
 * first was there already.
 */
static void test_sibling(void **state)
{
	static const uint32_t pids[] = { 12, 10 };
	static const struct {
		uint32_t killer;
		const char *cgroup;
		uint64_t start_ns;
		size_t n;
	} rows[] = {
		{ 10, "/service", 0, 2 },	   { 12, "/service", 0, 1 },
		{ 10, "/another", 0, 1 },	   { 10, "/service", 1 * ms + 1, 2 },
		{ 10, "/service", 1 * ms + 2, 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct event *exit = new_exit(20, SIGQUIT);
		struct event *event = new_at(2 * ms, 12, SIGQUIT, KS_ORIGIN_USER);

		kill_child(1 * ms, 30, 12, rows[i].killer, SIGKILL);
		event->signal.target.ids.ppid = 12;
		event->signal.target.ids.process.start_ns = rows[i].start_ns;
		note_event(event);
		exit->time_ns = 3 * ms;
		exit->exit.process.ids.process.start_ns = rows[i].start_ns;
		exit->exit.process.ids.ppid = 1; /* the parent has ended, too */
		put_in(exit, rows[i].cgroup);
		verdict_reach(&verdicts, exit);
		check_steps(exit->exit.cause.path, rows[i].n, pids);
		event_free(exit);
		verdict_clear(&verdicts);
	}
}

/* A wrapper asked to stop kills what is left of its children, and so names none of them. */
static void test_child_killed_by_itself(void **state)
{
	struct event *exit;

	(void)state;
	note_at(1 * ms, 11, SIGINT);
	kill_child(2 * ms, 30, 20, 20, SIGKILL);
	exit = end_at(3 * ms, 137 << 8);
	assert_int_equal(exit->exit.cause.sender.ids.process.pid, 11);
	event_free(exit);
	verdict_clear(&verdicts);
}

/* A user's ends take no room from another's. */
static void test_ends_by_user(void **state)
{
	struct event *exit;

	(void)state;
	kill_child(1 * ms, 30, 20, 10, SIGKILL);
	for (uint32_t pid = 100; pid < 100 + 2 * VERDICTS_ENDED_MAX; pid++) {
		struct event *other = new_exit(pid, SIGKILL);

		note_to(2 * ms, 10, pid, SIGKILL);
		other->time_ns = 3 * ms;
		other->exit.process.ids.uid = 1000;
		verdict_reach(&verdicts, other);
		event_free(other);
	}
	exit = end_at(4 * ms, 137 << 8);
	assert_int_equal(exit->exit.cause.target.ref.pid, 30);
	event_free(exit);
	verdict_clear(&verdicts);
}

/* What the process that ended sent to its killer is no path. */
static void test_path_is_no_circle(void **state)
{
	static const uint32_t pids[] = { 11 };

	(void)state;
	note_to(1 * ms, 20, 11, SIGTERM);
	note_at(2 * ms, 11, SIGTERM);
	check_path(3 * ms, SIGTERM, 1, pids);
}

static void check_before(uint64_t time_ns, int code, size_t n, const uint32_t *senders)
{
	struct event *exit = end_at(time_ns, code);

	check_steps(exit->exit.before, n, senders);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(exit->exit.before->items[i].delay_ns,
				 time_ns - exit->exit.before->items[i].time_ns);
	event_free(exit);
}

static void test_before(void **state)
{
	static const uint32_t pids[] = { 11, 10 };

	(void)state;
	note_at(1 * second, 10, SIGTERM);
	note_at(2 * second, 11, SIGUSR1);
	note_at(3 * second, 12, SIGKILL);
	check_before(4 * second, SIGKILL, 2, pids);
	note_at(1 * second, 10, SIGTERM); /* of one number, from two */
	note_at(2 * second, 11, SIGTERM);
	note_at(3 * second, 12, SIGTERM);
	check_before(4 * second, SIGTERM, 2, pids);
	note_at(1, 10, SIGTERM);
	note_at(2 + VERDICT_STOPPED_NS, 11, SIGKILL);
	check_before(3 + VERDICT_STOPPED_NS, SIGKILL, 0, pids);
	note_event(new_at(1 * second, 20, SIGALRM, KS_ORIGIN_KERNEL)); /* its own affair */
	note_at(2 * second, 11, SIGKILL);
	check_before(3 * second, SIGKILL, 0, pids);
}

/* What it ignored was asked of it, too. */
static void test_before_ignored(void **state)
{
	static const uint32_t pids[] = { 10 };
	static const enum ks_reason reasons[] = { KS_REASON_HANDLER, KS_REASON_NAMESPACE_INIT,
						  KS_REASON_DYING };

	(void)state;
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		struct event *event = new_at(1 * second, 10, SIGTERM, KS_ORIGIN_USER);

		event->signal.result = RESULT_IGNORED;
		event->signal.reason = reasons[i];
		note_event(event);
		note_at(2 * second, 11, SIGKILL);
		check_before(3 * second, SIGKILL, reasons[i] != KS_REASON_DYING, pids);
	}
}

/* The same sender, again and again, at once: that is one. */
static void test_before_once_more(void **state)
{
	static const uint32_t pids[] = { 10 };

	(void)state;
	for (int i = 0; i < 10; i++)
		note_at((100 + i) * ms, 10, SIGTERM);
	check_before(200 * ms, SIGTERM, 0, pids);
	note_at(1 * second, 10, SIGTERM);
	note_at(3 * second, 10, SIGTERM);
	check_before(4 * second, SIGTERM, 1, pids);
}

/* ---- the event was lost: the exit record has the blow ---- */

/* The end of process 20 by `number`, which `sender` sent. */
static struct event *killed_at(uint64_t time_ns, int number, uint64_t blow_ns, uint32_t sender)
{
	struct event *exit = new_exit(20, number);

	exit->time_ns = time_ns;
	exit->exit.blow.known = true;
	exit->exit.blow.signal = number;
	exit->exit.blow.time_ns = blow_ns;
	exit->exit.blow.sender = make_task(sender, "striker");
	exit->exit.blow.is_own = sender == 20;
	verdict_reach(&verdicts, exit);
	return exit;
}

static void check_blow(struct event *exit, uint64_t cause_ns, uint64_t seq, uint32_t sender,
		       enum event_how how)
{
	const struct event_cause *cause = &exit->exit.cause;

	assert_true(cause->known);
	assert_int_equal(cause->time_ns, cause_ns);
	assert_int_equal(cause->seq, seq);
	assert_int_equal(cause->sender.ids.process.pid, sender);
	assert_int_equal(cause->how, how);
	event_free(exit);
	assert_null(verdicts.all);
}

static void test_blow_alone(void **state)
{
	struct event *exit = killed_at(3 * ms, SIGKILL, 2 * ms, 10);

	(void)state;
	assert_int_equal(exit->exit.cause.signal, SIGKILL);
	assert_string_equal(exit->exit.cause.sender.ids.comm, "striker");
	check_blow(exit, 2 * ms, 0, 10, HOW_KILLED);
}

/* What was seen has a number. */
static void test_blow_was_seen(void **state)
{
	(void)state;
	note_at(2 * ms, 10, SIGKILL);
	check_blow(killed_at(3 * ms, SIGKILL, 2 * ms, 10), 2 * ms, 2, 10, HOW_KILLED);
}

/* A tracer injected another signal meanwhile. */
static void test_blow_of_another_signal(void **state)
{
	struct event *exit = new_exit(20, SIGTERM);

	(void)state;
	exit->exit.blow.known = true;
	exit->exit.blow.signal = SIGABRT;
	exit->exit.blow.sender = make_task(10, "striker");
	verdict_reach(&verdicts, exit);
	assert_false(exit->exit.cause.known);
	event_free(exit);
}

/* What it handled before, of another sender, is not what killed it. */
static void test_blow_after_handled(void **state)
{
	(void)state;
	note_at(1 * ms, 10, SIGTERM);
	check_blow(killed_at(9 * ms, SIGTERM, 8 * ms, 11), 8 * ms, 0, 11, HOW_KILLED);
}

/* Who asked first was seen, and the blow was the process's own: the verdict is as ever. */
static void test_blow_raised_again(void **state)
{
	(void)state;
	note_at(1 * ms, 10, SIGTERM);
	check_blow(killed_at(9 * ms, SIGTERM, 8 * ms, 20), 1 * ms, 1, 10, HOW_RERAISED);
	note_at(1 * ms, 10, SIGTERM);
	note_at(8 * ms, 20, SIGTERM);
	check_blow(killed_at(9 * ms, SIGTERM, 8 * ms, 20), 1 * ms, 1, 10, HOW_RERAISED);
	note_at(1 * ms, 10, SIGTERM);
	check_blow(killed_at(9 * ms, SIGABRT, 8 * ms, 20), 1 * ms, 1, 10, HOW_HANDLED);
}

/* Who may have asked for it was not seen: nothing is known but that the process struck itself. */
static void test_blow_own_alone(void **state)
{
	struct event *exit = killed_at(3 * ms, SIGTERM, 2 * ms, 20);

	(void)state;
	assert_true(exit->exit.cause.is_own);
	assert_false(exit->exit.cause.blow.sender.present);
	check_blow(exit, 2 * ms, 0, 20, HOW_KILLED);
}

/* Its own timer, a broken pipe or a fault that it handles says nothing of its end. */
static void test_daily_signals(void **state)
{
	static const int numbers[] = { SIGALRM, SIGPIPE, SIGSEGV };

	(void)state;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		note_event(new_at(1 * ms, 20, numbers[i], KS_ORIGIN_KERNEL));
		check_none(2 * ms, 0);
		note_event(new_at(1 * ms, 20, numbers[i], KS_ORIGIN_KERNEL));
		check_none(2 * ms + VERDICT_FAULT_NS, 1 << 8);
	}
	note_event(new_at(1 * ms, 20, SIGINT, KS_ORIGIN_KERNEL));
	check_how(2 * ms, 130 << 8, 1 * ms, 0, HOW_HANDLED);
}

/* It had a handler, long ago: the signal that killed it was not seen. */
static void test_handler_long_ago(void **state)
{
	struct event *event = new_at(1, 10, SIGHUP, KS_ORIGIN_USER);

	(void)state;
	event->signal.target.flags |= KS_FLAG_HANDLER;
	note_event(event);
	check_none(2 + VERDICT_STOPPED_NS, SIGHUP);
	note_at(1, 10, SIGHUP); /* without one: it was blocked, or the process was stopped */
	check_how(2 + VERDICT_STOPPED_NS, SIGHUP, 1, 10, HOW_KILLED);
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
	for (size_t i = 0; i < sizeof(harmless) / sizeof(harmless[0]); i++) {
		note(1, 10, 20, harmless[i]);
		if (verdicts.all)
			fail_msg("signal %d is noted", harmless[i]);
	}
}

/* What no filter wanted still is the cause, but has no number to point to. */
static void test_unasked(void **state)
{
	struct event *event = new_signal(10, 20, SIGKILL), *exit = new_exit(20, SIGKILL);

	(void)state;
	event->signal.filtered_out = true;
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
		TEST(test_bound),
		TEST(test_bound_by_user),
		TEST(test_nothing_noted),
		TEST(test_core),
		TEST(test_realtime),
		TEST(test_handled_before),
		TEST(test_raised_again),
		TEST(test_raised_again_twice),
		TEST(test_first_outside_counts),
		TEST(test_outside_after_own),
		TEST(test_own_alone),
		TEST(test_own_long_after),
		TEST(test_raised_again_by_child),
		TEST(test_fault_is_raised_again),
		TEST(test_exit_after_handled),
		TEST(test_exit_long_after),
		TEST(test_status_names_signal),
		TEST(test_own_after_handled),
		TEST(test_blow_alone),
		TEST(test_blow_was_seen),
		TEST(test_blow_of_another_signal),
		TEST(test_blow_after_handled),
		TEST(test_blow_raised_again),
		TEST(test_blow_own_alone),
		TEST(test_daily_signals),
		TEST(test_handler_long_ago),
		TEST(test_stop_request_first),
		TEST(test_fault_is_handled),
		TEST(test_realtime_queue),
		TEST(test_seccomp_and_tracer),
		TEST(test_path),
		TEST(test_path_limits),
		TEST(test_path_by_end),
		TEST(test_path_by_end_of_thread),
		TEST(test_path_is_no_circle),
		TEST(test_child),
		TEST(test_limit_of_child),
		TEST(test_child_and_own),
		TEST(test_sibling),
		TEST(test_child_killed_by_itself),
		TEST(test_ends_by_user),
		TEST(test_before),
		TEST(test_before_ignored),
		TEST(test_before_once_more),
		TEST(test_handler_and_tracer),
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
