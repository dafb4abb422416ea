// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdbool.h>

#include "event/event_names.h"
#include "events.h"
#include "format/fields.h"

static struct process_table table;
static const struct clock clock_at_zero;
static const struct field_context context = {
	.clock = &clock_at_zero,
};

/* ---- columns ---- */

static int parse(const char *list, struct column columns[COLUMNS_MAX])
{
	const char *bad;
	size_t bytes;

	return fields_parse_columns(list, columns, &bad, &bytes);
}

static void check_header(const char *name, const char *header, size_t depth)
{
	static struct column columns[COLUMNS_MAX];

	assert_int_equal(parse(name, columns), 1);
	assert_string_equal(columns[0].header, header);
	assert_int_equal(columns[0].depth, depth);
}

static void test_headers(void **state)
{
	(void)state;
	check_header("time", "TIME", 1);
	check_header("signal", "SIGNAL", 1);
	check_header("sender", "SENDER", 1);
	check_header("sender.pid", "S.PID", 2);
	check_header("target.pid", "T.PID", 2);
	check_header("context.comm", "C.COMM", 2);
	check_header("chain", "STARTED BY", 1);
	check_header("sender.ancestors", "S.ANCESTORS", 2);
}

static void test_lists(void **state)
{
	static struct column columns[COLUMNS_MAX];
	char many[COLUMNS_MAX * 4 + 1];

	(void)state;
	assert_int_equal(parse(COLUMNS_DEFAULT, columns), 8);
	assert_string_equal(columns[0].header, "TIME");
	assert_string_equal(columns[7].header, "STARTED BY");
	assert_int_equal(parse("seq,seq", columns), 2);
	for (size_t i = 0; i < sizeof(many) - 1; i++)
		many[i] = "seq,"[i % 4];
	many[sizeof(many) - 1] = '\0';
	many[sizeof(many) - 2] = '\0';
	assert_int_equal(parse(many, columns), COLUMNS_MAX);
	many[sizeof(many) - 2] = ',';
	assert_int_equal(parse(many, columns), -EINVAL);
}

static void check_bad(const char *list, const char *item)
{
	static struct column columns[COLUMNS_MAX];
	const char *bad = NULL;
	size_t bytes = 999;

	assert_int_equal(fields_parse_columns(list, columns, &bad, &bytes), -EINVAL);
	assert_in_range((uintptr_t)bad, (uintptr_t)list, (uintptr_t)list + strlen(list));
	assert_int_equal(bytes, strlen(item));
	assert_memory_equal(bad, item, bytes);
}

static void test_bad_columns(void **state)
{
	(void)state;
	check_bad("", "");
	check_bad(",", "");
	check_bad("time,", "");
	check_bad("time,,seq", "");
	check_bad("Time", "Time");
	check_bad("tim", "tim");
	check_bad("times", "times");
	check_bad("time ", "time ");
	check_bad("seq,sender.pdi,time", "sender.pdi");
	check_bad(".", ".");
	check_bad("sender.", "sender.");
	check_bad(".pid", ".pid");
	check_bad("sender..pid", "sender..pid");
	check_bad("time.pid", "time.pid"); /* a time has no fields */
	check_bad("sender.pid.x", "sender.pid.x");
	check_bad("call", "call"); /* it has fields, and is none */
	check_bad("info", "info");
	check_bad("target.ancestors", "target.ancestors"); /* the sender's only */
	check_bad("chain.pid", "chain.pid");
	check_bad("process", "process"); /* of an exit */
	check_bad("lost", "lost");
}

static void test_too_deep(void **state)
{
	(void)state;
	check_bad("sender.ancestors.pid", "sender.ancestors.pid");
	check_bad("sender.ancestors.pid.x", "sender.ancestors.pid.x");
	check_bad("signal.number.x.y.z", "signal.number.x.y.z");
	check_bad("sender.sender.sender.sender", "sender.sender.sender.sender");
}

/* ---- all that `-o help` lists can be asked for ---- */

static size_t listed;

