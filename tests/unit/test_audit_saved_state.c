// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "audit/saved_state.h"

static char folder[] = "/tmp/killsnoop-state-XXXXXX";
static char path[64];

static int make_folder(void **state)
{
	(void)state;
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/run/state.json", folder);
	return 0;
}

static int remove_folder(void **state)
{
	char run[64];

	(void)state;
	snprintf(run, sizeof(run), "%s/run", folder);
	unlink(path);
	return rmdir(run) || rmdir(folder);
}

static const struct saved_state example = {
	.boot_id = "5f2b7e0e-0d1e-4e3f-9a56-5b8f4d0e2c11",
	.daemon_pid = 4000000000,
	.before = { [AUDIT_VALUE_BACKLOG_LIMIT] = 64, [AUDIT_VALUE_RATE_LIMIT] = UINT32_MAX },
	.ours = { [AUDIT_VALUE_BACKLOG_LIMIT] = 16384, [AUDIT_VALUE_ENABLED] = 1 },
};

static void assert_is_example(const struct saved_state_file *file)
{
	struct saved_state state;

	assert_int_equal(saved_state_read(file, &state), 0);
	assert_string_equal(state.boot_id, example.boot_id);
	assert_int_equal(state.daemon_pid, example.daemon_pid);
	assert_memory_equal(state.before, example.before, sizeof(state.before));
	assert_memory_equal(state.ours, example.ours, sizeof(state.ours));
}

/* What was written is there for the next one, which did not write it. */
static void test_kept(void **state)
{
	struct saved_state_file file;
	struct saved_state found;
	struct stat st;

	(void)state;
	assert_int_equal(saved_state_open(&file, path), 0);
	assert_int_equal(saved_state_read(&file, &found), -ENOENT);
	assert_int_equal(saved_state_write(&file, &example), 0);
	saved_state_close(&file);
	saved_state_close(&file);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(saved_state_open(&file, path), 0);
	assert_is_example(&file);
	saved_state_remove(&file);
	assert_int_equal(access(path, F_OK), -1);
}

static void test_locked(void **state)
{
	struct saved_state_file first, second;

	(void)state;
	assert_int_equal(saved_state_open(&first, path), 0);
	assert_int_equal(saved_state_open(&second, path), -EBUSY);
	saved_state_remove(&second); /* it has nothing to remove */
	assert_int_equal(access(path, F_OK), 0);
	saved_state_remove(&first);
	assert_int_equal(saved_state_open(&second, path), 0);
	saved_state_remove(&second);
}

static void write_text(const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void test_not_understood(void **state)
{
	static const char *const texts[] = {
		"{",
		"[]",
		"null",
		"7",
		"{\"boot_id\":null}",
		"{\"boot_id\":\"x\",\"daemon_pid\":0,\"before\":{},\"ours\":{}}",
		"{\"boot_id\":\"x\",\"daemon_pid\":0,\"before\":7,\"ours\":7}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct saved_state_file file;
		struct saved_state found;

		write_text(texts[i]);
		assert_int_equal(saved_state_open(&file, path), 0);
		assert_int_equal(saved_state_read(&file, &found), -EBADMSG);
		saved_state_remove(&file);
	}
}

/* A shorter text than the one before leaves nothing of it. */
static void test_rewritten(void **state)
{
	struct saved_state other = { .boot_id = "x" }, found;
	struct saved_state_file file;

	(void)state;
	assert_int_equal(saved_state_open(&file, path), 0);
	assert_int_equal(saved_state_write(&file, &example), 0);
	assert_int_equal(saved_state_write(&file, &other), 0);
	assert_int_equal(saved_state_read(&file, &found), 0);
	assert_string_equal(found.boot_id, "x");
	saved_state_remove(&file);
}

/* /run is root's; all the same, a link does not make us write elsewhere. */
static void test_link(void **state)
{
	struct saved_state_file file;

	(void)state;
	assert_int_equal(symlink("/dev/null", path), 0);
	assert_int_equal(saved_state_open(&file, path), -ELOOP);
	saved_state_remove(&file);
	assert_int_equal(unlink(path), 0);
}

static void test_boot_id(void **state)
{
	char id[BOOT_ID_MAX];

	(void)state;
	saved_state_boot_id(id);
	assert_int_equal(strlen(id), 36);
	assert_null(strchr(id, '\n'));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kept),	       cmocka_unit_test(test_locked),
		cmocka_unit_test(test_not_understood), cmocka_unit_test(test_rewritten),
		cmocka_unit_test(test_link),	       cmocka_unit_test(test_boot_id),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
