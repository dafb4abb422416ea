// SPDX-License-Identifier: GPL-2.0-only
#include <signal.h>

#include "enrich/sent.h"
#include "events.h"

static struct sent_table table;

static int teardown(void **state)
{
	(void)state;
	sent_clear(&table);
	return 0;
}

/* Who sends, created by `parent`, executing the file `exe` with these arguments. */
struct program {
	uint32_t pid, parent, exe;
	const char *argv;
};

static struct process *new_program(const struct program *program, const char *comm)
{
	struct process *process = new_process(program->pid, comm);

	process->parent = make_ref(program->parent);
	process->exe_inode = program->exe;
	process->exe_device = 1;
	if (program->argv)
		set_argv(process, program->argv, strlen(program->argv));
	return process;
}

static struct event *new_sent(const struct program *sender, const struct program *target,
			      const char *comm)
{
	struct event *event = new_signal(sender->pid, target->pid, SIGTERM);

	event->signal.scope = SCOPE_PROCESS;
	event->signal.sender.process = new_program(sender, "sender");
	event->signal.target.process = new_program(target, comm);
	event->signal.target.ids = make_ids(target->pid, comm);
	return event;
}

static void note(const struct program *sender, const struct program *target, const char *comm)
{
	struct event *event = new_sent(sender, target, comm);

	assert_int_equal(sent_note(&table, event), 0);
	event_free(event);
}

/* What the pid of 300 was before. */
static const struct program former = { 300, 40, 7, NULL };

/* Whether a signal to another process is by who signalled `former`. */
static bool before(const struct program *sender, const struct program *target, const char *comm,
		   bool argv_has_number)
{
	struct event *event = new_sent(sender, target, comm);
	bool found;

	event->signal.has_former = true;
	event->signal.former.process = make_ref(former.pid);
	found = sent_before(&table, event, argv_has_number);
	event_free(event);
	return found;
}

static const struct program heir = { 301, 41, 8, NULL };

static void test_program(void **state)
{
	const struct program first = { 10, 5, 100, "sh check" };

	(void)state;
	assert_false(before(&first, &heir, "heir", false));
	note(&first, &former, "former");
	assert_true(before(&first, &heir, "heir", false));
	/* a run later; another script; the same arguments of another program */
	assert_true(before(&(struct program){ 11, 6, 100, "sh check" }, &heir, "heir", false));
	assert_false(before(&(struct program){ 11, 6, 100, "sh other" }, &heir, "heir", false));
	assert_false(before(&(struct program){ 11, 6, 101, "sh check" }, &heir, "heir", false));
	/* another child of the same script; a child of the sender, its parent */
	assert_true(before(&(struct program){ 11, 5, 100, "sh -c x" }, &heir, "heir", false));
	assert_false(before(&(struct program){ 11, 5, 101, "sh -c x" }, &heir, "heir", false));
	assert_true(before(&(struct program){ 11, 10, 101, "kill" }, &heir, "heir", false));
	assert_true(before(&(struct program){ 5, 1, 101, "make" }, &heir, "heir", false));
}

/* Whoever passes it as an argument need not have it from there. */
static void test_number_in_argv(void **state)
{
	(void)state;
	note(&(struct program){ 10, 5, 100, "kill 300" }, &former, "former");
	assert_false(before(&(struct program){ 11, 6, 100, "kill 300" }, &heir, "heir", true));
	assert_true(before(&(struct program){ 11, 5, 100, "kill 300" }, &heir, "heir", true));
}

/* Children of the first process are nothing to each other. */
static void test_first(void **state)
{
	(void)state;
	note(&(struct program){ 10, 1, 100, "a" }, &former, "former");
	assert_false(before(&(struct program){ 11, 1, 100, "b" }, &heir, "heir", false));
}

static void test_alike(void **state)
{
	const struct program sender = { 10, 5, 100, "sh check" };

	(void)state;
	note(&sender, &former, "former");
	assert_false(before(&sender, &heir, "former", false));
	assert_false(before(&sender, &(struct program){ 301, 41, 7, NULL }, "heir", false));
	assert_false(before(&sender, &(struct program){ 301, 40, 8, NULL }, "heir", false));
	assert_true(before(&sender, &(struct program){ 301, 41, 0, NULL }, "heir", false));
}

static void test_group(void **state)
{
	const struct program sender = { 10, 5, 100, "sh check" };
	struct event *event = new_sent(&sender, &former, "former");

	(void)state;
	event->signal.scope = SCOPE_GROUP;
	assert_int_equal(sent_note(&table, event), 0);
	event_free(event);
	assert_false(before(&sender, &heir, "heir", false));
}

static void note_by(uint32_t uid, uint32_t target)
{
	const struct program sender = { 10 + uid, 5, 100, "sh check" };
	struct event *event = new_sent(&sender, &(struct program){ target, 40, 7, NULL }, "former");

	event->signal.sender.ids.uid = uid;
	assert_int_equal(sent_note(&table, event), 0);
	event_free(event);
}

/* Who sends to many takes no room from others. */
static void test_bound(void **state)
{
	const struct program sender = { 11, 5, 100, "sh check" };

	(void)state;
	note_by(1, 300);
	for (uint32_t i = 0; i < 2 * SENT_MAX; i++)
		note_by(2, 1000 + i);
	assert_true(before(&sender, &heir, "heir", false));
	for (uint32_t i = 0; i < SENT_MAX; i++)
		note_by(1, 100000 + i);
	assert_false(before(&sender, &heir, "heir", false));
}

#define TEST(name) cmocka_unit_test_teardown(name, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_program), TEST(test_number_in_argv), TEST(test_first),
		TEST(test_alike),   TEST(test_group),	       TEST(test_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
