// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a JSON library says to each line: it reads the values of the fields, and would write the
 * same bytes. Events are those of the recordings, and random ones.
 */
#include <glob.h>
#include <json-c/json.h>

#include "event/env.h"
#include "formats.h"
#include "lib/array.h"
#include "stream/replay.h"

/* ---- the fields, as objects of the library ---- */

static struct json_object *object_of(const struct field_set *set, const void *object);

static struct json_object *text_of(const char *text, size_t bytes, bool cut_start, bool cut_end)
{
	struct json_object *json;
	struct strbuf utf8 = { 0 };

	strbuf_adds(&utf8, cut_start ? "..." : "");
	escape_json_text(&utf8, text, bytes);
	strbuf_adds(&utf8, cut_end ? "..." : "");
	json = json_object_new_string_len(strbuf_str(&utf8), utf8.len);
	strbuf_free(&utf8);
	return json;
}

static struct json_object *argv_of(const char *argv, size_t bytes)
{
	struct json_object *array = json_object_new_array();

	for (const char *end = argv + bytes; argv < end;) {
		size_t n = strnlen(argv, end - argv);

		json_object_array_add(array, text_of(argv, n, false, false));
		argv += n + 1;
	}
	return array;
}

static struct json_object *env_of(const char *text, size_t bytes)
{
	struct json_object *object = json_object_new_object();
	const char *at = text;
	struct env_variable variable;

	while (env_next(&at, text + bytes, &variable)) {
		char name[KS_ENV_NAME_BYTES] = "";

		memcpy(name, variable.name, variable.name_bytes);
		json_object_object_add(object, name,
				       env_has_value(&variable)
					   ? text_of(variable.value, variable.value_bytes, false,
						     variable.sign == KS_ENV_CUT)
					   : NULL);
	}
	return object;
}

static struct json_object *item_of(const struct value *value, size_t i)
{
	switch (value->kind) {
	case VALUE_NUMBERS: return json_object_new_int64(value->numbers[i]);
	case VALUE_NAMES: return json_object_new_string(value->names[i]);
	case VALUE_STEPS: return object_of(value->set, &value->steps[i]);
	default: return object_of(value->set, &value->ancestors[i]);
	}
}

static struct json_object *array_of(const struct value *value)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < value->n; i++)
		json_object_array_add(array, item_of(value, i));
	return array;
}

static struct json_object *json_of(const struct value *value)
{
	char time[CLOCK_RFC3339_MAX];

	switch (value->kind) {
	case VALUE_NULL: return NULL;
	case VALUE_NUMBER: return json_object_new_int64(value->number);
	case VALUE_BOOL: return json_object_new_boolean(value->number);
	case VALUE_TEXT:
		return text_of(value->text, value->bytes, value->cut_start, value->cut_end);
	case VALUE_ARGV:
	case VALUE_STACK: return argv_of(value->text, value->bytes);
	case VALUE_ENV: return env_of(value->text, value->bytes);
	case VALUE_TIME:
	case VALUE_DATE:
		return json_object_new_string(clock_format_rfc3339(value->time_ns, true, time));
	case VALUE_OBJECT: return object_of(value->set, value->object);
	case VALUE_NUMBERS:
	case VALUE_NAMES:
	case VALUE_STEPS:
	case VALUE_OBJECTS: return array_of(value);
	case VALUE_WORDS:
	case VALUE_CAUSE: break; /* no key */
	}
	fail();
	return NULL;
}

static struct json_object *object_of(const struct field_set *set, const void *object)
{
	struct json_object *json = json_object_new_object();

	for (size_t i = 0; i < set->n; i++) {
		struct value value = { 0 };

		if (set->fields[i].column_only)
			continue;
		set->fields[i].get(&formatter_of(&format_json)->fields, object, &value);
		json_object_object_add(json, set->fields[i].name, json_of(&value));
	}
	return json;
}

/* ---- lines ---- */

/* The library leaves DEL and C1 as they are. */
static bool is_as_library_writes(const char *line)
{
	return !strstr(line, "\\u007f") && !strstr(line, "\\u008") && !strstr(line, "\\u009");
}

