// SPDX-License-Identifier: GPL-2.0-only
/* No line of any format is longer than LINE_BYTES, whatever processes and their ancestors are
 * called. */
#include "formats.h"

enum { LINE_BYTES = 48000, PATH_BYTES = 4106, CGROUP_BYTES = 1024 };

/* What names are made of: each takes another form when it is escaped. */
static const char *const fillings[] = {
	"a",
	"\"",
	"'",
	" ",
	"\1",
	"\n",
	"\x7f",
	"\xff",
	"\xc2\x9b",	    /* C1 */
	"\xc3\xa9",	    /* a letter */
	"\xe2\x80\xae",	    /* turns text */
	"\xe2\x80\x83",	    /* a blank */
	"\xf3\xa0\x81\x81", /* a tag */
	"\\",
	"\xe2\x80", /* cut short */
	"\1\"\xff",
};

static const char *filling;

static void fill(char *to, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		to[i] = filling[i % strlen(filling)];
}

/* A path of parts of 255 bytes. */
static char *make_path(size_t bytes, const char *end)
{
	char *path = calloc(1, bytes + 1);

	assert_non_null(path);
	fill(path, bytes);
	for (size_t i = 0; i < bytes; i += 256)
		path[i] = '/';
	strcpy(path + bytes - strlen(end), end);
	return path;
}

/* With a unit whose name is long in JSON, and below it a container of any name. */
static char *make_cgroup(void)
{
	enum { UNIT_BYTES = 247, NAME_BYTES = 243 };
	char *above = make_path(CGROUP_BYTES - 512, ""), *path;
	char unit[UNIT_BYTES + 1] = "", name[NAME_BYTES + 1] = "";

	memset(unit, '\\', UNIT_BYTES);
	fill(name, NAME_BYTES);
	assert_true(asprintf(&path, "%s/%s.service/lxc.payload.%s", above, unit, name) > 0);
	free(above);
	return path;
}

/* `argument`: how long each is. */
static void fill_argv(char *argv, size_t bytes, size_t argument)
{
	fill(argv, bytes);
	for (size_t i = argument; i < bytes; i += argument + 1)
		argv[i] = '\0';
	argv[bytes - 1] = 'x';
}

/* As long as they can be, or half so; variables have few bytes that are escaped. */
static bool has_env;
static size_t value_bytes;

static void add_env(struct process *process)
{
	char *at;

	if (!has_env)
		return;
	process->env = at = calloc(KS_ENV_NAMES_MAX, KS_ENV_ITEM_BYTES);
	assert_non_null(at);
	for (int i = 0; i < KS_ENV_NAMES_MAX; i++) {
		memset(at, 'A' + i, KS_ENV_NAME_BYTES - 1);
		at[KS_ENV_NAME_BYTES - 1] = KS_ENV_CUT;
		fill(at + KS_ENV_NAME_BYTES, value_bytes);
		at += KS_ENV_NAME_BYTES + value_bytes + 1;
	}
	process->env_bytes = at - process->env;
}

static void add_hostile(uint32_t pid, size_t argument)
{
	struct process *process = new_process(pid, "");

	process->parent = make_ref(pid - 1);
	/* With the first, audit has no path; with the second, there is no unit. */
	process->flags = UINT32_MAX & ~(KS_FLAG_EXE_DELETED | KS_FLAG_CGROUP_LOST);
	fill(process->ids.comm, KS_COMM_BYTES);
	process->exe = process->exe_in_root = make_path(PATH_BYTES, "");
	process->cwd = make_path(PATH_BYTES, "");
	process->cgroup = make_cgroup();
	process->argv = calloc(1, KS_EXEC_ARGV_BYTES + 1);
	process->argv_bytes = KS_EXEC_ARGV_BYTES;
	fill_argv(process->argv, KS_EXEC_ARGV_BYTES, argument);
	process->known = UINT32_MAX;
	add_env(process);
	process_add(&table, process);
}

static struct container_names hostile_container(void)
{
	static char name[256];

	fill(name, sizeof(name) - 1);
	return (struct container_names){ name, name, name };
}

