// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <json-c/json.h>

#include "formats.h"

static struct json_object *parse_json(const char *line)
{
	struct json_tokener *tokener = json_tokener_new();
	struct json_object *object;

	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	object = json_tokener_parse_ex(tokener, line, strlen(line));
	assert_int_equal(json_tokener_get_error(tokener), json_tokener_success);
	assert_int_equal(json_tokener_get_parse_end(tokener), strlen(line));
	assert_int_equal(line[strlen(line) - 1], '\n');
	json_tokener_free(tokener);
	return object;
}

static struct json_object *json_one(struct event *event)
{
	return parse_json(format_one(&format_json, event));
}

/* The member at a path such as "sender.ancestors.0.pid"; it must be there, if only as null. */
static struct json_object *member(struct json_object *object, const char *path)
{
	char part[64];

	while (*path) {
		size_t bytes = strcspn(path, ".");

		snprintf(part, sizeof(part), "%.*s", (int)bytes, path);
		if (json_object_is_type(object, json_type_array))
			object = json_object_array_get_idx(object, atoi(part));
		else
			assert_true(json_object_object_get_ex(object, part, &object));
		path += bytes + (path[bytes] == '.');
	}
	return object;
}

static void check_member(struct json_object *object, const char *path, const char *json)
{
	struct json_object *got = member(object, path), *want = json_tokener_parse(json);

	if (!json_object_equal(got, want))
		fail_msg("%s: %s instead of %s", path, json_object_to_json_string(got), json);
	json_object_put(want);
}

static void test_json(void **state)
{
	static const struct {
		const char *path, *json;
	} rows[] = {
		{ "event", "\"signal\"" },
		{ "time", "\"2021-10-19T15:54:05.864999999Z\"" },
		{ "seq", "7" },
		{ "signal", "{\"number\":9,\"name\":\"SIGKILL\"}" },
		{ "result", "\"delivered\"" },
		{ "target.pid", "20" },
		{ "target.comm", "\"svc\"" },
		{ "target.exe", "null" },
		{ "target.cmdline", "[\"svc\"]" },
		{ "target.start_time", "\"1970-01-01T00:00:00.020000000Z\"" },
		{ "target.exec_time", "null" },
		{ "target.auid", "null" },
		{ "target.label", "null" },
		{ "target.cut", "[]" },
		{ "sender.label", "\"a \\\"profile\\\"\"" },
		{ "sender.cmdline", "[\"sh\",\"xdkill.sh\",\"20\"]" },
		{ "sender.exe", "\"/usr/bin/dash\"" },
		{ "sender.exec_time", "\"1970-01-01T00:00:00.030000000Z\"" },
		{ "sender.exe_deleted", "false" },
		{ "sender.exe_device", "\"254:3\"" },
		{ "sender.exe_inode", "123456" },
		{ "sender.mount_namespace", "4026531841" },
		{ "sender.cmdline_inherited", "null" },
		{ "target.exe_device", "null" },
		{ "target.exe_inode", "null" },
		{ "target.mount_namespace", "null" },
		{ "sender.cwd", "\"/root\"" },
		{ "sender.cgroup", "\"/user.slice/session-2.scope\"" },
		{ "sender.unit", "\"session-2.scope\"" },
		{ "sender.container", "null" },
		{ "sender.container_name", "null" },
		{ "target.container_name", "\"web\"" },
		{ "target.pod", "\"web-7d9\"" },
		{ "target.pod_namespace", "null" },
		{ "sender.uid", "0" },
		{ "sender.user", "\"root\"" },
		{ "sender.tty", "null" },
		{ "sender.ancestors.0.pid", "1" },
		{ "sender.ancestors.0.comm", "\"init\"" },
		{ "sender.ancestors.0.exe", "\"/usr/lib/systemd/systemd\"" },
		{ "sender.ancestors.0.cmdline", "[\"/sbin/init\"]" },
		{ "sender.ancestors.1", "null" },
		{ "context", "null" },
		{ "via", "\"kill\"" },
		{ "args", "[20,9]" },
		{ "origin", "\"user\"" },
		{ "scope", "\"process\"" },
		{ "error", "null" },
		{ "call.return", "0" },
		{ "call.arch", "\"x86_64\"" },
		{ "call.syscall", "62" },
		{ "call.targets", "1" },
		{ "info", "null" },
	};
	const struct container_names names = { "web", "web-7d9", NULL };
	struct event *event = new_kill();
	struct json_object *object;

	(void)state;
	event->signal.target.container = &names;
	set_label(&event->signal.sender, "a \"profile\"");
	event->signal.sender.process->exec_ns = 30000000;
	event->signal.sender.process->exe_inode = 123456;
	event->signal.sender.process->exe_device = 254 << 20 | 3;
	event->signal.sender.process->mount_namespace = 4026531841;
	object = json_one(event);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check_member(object, rows[i].path, rows[i].json);
	assert_false(json_object_object_get_ex(member(object, "target"), "ancestors", NULL));
	assert_false(json_object_object_get_ex(object, "command", NULL));
	json_object_put(object);
}

