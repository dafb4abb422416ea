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

/* A format of which the events are as long as their seq says. */
static void write_events(struct formatter *formatter, struct event *const *events, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		for (uint64_t at = 1; at < events[i]->seq; at++)
			strbuf_addc(formatter->out, 'x');
		strbuf_addc(formatter->out, '\n');
	}
}

static const struct format format_test = { .events = write_events };
static const struct clock clock_at_zero;

static struct outputs outputs;
static struct output *const output = &outputs.items[0];
static struct output_config config;
static char path[32]; /* of the pipe */
static int pipe_fds[2], waits, waits_max;

/* So often; then the reader begins to read, if it is one that does. */
static bool may_wait(void *context, uint64_t progress_ns)
{
	char bytes[1 << 16];

	(void)context;
	(void)progress_ns;
	if (waits++ < waits_max)
		return true;
	return read(pipe_fds[0], bytes, sizeof(bytes)) > 0;
}

static bool may_not_wait(void *context, uint64_t progress_ns)
{
	(void)context;
	(void)progress_ns;
	return ++waits < waits_max;
}

static int setup(void **state)
{
	(void)state;
	signal(SIGPIPE, SIG_IGN);
	memset(&outputs, 0, sizeof(outputs));
	waits = 0;
	waits_max = 2;
	if (pipe(pipe_fds))
		return -1;
	snprintf(path, sizeof(path), "/dev/fd/%d", pipe_fds[1]);
	config = (struct output_config){
		.path = path,
		.format = &format_test,
		.text.clock = &clock_at_zero,
		.may_wait = may_not_wait,
	};
	return outputs_open(&outputs, &output_text, &config);
}

static int teardown(void **state)
{
	(void)state;
	outputs_close(&outputs);
	close(pipe_fds[0]);
	close(pipe_fds[1]);
	return 0;
}

/* An event of so many bytes, the last of which is a newline. */
static void add_event(size_t bytes)
{
	struct event event = { .type = EVENT_SIGNAL, .seq = bytes, .signal.count = 1 };
	struct event *events = &event;

	outputs_events(&outputs, &events, 1);
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

static void check_all_written(void)
{
	assert_int_equal(output->unwritten, 0);
	assert_null(outputs_cut(&outputs));
	assert_int_equal(outputs_err(&outputs), 0);
}

static void test_written(void **state)
{
	(void)state;
	add_event(100);
	add_event(200);
	outputs_flush(&outputs);
	assert_int_equal(read_all(), 300);
	check_all_written();
	outputs_flush(&outputs);
	assert_int_equal(read_all(), 0);
}

/* A pipe takes 16 pages: the events behind are counted, and those that come later. */
static void test_cut(void **state)
{
	size_t whole;

	(void)state;
	fcntl(pipe_fds[1], F_SETPIPE_SZ, 16384);
	for (int i = 0; i < 30; i++)
		add_event(1000);
	outputs_flush(&outputs);
	assert_ptr_equal(outputs_cut(&outputs), output);
	assert_int_equal(outputs_err(&outputs), 0);
	whole = read_all() / 1000;
	assert_in_range(whole, 10, 20);
	assert_int_equal(output->unwritten, 30 - whole);
	for (int i = 0; i < 5; i++)
		add_event(1000);
	outputs_flush(&outputs);
	assert_int_equal(output->unwritten, 35 - whole);
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
	outputs_close(&outputs);
	outputs.n = 0;
	config.may_wait = may_wait;
	assert_int_equal(outputs_open(&outputs, &output_text, &config), 0);
	for (int i = 0; i < 30; i++)
		add_event(1000);
	outputs_flush(&outputs);
	check_all_written();
	assert_true(waits > waits_max);
}

static void test_reader_goes(void **state)
{
	(void)state;
	close(pipe_fds[0]);
	add_event(10);
	outputs_flush(&outputs);
	assert_int_equal(outputs_err(&outputs), -EPIPE);
	assert_null(outputs_cut(&outputs));
}

/* poll(2) shows it before anything is written. */
static void test_reader_goes_unnoticed(void **state)
{
	struct pollfd fd = output->poll;

	(void)state;
	assert_int_equal(poll(&fd, 1, 0), 0);
	close(pipe_fds[0]);
	assert_int_equal(poll(&fd, 1, 0), 1);
	output_ready(output, fd.revents);
	assert_int_equal(outputs_err(&outputs), -EPIPE);
}

/* More events than an output keeps apart: they are written in between. */
static void test_many(void **state)
{
	(void)state;
	for (int i = 0; i < 3 * 1024; i++)
		add_event(2);
	outputs_flush(&outputs);
	assert_int_equal(read_all(), 6 * 1024);
	assert_int_equal(output->unwritten, 0);
}

/* ---- several outputs ---- */

static void check_file(const char *name, const char *want)
{
	char got[64] = "";
	int fd = open(name, O_RDONLY);

	assert_true(fd >= 0);
	assert_true(read(fd, got, sizeof(got) - 1) >= 0);
	assert_string_equal(got, want);
	close(fd);
	unlink(name);
}

/* Two outputs of the same type do not share anything; that of which the reader goes fails alone. */
static void test_two(void **state)
{
	char name[] = "/tmp/test_output-XXXXXX";
	struct output_config second = config;

	(void)state;
	close(mkstemp(name));
	second.path = name;
	assert_int_equal(outputs_open(&outputs, &output_text, &second), 0);
	add_event(3);
	outputs_flush(&outputs);
	assert_int_equal(read_all(), 3);
	close(pipe_fds[0]);
	add_event(5);
	outputs_flush(&outputs);
	assert_int_equal(outputs.items[0].err, -EPIPE);
	assert_int_equal(outputs.items[1].err, 0);
	assert_int_equal(outputs_err(&outputs), -EPIPE);
	assert_int_equal(outputs_close(&outputs), 0);
	check_file(name, "xx\nxxxx\n");
}

static void test_too_many(void **state)
{
	(void)state;
	while (outputs.n < OUTPUTS_MAX)
		assert_int_equal(outputs_open(&outputs, &output_text, &config), 0);
	assert_int_equal(outputs_open(&outputs, &output_text, &config), -E2BIG);
}

/* ---- files ---- */

static void test_file(void **state)
{
	char folder[] = "/tmp/test_output-XXXXXX", name[64], link_name[64];
	struct text_file file = { 0 };
	struct strbuf text = { 0 };
	struct stat st;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(name, sizeof(name), "%s/file", folder);
	snprintf(link_name, sizeof(link_name), "%s/link", folder);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(text_file_open(&file, name), 0);
		strbuf_adds(&text, "line\n");
		assert_int_equal(text_file_write(&file, &text), 0);
		assert_int_equal(text_file_close(&file), 0);
	}
	assert_int_equal(stat(name, &st), 0);
	assert_int_equal(st.st_size, 10);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(symlink(name, link_name), 0);
	assert_true(text_file_open(&file, link_name) < 0);
	unlink(link_name);
	assert_int_equal(link(name, link_name), 0);
	assert_true(text_file_open(&file, name) < 0);
	assert_int_equal(text_file_open(&file, "/dev/null"), 0);
	text_file_close(&file);
	unlink(link_name);
	unlink(name);
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
		cmocka_unit_test_setup_teardown(test_reader_goes_unnoticed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_many, setup, teardown),
		cmocka_unit_test_setup_teardown(test_two, setup, teardown),
		cmocka_unit_test_setup_teardown(test_too_many, setup, teardown),
		cmocka_unit_test(test_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
