// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "format/fit.h"
#include "formats.h"

/* ---- table ---- */

static void use_columns(const char *list)
{
	config.columns = list;
	reopen(&format_table);
}

static void test_table(void **state)
{
	(void)state;
	reopen(&format_table);
	assert_string_equal(strbuf_str(&out),
			    "TIME            SIGNAL     RESULT     TARGET               "
			    "SENDER               VIA    COMMAND                  STARTED BY\n");
	assert_string_equal(format_one(&format_table, new_kill()),
			    "15:54:05.864999 SIGKILL    delivered  svc[20]              "
			    "sh[10]               kill   sh xdkill.sh 20          init[1]\n");
}

/* Of the lines in `out`, the widest. */
static size_t widest(void)
{
	size_t most = 0;

	for (const char *line = strbuf_str(&out); *line; line += strcspn(line, "\n") + 1) {
		size_t cells;

		fit_head(line, strcspn(line, "\n"), SIZE_MAX, &cells);
		most = cells > most ? cells : most;
	}
	return most;
}

#define ARGV(text) text, sizeof(text) - 1

static void use_argv(struct event *event, const char *argv, size_t bytes)
{
	set_live_argv(&event->signal.sender, argv, bytes, bytes);
}

static void use_terminal(int columns, int rows)
{
	config.terminal = (struct terminal){ columns, rows };
	reopen(&format_table);
}

/* Whatever the width of the terminal, from the least on, lines fill it and no more. */
static void test_table_fits(void **state)
{
	(void)state;
	for (int columns = 80; columns <= 300; columns++) {
		struct event *event = new_kill();

		use_columns(columns % 2 ? COLUMNS_DEFAULT : "time,via,command");
		use_terminal(columns, 0);
		assert_in_range(widest(), 1, columns);
		use_argv(
		    event,
		    ARGV("a command\0line\0that is longer than any terminal of this test\0and\0"
			 "goes on and on and on and on and on and on and on and on and on and "
			 "on and on and on and on and on and on and on and on and on and on "
			 "and on and on and on and on and on and on and on and on and on and "
			 "on and on and on and on and on and on and on and on and on"));
		format_one(&format_table, event);
		assert_in_range(widest(), columns % 2 ? 1 : columns, columns);
	}
}

static void test_table_narrow(void **state)
{
	(void)state;
	use_terminal(80, 0);
	assert_string_equal(strbuf_str(&out), "TIME     SIGNAL   RESULT    TARGET       SENDER "
					      "      VIA  COMMAND    STARTED BY\n");
	assert_string_equal(format_one(&format_table, new_kill()),
			    "15:54:05 SIGKILL  delivered svc[20]      sh[10]       kill sh xdkill… "
			    "init[1]\n");
	use_terminal(120, 0);
	assert_string_equal(format_one(&format_table, new_kill()),
			    "15:54:05.864999 SIGKILL    delivered  svc[20]              "
			    "sh[10]               kill   sh xdkill.sh 20  init[1]\n");
}

/* A character of two cells is not cut in half, and one of none stays with the one before. */
static void test_table_wide_characters(void **state)
{
	struct event *event = new_kill();

	(void)state;
	use_columns("command,signal");
	use_argv(event, ARGV("日本語の名前の"));
	use_terminal(20, 0);
	assert_string_equal(format_one(&format_table, event), "日本語の…  SIGKILL\n");
	event = new_kill();
	use_argv(event, ARGV("e\xcc\x81xe\xcc\x81x"));
	assert_string_equal(format_one(&format_table, event),
			    "'e\xcc\x81xe\xcc\x81x'     SIGKILL\n");
}

static size_t count_headers(void)
{
	size_t n = 0;

	for (const char *at = strbuf_str(&out); (at = strstr(at, "TIME ")); at++)
		n++;
	return n;
}

