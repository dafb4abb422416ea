/* SPDX-License-Identifier: GPL-2.0-only */
/* What the tests of the formats share: common events, and hostile ones. */
#ifndef KS_TESTS_FORMATS_H
#define KS_TESTS_FORMATS_H

#include <stdbool.h>

#include "lib/escape.h"
#include "events.h"
#include "format/format.h"

static struct process_table table;
static const struct clock clock_at_zero;
static struct strbuf out;
static struct format_config config;
static struct formatter formatters[4]; /* open ones; what of their config changes counts at once */

#define NS_PER_SEC UINT64_C(1000000000)
#define TIME_NS (1634658845 * NS_PER_SEC + 864999999)

static inline int setup(void **state)
{
	(void)state;
	config = (struct format_config){
		.clock = &clock_at_zero,
		.utc = true,
		.columns = COLUMNS_DEFAULT,
	};
	strbuf_reset(&out);
	return 0;
}

/* Opens it if it is not: what it writes then is in `out`. */
static inline struct formatter *formatter_of(const struct format *format)
{
	static const struct format *const formats[] = {
		&format_table,
		&format_verbose,
		&format_json,
		&format_audit,
	};
	size_t i = 0;

	while (formats[i] != format)
		i++;
	if (!formatters[i].ancestors)
		assert_int_equal(formatter_open(&formatters[i], format, &config, &out), 0);
	return &formatters[i];
}

static inline void reopen(const struct format *format)
{
	formatter_close(formatter_of(format));
	strbuf_reset(&out);
	formatter_of(format);
}

/* Formats keep text of processes, and titles: they begin anew. */
static inline void forget_processes(void)
{
	for (size_t i = 0; i < 4; i++)
		formatter_close(&formatters[i]);
	process_table_clear(&table);
}

static inline int teardown(void **state)
{
	(void)state;
	forget_processes();
	strbuf_free(&out);
	return 0;
}

/* What the format makes of the events, which are freed. */
static inline const char *format_batch(const struct format *format, struct event **events, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		enrich_for_test(events[i], &table);
		events[i]->real_ns = TIME_NS;
	}
	formatter_of(format);
	strbuf_reset(&out);
	formatter_events(formatter_of(format), events, n);
	assert_int_equal(out.err, 0);
	for (size_t i = 0; i < n; i++)
		event_free(events[i]);
	return strbuf_str(&out);
}

static inline const char *format_one(const struct format *format, struct event *event)
{
	return format_batch(format, &event, 1);
}

/* An event of which nothing is known can be shown in any format: a signal, an exit and a loss. */
static inline void check_zeroed(const struct format *format, const char *const want[3])
{
	for (int type = EVENT_SIGNAL; type <= EVENT_LOST; type++) {
		struct event *event = calloc(1, sizeof(*event));

		event->type = type;
		if (type == EVENT_LOST)
			event->lost.cause = KS_LOST_BUSY;
		assert_string_equal(format_one(format, event), want[type]);
	}
}

/* sh[10], which init started, kills svc[20]. */
static inline struct event *new_kill(void)
{
	struct event *event = new_signal(10, 20, 9);
	struct process *sender = new_process(10, "sh"), *target = new_process(20, "svc");
	struct process *init = new_process(1, "init");

	strcpy(event->signal.sender.ids.comm, "sh");
	strcpy(event->signal.target.ids.comm, "svc");
	event->seq = 7;
	event->time_ns = 5000000;
	set_exe(sender, "/usr/bin/dash");
	set_argv(sender, "sh\0xdkill.sh\00020\0", 16);
	sender->parent = make_ref(1);
	sender->cwd = strdup("/root");
	sender->cgroup = strdup("/user.slice/session-2.scope");
	set_argv(init, "/sbin/init\0", 11);
	set_exe(init, "/usr/lib/systemd/systemd");
	set_argv(target, "svc\0", 4);
	process_add(&table, sender);
	process_add(&table, init);
	process_add(&table, target);
	event->signal.sender.process = process_get(sender);
	event->signal.target.process = process_get(target);
	event->signal.target.flags = KS_FLAG_PERMISSION_CHECKED;
	return event;
}

