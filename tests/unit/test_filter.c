// SPDX-License-Identifier: GPL-2.0-only
#include "events.h"
#include "filter/filter.h"

static struct filter filter;
static struct event *event; /* sender 10, uid 1000; target 20, uid 33 */

static int setup(void **state)
{
	struct process *sender = new_process(10, "sender"), *target = new_process(20, "target");

	(void)state;
	memset(&filter, 0, sizeof(filter));
	event = new_signal(10, 20, 15);
	event->signal.sender.ids.uid = 1000;
	event->signal.target.ids.uid = 33;
	sender->cgroup = strdup("/user.slice/user-1000.slice/session-2.scope");
	target->cgroup = strdup("/system.slice/nginx.service");
	event->signal.sender.process = sender;
	event->signal.target.process = target;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	event_free(event);
	return 0;
}

static bool matches(void)
{
	return filter_match(&filter, event);
}

static void want_number(struct number_list *list, uint32_t number)
{
	list->items[list->n++] = number;
}

static void want_text(struct text_list *list, const char *text)
{
	list->items[list->n++] = text;
}

/* A list matches with the right item in any place, and not with wrong ones alone. */
static void check_numbers(struct number_list *list, uint32_t right, uint32_t wrong)
{
	want_number(list, wrong);
	assert_false(matches());
	want_number(list, wrong + 1);
	assert_false(matches());
	want_number(list, right);
	assert_true(matches());
	list->items[0] = right;
	list->n = 1;
	assert_true(matches());
	list->n = 0;
}

static void check_texts(struct text_list *list, const char *right, const char *wrong)
{
	want_text(list, wrong);
	assert_false(matches());
	want_text(list, right);
	assert_true(matches());
	list->items[0] = right;
	list->n = 1;
	assert_true(matches());
	list->n = 0;
}

static void test_none(void **state)
{
	(void)state;
	assert_true(matches());
	event->signal.origin = KS_ORIGIN_KERNEL;
	assert_true(matches());
	event->signal.target.present = false;
	assert_true(matches());
}

static void test_uids(void **state)
{
	(void)state;
	check_numbers(&filter.target_uids, 33, 1000);
	check_numbers(&filter.sender_uids, 1000, 33);
	event->signal.target.ids.euid = 44; /* the real one counts */
	check_numbers(&filter.target_uids, 33, 44);
	event->signal.target.ids.uid = 0;
	check_numbers(&filter.target_uids, 0, 1);
	event->signal.target.ids.uid = UINT32_MAX - 1;
	check_numbers(&filter.target_uids, UINT32_MAX - 1, 1);
}

/* As the user's own namespace has it, like the one given. */
static void test_sender_pids(void **state)
{
	(void)state;
	check_numbers(&filter.sender_pids, 10, 20);
	event->signal.sender.ids.process.vpid = 3;
	check_numbers(&filter.sender_pids, 3, 10);
}

static void test_comms(void **state)
{
	static const char *const right[] = { "target", "t*", "*", "?arge?", "[st]arget", "*get" };
	static const char *const wrong[] = { "targe", "target ", "Target", "sender",
					     "?",     "[!t]*",	 "t?",	   "" };

	(void)state;
	for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++)
		check_texts(&filter.target_comms, right[i], wrong[i]);
	check_texts(&filter.target_comms, "target", wrong[6]);
	check_texts(&filter.target_comms, "target", wrong[7]);
	check_texts(&filter.sender_comms, "send*", "target");
}

/* A program that renames itself is found by its executable. */
static void test_programs(void **state)
{
	(void)state;
	event->signal.target.process->exe = strdup("/usr/bin/node");
	event->signal.sender.process->exe = strdup("/srv/stop");
	want_text(&filter.target_comms, "node");
	assert_false(matches());
	filter.names_programs = true;
	assert_true(matches());
	filter.target_comms.n = 0;
	check_texts(&filter.target_comms, "no?e", "bin");
	check_texts(&filter.target_comms, "target", "/usr/bin/node");
	check_texts(&filter.sender_comms, "st*", "node");
	free(event->signal.target.process->exe);
	event->signal.target.process->exe = NULL;
	want_text(&filter.target_comms, "node");
	assert_false(matches());
}