/* Nine events and the header fill ten rows, of which the terminal needs one for the cursor. */
static void test_table_header_again(void **state)
{
	struct event *events[20];

	(void)state;
	use_terminal(120, 10);
	for (int i = 0; i < 20; i++)
		events[i] = new_kill();
	format_batch(&format_table, events, 8);
	assert_int_equal(count_headers(), 0);
	format_batch(&format_table, events + 8, 12);
	assert_int_equal(count_headers(), 2);
	strbuf_reset(&out);
	formatter_resize(formatter_of(&format_table), &(struct terminal){ 90, 10 });
	assert_int_equal(count_headers(), 1);
}

static void test_table_exit(void **state)
{
	(void)state;
	assert_string_equal(format_one(&format_table, new_killed()),
			    "15:54:05.864999 svc[20] was killed by SIGKILL, sent by sh[10] "
			    "(sh xdkill.sh 20) 0.250 ms before\n");
	assert_string_equal(format_one(&format_table, new_exit(20, 9)),
			    "15:54:05.864999 ended[20] was killed by SIGKILL; no signal was "
			    "seen that did it\n");
	assert_string_equal(format_one(&format_table, new_exit(20, 0x86)),
			    "15:54:05.864999 ended[20] was killed by SIGABRT (core dumped); "
			    "no signal was seen that did it\n");
	assert_string_equal(format_one(&format_table, new_exit(20, 3 << 8)),
			    "15:54:05.864999 ended[20] exited with status 3\n");
}

static void test_table_kernel(void **state)
{
	struct event *event = new_killed();

	(void)state;
	event->exit.cause.context = event->exit.cause.sender;
	event->exit.cause.sender = (struct task){ 0 };
	event->exit.cause.context.syscall = "write";
	event->exit.cause.kernel_cause = "probably by a write to cgroup.kill";
	assert_string_equal(format_one(&format_table, event),
			    "15:54:05.864999 svc[20] was killed by SIGKILL, no kill call; while "
			    "sh[10] (sh xdkill.sh 20) ran in write, started by init[1]; "
			    "probably by a write to cgroup.kill\n");
	event = new_kill();
	event->signal.origin = KS_ORIGIN_KERNEL;
	event->signal.call = (struct event_call){ 0 };
	event->signal.sender.syscall = "write";
	use_columns("signal,target,by,sender,via,command,chain");
	assert_string_equal(format_one(&format_table, event),
			    "SIGKILL    svc[20]              while sh[10] in write -        "
			    "            -      sh xdkill.sh 20          init[1]\n");
}

static struct event *new_same(const struct event *event, enum ks_origin origin)
{
	struct event *same = new_signal(10, 20, 9);

	same->signal.origin = origin;
	task_copy(&same->signal.sender, &event->signal.sender);
	return same;
}

/* What was shown of a task before is shown again, but not for a task, or a part, that differs. */
static void test_table_again(void **state)
{
	struct event *event = new_kill();
	struct event *events[] = {
		event,
		new_same(event, KS_ORIGIN_USER),
		new_same(event, KS_ORIGIN_KERNEL),
		new_same(event, KS_ORIGIN_USER),
		new_same(event, KS_ORIGIN_USER),
	};

	(void)state;
	use_columns("by,command,chain");
	events[3]->signal.sender.ids.process.vpid = 11;
	set_live_argv(&events[4]->signal.sender, "x", 1, 1);
	assert_string_equal(format_batch(&format_table, events, 5),
			    "sh[10]               sh xdkill.sh 20          init[1]\n"
			    "sh[10]               sh xdkill.sh 20          init[1]\n"
			    "while sh[10]         sh xdkill.sh 20          init[1]\n"
			    "sh[11]               sh xdkill.sh 20          init[1]\n"
			    "sh[10]               x                        init[1]\n");
}

static void test_table_lost(void **state)
{
	(void)state;
	assert_string_equal(format_one(&format_table, new_lost(12)),
			    "15:54:05.864999 12 events lost here (ring_full), in the ring bulk\n");
}

