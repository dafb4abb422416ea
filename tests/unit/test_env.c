// SPDX-License-Identifier: GPL-2.0-only
/* Environment variables, from /proc or a record to the formats. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "event/env.h"
#include "formats.h"
#include "kernel/env_names.h"

/* ---- items ---- */

#define SOUND(literal) env_is_sound(literal, sizeof(literal) - 1)

static void test_sound(void **state)
{
	char longest[KS_ENV_ITEM_BYTES] = "N=", longer[KS_ENV_ITEM_BYTES + 1] = "N=";

	(void)state;
	assert_true(SOUND("A=1\0_b9~x\0C\0D?\0E=\0"));
	assert_true(SOUND("A\0B\0C\0D\0E\0F\0G\0H\0"));
	assert_false(SOUND("A\0B\0C\0D\0E\0F\0G\0H\0I\0"));
	assert_false(SOUND(""));
	assert_false(SOUND("A=1"));
	assert_false(SOUND("A=1\0\0"));
	assert_false(SOUND("1=1\0"));
	assert_false(SOUND("A-=1\0"));
	assert_false(SOUND("A?1\0"));
	assert_false(SOUND("=1\0"));
	assert_true(SOUND("A23456789012345678901234567890_=\0"));
	assert_false(SOUND("A234567890123456789012345678901_=\0"));
	memset(longest + 2, 'x', sizeof(longest) - 3);
	assert_true(env_is_sound(longest, sizeof(longest)));
	memset(longer + 2, 'x', sizeof(longer) - 3);
	assert_false(env_is_sound(longer, sizeof(longer)));
}

static void check_next(const char **at, const char *end, const char *name, char sign,
		       const char *value)
{
	struct env_variable variable;

	assert_true(env_next(at, end, &variable));
	assert_int_equal(variable.name_bytes, strlen(name));
	assert_memory_equal(variable.name, name, strlen(name));
	assert_int_equal(variable.sign, sign);
	assert_int_equal(variable.value_bytes, strlen(value));
	assert_string_equal(variable.value, value);
}

static void test_next(void **state)
{
	static const char text[] = "A=1=2\0_b9~x\0C\0D?\0E=";
	const char *at = text, *end = text + sizeof(text);
	struct env_variable variable;

	(void)state;
	check_next(&at, end, "A", '=', "1=2");
	check_next(&at, end, "_b9", KS_ENV_CUT, "x");
	check_next(&at, end, "C", '\0', "");
	check_next(&at, end, "D", KS_ENV_UNKNOWN, "");
	check_next(&at, end, "E", '=', "");
	assert_false(env_next(&at, end, &variable));
}

/* ---- what the BPF side compares ---- */

static bool matches(const char *name, const char *string)
{
	struct ks_env_name pattern = env_names_pattern(name);
	uint64_t words[KS_ENV_NAME_BYTES / 8 + 1];

	memset(words, 0xee, sizeof(words)); /* of what was read before */
	memcpy(words, string, strlen(string) + 1);
	for (size_t i = 0; i < KS_ENV_NAME_BYTES / 8; i++)
		if ((words[i] ^ pattern.words[i]) & pattern.masks[i])
			return false;
	return true;
}

static void test_pattern(void **state)
{
	(void)state;
	assert_true(matches("A", "A=1"));
	assert_true(matches("A", "A="));
	assert_false(matches("A", "A"));
	assert_false(matches("A", "AA=1"));
	assert_false(matches("AA", "A=1"));
	assert_true(matches("SUDO_USER", "SUDO_USER=x"));
	assert_false(matches("SUDO_USER", "SUDO_USER2=x"));
	assert_true(matches("a23456789012345678901234567890_", "a23456789012345678901234567890_="));
	assert_false(
	    matches("a23456789012345678901234567890_", "a23456789012345678901234567890x="));
	assert_int_equal(env_names_pattern("SUDO_USER").bytes, 9);
}

