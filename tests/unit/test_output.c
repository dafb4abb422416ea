// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "output/output.h"

static struct output output;
static int pipe_fds[2], waits, waits_max;

/* So often; then the reader begins to read, if it is one that does. */
static bool may_wait(void *context)
{
	char bytes[1 << 16];

	(void)context;
	if (waits++ < waits_max)
		return true;
	return read(pipe_fds[0], bytes, sizeof(bytes)) > 0;
}

static bool may_not_wait(void *context)
{
	(void)context;
	return ++waits < waits_max;
}

static int setup(void **state)
{
	(void)state;
	signal(SIGPIPE, SIG_IGN);
	memset(&output, 0, sizeof(output));
	waits = 0;
	waits_max = 2;
	if (pipe(pipe_fds))
		return -1;
	output.sink =
	    (struct sink){ .fd = pipe_fds[1], .name = "a pipe", .may_wait = may_not_wait };
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	close(pipe_fds[0]);
	close(pipe_fds[1]);
	strbuf_free(&output.text);
	return 0;
}

/* An event of so many bytes, the last of which is a newline. */
static void add_event(size_t bytes)
{
	char *at = strbuf_reserve(&output.text, bytes);

	memset(at, 'x', bytes);
	at[bytes - 1] = '\n';
	at[bytes] = '\0';
	output.text.len += bytes;
	output_add(&output, 1);
}

static size_t read_all(void)
{
	char bytes[4096];
	size_t sum = 0;
	ssize_t n;

	fcntl(pipe_fds[0], F_SETFL, O_NONBLOCK);
	while ((n = read(pipe_fds[0], bytes, sizeof(bytes))) > 0)
		sum += n;
	return sum;
}

static void test_written(void **state)
{
	(void)state;
	add_event(100);
	add_event(200);
	output_flush(&output);
	assert_int_equal(read_all(), 300);
	assert_true(!output.unwritten && !output.is_cut && !output.err);
	assert_int_equal(output.text.len, 0);
}

/* A pipe takes 16 pages: the events behind are counted, and those that come later. */
static void test_cut(void **state)
{
	size_t whole;

	(void)state;
	fcntl(pipe_fds[1], F_SETPIPE_SZ, 16384);
	for (int i = 0; i < 30; i++)
		add_event(1000);
	output_flush(&output);
	assert_true(output.is_cut && !output.err);
	whole = read_all() / 1000;
	assert_in_range(whole, 10, 20);
	assert_int_equal(output.unwritten, 30 - whole);
	output_add(&output, 5);
	output_flush(&output);
	assert_int_equal(output.unwritten, 35 - whole);
	assert_int_equal(read_all(), 0);
}

static void test_nonblocking_cut(void **state)
{
	fcntl(pipe_fds[1], F_SETFL, O_NONBLOCK);
	test_cut(state);
}

/* Everything comes, in order, once the reader reads. */
static void test_late_reader(void **state)
{
	(void)state;
	fcntl(pipe_fds[1], F_SETPIPE_SZ, 4096);
	output.sink.may_wait = may_wait;
	for (int i = 0; i < 30; i++)
		add_event(1000);
	output_flush(&output);
	assert_true(!output.unwritten && !output.is_cut && !output.err);
	assert_true(waits > waits_max);
}

static void test_reader_goes(void **state)
{
	(void)state;
	close(pipe_fds[0]);
	add_event(10);
	output_flush(&output);
	assert_int_equal(output.err, -EPIPE);
	assert_false(output.is_cut);
}

/* More events than marks: they are written in between. */
static void test_many(void **state)
{
	(void)state;
	for (int i = 0; i < 3 * OUTPUT_MARKS_MAX; i++)
		add_event(2);
	output_flush(&output);
	assert_int_equal(read_all(), 6 * OUTPUT_MARKS_MAX);
	assert_int_equal(output.unwritten, 0);
}

/* ---- files ---- */

static void test_file(void **state)
{
	char folder[] = "/tmp/test_output-XXXXXX", path[64], link_path[64];
	struct sink sink = { 0 };
	struct strbuf text = { 0 };
	struct stat st;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/file", folder);
	snprintf(link_path, sizeof(link_path), "%s/link", folder);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(sink_open(&sink, path), 0);
		strbuf_adds(&text, "line\n");
		assert_int_equal(sink_write(&sink, &text), 0);
		assert_int_equal(sink_close(&sink), 0);
	}
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_size, 10);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(symlink(path, link_path), 0);
	assert_true(sink_open(&sink, link_path) < 0);
	unlink(link_path);
	assert_int_equal(link(path, link_path), 0);
	assert_true(sink_open(&sink, path) < 0);
	assert_int_equal(sink_open(&sink, "/dev/null"), 0);
	sink_close(&sink);
	unlink(link_path);
	unlink(path);
	rmdir(folder);
	strbuf_free(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_written, setup, teardown),
		cmocka_unit_test_setup_teardown(test_cut, setup, teardown),
		cmocka_unit_test_setup_teardown(test_nonblocking_cut, setup, teardown),
		cmocka_unit_test_setup_teardown(test_late_reader, setup, teardown),
		cmocka_unit_test_setup_teardown(test_reader_goes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_many, setup, teardown),
		cmocka_unit_test(test_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