/* A name that imitates what we write is quoted, wherever a line has names. */
static void test_table_quoted(void **state)
{
	struct event *event = new_kill();

	(void)state;
	use_columns("sender,target,chain,sender.exe,sender.tty,command");
	strcpy(event->signal.sender.ids.comm, "init[1] -> db");
	strcpy(event->signal.target.ids.comm, "-");
	strcpy(event->signal.sender.ids.tty, "a b");
	strcpy(event->signal.sender.process->exe, "/bin/a b");
	strcpy(process_find(&table, &(struct ks_pidref){ 1, 1, 1000000 })->ids.comm, "x < y");
	set_live_argv(&event->signal.sender, "-\0", 2, 2);
	assert_string_equal(format_one(&format_table, event),
			    "'init[1] -> db'[10]  '-'[20]              'x < y'[1]               "
			    "'/bin/a b'           'a b'    '-'\n");
	forget_processes();
	event = new_killed();
	memset(event->exit.process.ids.comm, 0, KS_COMM_BYTES);
	strcpy(event->exit.cause.sender.ids.comm, "a, sent by b");
	assert_string_equal(format_one(&format_table, event),
			    "15:54:05.864999 ''[20] was killed by SIGKILL, sent by "
			    "'a, sent by b'[10] (sh xdkill.sh 20) 0.250 ms before\n");
}

/* Dots for what is not shown, on the side where it is missing; and something where there is
 * nothing. */
static void test_table_cut(void **state)
{
	struct event *event = new_kill();
	struct process *sender = event->signal.sender.process;

	(void)state;
	use_columns("sender.cwd,command,signal");
	free(sender->cwd);
	sender->cwd = calloc(1, 3000);
	memset(sender->cwd, '/', 2999);
	set_live_argv(&event->signal.sender, "", 0, 0);
	assert_string_equal(format_one(&format_table, event) + 1536,
			    "/// ''                       SIGKILL\n");
	assert_int_equal(strncmp(strbuf_str(&out), ".../", 4), 0);
	forget_processes();
	event = new_kill();
	use_columns("sender.cgroup,signal");
	free(event->signal.sender.process->cgroup);
	event->signal.sender.process->cgroup = calloc(1, 2000);
	memset(event->signal.sender.process->cgroup, '/', 1999);
	assert_string_equal(format_one(&format_table, event) + 1087, "/... SIGKILL\n");
}

/* A value that is wider than its column pushes the next one on by one blank. */
static void test_table_wide(void **state)
{
	struct event *event = new_kill();

	(void)state;
	use_columns("sender.comm,signal.number,seq");
	memcpy(event->signal.sender.ids.comm, "0123456789abcdef", KS_COMM_BYTES);
	assert_string_equal(format_one(&format_table, event), "0123456789abcdef 9   7\n");
}

static void test_table_colour(void **state)
{
	struct event *event = new_kill();

	(void)state;
	config.color = true;
	use_columns("signal");
	assert_string_equal(format_one(&format_table, event), "\33[31mSIGKILL\33[m\n");
	event = new_kill();
	event->signal.result = RESULT_DENIED;
	assert_string_equal(format_one(&format_table, event), "\33[33mSIGKILL\33[m\n");
	event = new_kill();
	event->signal.result = RESULT_PENDING;
	assert_string_equal(format_one(&format_table, event), "SIGKILL\n");
	event = new_kill();
	event->signal.number = 18; /* not lethal */
	assert_string_equal(format_one(&format_table, event), "SIGCONT\n");
}

/* ---- verbose ---- */