/* Its name alone or, with a slash, the whole path. */
static void test_exes(void **state)
{
	static const char *const right[] = { "nginx",  "ngin?",	  "/usr/sbin/nginx",
					     "/usr/*", "*/nginx", "/usr/sbin/[mn]ginx" };
	static const char *const wrong[] = { "ginx",	  "target", "/nginx",
					     "/usr/sbin", "sbin/*", "/usr/sbin/nginx/" };

	(void)state;
	set_exe(event->signal.target.process, "/usr/sbin/nginx");
	set_exe(event->signal.sender.process, "/usr/bin/kill");
	for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++)
		check_texts(&filter.target_exes, right[i], wrong[i]);
	check_texts(&filter.sender_exes, "kill", "nginx");
	check_texts(&filter.sender_exes, "/usr/bin/kill", "sender");
	assert_int_equal(event->signal.undecided, 0);
}

/* As for units: nothing is hidden because a description was lost. */
static void test_unknown_exe(void **state)
{
	(void)state;
	want_text(&filter.target_exes, "nginx");
	assert_true(matches());
	assert_int_equal(event->signal.undecided, UNDECIDED_TARGET_EXE);
	event->signal.target.process->flags |= KS_FLAG_KTHREAD; /* which have none */
	assert_false(matches());
	filter.target_exes.n = 0;
	event->signal.undecided = 0;
	process_put(event->signal.sender.process);
	event->signal.sender.process = NULL;
	want_text(&filter.sender_exes, "/x");
	assert_true(matches());
	assert_int_equal(event->signal.undecided, UNDECIDED_SENDER_EXE);
	event->signal.sender.present = false;
	assert_false(matches());
}

/* The name is there, but not all of the path. */
static void test_cut_exe(void **state)
{
	(void)state;
	set_exe(event->signal.target.process, ".../sbin/nginx");
	event->signal.target.process->flags |= KS_FLAG_EXE_CUT;
	want_text(&filter.target_exes, "cron");
	assert_false(matches());
	filter.target_exes.items[0] = "/usr/sbin/nginx";
	assert_true(matches());
	assert_int_equal(event->signal.undecided, UNDECIDED_TARGET_EXE);
	event->signal.undecided = 0;
	filter.target_exes.items[0] = "*/sbin/nginx";
	assert_true(matches());
	filter.target_exes.items[0] = "nginx";
	assert_true(matches());
	assert_int_equal(event->signal.undecided, 0);
	event->signal.target.process->flags = KS_FLAG_EXE_DETACHED;
	filter.target_exes.items[0] = "/usr/sbin/nginx";
	assert_true(matches());
	assert_int_equal(event->signal.undecided, UNDECIDED_TARGET_EXE);
}

/* All of its bytes are used, and none behind them. */
static void test_long_comm(void **state)
{
	(void)state;
	memcpy(event->signal.target.ids.comm, "0123456789abcdef", KS_COMM_BYTES);
	memset(&event->signal.target.ids.tty, 'x', sizeof(event->signal.target.ids.tty));
	check_texts(&filter.target_comms, "0123456789abcdef", "0123456789abcde");
	check_texts(&filter.target_comms, "*f", "*x");
}

static void test_hostile_comm(void **state)
{
	(void)state;
	memcpy(event->signal.target.ids.comm, "*\0get\0", 7);
	check_texts(&filter.target_comms, "\\*", "target"); /* a name is no pattern */
	memset(event->signal.target.ids.comm, 0, KS_COMM_BYTES);
	check_texts(&filter.target_comms, "", "?*");
}

static void test_units(void **state)
{
	(void)state;
	check_texts(&filter.target_units, "nginx", "sshd");
	check_texts(&filter.target_units, "nginx.service", "nginx.socket");
	check_texts(&filter.target_units, "/system.slice", "/user.slice");
	check_texts(&filter.target_units, "ngin*", "session-2.scope");
	check_texts(&filter.sender_units, "session-*", "nginx");
	check_texts(&filter.sender_units, "/user.slice/user-1000.slice", "nginx.service");
}

static void test_all_kinds_must_match(void **state)
{
	(void)state;
	want_number(&filter.target_uids, 33);
	want_number(&filter.sender_uids, 1000);
	want_number(&filter.sender_pids, 10);
	want_text(&filter.target_comms, "target");
	want_text(&filter.sender_comms, "sender");
	want_text(&filter.target_units, "nginx");
	want_text(&filter.sender_units, "session-2.scope");
	assert_true(matches());
	filter.failed_only = true;
	assert_false(matches());
	event->signal.result = RESULT_DENIED;
	assert_true(matches());
	filter.target_comms.items[0] = "other";
	assert_false(matches());
	filter.target_comms.items[0] = "target";
	filter.sender_units.items[0] = "other";
	assert_false(matches());
}

/* ---- unknown values match no list ---- */