/* ---- of older processes ---- */

static char folder[] = "/tmp/killsnoop-XXXXXX";
static const struct env_names names = { 4, { "A", "SUDO_USER", "LONG", "NONE" } };
static char items[KS_ENV_NAMES_MAX][KS_ENV_ITEM_BYTES];

static void write_file(int dir, const char *name, const char *bytes, size_t n)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_int_equal(write(fd, bytes, n), n);
	close(fd);
}

/* What is made of files of /proc with these bytes. */
static int read_files(const char *environ, size_t environ_bytes, const char *cmdline)
{
	int dir, err;

	dir = open(folder, O_RDONLY | O_DIRECTORY);
	assert_true(dir >= 0);
	write_file(dir, "environ", environ, environ_bytes);
	write_file(dir, "cmdline", cmdline, strlen(cmdline));
	memset(items, 'x', sizeof(items));
	err = env_names_read(&names, dir, items);
	unlinkat(dir, "environ", 0);
	unlinkat(dir, "cmdline", 0);
	close(dir);
	return err;
}

#define READ_FILES(environ, cmdline) read_files(environ, sizeof(environ) - 1, cmdline)

static void check_items(const char *a, const char *user, const char *length, const char *none)
{
	const char *const want[] = { a, user, length, none };

	for (size_t i = 0; i < 4; i++)
		assert_string_equal(items[i], want[i]);
	for (size_t i = 4; i < KS_ENV_NAMES_MAX; i++)
		assert_string_equal(items[i], "");
}

static void test_read(void **state)
{
	char longest[200] = "LONG=", cut[KS_ENV_ITEM_BYTES] = "LONG~";

	(void)state;
	assert_int_equal(READ_FILES("SUDO_USER2=no\0XA=no\0SUDO_USER=x=y\0A=\0SUDO_USER=2\0", "c"),
			 0);
	check_items("A=", "SUDO_USER=x=y", "LONG", "NONE");
	memset(longest + 5, 'v', sizeof(longest) - 6);
	memset(cut + 5, 'v', sizeof(cut) - 6);
	assert_int_equal(read_files(longest, sizeof(longest), "c"), 0);
	check_items("A", "SUDO_USER", cut, "NONE");
	longest[KS_ENV_ITEM_BYTES - 1] = '\0';
	assert_int_equal(read_files(longest, KS_ENV_ITEM_BYTES, "c"), 0);
	check_items("A", "SUDO_USER", longest, "NONE");
}

static void test_read_little(void **state)
{
	int dir = open("/", O_RDONLY | O_DIRECTORY);

	(void)state;
	assert_int_equal(READ_FILES("", "c"), 0);
	check_items("A", "SUDO_USER", "LONG", "NONE");
	assert_int_equal(READ_FILES("", ""), -ENODATA); /* a kernel thread */
	assert_int_equal(env_names_read(&names, dir, items), -ENOENT);
	close(dir);
}

/* What is behind the part that is searched is unknown, and so is the end of the last string. */
static void test_read_much(void **state)
{
	enum { BYTES = 300 << 10 };
	char *much = calloc(1, BYTES);

	(void)state;
	assert_non_null(much);
	memset(much, 'x', BYTES - 1);
	memcpy(much, "A=1", 4);
	strcpy(much + 4, "SUDO_USER=");
	much[4 + 10] = 'x';
	assert_int_equal(read_files(much, BYTES, "c"), 0);
	check_items("A=1", "SUDO_USER?", "LONG?", "NONE?");
	free(much);
}

static int make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
	(void)state;
	return rmdir(folder);
}

/* ---- records ---- */