#define CONTAINER_ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void test_verbose(void **state)
{
	const char *text = format_one(&format_verbose, new_kill());

	(void)state;
	assert_true(!strncmp(text,
			     "2021-10-19T15:54:05.864999999Z SIGKILL delivered: "
			     "sh[10] -> svc[20]\n",
			     68));
	assert_non_null(strstr(text, "\n    call       kill  args 20, 9  return 0"));
	assert_non_null(strstr(text, "\n    target     svc[20]  tid 20  ppid 1  user root"));
	assert_non_null(strstr(text, "\n    sender     sh[10]  tid 10  ppid 1  user root"));
	assert_non_null(strstr(text, "sh xdkill.sh 20"));
	assert_non_null(strstr(text, "/usr/bin/dash  cwd /root"));
	assert_non_null(strstr(text, "/user.slice/session-2.scope  unit session-2.scope\n"));
	assert_non_null(
	    strstr(text, "\n    started by 1  /sbin/init  exe /usr/lib/systemd/systemd"));
	assert_null(strstr(text, "running"));
	assert_int_equal(text[strlen(text) - 1], '\n');
}

/* In a container, of which `names` are known; NULL: none. */
static void set_container(struct task *task, const struct container_names *names)
{
	struct process *process = task->process;

	free(process->cgroup);
	process->cgroup = strdup("/docker/" CONTAINER_ID);
	process->container.text = strchr(process->cgroup + 1, '/') + 1;
	process->container.bytes = strlen(CONTAINER_ID);
	process->is_enriched = true; /* names are not searched for */
	task->container = names;
}

/* The name in place of the id, which is in the cgroup. */
static void check_container(const struct container_names *names, const char *want)
{
	struct event *event = new_kill();
	const char *text, *container;

	set_container(&event->signal.target, names);
	text = format_one(&format_verbose, event);
	container = strstr(text, "               cgroup /docker/" CONTAINER_ID "  container ");
	assert_non_null(container);
	container = strstr(container, "  container ") + strlen("  container ");
	assert_memory_equal(container, want, strlen(want));
	assert_int_equal(container[strlen(want)], '\n');
	forget_processes();
}

static void test_verbose_container(void **state)
{
	(void)state;
	check_container(NULL, CONTAINER_ID);
	check_container(&(struct container_names){ "web", NULL, NULL }, "web");
	check_container(&(struct container_names){ "web", "web-7d9", "shop" },
			"web (pod shop/web-7d9)");
	check_container(&(struct container_names){ "web", "web-7d9", NULL }, "web (pod web-7d9)");
	check_container(&(struct container_names){ NULL, "web-7d9", "shop" },
			CONTAINER_ID " (pod shop/web-7d9)");
	check_container(&(struct container_names){ "a b", "x)\n", "\33[m" },
			"'a b' (pod $'\\x1b[m'/$'x)\\n')");
}

/* A name that comes later is shown: the text of the task is made again. */
static void test_container_later(void **state)
{
	const struct container_names names = { "web", "web-7d9", "shop" };
	struct event *before = new_kill(), *after = new_signal(10, 20, 9);

	(void)state;
	set_container(&before->signal.target, NULL);
	task_clear(&after->signal.target);
	task_copy(&after->signal.target, &before->signal.target);
	after->signal.target.container = &names;
	use_columns("target.container,target.container_name,target.pod,target.pod_namespace");
	format_batch(&format_table, (struct event *[]){ before, after }, 2);
	assert_non_null(strstr(strbuf_str(&out), CONTAINER_ID " -                -"));
	assert_non_null(strstr(strbuf_str(&out),
			       CONTAINER_ID " web              web-7d9                  shop\n"));
}

static void test_verbose_kernel(void **state)
{
	struct event *event = new_kill();
	const char *text;

	(void)state;
	event->signal.origin = KS_ORIGIN_KERNEL;
	event->signal.call = (struct event_call){ 0 };
	event->signal.sender.syscall = "write";
	text = format_one(&format_verbose, event);
	assert_non_null(strstr(text, "SIGKILL delivered: no kill call -> svc[20]\n"));
	assert_non_null(strstr(text, "\n    running    while sh[10] in write  tid 10"));
	assert_non_null(strstr(text, "\n               cmdline sh xdkill.sh 20\n"));
	assert_non_null(strstr(text, "\n    cause      probably by a write to cgroup.kill\n"));
	assert_non_null(strstr(text, "\n    siginfo    SEND_SIG_NOINFO\n"));
	assert_non_null(strstr(text, "\n    started by 1  /sbin/init"));
	assert_null(strstr(text, "sender"));
}