/* With each list in turn, holding what zero bytes would match. */
static void check_none_match(struct number_list *numbers, struct text_list *comms,
			     struct text_list *units)
{
	want_number(numbers, 0);
	assert_false(matches());
	numbers->n = 0;
	want_text(comms, "*");
	assert_false(matches());
	comms->n = 0;
	want_text(units, "*");
	want_text(units, "/");
	assert_false(matches());
	units->n = 0;
	assert_true(matches());
}

static void test_no_target(void **state)
{
	(void)state;
	task_clear(&event->signal.target);
	check_none_match(&filter.target_uids, &filter.target_comms, &filter.target_units);
}

static void test_no_sender(void **state)
{
	(void)state;
	event->signal.origin = KS_ORIGIN_KERNEL;
	event->signal.sender.ids.uid = 0; /* who happened to run does not count */
	check_none_match(&filter.sender_uids, &filter.sender_comms, &filter.sender_units);
}

static void test_unknown_cgroup(void **state)
{
	(void)state;
	free(event->signal.target.process->cgroup);
	event->signal.target.process->cgroup = NULL;
	want_text(&filter.target_units, "nginx.service");
	assert_true(matches());
	assert_int_equal(event->signal.undecided, UNDECIDED_TARGET_UNIT);
	event->signal.undecided = 0;
	filter.target_units.n = 0;
	process_put(event->signal.sender.process);
	event->signal.sender.process = NULL;
	want_text(&filter.sender_units, "/");
	assert_true(matches());
	assert_int_equal(event->signal.undecided, UNDECIDED_SENDER_UNIT);
}

/* What is missing of a path may be what the filter asks for; what is there decides if it can. */
static void test_cut_cgroup(void **state)
{
	static const uint32_t flags[] = { KS_FLAG_CGROUP_CUT, KS_FLAG_CGROUP_LOST };
	struct process *process = event->signal.target.process;

	(void)state;
	want_text(&filter.target_units, "other.service");
	assert_false(matches());
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		process->flags = flags[i];
		event->signal.undecided = 0;
		assert_true(matches());
		assert_int_equal(event->signal.undecided, UNDECIDED_TARGET_UNIT);
	}
	filter.target_units.n = 0;
	want_text(&filter.target_units, "nginx.service");
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		process->flags = flags[i];
		event->signal.undecided = 0;
		assert_true(matches());
		/* Without its root, whoever has a cgroup chose what the path begins with. */
		assert_int_equal(event->signal.undecided,
				 flags[i] == KS_FLAG_CGROUP_LOST ? UNDECIDED_TARGET_UNIT : 0);
	}
}

/* There is no process whose unit could be unknown. */
static void test_no_task_has_no_unit(void **state)
{
	(void)state;
	task_clear(&event->signal.target);
	want_text(&filter.target_units, "nginx.service");
	assert_false(matches());
	assert_int_equal(event->signal.undecided, 0);
}

/* ---- results ---- */

static void test_failed_only(void **state)
{
	static const bool failed[RESULT_MAX] = {
		[RESULT_IGNORED] = true,    [RESULT_OVERFLOW] = true, [RESULT_DENIED] = true,
		[RESULT_NO_PROCESS] = true, [RESULT_INVALID] = true,  [RESULT_BAD_FD] = true,
		[RESULT_FAILED] = true,	    [RESULT_UNKNOWN] = true,
	};

	(void)state;
	for (enum event_result result = 0; result < RESULT_MAX; result++) {
		event->signal.result = result;
		filter.failed_only = false;
		assert_true(matches());
		filter.failed_only = true;
		assert_int_equal(matches(), failed[result]);
	}
}

static void test_unasked(void **state)
{
	(void)state;
	event->signal.filtered_out = true;
	assert_false(matches());
}