static void check_line(const char *line, const struct event *event)
{
	const int flags = JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE;
	struct json_object *want = object_of(field_sets[event->type], event), *got;
	struct json_tokener *tokener = json_tokener_new();
	size_t bytes = strlen(line) - 1;

	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	got = json_tokener_parse_ex(tokener, line, bytes);
	assert_int_equal(json_tokener_get_error(tokener), json_tokener_success);
	assert_int_equal(json_tokener_get_parse_end(tokener), bytes);
	assert_int_equal(line[bytes], '\n');
	if (!json_object_equal(got, want))
		fail_msg("%s instead of %s", line, json_object_to_json_string_ext(want, flags));
	if (is_as_library_writes(line)) {
		const char *written = json_object_to_json_string_ext(got, flags);

		assert_int_equal(strlen(written), bytes);
		assert_memory_equal(written, line, bytes);
	}
	json_tokener_free(tokener);
	json_object_put(want);
	json_object_put(got);
}

static size_t lines;

static void check_event(struct event *event)
{
	struct formatter *formatter = formatter_of(&format_json);

	strbuf_reset(&out);
	formatter_events(formatter, &event, 1);
	assert_int_equal(out.err, 0);
	check_line(strbuf_str(&out), event);
	lines++;
}

/* ---- recordings ---- */

static void on_events(void *context, struct event **events, size_t n)
{
	(void)context;
	for (size_t i = 0; i < n; i++)
		if (events[i]->type != EVENT_BLAST)
			check_event(events[i]);
}

static void check_recording(const char *path)
{
	static const struct filter filter;
	static struct stream stream; /* large */
	const struct stream_config stream_config = {
		.filter = &filter,
		.finds_causes = true,
		.wants_names = true,
		.finds_blasts = true,
		.handle = on_events,
	};
	FILE *file = fopen(path, "re");
	struct strbuf records = { 0 };
	char buffer[4096];

	assert_non_null(file);
	for (size_t n; (n = fread(buffer, 1, sizeof(buffer), file));)
		strbuf_add(&records, buffer, n);
	fclose(file);
	assert_int_equal(stream_init(&stream, &stream_config), 0);
	config.clock = &stream.clock;
	stream_replay(&stream, records.data, records.len);
	forget_processes();
	stream_clear(&stream);
	strbuf_free(&records);
}