static void check_listed(const char *name, const char *help)
{
	static struct column columns[COLUMNS_MAX];
	struct event *event = new_signal(10, 20, 9);
	struct value value = { 0 };

	listed++;
	assert_true(*help);
	assert_int_equal(parse(name, columns), 1);
	assert_true(strlen(columns[0].header) > 0);
	assert_true(columns[0].path[columns[0].depth - 1]->width > 0);
	fields_get(&context, &columns[0], event, &value);
	event_free(event);
}

static void test_listed(void **state)
{
	(void)state;
	listed = 0;
	fields_list(check_listed);
	assert_in_range(listed, 80, 200);
}

/* ---- values ---- */

static void get(const struct event *event, const char *name, struct value *ret)
{
	static struct column columns[COLUMNS_MAX];

	assert_int_equal(parse(name, columns), 1);
	memset(ret, 0, sizeof(*ret));
	fields_get(&context, &columns[0], event, ret);
}

static void check_kind(const struct event *event, const char *name, enum value_kind kind)
{
	struct value value;

	get(event, name, &value);
	assert_int_equal(value.kind, kind);
}

static void check_number(const struct event *event, const char *name, int64_t want)
{
	struct value value;

	get(event, name, &value);
	assert_int_equal(value.kind, VALUE_NUMBER);
	assert_true(value.number == want);
}

static void check_text(const struct event *event, const char *name, const char *want)
{
	struct value value;

	get(event, name, &value);
	assert_int_equal(value.kind, VALUE_TEXT);
	assert_int_equal(value.bytes, strlen(want));
	assert_memory_equal(value.text, want, value.bytes);
}

/* Follows every field of every object of `set`. */
static size_t visit(const struct field_set *set, const void *object, int depth)
{
	size_t visited = 0;

	assert_in_range(depth, 0, 4);
	for (size_t i = 0; i < set->n; i++) {
		struct value value = { 0 };

		assert_true(set->fields[i].name && *set->fields[i].name);
		set->fields[i].get(&context, object, &value);
		assert_in_range(value.kind, VALUE_NULL, VALUE_STEPS);
		if (value.kind == VALUE_NUMBERS || value.kind == VALUE_NAMES)
			assert_in_range(value.n, 0, VALUE_ITEMS_MAX);
		else if (value.kind == VALUE_OBJECTS)
			assert_in_range(value.n, 0, KS_ANCESTORS_MAX);
		else if (value.kind == VALUE_STEPS)
			assert_in_range(value.n, 0, CAUSE_STEPS_MAX);
		visited++;
		if (value.kind == VALUE_OBJECT)
			visited += visit(value.set, value.object, depth + 1);
		for (size_t j = 0; value.kind == VALUE_OBJECTS && j < value.n; j++)
			visited += visit(value.set, &value.ancestors[j], depth + 1);
		for (size_t j = 0; value.kind == VALUE_STEPS && j < value.n; j++)
			visited += visit(value.set, &value.steps[j], depth + 1);
	}
	return visited;
}

static void test_zeroed(void **state)
{
	struct event *event = calloc(1, sizeof(*event));

	(void)state;
	for (event->type = EVENT_SIGNAL; event->type <= EVENT_LOST; event->type++)
		assert_true(visit(field_sets[event->type], event, 0) > 4);
	event->type = EVENT_SIGNAL;
	event->signal.origin = KS_ORIGIN_KERNEL;
	assert_true(visit(field_sets[EVENT_SIGNAL], event, 0) > 4);
	event->signal.target.present = true;
	event->signal.call.via = KS_VIA_PIDFD_SEND_SIGNAL;
	event->signal.info.kind = KS_INFO_REAL;
	assert_true(visit(field_sets[EVENT_SIGNAL], event, 0) > 40);
	event->type = EVENT_EXIT;
	memset(&event->exit, 0, sizeof(event->exit));
	event->exit.cause.known = true;
	event->exit.cause.sender.present = true;
	assert_true(visit(field_sets[EVENT_EXIT], event, 0) > 30);
	free(event);
}