static void check_record(const char *env, size_t bytes, bool is_sound)
{
	static struct any_record record;
	struct decoder decoder = { 0 };
	struct process *process;
	struct ks_pidref ref = make_ref(20);

	decoder_init(&decoder, NULL, NULL);
	begin_process(&record, 20, "svc");
	record.description.env = append(&record, env, bytes);
	decode_record(&decoder, record.bytes, record.header.size);
	process = process_find(&decoder.processes, &ref);
	assert_int_equal(!!process, is_sound);
	assert_int_equal(decoder.bad, !is_sound);
	if (is_sound && bytes)
		assert_memory_equal(process->env, env, bytes);
	if (is_sound && !bytes)
		assert_null(process->env);
	decoder_clear(&decoder);
}

static void test_record(void **state)
{
	(void)state;
	check_record("A=1\0B\0", 6, true);
	check_record("", 0, true);
	check_record("A=1", 3, false);
	check_record("A\n=1\0", 5, false);
}

static void describe(struct decoder *decoder, uint64_t time_ns, uint32_t flags, const char *env,
		     size_t bytes)
{
	static struct any_record record;

	begin_process(&record, 20, "svc");
	record.header.time_ns = time_ns;
	record.description.process.flags = flags;
	if (bytes)
		record.description.env = append(&record, env, bytes);
	assert_int_equal(decode_record(decoder, record.bytes, record.header.size), 0);
}

/* While exec replaces it, the one before holds; otherwise, none is none. */
static void test_kept_during_exec(void **state)
{
	struct decoder decoder = { 0 };
	struct ks_pidref ref = make_ref(20);

	(void)state;
	decoder_init(&decoder, NULL, NULL);
	describe(&decoder, 1, 0, "A=1", 4);
	describe(&decoder, 2, KS_FLAG_EXEC, "", 0);
	assert_string_equal(process_find(&decoder.processes, &ref)->env, "A=1");
	assert_int_equal(process_find(&decoder.processes, &ref)->env_bytes, 4);
	describe(&decoder, 3, KS_FLAG_EXEC, "A=2", 4);
	assert_string_equal(process_find(&decoder.processes, &ref)->env, "A=2");
	describe(&decoder, 4, 0, "", 0);
	assert_null(process_find(&decoder.processes, &ref)->env);
	decoder_clear(&decoder);
}

/* ---- formats ---- */

static void set_env(struct process *process, const char *env, size_t bytes)
{
	process->env = calloc(1, bytes);
	assert_non_null(process->env);
	memcpy(process->env, env, bytes);
	process->env_bytes = bytes;
}

#define SET_ENV(process, literal) set_env(process, literal, sizeof(literal))

/* A kill by a process that init started; of the target nothing is known. */
static struct event *new_event(void)
{
	struct event *event = new_kill();
	struct ks_pidref init = make_ref(1);

	SET_ENV(event->signal.sender.process, "USER=al ice\0TOKEN\0URL~http://u:pas\0E=\x1b[m\0B?");
	SET_ENV(process_find(&table, &init), "USER=root\0TOKEN=abc\0URL=x\0E\0B=");
	return event;
}

static void check_has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("no %s in %s", part, text);
}

static void test_json(void **state)
{
	const char *text = format_one(&format_json, new_event());

	(void)state;
	check_has(text, "\"env\":{\"USER\":\"al ice\",\"TOKEN\":null,\"URL\":\"http://u:pas...\","
			"\"E\":\"\\u001b[m\",\"B\":null},\"exe_deleted\":false");
	check_has(text, "\"cut\":[\"env\"]");
	check_has(text, "\"env\":{\"USER\":\"root\",\"TOKEN\":\"abc\",\"URL\":\"x\",\"E\":null,"
			"\"B\":\"\"},\"cut\":[]");
	check_has(text, "\"env\":null");
}

static void test_verbose(void **state)
{
	const char *text = format_one(&format_verbose, new_event());

	(void)state;
	check_has(text, "\n               env USER='al ice' URL=http://u:pas... E=$'\\x1b[m'"
			" B=(unknown)\n");
	check_has(text, "  env USER=root TOKEN=abc URL=x B=''\n");
	check_has(text, "\n               env (unknown)\n"); /* of the target */
	assert_int_equal(count(text, "env "), 3);
}