static void test_recordings(void **state)
{
	glob_t found;

	(void)state;
	assert_int_equal(glob("tests/replay/*.rec", 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++)
		check_recording(found.gl_pathv[i]);
	globfree(&found);
	assert_in_range(lines, 90, 100000);
}

/* ---- random events ---- */

/* xorshift64: the same ones each time. */
static uint64_t random_number(void)
{
	static uint64_t x = 88172645463325252;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return x;
}

static uint64_t random_below(uint64_t n)
{
	return random_number() % n;
}

static void random_bytes(void *to, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		((char *)to)[i] = random_number() >> 32;
}

/* Pieces that a writer or a reader of JSON may take for something else. */
static const char *const pieces[] = {
	"\"",
	"\\",
	"/",
	"\n",
	"\r",
	"\t",
	"\b",
	"\f",
	"\1",
	"\x1f",
	" ",
	"a",
	"plain text",
	"'",
	"\x7f",
	"\xc2\x80",
	"\xc2\x9f",
	"\xc2\xa0",
	"\xc3\xa9",
	"\xe2\x80\xa8",
	"\xe2\x80\xa9",
	"\xe2\x80\xae",
	"\xef\xbb\xbf",
	"\xef\xbf\xbf",
	"\xf0\x9f\x98\x80",
	"\xf4\x8f\xbf\xbf",
	"\xf4\x90\x80\x80",
	"\xed\xa0\x80",
	"\xc0\x80",
	"\xe2\x80",
	"\xff",
	"\x80",
	"\xc2",
	"\\u0000",
	"</script>",
	"...",
	"{}",
	"[,]",
};

/* With a NUL behind it, and `separator` in it where the random bytes have a NUL. */
static char *random_text(size_t most, char separator, size_t *ret_bytes)
{
	size_t bytes = random_below(8) ? random_below(100) : random_below(most), at = 0;
	char *text = calloc(1, bytes + 1);

	assert_non_null(text);
	while (at < bytes) {
		const char *piece = pieces[random_below(ARRAY_SIZE(pieces))];
		size_t n = strlen(piece) < bytes - at ? strlen(piece) : bytes - at;

		if (random_below(4))
			for (size_t i = 0; i < n; i++)
				text[at + i] = piece[i];
		else
			random_bytes(text + at, n = 1);
		at += n;
	}
	for (at = 0; at < bytes; at++)
		text[at] = text[at] ? text[at] : separator;
	*ret_bytes = bytes;
	return text;
}

static struct process *random_process(uint32_t pid)
{
	struct process *process = new_process(pid, "");
	size_t bytes;

	random_bytes(&process->ids.comm, KS_COMM_BYTES);
	process->known = process->flags = random_number();
	process->parent = make_ref(pid - 1 - random_below(2));
	if (random_below(4))
		process->exe = process->exe_in_root = random_text(4200, '/', &bytes);
	if (random_below(4))
		process->cwd = random_text(4200, '/', &bytes);
	if (random_below(4))
		process->cgroup = random_text(2000, '/', &bytes);
	if (random_below(4))
		process->argv = random_text(3000, '\0', &process->argv_bytes);
	return process;
}

static void make_random(struct task *task, uint32_t pid)
{
	struct ks_pidref ref = make_ref(pid);
	size_t bytes;
	char *text;

	random_bytes(&task->ids, sizeof(task->ids));
	task->ids.process = ref;
	task->ids.process.vpid = random_number();
	task->known = task->flags = random_number();
	task->process = process_get(process_find(&table, &ref));
	text = random_text(KS_ARGV_BYTES, '\0', &bytes);
	if (random_below(2))
		set_live_argv(task, text, bytes, bytes);
	free(text);
	text = random_text(KS_TEXT_BYTES, 'l', &bytes);
	if (random_below(2) && bytes)
		set_label(task, text);
	free(text);
}

/* Extremes of 64 bits, and what is in between. */
static int64_t random_extreme(void)
{
	static const int64_t extremes[] = { INT64_MIN, INT64_MAX, 0, -1, 1, INT32_MIN, UINT32_MAX };

	return random_below(2) ? extremes[random_below(ARRAY_SIZE(extremes))]
			       : (int64_t)(random_number() >> random_below(64));
}

static void add_random_texts(struct event *event)
{
	size_t bytes;
	char *text = random_text(KS_TEXT_BYTES, '/', &bytes);

	if (random_below(2))
		set_file(event, text);
	free(text);
	text = random_text(KS_TEXT_BYTES, '\0', &bytes);
	if (random_below(2))
		set_stack(event, text, bytes);
	free(text);
}

static struct event *random_signal(uint32_t pid)
{
	struct event *event = new_signal(pid, pid - 1, random_below(70));
	struct event_call *call = &event->signal.call;

	make_random(&event->signal.sender, pid);
	make_random(&event->signal.target, pid - 1);
	event->signal.target.present = random_below(8);
	event->seq = random_extreme();
	event->time_ns = random_number();
	event->signal.result = random_below(RESULT_MAX);
	event->signal.origin = random_below(KS_ORIGIN_MAX);
	event->signal.reason = random_below(KS_REASON_MAX);
	add_random_texts(event);
	event->signal.undecided = random_below(16);
	event->signal.effect.facts = random_number();
	event->signal.effect.handler = random_below(KS_HANDLER_MAX);
	call->via = random_below(KS_VIA_MAX);
	call->id = random_extreme();
	call->ret = random_extreme();
	call->ret_known = random_below(2);
	for (size_t i = 0; i < ARRAY_SIZE(call->args); i++)
		call->args[i] = random_extreme();
	event->signal.info.kind = random_below(KS_INFO_REAL + 1);
	event->signal.info.code = random_extreme();
	event->signal.info_names_sender = random_below(2);
	return event;
}

static void test_random(void **state)
{
	(void)state;
	for (int round = 0; round < 50; round++) {
		for (uint32_t pid = 100; pid < 130; pid++)
			process_add(&table, random_process(pid));
		for (int i = 0; i < 40; i++) {
			struct event *event = random_signal(101 + random_below(29));

			enrich_for_test(event, &table);
			check_event(event);
			check_event(event); /* from what is kept */
			event_free(event);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_recordings),
		TEST(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