/* Bytes of all ones where they may be anything. */
static void test_ones(void **state)
{
	struct event *event = new_signal(1, 2, INT32_MAX);

	(void)state;
	memset(&event->signal.sender.ids, 0xff, sizeof(event->signal.sender.ids));
	memset(&event->signal.target.ids, 0xff, sizeof(event->signal.target.ids));
	memset(&event->signal.call.args, 0xff, sizeof(event->signal.call.args));
	event->signal.sender.flags = event->signal.sender.known = UINT32_MAX;
	event->signal.call.ret = INT64_MIN;
	event->signal.call.arch = event->signal.call.nr = UINT32_MAX;
	event->signal.info.kind = KS_INFO_REAL;
	visit(field_sets[EVENT_SIGNAL], event, 0);
	check_kind(event, "sender.auid", VALUE_NULL);
	check_kind(event, "sender.ses", VALUE_NULL);
	check_text(event, "sender.comm",
		   "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff");
	event_free(event);
}

/* Zero never means unknown. */
static void test_unknown(void **state)
{
	static const char *const unknown[] = {
		"sender.auid",	      "sender.ses",  "sender.tty",
		"sender.exe",	      "sender.cwd",  "sender.cgroup",
		"sender.cmdline",     "sender.unit", "sender.container",
		"sender.exe_deleted", "command",     "context",
		"context.pid",	      "error",	     "call.id",
		"info.code",	      "call.return"
	};
	struct event *event = new_signal(10, 20, 9);

	(void)state;
	event->signal.call.ret_known = false;
	for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++)
		check_kind(event, unknown[i], VALUE_NULL);
	event->signal.sender.known = KS_KNOWN_IDS;
	event->signal.sender.ids.auid = event->signal.sender.ids.ses = 0;
	check_kind(event, "sender.auid", VALUE_NULL); /* the kernel has no CONFIG_AUDIT */
	check_kind(event, "sender.ses", VALUE_NULL);
	event->signal.sender.known |= KS_KNOWN_AUDIT;
	check_number(event, "sender.auid", 0);
	check_number(event, "sender.ses", 0);
	check_number(event, "sender.uid", 0);
	event->signal.sender.ids.process.vpid = event->signal.sender.ids.vppid = 0;
	check_kind(event, "sender.pid", VALUE_NULL); /* not visible from here */
	check_kind(event, "sender.ppid", VALUE_NULL);
	event_free(event);
}

static void test_no_target(void **state)
{
	struct event *event = new_signal(10, 20, 9);

	(void)state;
	task_clear(&event->signal.target);
	check_kind(event, "target", VALUE_NULL);
	check_kind(event, "target.pid", VALUE_NULL);
	check_kind(event, "target.uid", VALUE_NULL);
	event_free(event);
}

static void test_kernel(void **state)
{
	struct event *event = new_signal(10, 20, 9);

	(void)state;
	event->signal.origin = KS_ORIGIN_KERNEL;
	event->signal.call = (struct event_call){ 0 };
	check_kind(event, "sender", VALUE_NULL);
	check_kind(event, "sender.uid", VALUE_NULL);
	check_kind(event, "via", VALUE_NULL);
	check_kind(event, "args", VALUE_NULL);
	check_kind(event, "call.targets", VALUE_NULL);
	check_number(event, "context.pid", 10);
	check_text(event, "origin", "kernel");
	event_free(event);
}

static void check_args(uint8_t via, size_t n, int64_t a0, int64_t a1, int64_t a2, int64_t a3)
{
	const int64_t want[] = { a0, a1, a2, a3 };
	struct event *event = new_signal(10, 20, 9);
	struct value value;

	event->signal.call.via = via;
	event->signal.call.args[0] = 0xffffffffffffffff;
	event->signal.call.args[1] = 0xffffffff; /* as i386 callers have -1 */
	event->signal.call.args[2] = 0x7fff00000005;
	event->signal.call.args[3] = 0x7fff00000006;
	get(event, "args", &value);
	assert_int_equal(value.kind, VALUE_NUMBERS);
	assert_int_equal(value.n, n);
	for (size_t i = 0; i < n; i++)
		assert_true(value.numbers[i] == want[i]);
	event_free(event);
}