static void test_verbose_unset(void **state)
{
	struct event *event = new_kill();
	struct ks_pidref init = make_ref(1);

	(void)state;
	SET_ENV(event->signal.sender.process, "USER\0B");
	SET_ENV(process_find(&table, &init), "USER\0B");
	event->signal.target.process->flags |= KS_FLAG_KTHREAD; /* which has none */
	assert_int_equal(count(format_one(&format_verbose, event), "env "), 0);
}

/* Where none was asked for, none is unknown. */
static void test_verbose_unasked(void **state)
{
	(void)state;
	assert_int_equal(count(format_one(&format_verbose, new_kill()), "env "), 0);
}

static void test_table(void **state)
{
	(void)state;
	config.columns = "sender.env,target.env";
	reopen(&format_table);
	check_has(format_one(&format_table, new_event()),
		  "USER='al ice' URL=http://u:pas... E=$'\\x1b[m' B=(unknown) "
		  "(unknown)\n");
}

static void test_redacted(void **state)
{
	const char *text;

	(void)state;
	config.redacts = true;
	text = format_one(&format_json, new_event());
	check_has(text, "\"env\":{\"USER\":\"al ice\",\"TOKEN\":null,\"URL\":\"http://u:***...\","
			"\"E\":\"\\u001b[m\",\"B\":null}");
	check_has(text, "\"env\":{\"USER\":\"root\",\"TOKEN\":\"***\",\"URL\":\"x\",");
	forget_processes();
	config.secret_names = "user";
	check_has(format_one(&format_json, new_event()),
		  "\"env\":{\"USER\":\"***\",\"TOKEN\":null");
}

/* A secret is hidden to its end, blanks or not; a word that is cut behind a colon may be one. */
static void test_redacted_words(void **state)
{
	struct event *event = new_kill();
	const char *text;

	(void)state;
	config.redacts = true;
	SET_ENV(event->signal.sender.process,
		"DB_PASSWORD=two words\0C=a b:c d:e\0D~a b:c d:e\0E~a b\0F=psql://u:p@h/d");
	text = format_one(&format_json, event);
	check_has(text,
		  "\"env\":{\"DB_PASSWORD\":\"***\",\"C\":\"a b:c d:e\",\"D\":\"a b:c d:***...\","
		  "\"E\":\"a b...\",\"F\":\"psql://u:***@h/d\"}");
}

/* A value that is longer than its share takes what others leave. */
static void test_shares(void **state)
{
	struct event *event = new_kill();
	char env[2 * KS_ENV_ITEM_BYTES] = "A=1";

	(void)state;
	strcpy(env + 4, "B=");
	memset(env + 6, '\1', 80);
	set_env(event->signal.sender.process, env, 6 + 80 + 1);
	check_has(format_one(&format_json, event), "\"A\":\"1\",\"B\":\"\\u0001");
	assert_int_equal(count(strbuf_str(&out), "\\u0001"), 80);
	forget_processes();
	event = new_kill();
	strcpy(env + 4, "B=");
	memset(env + 6, '\1', 90);
	strcpy(env + 96, "");
	memcpy(env + 97, "C=2", 4);
	set_env(event->signal.sender.process, env, 101);
	check_has(format_one(&format_json, event), "...\",\"C\":\"2\"}");
	assert_int_equal(count(strbuf_str(&out), "\\u0001"), (512 - 1) / 2 / 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_sound),
		TEST(test_next),
		TEST(test_pattern),
		TEST(test_read),
		TEST(test_read_little),
		TEST(test_read_much),
		TEST(test_record),
		TEST(test_kept_during_exec),
		TEST(test_json),
		TEST(test_verbose),
		TEST(test_verbose_unset),
		TEST(test_table),
		TEST(test_verbose_unasked),
		TEST(test_redacted),
		TEST(test_redacted_words),
		TEST(test_shares),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