/* Names that an attacker chose are escaped. */
static void test_verbose_file_and_stack(void **state)
{
	static const char names[] = "send_it\0a \33 name\0in [module]";
	struct event *event = new_kill();
	const char *text;

	(void)state;
	event->signal.origin = KS_ORIGIN_KERNEL;
	set_file(event, "/sys/fs/cgroup/a \33[31m/cgroup.kill");
	set_stack(event, names, sizeof(names));
	text = format_one(&format_verbose, event);
	assert_non_null(
	    strstr(text, "\n    file       $'/sys/fs/cgroup/a \\x1b[31m/cgroup.kill'\n"));
	assert_non_null(
	    strstr(text, "\n    stack      send_it < $'a \\x1b name' < 'in [module]'\n"));
}

static void test_lost_between(void **state)
{
	struct event *event = new_lost(12);

	(void)state;
	event->lost.cause = KS_LOST_LETHAL;
	event->lost.from_ns = 1634658845000000000;
	event->lost.to_ns = 1634658845000000001;
	assert_string_equal(format_one(&format_table, event),
			    "15:54:05.864999 12 events lost here (ring_full), in the ring lethal, "
			    "after 2021-10-19T15:54:05.000000000Z, "
			    "before 2021-10-19T15:54:05.000000001Z\n");
}

static const char *losers(unsigned int cause, uint64_t root, uint64_t system, uint64_t other)
{
	struct event *event = new_lost(root + system + other);

	event->lost.cause = cause;
	event->lost.has_users = true;
	event->lost.users[KS_USER_ROOT] = root;
	event->lost.users[KS_USER_SYSTEM] = system;
	event->lost.users[KS_USER_OTHER] = other;
	return strchr(format_one(&format_table, event), ' ') + 1;
}

static void test_lost_users(void **state)
{
	(void)state;
	assert_string_equal(
	    losers(KS_LOST_EVENT, 0, 0, 7),
	    "7 events lost here (ring_full), in the ring bulk, all of other users\n");
	assert_string_equal(losers(KS_LOST_LETHAL, 1, 0, 0),
			    "1 event lost here (ring_full), in the ring lethal, all of root\n");
	assert_string_equal(losers(KS_LOST_SHARE, 2, 3, 4),
			    "9 events lost here (share_used), in the ring bulk, 2 of root, "
			    "3 of system users, 4 of other users, who had had their share of it\n");
}

static void test_verbose_others(void **state)
{
	struct event *event = new_kill();

	(void)state;
	task_clear(&event->signal.target);
	event->signal.result = RESULT_NO_PROCESS;
	event->signal.call.ret = -ESRCH;
	assert_non_null(strstr(format_one(&format_verbose, event),
			       "SIGKILL no_process: sh[10] -> no process known\n"));
	assert_string_equal(
	    format_one(&format_verbose, new_lost(1)),
	    "2021-10-19T15:54:05.864999999Z 1 event lost here (ring_full), in the ring bulk\n");
	assert_non_null(strstr(format_one(&format_verbose, new_killed()),
			       "Z svc[20] was killed by SIGKILL, sent by sh[10]"));
}

/* No name is taken for what is unknown, or for more than one. */
static void test_verbose_quoted(void **state)
{
	struct event *event = new_kill();
	const char *text;

	(void)state;
	strcpy(event->signal.sender.ids.comm, "the kernel");
	strcpy(event->signal.target.ids.comm, "nobody known");
	text = format_one(&format_verbose, event);
	assert_non_null(strstr(text, "delivered: 'the kernel'[10] -> 'nobody known'[20]\n"));
	forget_processes();
	event = new_kill();
	strcpy(event->signal.sender.process->cwd, "/  x");
	assert_non_null(strstr(format_one(&format_verbose, event), "  cwd '/  x'  start_time"));
}

/* ---- odd events ---- */