static void test_args(void **state)
{
	(void)state;
	check_args(KS_VIA_KILL, 2, -1, -1, 0, 0);
	check_args(KS_VIA_TKILL, 2, -1, -1, 0, 0);
	check_args(KS_VIA_TGKILL, 3, -1, -1, 5, 0);
	check_args(KS_VIA_RT_SIGQUEUEINFO, 3, -1, -1, 0x7fff00000005, 0);
	check_args(KS_VIA_RT_TGSIGQUEUEINFO, 4, -1, -1, 5, 0x7fff00000006);
	check_args(KS_VIA_PIDFD_SEND_SIGNAL, 4, -1, -1, 0x7fff00000005, 6);
}

static void check_error(int64_t ret, bool known, const char *want)
{
	struct event *event = new_signal(10, 20, 9);

	event->signal.call.ret = ret;
	event->signal.call.ret_known = known;
	if (want)
		check_text(event, "error", want);
	else
		check_kind(event, "error", VALUE_NULL);
	event_free(event);
}

static void test_error(void **state)
{
	(void)state;
	check_error(0, true, NULL);
	check_error(5, true, NULL);
	check_error(-EPERM, true, "EPERM");
	check_error(-ESRCH, true, "ESRCH");
	check_error(-EPERM, false, NULL);
	check_error(-99999, true, NULL);
}

static void check_arch(uint32_t arch, uint32_t nr, const char *want, int64_t want_nr)
{
	struct event *event = new_signal(10, 20, 9);

	event->signal.call.arch = arch;
	event->signal.call.nr = nr;
	check_text(event, "call.arch", want);
	check_number(event, "call.syscall", want_nr);
	event_free(event);
}

static void test_arch(void **state)
{
	(void)state;
	check_arch(0xc000003e, 62, "x86_64", 62);
	check_arch(0xc000003e, 0x40000000 | 524, "x32", 524);
	check_arch(0x40000003, 37, "i386", 37);
	check_arch(0xc00000b7, 129, "aarch64", 129);
	check_arch(0x40000028, 37, "arm", 37);
}

/* The table of the calls of the kill family has libaudit's numbers, and no others. */
static void test_numbers(void **state)
{
	static const uint32_t arches[] = { KS_ARCH_X86_64, KS_ARCH_I386, KS_ARCH_AARCH64,
					   KS_ARCH_ARM };
	size_t found = 0;

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		for (uint32_t nr = 0; nr < 512; nr++) {
			const char *via = name_of_via(ks_via_of(arches[i], nr));
			const char *name = name_of_syscall(arches[i], nr);

			if (via && (!name || strcmp(via, name) != 0))
				fail_msg("call %u of %x is %s, not %s", nr, arches[i], name, via);
			found += via != NULL;
		}
	}
	assert_int_equal(found, 4 * (KS_VIA_MAX - 1));
}

/* x32 has other numbers for calls with a siginfo: asm/unistd_x32.h. */
static void test_x32_numbers(void **state)
{
	(void)state;
	assert_int_equal(ks_via_of(KS_ARCH_X86_64, KS_X32_BIT | 62), KS_VIA_KILL);
	assert_int_equal(ks_via_of(KS_ARCH_X86_64, KS_X32_BIT | 524), KS_VIA_RT_SIGQUEUEINFO);
	assert_int_equal(ks_via_of(KS_ARCH_X86_64, KS_X32_BIT | 129), KS_VIA_NONE);
	assert_int_equal(ks_via_of(KS_ARCH_X86_64, 524), KS_VIA_NONE);
	assert_int_equal(ks_via_of(0, 62), KS_VIA_NONE);
}

/* ---- processes ---- */

static void add_child(uint32_t pid, uint32_t parent)
{
	struct process *process = new_process(pid, "p");

	if (parent)
		process->parent = make_ref(parent);
	process_add(&table, process);
}

