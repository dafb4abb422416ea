// SPDX-License-Identifier: GPL-2.0-only
/* A blast in each format: what its rows have in common, and the sentence at its end. */
#include <signal.h>

#include "formats.h"

static struct event *new_of_blast(uint64_t blast)
{
	struct event *event = new_kill();

	event->signal.reach = (struct blast_reach){ .blast = blast, .first_seq = 3 };
	return event;
}

static struct event *new_blast(uint32_t processes, uint32_t users)
{
	struct event *event = calloc(1, sizeof(*event));

	assert_non_null(event);
	event->type = EVENT_BLAST;
	event->blast.reach.counts[BLAST_PROCESSES] = processes;
	event->blast.reach.counts[BLAST_USERS] = users;
	event->blast.sender = (struct blast_name){ 123, "pkill" };
	event->blast.signals = 1 << (SIGTERM - 1);
	return event;
}

static void add_ancestors(struct event *event, uint32_t count)
{
	event->blast.reach.counts[BLAST_ANCESTORS] = count;
	event->blast.named[0] = (struct blast_name){ 99, "bash" };
	event->blast.named[1] = (struct blast_name){ 98, "sshd" };
	event->blast.n_named = count < 2 ? count : 2;
}

static void check(struct event *event, const char *want)
{
	const char *sentence = format_one(&format_table, event);

	assert_string_equal(sentence, want);
}

static void test_sentence(void **state)
{
	struct event *event = new_blast(60, 4);

	(void)state;
	check(event, "  pkill[123] signalled 60 processes (SIGTERM): 4 users\n");
	event = new_blast(60, 4);
	event->blast.reach.counts[BLAST_UNITS] = 3;
	event->blast.reach.counts[BLAST_CONTAINERS] = 1;
	event->blast.signals |= 1 << (SIGKILL - 1);
	check(event,
	      "  pkill[123] signalled 60 processes (SIGKILL, SIGTERM): 3 units, 1 container, "
	      "4 users\n");
	event = new_blast(4096, 256);
	event->blast.reach.more = 1 << BLAST_PROCESSES | 1 << BLAST_USERS;
	event->blast.signals = 0xf;
	check(event, "  pkill[123] signalled more than 4096 processes (4 different signals): more "
		     "than 256 users\n");
	event = new_blast(2, 1);
	event->blast.sender.vpid = 0;
	check(event, "  pkill[-] signalled 2 processes (SIGTERM): 1 user\n");
}

static void test_ancestors(void **state)
{
	struct event *event = new_blast(2, 1);

	(void)state;
	add_ancestors(event, 1);
	check(event, "  pkill[123] signalled 2 processes (SIGTERM): 1 user; its own ancestor "
		     "bash[99] among them\n");
	event = new_blast(2, 1);
	add_ancestors(event, 2);
	check(event, "  pkill[123] signalled 2 processes (SIGTERM): 1 user; its own ancestors "
		     "bash[99], sshd[98] among them\n");
	event = new_blast(7, 1);
	add_ancestors(event, 7);
	event->blast.reaches_itself = true;
	check(event, "  pkill[123] signalled 7 processes (SIGTERM): 1 user; itself and its own "
		     "ancestors bash[99], sshd[98] and 4 more among them\n");
	event = new_blast(7, 1);
	event->blast.reach.counts[BLAST_ANCESTORS] = 1;
	event->blast.reaches_itself = true;
	check(event, "  pkill[123] signalled 7 processes (SIGTERM): 1 user; itself among them\n");
}

static void test_hostile(void **state)
{
	struct event *event = new_blast(2, 1);

	(void)state;
	add_ancestors(event, 2);
	memcpy(event->blast.sender.comm, "\n\33[m\x9b\xc2\x9b\"\\' ,}\xff\v", KS_COMM_BYTES);
	event->blast.named[1] = event->blast.sender;
	config.color = true;
	format_one(&format_verbose, event);
	assert_int_equal(count(strbuf_str(&out), "\n"), 1);
	assert_null(strstr(strbuf_str(&out), "\33[m\x9b"));
	assert_int_equal(count(strbuf_str(&out), "\33["), 2); /* our own colour */
}