static const struct container_names hostile_names = { HOSTILE, HOSTILE, HOSTILE };

static void test_hostile_table(void **state)
{
	struct event *event = new_hostile();
	const char *text;

	(void)state;
	event->signal.target.container = &hostile_names;
	use_columns("target.container_name,target.pod,target.pod_namespace,"
		    "time,sender,target,command,chain,sender.comm,sender.exe,sender.cwd,"
		    "sender.cgroup,sender.unit,sender.container,sender.tty,sender.ancestors,"
		    "target.comm,target.exe,target.cmdline,target.cgroup,target.cut");
	text = format_one(&format_table, event);
	check_safe(text, 1);
	check_readable(text);
	forget_processes();
	text = format_one(&format_table, new_hostile_exit());
	check_safe(text, 1);
	check_readable(text);
}

static void test_hostile_verbose(void **state)
{
	struct event *event = new_hostile();
	const char *text;
	size_t lines = 0;

	(void)state;
	set_container(&event->signal.target, &hostile_names);
	text = format_one(&format_verbose, event);
	assert_non_null(strstr(text, "  container $'"));
	for (const char *at = text; *at; at++)
		lines += *at == '\n';
	check_safe(text, lines);
	check_readable(text);
	for (const char *line = strchr(text, '\n') + 1; *line; line = strchr(line, '\n') + 1)
		assert_memory_equal(line, "    ",
				    4); /* no line of the block has the form of a title */
	forget_processes();
	text = format_one(&format_verbose, new_hostile_exit());
	check_safe(text, 1);
	check_readable(text);
}

/* Several events of a call are as many lines, in their order. */
static void test_batch(void **state)
{
	struct event *events[3];

	(void)state;
	use_columns("call.index,call.targets,target.pid");
	for (uint32_t i = 0; i < 3; i++) {
		events[i] = new_signal(10, 20 + i, 9);
		events[i]->signal.call.index = i;
		events[i]->signal.call.targets = 3;
	}
	assert_string_equal(format_batch(&format_table, events, 3),
			    "0    3    20\n1    3    21\n2    3    22\n");
}

static void test_zeroed(void **state)
{
	static const char *const want[] = {
		"15:54:05.864999 0          delivered  -                    ''[-]                "
		"-      -                        -\n",
		"15:54:05.864999 ''[0] exited with status 0\n",
		"15:54:05.864999 0 events lost here (busy)\n",
	};

	(void)state;
	check_zeroed(&format_table, want);
}

static void test_zeroed_verbose(void **state)
{
	static const char *const want[] = {
		"2021-10-19T15:54:05.864999999Z 0 delivered: ''[-] -> no process known\n"
		"    call       scope process\n"
		"    sender     ''[-]  user root  uid 0  euid 0\n"
		"    siginfo    SEND_SIG_NOINFO\n",
		"2021-10-19T15:54:05.864999999Z ''[0] exited with status 0\n",
		"2021-10-19T15:54:05.864999999Z 0 events lost here (busy)\n",
	};

	(void)state;
	check_zeroed(&format_verbose, want);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_table),
		TEST(test_table_fits),
		TEST(test_table_narrow),
		TEST(test_table_wide_characters),
		TEST(test_table_header_again),
		TEST(test_table_exit),
		TEST(test_table_kernel),
		TEST(test_table_again),
		TEST(test_table_lost),
		TEST(test_lost_between),
		TEST(test_lost_users),
		TEST(test_verbose_container),
		TEST(test_container_later),
		TEST(test_table_wide),
		TEST(test_table_colour),
		TEST(test_verbose),
		TEST(test_verbose_kernel),
		TEST(test_verbose_file_and_stack),
		TEST(test_verbose_others),
		TEST(test_hostile_table),
		TEST(test_hostile_verbose),
		TEST(test_batch),
		TEST(test_zeroed),
		TEST(test_zeroed_verbose),
		TEST(test_table_quoted),
		TEST(test_table_cut),
		TEST(test_verbose_quoted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