static void check_chain(struct event *event, size_t n, uint32_t first, bool last_known)
{
	struct ks_pidref ref = event->signal.sender.ids.process;
	struct value value;

	event->signal.sender.process = process_get(process_find(&table, &ref));
	enrich_for_test(event, &table);
	get(event, "chain", &value);
	assert_int_equal(value.kind, VALUE_OBJECTS);
	assert_int_equal(value.n, n);
	if (n) {
		assert_int_equal(value.ancestors[0].ref.pid, first);
		assert_int_equal(value.ancestors[n - 1].process != NULL, last_known);
	}
	visit(field_sets[EVENT_SIGNAL], event, 0);
	event_free(event);
	process_table_clear(&table);
}

static void test_chain(void **state)
{
	(void)state;
	check_chain(new_signal(10, 20, 9), 0, 0, false);
	add_child(10, 9);
	check_chain(new_signal(10, 20, 9), 1, 9, false);
	add_child(10, 9);
	add_child(9, 8);
	add_child(8, 0);
	check_chain(new_signal(10, 20, 9), 2, 9, true);
}

/* Deeper than there is room, and in a circle, as only damaged records have it. */
static void test_long_chain(void **state)
{
	(void)state;
	for (uint32_t pid = 100; pid > 1; pid--)
		add_child(pid, pid - 1);
	check_chain(new_signal(100, 20, 9), KS_ANCESTORS_MAX, 99, true);
	add_child(10, 11);
	add_child(11, 10);
	check_chain(new_signal(10, 20, 9), KS_ANCESTORS_MAX, 11, true);
	add_child(10, 10);
	check_chain(new_signal(10, 20, 9), KS_ANCESTORS_MAX, 10, true);
}

static void check_cut(struct event *event, const char *want)
{
	struct value value;
	char text[64] = "";

	get(event, "sender.cut", &value);
	assert_int_equal(value.kind, VALUE_NAMES);
	for (size_t i = 0; i < value.n; i++) {
		strcat(text, i ? "," : "");
		strcat(text, value.names[i]);
	}
	assert_string_equal(text, want);
}

/* The argv of the event counts, if it has one, and so does whether that is cut. */
static void test_cut(void **state)
{
	struct event *event = new_signal(10, 20, 9);
	struct process *process = new_process(10, "p");

	(void)state;
	check_cut(event, "");
	process->flags = UINT32_MAX;
	event->signal.sender.process = process;
	check_cut(event, "exe,cwd,cgroup,cmdline");
	event->signal.sender.argv = strdup("");
	check_cut(event, "exe,cwd,cgroup");
	event->signal.sender.flags = KS_FLAG_ARGV_CUT;
	process->flags = KS_FLAG_EXE_DELETED | KS_FLAG_CWD_DELETED | KS_FLAG_KTHREAD;
	check_cut(event, "cmdline");
	set_label(&event->signal.sender, "l");
	check_cut(event, "cmdline");
	event->signal.sender.label->is_cut = true;
	check_cut(event, "cmdline,label");
	event_free(event);
}

static void test_cmdline(void **state)
{
	struct event *event = new_signal(10, 20, 9);
	struct value value;

	(void)state;
	event->signal.sender.process = new_process(10, "p");
	check_kind(event, "sender.cmdline", VALUE_NULL);
	set_argv(event->signal.sender.process, "at\0exec\0", 8);
	get(event, "sender.cmdline", &value);
	assert_int_equal(value.kind, VALUE_ARGV);
	assert_int_equal(value.bytes, 8);
	event->signal.sender.argv = strdup(""); /* none at all, but known */
	get(event, "command", &value);
	assert_int_equal(value.kind, VALUE_ARGV);
	assert_int_equal(value.bytes, 0);
	event_free(event);
}

static void check_cmdline(const struct event *event, const char *name, size_t bytes)
{
	struct value value;

	get(event, name, &value);
	assert_int_equal(value.kind, VALUE_ARGV);
	assert_int_equal(value.bytes, bytes);
}