static void make_hostile(struct task *task, uint32_t pid, size_t argument)
{
	static char argv[KS_ARGV_BYTES], label[KS_TEXT_BYTES + 1];
	static struct container_names names;
	struct ks_pidref ref = make_ref(pid);

	memset(&task->ids, 0xff, sizeof(task->ids));
	task->present = true;
	task->known = task->flags = UINT32_MAX;
	task->ids.auid = task->ids.ses = UINT32_MAX - 1;
	task->ids.process = make_ref(pid);
	task->ids.process.vpid = UINT32_MAX;
	fill(task->ids.comm, KS_COMM_BYTES);
	fill(task->ids.tty, KS_TTY_BYTES);
	task->process = process_get(process_find(&table, &ref));
	fill_argv(argv, sizeof(argv), argument);
	set_live_argv(task, argv, sizeof(argv), sizeof(argv));
	fill(label, KS_TEXT_BYTES);
	set_label(task, label);
	names = hostile_container();
	task->container = &names;
}

static struct event *new_long(size_t argument)
{
	struct event *event = new_signal(100, 100, INT32_MIN);

	for (uint32_t pid = 100 - KS_ANCESTORS_MAX; pid <= 100; pid++)
		add_hostile(pid, argument);
	make_hostile(&event->signal.sender, 100, argument);
	make_hostile(&event->signal.target, 100, argument);
	event->seq = event->signal.call.id = INT64_MAX;
	memset(event->signal.call.args, 0xff, sizeof(event->signal.call.args));
	event->signal.call.via = KS_VIA_RT_TGSIGQUEUEINFO;
	event->signal.call.ret = INT64_MIN;
	event->signal.call.targets = event->signal.call.index = UINT32_MAX;
	event->signal.info = (struct ks_info){ INT32_MIN, UINT32_MAX, UINT32_MAX, KS_INFO_REAL };
	event->signal.info_names_sender = true;
	return event;
}

/* Sent by the kernel, for a file. */
static void set_limit(struct event_limit *limit, size_t argument)
{
	char path[KS_CGROUP_BYTES];

	fill_argv(path, sizeof(path), argument);
	*limit = (struct event_limit){ LIMIT_MEMORY,
				       true,
				       true,
				       true,
				       INT64_MAX,
				       INT64_MAX,
				       new_text(KS_TEXT_FILE, path, sizeof(path)) };
}

static struct event *new_long_by_kernel(size_t argument)
{
	static char stack[KS_TEXT_BYTES];
	struct event *event = new_long(argument);
	char *path = make_path(KS_TEXT_BYTES, "");

	event->signal.origin = KS_ORIGIN_KERNEL;
	event->signal.sender.syscall = "a system call of forty bytes, all of it.";
	event->signal.undecided = UINT32_MAX;
	set_file(event, path);
	free(path);
	fill_argv(stack, sizeof(stack) - 1, argument);
	set_stack(event, stack, sizeof(stack));
	set_limit(&event->signal.limit, argument);
	return event;
}

static struct event *new_long_exit(size_t argument)
{
	struct event *event = new_exit(100, 0x89), *kill = new_long(argument);

	task_copy(&event->exit.process, &kill->signal.target);
	task_copy(&event->exit.cause.sender, &kill->signal.sender);
	task_copy(&event->exit.cause.blow.sender, &kill->signal.sender);
	task_copy(&event->exit.tracer, &kill->signal.sender);
	event->exit.process.container = event->exit.tracer.container =
	    kill->signal.target.container;
	event->exit.cause.blow.sender.ids.process = make_ref(99);
	event->exit.watch = KS_WATCH_TARGET;
	event->exit.cause.known = true;
	event->exit.cause.how = HOW_RERAISED;
	for (int i = 0; i < CAUSE_STEPS_MAX; i++) {
		struct cause_step step = { .seq = INT64_MAX,
					   .time_ns = 1,
					   .delay_ns = INT64_MAX,
					   .signal = INT32_MIN,
					   .sender = kill->signal.sender };

		fill_argv(step.target.comm, sizeof(step.target.comm), argument);
		cause_steps_add(&event->exit.cause.path, &step);
		cause_steps_add(&event->exit.before, &step);
	}
	fill_argv(event->exit.cause.target.comm, sizeof(event->exit.cause.target.comm), argument);
	set_limit(&event->exit.cause.limit, argument);
	event->exit.cause.seq = event->exit.cause.blow.seq = event->seq = INT64_MAX;
	event->time_ns = INT64_MAX;
	event_free(kill);
	return event;
}

/* No call sent the cause: who ran is shown with its ancestors. */
static struct event *new_long_exit_by_kernel(size_t argument, enum event_how how)
{
	struct event *event = new_long_exit(argument);
	struct event_cause *cause = &event->exit.cause;