/* A line that is parsed and written again is the same line: nothing is doubtful in it. */
/* Byte for byte what json-c writes of the same object. */
static void check_as_library(struct event *event)
{
	char *line = strdup(format_one(&format_json, event));
	struct json_object *object = parse_json(line);

	line[strlen(line) - 1] = '\0';
	assert_string_equal(line,
			    json_object_to_json_string_ext(
				object, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(object);
	free(line);
}

static void test_json_as_library(void **state)
{
	(void)state;
	check_as_library(new_kill());
	check_as_library(new_killed());
	check_as_library(new_lost(3));
}

static void test_json_exit(void **state)
{
	struct json_object *object = json_one(new_killed());

	(void)state;
	check_member(object, "event", "\"exit\"");
	check_member(object, "seq", "8");
	check_member(object, "process.pid", "20");
	check_member(object, "status.code", "null");
	check_member(object, "status.signal.name", "\"SIGKILL\"");
	check_member(object, "status.core", "false");
	check_member(object, "cause.seq", "7");
	check_member(object, "cause.signal.number", "9");
	check_member(object, "cause.sender.pid", "10");
	check_member(object, "cause.sender.cmdline", "[\"sh\",\"xdkill.sh\",\"20\"]");
	check_member(object, "delay_ns", "250000");
	json_object_put(object);
	object = json_one(new_exit(20, 3 << 8));
	check_member(object, "status", "{\"code\":3,\"signal\":null,\"core\":false}");
	check_member(object, "cause", "null");
	check_member(object, "delay_ns", "null");
	json_object_put(object);
}

static void test_json_lost(void **state)
{
	struct event *event = new_lost(UINT64_C(1) << 40);
	struct json_object *object;

	(void)state;
	event->seq = 9;
	object = json_one(event);
	check_member(object, "",
		     "{\"event\":\"lost\",\"time\":\"2021-10-19T15:54:05.864999999Z\",\"seq\":9,"
		     "\"count\":1099511627776,\"cause\":\"ring_full\",\"ring\":\"bulk\","
		     "\"from\":null,\"to\":null,\"users\":null}");
	json_object_put(object);
}

static void test_json_lost_users(void **state)
{
	struct event *event = new_lost(6);
	struct json_object *object;

	(void)state;
	event->lost.cause = KS_LOST_SHARE;
	event->lost.has_users = true;
	event->lost.users[KS_USER_SYSTEM] = 1;
	event->lost.users[KS_USER_OTHER] = 5;
	object = json_one(event);
	check_member(object, "cause", "\"share_used\"");
	check_member(object, "ring", "\"bulk\"");
	check_member(object, "users", "{\"root\":0,\"system\":1,\"other\":5}");
	json_object_put(object);
}

static void test_json_lost_span(void **state)
{
	struct event *event = new_lost(1);
	struct json_object *object;

	(void)state;
	event->lost.cause = KS_LOST_LETHAL;
	event->lost.from_ns = 1001;
	event->lost.to_ns = 2001;
	object = json_one(event);
	check_member(object, "ring", "\"lethal\"");
	check_member(object, "from", "\"1970-01-01T00:00:00.000001001Z\"");
	check_member(object, "to", "\"1970-01-01T00:00:00.000002001Z\"");
	json_object_put(object);
}

static void test_json_kernel(void **state)
{
	struct event *event = new_kill();
	struct json_object *object;

	(void)state;
	event->signal.origin = KS_ORIGIN_KERNEL;
	event->signal.call = (struct event_call){ 0 };
	event->signal.info = (struct ks_info){ .kind = KS_INFO_REAL, .code = 1, .pid = 5 };
	object = json_one(event);
	check_member(object, "origin", "\"io\"");
	check_member(object, "sender", "null");
	check_member(object, "context.pid", "10");
	check_member(object, "via", "null");
	check_member(object, "args", "null");
	check_member(object, "call", "null");
	check_member(object, "info", "{\"code\":1,\"pid\":null,\"uid\":null,\"forged\":null}");
	json_object_put(object);
}

/* What the target sees, which may be forged, zeroes included. */
static void test_json_info(void **state)
{
	struct event *event = new_kill();
	struct json_object *object;

	(void)state;
	event->signal.info = (struct ks_info){ .kind = KS_INFO_REAL, .code = -1, .uid = 1000 };
	event->signal.info_names_sender = true;
	object = json_one(event);
	check_member(object, "info", "{\"code\":-1,\"pid\":0,\"uid\":1000,\"forged\":false}");
	json_object_put(object);
}

/* Only who passes a siginfo can forge it; what older records do not have is unknown. */
static void test_json_forged(void **state)
{
	static const struct {
		enum ks_via via;
		enum ks_claim claim;
		const char *json;
	} rows[] = {
		{ KS_VIA_KILL, KS_CLAIM_FORGED, "false" },
		{ KS_VIA_RT_SIGQUEUEINFO, KS_CLAIM_UNKNOWN, "null" },
		{ KS_VIA_RT_SIGQUEUEINFO, KS_CLAIM_TRUE, "false" },
		{ KS_VIA_RT_TGSIGQUEUEINFO, KS_CLAIM_FORGED, "true" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct event *event = new_kill();
		struct json_object *object;

		event->signal.info =
		    (struct ks_info){ .kind = KS_INFO_REAL, .claim = rows[i].claim };
		event->signal.info_names_sender = true;
		event->signal.call.via = rows[i].via;
		object = json_one(event);
		check_member(object, "info.forged", rows[i].json);
		json_object_put(object);
	}
}

static void test_json_failed(void **state)
{
	struct event *event = new_kill();
	struct json_object *object;

	(void)state;
	task_clear(&event->signal.target);
	event->signal.result = RESULT_NO_PROCESS;
	event->signal.call.ret = -ESRCH;
	event->signal.call.args[0] = 0xfffffffffffffff0; /* kill(-16, 9) */
	object = json_one(event);
	check_member(object, "target", "null");
	check_member(object, "result", "\"no_process\"");
	check_member(object, "error", "\"ESRCH\"");
	check_member(object, "args", "[-16,9]");
	check_member(object, "call.return", "-3");
	json_object_put(object);
}

static void test_json_argv(void **state)
{
	static const struct {
		const char *argv;
		size_t bytes;
		const char *json;
	} rows[] = {
		{ "", 0, "[]" },
		{ "\0", 1, "[\"\"]" },
		{ "\0\0\0", 3, "[\"\"]" }, /* empty ones at the end are not shown */
		{ "a\0\0\0", 4, "[\"a\"]" },
		{ "a\0", 2, "[\"a\"]" },
		{ "a", 1, "[\"a\"]" }, /* cut, or its NUL overwritten */
		{ "a\0b", 3, "[\"a\",\"b\"]" },
		{ "a\0\0b\0", 5, "[\"a\",\"\",\"b\"]" },
		{ "\"\\/\b\f\n\r\t\x1f\0", 10, "[\"\\\"\\\\/\\b\\f\\n\\r\\t\\u001f\"]" },
		{ "\xff\xc3\0", 3, "[\"\xef\xbf\xbd\xef\xbf\xbd\"]" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct event *event = new_kill();
		struct json_object *object;

		event->signal.sender.argv = calloc(1, rows[i].bytes + 1);
		memcpy(event->signal.sender.argv, rows[i].argv, rows[i].bytes);
		event->signal.sender.argv_bytes = rows[i].bytes;
		object = json_one(event);
		check_member(object, "sender.cmdline", rows[i].json);
		json_object_put(object);
		forget_processes();
	}
}

/* The text of a process that was seen before must still be that of this event's. */
static void test_json_again(void **state)
{
	struct event *event = new_kill();
	struct process *later;
	struct json_object *object;

	(void)state;
	json_object_put(json_one(event));
	forget_processes();
	json_object_put(json_one(new_kill()));
	event = new_signal(10, 20, 9);
	event->signal.sender.process = process_get(
	    process_find(&table, &(struct ks_pidref){ .pid = 10, .start_ns = 10000000 }));
	event->signal.sender.argv = strdup("x");
	event->signal.sender.argv_bytes = 1;
	event->signal.sender.ids.uid = 5;
	object = json_one(event);
	check_member(object, "sender.uid", "5");
	check_member(object, "sender.comm", "\"sender\"");
	check_member(object, "sender.cmdline", "[\"x\"]");
	check_member(object, "sender.ancestors.0.comm", "\"init\"");
	json_object_put(object);
	/* An ancestor executed something else. */
	later = new_process(1, "later");
	process_add(&table, later);
	event = new_signal(10, 20, 9);
	event->signal.sender.process = process_get(
	    process_find(&table, &(struct ks_pidref){ .pid = 10, .start_ns = 10000000 }));
	object = json_one(event);
	check_member(object, "sender.ancestors.0.comm", "\"later\"");
	json_object_put(object);
}

/* The parent of a process may be any: the text of one is not that of another, seen before. */
static void test_json_ancestors(void **state)
{
	(void)state;
	for (uint32_t pid = 1000; pid < 1000 + 2000; pid++) {
		uint32_t parent = pid % 7 * 256 + 1;
		struct process *process = new_process(pid, "child");
		struct event *event = new_signal(pid, 20, 9);
		struct json_object *object;
		char want[32];

		snprintf(want, sizeof(want), "\"%u\"", parent + pid % 3);
		process->parent = make_ref(parent);
		process_add(&table, process);
		process_add(&table, new_process(parent, ""));
		process = process_find(&table, &process->parent);
		snprintf(process->ids.comm, KS_COMM_BYTES, "%u", parent + pid % 3);
		event->signal.sender.process = process_get(process_find(
		    &table, &(struct ks_pidref){ .pid = pid, .start_ns = pid * 1000000ull }));
		object = json_one(event);
		check_member(object, "sender.ancestors.0.comm", want);
		json_object_put(object);
	}
}

/* Two processes in one event, with any pids: the text of one is not lost for that of the other. */
static void test_json_two(void **state)
{
	(void)state;
	for (uint32_t pid = 20; pid < 20 + 130; pid++) {
		struct event *event = new_signal(pid, 20, 9);
		struct json_object *object;
		char want[16];

		event->signal.origin = pid % 2 ? KS_ORIGIN_KERNEL : KS_ORIGIN_USER;
		object = json_one(event);
		snprintf(want, sizeof(want), "%u", pid);
		check_member(object, pid % 2 ? "context.pid" : "sender.pid", want);
		check_member(object, "target.pid", "20");
		json_object_put(object);
		event = new_signal(pid, 20, 9);
		event->signal.origin = pid % 2 ? KS_ORIGIN_USER : KS_ORIGIN_KERNEL;
		object = json_one(event);
		check_member(object, pid % 2 ? "sender.pid" : "context.pid", want);
		check_member(object, "target.pid", "20");
		json_object_put(object);
	}
}

static void test_json_numbers(void **state)
{
	struct event *event = new_kill();
	struct json_object *object;

	(void)state;
	event->seq = INT64_MAX;
	event->signal.sender.ids.uid = UINT32_MAX - 1;
	event->signal.sender.ids.process.vpid = INT32_MAX;
	event->signal.call.ret = INT64_MIN + 1;
	event->signal.number = INT32_MIN;
	event->signal.call.via = KS_VIA_RT_SIGQUEUEINFO;
	event->signal.call.args[2] = 0x7fffffffffffffff;
	object = json_one(event);
	check_member(object, "seq", "9223372036854775807");
	check_member(object, "sender.uid", "4294967294");
	check_member(object, "sender.pid", "2147483647");
	check_member(object, "call.return", "-9223372036854775807");
	check_member(object, "signal", "{\"number\":-2147483648,\"name\":\"SIG-2147483648\"}");
	check_member(object, "args.2", "9223372036854775807");
	json_object_put(object);
}

static void check_json_text(struct json_object *object, const char *path, const char *bytes,
			    size_t n)
{
	struct json_object *text = member(object, path);
	struct strbuf want = { 0 };

	escape_json_text(&want, bytes, n);
	assert_true(json_object_is_type(text, json_type_string));
	assert_int_equal(json_object_get_string_len(text), want.len);
	assert_memory_equal(json_object_get_string(text), strbuf_str(&want), want.len);
	strbuf_free(&want);
}

#define CHECK_JSON_TEXT(object, path, bytes) check_json_text(object, path, bytes, sizeof(bytes) - 1)

static void test_hostile_json(void **state)
{
	struct json_object *object;
	const char *text = format_one(&format_json, new_hostile());

	(void)state;
	check_safe(text, 1);
	object = parse_json(text);
	CHECK_JSON_TEXT(object, "sender.comm", "\33]0;x\a\n\xc2\x9bJ\"\\\x7f\xff\xff");
	CHECK_JSON_TEXT(object, "sender.exe", "/tmp/" HOSTILE);
	CHECK_JSON_TEXT(object, "sender.cwd", "/home/" HOSTILE);
	CHECK_JSON_TEXT(object, "sender.cgroup", "/" HOSTILE ".service");
	CHECK_JSON_TEXT(object, "sender.cmdline.0", HOSTILE);
	CHECK_JSON_TEXT(object, "sender.cmdline.1", "\n");
	CHECK_JSON_TEXT(object, "sender.cmdline.2", "");
	CHECK_JSON_TEXT(object, "sender.cmdline.3", HOSTILE);
	CHECK_JSON_TEXT(object, "sender.cmdline.4", "\x01");
	CHECK_JSON_TEXT(object, "sender.ancestors.0.exe", "/tmp/" HOSTILE);
	CHECK_JSON_TEXT(object, "target.comm", "x\ntype=OBJ_PID\r\n");
	json_object_put(object);
	forget_processes();
	text = format_one(&format_json, new_hostile_exit());
	check_safe(text, 1);
	json_object_put(parse_json(text));
}

/* Several events of a call are as many lines, in their order. */
static void test_json_batch(void **state)
{
	struct event *events[3];
	const char *line;

	(void)state;
	for (uint32_t i = 0; i < 3; i++)
		events[i] = new_signal(10, 20 + i, 9);
	line = format_batch(&format_json, events, 3);
	check_safe(line, 3);
	for (uint32_t i = 0; i < 3; i++) {
		char *one = strndup(line, strcspn(line, "\n") + 1), want[8];
		struct json_object *object = parse_json(one);

		snprintf(want, sizeof(want), "%u", 20 + i);
		check_member(object, "target.pid", want);
		json_object_put(object);
		line += strlen(one);
		free(one);
	}
}

/* Events of which nothing is known. */
static void test_zeroed(void **state)
{
	static const char *const names[] = { "\"signal\"", "\"exit\"", "\"lost\"" };

	(void)state;
	for (int type = EVENT_SIGNAL; type <= EVENT_LOST; type++) {
		struct event *event = calloc(1, sizeof(*event)), *same = calloc(1, sizeof(*same));
		struct json_object *object;

		event->type = same->type = type;
		object = json_one(event);
		check_member(object, "event", names[type]);
		json_object_put(object);
		check_as_library(same);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_json),	 TEST(test_json_as_library), TEST(test_json_exit),
		TEST(test_json_lost),	 TEST(test_json_lost_span),  TEST(test_json_lost_users),
		TEST(test_json_kernel),	 TEST(test_json_forged),     TEST(test_json_info),
		TEST(test_json_failed),	 TEST(test_json_argv),	     TEST(test_json_again),
		TEST(test_json_two),	 TEST(test_json_ancestors),  TEST(test_json_numbers),
		TEST(test_hostile_json), TEST(test_json_batch),	     TEST(test_zeroed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