/* What a title leaves of the arguments: empty ones, which are not shown; the first stays. */
static void test_cmdline_of_title(void **state)
{
	struct event *event = new_signal(10, 20, 9);

	(void)state;
	event->signal.sender.process = new_process(10, "p");
	set_argv(event->signal.sender.process, "redis *:6379\0\0\0\0", 16);
	check_cmdline(event, "sender.cmdline", 13);
	check_cmdline(event, "command", 13);
	set_live_argv(&event->signal.sender, "a\0\0b\0\0\0", 7, 7);
	check_cmdline(event, "sender.cmdline", 5);
	assert_int_equal(event->signal.sender.live_argv_bytes, 7); /* audit has all of it */
	event->signal.sender.argv_bytes = 5;
	memset(event->signal.sender.argv, 0, 7);
	check_cmdline(event, "sender.cmdline", 1);
	event_free(event);
}

/* ---- what is too long to be shown ---- */

static char *repeat(const char *before, char c, size_t n)
{
	size_t start = strlen(before);
	char *text = calloc(1, start + n + 1);

	assert_non_null(text);
	strcpy(text, before);
	memset(text + start, c, n);
	return text;
}

static void check_shown(const struct event *event, const char *name, size_t bytes, bool cut_start,
			bool cut_end)
{
	struct value value;

	get(event, name, &value);
	assert_int_equal(value.bytes, bytes);
	assert_int_equal(value.cut_start, cut_start);
	assert_int_equal(value.cut_end, cut_end);
}

/* A path of PATH_MAX is shown if it is plain; of one of control characters, the leaf's side. */
static void test_long_exe(void **state)
{
	struct event *event = new_signal(10, 20, 9);
	struct process *process = new_process(10, "p");
	struct value value;

	(void)state;
	event->signal.sender.process = process;
	process->exe = process->exe_in_root = repeat("/", 'a', 4106);
	check_shown(event, "sender.exe", 4107, false, false);
	check_cut(event, "");
	memset(process->exe + 1, 1, 4106);
	check_shown(event, "sender.exe", 4110 / 6, true, false);
	get(event, "sender.exe", &value);
	assert_ptr_equal(value.text + value.bytes, process->exe + 4107);
	check_cut(event, "exe");
	event_free(event);
}

/* Of a cgroup, the side of the root stays, where the unit's name is. */
static void test_long_strings(void **state)
{
	struct event *event = new_signal(10, 20, 9);
	struct process *process = new_process(10, "p");

	(void)state;
	event->signal.sender.process = process;
	process->cwd = repeat("/", '\1', 4000);
	process->cgroup = repeat("/a.service/", '\1', 1000);
	process->argv = repeat("", '\1', 2000);
	process->argv_bytes = 2000;
	set_label(&event->signal.sender, process->argv);
	enrich_for_test(event, &table);
	check_shown(event, "sender.cwd", 1536 / 6, true, false);
	check_shown(event, "sender.cgroup", 11 + (1088 - 11) / 6, false, true);
	check_text(event, "sender.unit", "a.service");
	check_shown(event, "sender.cmdline", (3072 - 4) / 6, false, true);
	check_shown(event, "sender.label", 1024 / 6, false, true);
	check_cut(event, "cwd,cgroup,cmdline,label");
	event_free(event);
}

static void check_names(const struct field_set *set, const struct ancestor *ancestor,
			const char *want)
{
	struct value value = { 0 };
	char text[64] = "";

	fields_find(set, "cut", 3)->get(&context, ancestor, &value);
	assert_int_equal(value.kind, VALUE_NAMES);
	for (size_t i = 0; i < value.n; i++) {
		strcat(text, i ? "," : "");
		strcat(text, value.names[i]);
	}
	assert_string_equal(text, want);
}