	cause->context = cause->sender;
	cause->sender = (struct task){ 0 };
	cause->context.syscall = "a system call of forty bytes, all of it.";
	event->exit.process.ids.process = make_ref(98);
	cause->kernel_cause =
	    "a cause of a hundred bytes, which is more than any other has that is in "
	    "the table of causes so far";
	cause->how = how;
	return event;
}

static size_t longest_line(const char *text)
{
	size_t longest = 0;

	for (size_t n; *text; text += n + 1) {
		n = strcspn(text, "\n");
		longest = n > longest ? n : longest;
	}
	return longest;
}

static size_t longest;

static void check_line(const struct format *format, struct event *event)
{
	size_t bytes = longest_line(format_one(format, event));

	longest = bytes > longest ? bytes : longest;
	assert_in_range(bytes, 1, LINE_BYTES - 1);
	/* ausearch takes what is behind that for another line, and so maybe for a record. */
	if (!strncmp(strbuf_str(&out), "# note: ", 8))
		assert_in_range(bytes, 1, 8968);
	forget_processes();
}

static void check_all(const struct format *format, size_t argument)
{
	check_line(format, new_long(argument));
	check_line(format, new_long_by_kernel(argument));
	check_line(format, new_long_exit(argument));
	check_line(format, new_long_exit_by_kernel(argument, HOW_RERAISED));
	check_line(format, new_long_exit_by_kernel(argument, HOW_HANDLED));
}

static void check_events(const struct format *format, size_t argument)
{
	has_env = false;
	check_all(format, argument);
	has_env = true;
	value_bytes = KS_ENV_ITEM_BYTES - KS_ENV_NAME_BYTES - 1;
	check_all(format, argument);
	value_bytes = 20;
	check_all(format, argument);
}

static void check_format(const struct format *format)
{
	static const size_t arguments[] = { 0, 1, 5, 255, KS_ARGV_BYTES };

	longest = 0;
	for (size_t i = 0; i < sizeof(fillings) / sizeof(fillings[0]); i++) {
		filling = fillings[i];
		for (size_t j = 0; j < sizeof(arguments) / sizeof(arguments[0]); j++)
			check_events(format, arguments[j]);
	}
	print_message("the longest line: %zu\n", longest);
}

static void test_json(void **state)
{
	(void)state;
	check_format(&format_json);
	assert_in_range(longest, 30000, LINE_BYTES - 100);
}

static void test_verbose(void **state)
{
	(void)state;
	check_format(&format_verbose);
}

static void test_audit(void **state)
{
	(void)state;
	check_format(&format_audit);
	config.audit_enriched = true;
	check_format(&format_audit);
}

static void test_table(void **state)
{
	(void)state;
	check_format(&format_table);
}

static struct strbuf all;

static void add_column(const char *name, const char *help)
{
	(void)help;
	if (!strncmp(name, "context.", 8))
		return;
	strbuf_addf(&all, "%s%s", all.len ? "," : "", name);
}

static void use_columns(const char *list)
{
	config.columns = list;
	reopen(&format_table);
}

/* As many columns as there can be: different ones, and the longest again and again. */
static void test_wide_table(void **state)
{
	size_t n = 0;

	(void)state;
	fields_list(add_column);
	for (char *end = all.data; *end; end++) {
		if (*end == ',' && ++n == COLUMNS_MAX)
			*end-- = '\0';
	}
	assert_int_equal(n, COLUMNS_MAX);
	use_columns(all.data);
	check_format(&format_table);
	strbuf_reset(&all);
	for (int i = 0; i < COLUMNS_MAX; i++)
		strbuf_addf(&all, "%ssender.exe", i ? "," : "");
	use_columns(all.data);
	check_format(&format_table);
	strbuf_free(&all);
}

/* Where there is no room left, each value says so; the next line has room again. */
static void test_no_room(void **state)
{
	struct event *event;
	const char *text;

	(void)state;
	filling = "a";
	has_env = false;
	strbuf_reset(&all);
	for (int i = 0; i < COLUMNS_MAX; i++)
		strbuf_addf(&all, "%starget.exe", i ? "," : "");
	use_columns(all.data);
	strbuf_free(&all);
	event = new_long(1);
	text = format_one(&format_table, event);
	assert_int_equal(count(text, "/aaa"), 11 * 17);
	assert_int_equal(count(text, " ... "), COLUMNS_MAX - 12); /* and the last */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_json),  TEST(test_verbose),	 TEST(test_audit),
		TEST(test_table), TEST(test_wide_table), TEST(test_no_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