/* The end of a target and losses are for everybody. */
static void test_other_events(void **state)
{
	struct event *exit = new_exit(20, 9), *lost = new_lost(1);

	(void)state;
	exit->exit.watch = KS_WATCH_TARGET;
	want_number(&filter.target_uids, 12345);
	want_text(&filter.sender_comms, "nobody");
	filter.failed_only = true;
	assert_true(filter_match(&filter, exit));
	assert_true(filter_match(&filter, lost));
	event_free(exit);
	event_free(lost);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

/* What the kernel cannot decide: what it loses may be of others then. */
/* ---- ends ---- */

static void check_end(enum ks_watch watch, uint32_t code, bool has_cause, bool is_shown)
{
	struct event *exit = new_exit(20, code);

	exit->exit.watch = watch;
	exit->exit.cause.known = has_cause;
	exit->exit.process.ids.uid = 33;
	exit->exit.process.process = process_get(event->signal.target.process);
	assert_int_equal(filter_match(&filter, exit), is_shown);
	event_free(exit);
}

static void test_ends(void **state)
{
	(void)state;
	check_end(KS_WATCH_TARGET, 0, false, true);
	check_end(KS_WATCH_DESCENDANT, 0, false, false);
	check_end(KS_WATCH_DESCENDANT, 9, false, true);
	check_end(KS_WATCH_DESCENDANT, 3 << 8, true, true);
	check_end(KS_WATCH_NOT, 9, true, false);
	check_end(KS_WATCH_MAIN, 9, true, false);
}

/* A main process at any end, others if a signal brought it about: where the filter wants them. */
static void check_named_ends(bool is_wanted)
{
	check_end(KS_WATCH_MAIN, 0, false, is_wanted);
	check_end(KS_WATCH_MAIN, 9, true, is_wanted);
	check_end(KS_WATCH_NOT, 0, false, false);
	check_end(KS_WATCH_NOT, 9, false, is_wanted);
	check_end(KS_WATCH_NOT, 3 << 8, true, is_wanted);
}

static void test_named_ends(void **state)
{
	(void)state;
	want_text(&filter.target_units, "nginx");
	check_named_ends(true);
	want_number(&filter.target_uids, 34);
	check_named_ends(false);
	filter.target_uids.items[0] = 33;
	check_named_ends(true);
	want_text(&filter.target_comms, "nginx");
	check_named_ends(false);
	filter.target_comms.items[0] = "en*";
	check_named_ends(true);
	set_exe(event->signal.target.process, "/usr/bin/ended");
	want_text(&filter.target_exes, "/usr/bin/nginx");
	check_named_ends(false);
	filter.target_exes.items[0] = "ended";
	check_named_ends(true);
	event->signal.target.process->flags |= KS_FLAG_CGROUP_LOST; /* which unit is unknown */
	check_named_ends(true);
}

/* As a signal to it is. */
static void test_undecided_ends(void **state)
{
	struct event *exit = new_exit(20, 9);

	(void)state;
	want_text(&filter.target_exes, "nginx");
	want_text(&filter.target_units, "nginx");
	assert_true(filter_match(&filter, exit)); /* it was never described */
	assert_int_equal(event_undecided(exit), UNDECIDED_TARGET_EXE | UNDECIDED_TARGET_UNIT);
	want_text(&filter.target_comms, "other");
	assert_false(filter_match(&filter, exit));
	event_free(exit);
}

/* -c with -p or a command: only those of them. */
static void test_named_ends_by_pid(void **state)
{
	(void)state;
	want_text(&filter.target_comms, "ended");
	filter.has_pids = true;
	check_end(KS_WATCH_NOT, 9, true, false);
	check_end(KS_WATCH_MAIN, 0, false, false);
	check_end(KS_WATCH_TARGET, 0, false, true);
	check_end(KS_WATCH_DESCENDANT, 9, true, true);
	filter.target_comms.items[0] = "other";
	check_end(KS_WATCH_DESCENDANT, 9, true, false);
}

static void test_late(void **state)
{
	struct text_list *lists[] = { &filter.target_comms, &filter.target_units,
				      &filter.target_exes,  &filter.sender_comms,
				      &filter.sender_units, &filter.sender_exes };

	(void)state;
	want_number(&filter.target_pids, 20);
	want_number(&filter.target_uids, 33);
	want_number(&filter.sender_pids, 10);
	want_number(&filter.sender_uids, 1000);
	assert_false(filter_is_late(&filter));
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		want_text(lists[i], "x");
		assert_true(filter_is_late(&filter));
		lists[i]->n = 0;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_none),
		TEST(test_uids),
		TEST(test_sender_pids),
		TEST(test_comms),
		TEST(test_long_comm),
		TEST(test_hostile_comm),
		TEST(test_units),
		TEST(test_all_kinds_must_match),
		TEST(test_no_target),
		TEST(test_no_sender),
		TEST(test_unknown_cgroup),
		TEST(test_failed_only),
		TEST(test_cut_cgroup),
		TEST(test_no_task_has_no_unit),
		TEST(test_unasked),
		TEST(test_other_events),
		TEST(test_programs),
		TEST(test_ends),
		TEST(test_named_ends),
		TEST(test_undecided_ends),
		TEST(test_named_ends_by_pid),
		TEST(test_late),
		TEST(test_exes),
		TEST(test_unknown_exe),
		TEST(test_cut_exe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