/* Of an ancestor, less is shown; and it says so. */
static void test_long_ancestor(void **state)
{
	struct event *event = new_signal(10, 20, 9);
	struct process *parent = new_process(9, "p");
	struct value value;

	(void)state;
	add_child(10, 9);
	parent->exe = parent->exe_in_root = repeat("/", 'a', 271);
	parent->argv = repeat("", 'a', 348);
	parent->argv_bytes = 348;
	process_add(&table, parent);
	event->signal.sender.process =
	    process_get(process_find(&table, &(struct ks_pidref){ 10, 0, 10000000 }));
	enrich_for_test(event, &table);
	get(event, "chain", &value);
	check_names(value.set, &value.ancestors[0], "");
	memcpy(parent->exe + 260, "\1\1", 2);
	parent->argv[0] = '"';
	check_names(value.set, &value.ancestors[0], "exe,cmdline");
	parent->exe[261] = parent->exe[260] = parent->argv[0] = 'a';
	parent->flags = KS_FLAG_ARGV_CUT | KS_FLAG_CWD_CUT;
	check_names(value.set, &value.ancestors[0], "cmdline");
	event_free(event);
	process_table_clear(&table);
}

/* Whose the arguments are: what was read from its memory now is its own. */
static void test_inherited(void **state)
{
	struct event *event = new_signal(10, 20, 9);
	struct process *target = new_process(20, "t");
	struct value value;

	(void)state;
	event->signal.target.process = target;
	target->flags = KS_FLAG_ARGV_INHERITED;
	get(event, "target.cmdline_inherited", &value);
	assert_int_equal(value.kind, VALUE_NULL);
	set_argv(target, "x", 1);
	get(event, "target.cmdline_inherited", &value);
	assert_int_equal(value.kind, VALUE_BOOL);
	assert_true(value.number);
	get(event, "target.inherited", &value);
	assert_int_equal(value.kind, VALUE_WORDS);
	target->flags = KS_FLAG_ARGV_OWN;
	get(event, "target.cmdline_inherited", &value);
	assert_int_equal(value.kind, VALUE_BOOL);
	assert_false(value.number);
	target->flags = 0; /* of a record that does not say so */
	get(event, "target.cmdline_inherited", &value);
	assert_int_equal(value.kind, VALUE_NULL);
	target->flags = KS_FLAG_ARGV_INHERITED;
	set_live_argv(&event->signal.target, "y", 1, 1);
	get(event, "target.cmdline_inherited", &value);
	assert_int_equal(value.kind, VALUE_BOOL);
	assert_false(value.number);
	get(event, "target.inherited", &value);
	assert_int_equal(value.kind, VALUE_NULL);
	event_free(event);
}

/* The value of a column does not carry over what another one left. */
static void test_reused_value(void **state)
{
	static struct column columns[COLUMNS_MAX];
	struct event *event = new_signal(10, 20, 9);
	struct value value = { .kind = VALUE_OBJECTS, .n = 16 };

	(void)state;
	assert_int_equal(parse("args,sender.cut,context,seq", columns), 4);
	fields_get(&context, &columns[0], event, &value);
	assert_int_equal(value.n, 2);
	fields_get(&context, &columns[1], event, &value);
	assert_int_equal(value.n, 0);
	fields_get(&context, &columns[2], event, &value);
	assert_int_equal(value.kind, VALUE_NULL);
	fields_get(&context, &columns[3], event, &value);
	assert_int_equal(value.kind, VALUE_NUMBER);
	event_free(event);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_headers),	      cmocka_unit_test(test_lists),
		cmocka_unit_test(test_bad_columns),   cmocka_unit_test(test_too_deep),
		cmocka_unit_test(test_listed),	      cmocka_unit_test(test_zeroed),
		cmocka_unit_test(test_ones),	      cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_no_target),     cmocka_unit_test(test_kernel),
		cmocka_unit_test(test_args),	      cmocka_unit_test(test_error),
		cmocka_unit_test(test_arch),	      cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_x32_numbers),   cmocka_unit_test(test_chain),
		cmocka_unit_test(test_long_chain),    cmocka_unit_test(test_cut),
		cmocka_unit_test(test_cmdline),	      cmocka_unit_test(test_reused_value),
		cmocka_unit_test(test_inherited),     cmocka_unit_test(test_cmdline_of_title),
		cmocka_unit_test(test_long_exe),      cmocka_unit_test(test_long_strings),
		cmocka_unit_test(test_long_ancestor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