static inline struct event *new_killed(void)
{
	struct event *event = new_exit(20, 9), *kill = new_kill();

	strcpy(event->exit.process.ids.comm, "svc");
	event->seq = 8;
	event->time_ns = kill->time_ns + 250000;
	event->exit.watch = KS_WATCH_TARGET;
	event->exit.cause = (struct event_cause){
		.known = true,
		.seq = kill->seq,
		.time_ns = kill->time_ns,
		.signal = 9,
	};
	task_copy(&event->exit.cause.sender, &kill->signal.sender);
	event_free(kill);
	return event;
}

/* ---- hostile names, in every format ---- */

#define HOSTILE                                                                                    \
	"\n\33[31m\r\t\b\a\x7f\"'\\ type=SYSCALL msg=audit(1.000:1): \33]0;owned\a"                \
	"\xff\xfe\xc3(\xed\xa0\x80\xc2\x9b"                                                        \
	"2J\xe2\x80\xae\xe2\x80\xa8\xe2\x80\x8b,}]\x1d AUID=\"root\""

static inline struct event *new_hostile(void)
{
	static const char argv[] = HOSTILE "\0\n\0\0" HOSTILE "\0\x01";
	struct event *event = new_kill();
	struct process *processes[] = {
		event->signal.sender.process,
		event->signal.target.process,
		process_find(&table, &(struct ks_pidref){ .pid = 1, .start_ns = 1000000 }),
	};

	for (size_t i = 0; i < 3; i++) {
		struct process *process = processes[i];

		free(process->exe);
		free(process->cwd);
		free(process->cgroup);
		free(process->argv);
		set_exe(process, "/tmp/" HOSTILE);
		set_argv(process, argv, sizeof(argv) - 1);
		process->cwd = strdup("/home/" HOSTILE);
		process->cgroup = strdup("/" HOSTILE ".service");
		process->flags = UINT32_MAX;
		memcpy(process->ids.comm, "\n\33[m\x9b\xc2\x9b\"\\' ,}\xff\v", KS_COMM_BYTES);
	}
	memcpy(event->signal.sender.ids.comm, "\33]0;x\a\n\xc2\x9bJ\"\\\x7f\xff\xff", 16);
	memcpy(event->signal.target.ids.comm, "x\ntype=OBJ_PID\r\n", 16);
	memcpy(event->signal.sender.ids.tty, "\n\33[m pts0\x9b\xff tty=", 16);
	set_live_argv(&event->signal.sender, argv, sizeof(argv) - 1, sizeof(argv) - 1);
	return event;
}

static inline struct event *new_hostile_exit(void)
{
	struct event *event = new_killed(), *signal = new_hostile();

	task_clear(&event->exit.process);
	task_clear(&event->exit.cause.sender);
	task_copy(&event->exit.process, &signal->signal.target);
	task_copy(&event->exit.cause.sender, &signal->signal.sender);
	event_free(signal);
	return event;
}

/* U+0080 to U+009F: some terminals take them for ESC and a letter. */
static inline bool is_c1(const char *at)
{
	return at[0] == '\xc2' && (unsigned char)at[1] < 0xa0 && at[1] & 0x80;
}

static inline void check_safe(const char *text, size_t lines)
{
	size_t newlines = 0;

	assert_true(*text);
	assert_int_equal(strlen(text), out.len);
	for (const char *at = text; *at; at++) {
		if (*at == '\n')
			newlines++;
		else if ((*at > 0 && *at < ' ' && !(*at == '\x1d' && config.audit_enriched)) ||
			 *at == '\x7f' || is_c1(at))
			fail_msg("byte %02x at %zu of: %s", (unsigned char)*at, at - text, text);
	}
	assert_int_equal(newlines, lines);
	assert_int_equal(text[out.len - 1], '\n');
}

/* Nothing that hides or turns text, or that is not UTF-8, reaches a reader. */
static inline void check_readable(const char *text)
{
	struct strbuf valid = { 0 };

	escape_json_text(&valid, text, strlen(text));
	assert_string_equal(strbuf_str(&valid), text);
	strbuf_free(&valid);
	assert_null(strstr(text, "\xe2\x80\xae"));
	assert_null(strstr(text, "\xe2\x80\xa8"));
	assert_null(strstr(text, "\xe2\x80\x8b"));
}

static inline size_t count(const char *text, const char *what)
{
	size_t n = 0;

	while ((text = strstr(text, what))) {
		text += strlen(what);
		n++;
	}
	return n;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