/* Formats for programs have the same in each event. */
static void test_left_out(void **state)
{
	struct event *event = new_of_blast(1);
	const char *json;

	(void)state;
	assert_string_equal(format_one(&format_json, new_blast(2, 1)), "");
	assert_string_equal(format_one(&format_audit, new_blast(2, 1)), "");
	assert_non_null(strstr(format_one(&format_json, event), ",\"blast\":null}"));
	event = new_of_blast(1);
	event->signal.reach.counts[BLAST_PROCESSES] = 4096;
	event->signal.reach.counts[BLAST_UNITS] = 3;
	event->signal.reach.counts[BLAST_CONTAINERS] = 2;
	event->signal.reach.counts[BLAST_USERS] = 4;
	event->signal.reach.counts[BLAST_ANCESTORS] = 1;
	event->signal.reach.more = 1 << BLAST_PROCESSES;
	json = format_one(&format_json, event);
	assert_non_null(strstr(json, ",\"blast\":{\"processes\":4096,\"units\":3,\"containers\":2,"
				     "\"users\":4,\"ancestors\":1,\"more\":[\"processes\"],"
				     "\"first_seq\":3}}"));
}

static bool has_chain(struct event *event)
{
	const char *row = format_one(&format_table, event);
	const char *chain = strstr(row, "init[1]\n");

	if (chain && !strcmp(chain, "init[1]\n"))
		return true;
	assert_string_equal(strstr(row, "20          ") + 12, "as above\n");
	return false;
}

static void test_rows(void **state)
{
	struct event *event;

	(void)state;
	assert_true(has_chain(new_of_blast(1)));
	assert_false(has_chain(new_of_blast(1)));
	assert_false(has_chain(new_of_blast(1)));
	assert_true(has_chain(new_of_blast(2)));
	assert_true(has_chain(new_of_blast(1)));
	assert_false(has_chain(new_of_blast(1)));
	format_one(&format_table, new_lost(3));
	assert_true(has_chain(new_of_blast(1)));
	format_one(&format_table, new_blast(2, 1));
	assert_true(has_chain(new_of_blast(1)));
	assert_true(has_chain(new_of_blast(0)));
	assert_true(has_chain(new_of_blast(0)));
	/* It has become known who started the shell. */
	event = new_of_blast(1);
	event->signal.sender.process->parent.pid = 0;
	assert_null(strstr(format_one(&format_table, event), "as above"));
	assert_true(has_chain(new_of_blast(1)));
}

/* What is above must be on the screen. */
static void test_header(void **state)
{
	(void)state;
	config.terminal = (struct terminal){ 200, 10 };
	reopen(&format_table);
	for (int i = 0; i < 30; i++) {
		const char *row = format_one(&format_table, new_of_blast(1));
		bool is_first = !i || !strncmp(row, "TIME", 4);

		assert_int_equal(strstr(row, "init[1]") != NULL, is_first);
	}
}

#define TARGET                                                                                     \
	"    target     svc[20]  tid 20  ppid 1  user root  uid 0  euid 0\n"                       \
	"               cmdline svc\n"
#define SENDER                                                                                     \
	"    sender     sh[10]  tid 10  ppid 1  user root  uid 0  euid 0\n"                        \
	"               cmdline sh xdkill.sh 20\n"

static void test_blocks(void **state)
{
	struct event *event;
	const char *block;

	(void)state;
	block = format_one(&format_verbose, new_of_blast(1));
	assert_non_null(strstr(block, TARGET));
	assert_non_null(strstr(block, SENDER));
	assert_null(strstr(block, "as above"));
	block = format_one(&format_verbose, new_of_blast(1));
	assert_non_null(strstr(block, TARGET));
	assert_null(strstr(block, SENDER));
	assert_null(strstr(block, "started by 1"));
	assert_non_null(strstr(block, "\n    as above   call, sender, siginfo, started by\n"));
	/* Another call, by another user. */
	event = new_of_blast(1);
	event->signal.call.args[0] = 1;
	event->signal.sender.ids.uid = 7;
	block = format_one(&format_verbose, event);
	assert_non_null(strstr(block, "    call       kill  args 1, 9"));
	assert_non_null(strstr(block, "    sender     sh[10]"));
	assert_non_null(strstr(block, "\n    as above   siginfo, started by\n"));
	assert_null(strstr(format_one(&format_verbose, new_of_blast(2)), "as above"));
	format_one(&format_verbose, new_blast(2, 1));
	assert_null(strstr(format_one(&format_verbose, new_of_blast(2)), "as above"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_sentence), TEST(test_ancestors), TEST(test_hostile), TEST(test_left_out),
		TEST(test_rows),     TEST(test_header),	   TEST(test_blocks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
