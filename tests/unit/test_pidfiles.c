// SPDX-License-Identifier: GPL-2.0-only
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "enrich/pidfiles.h"
#include "enrich/pidfiles_read.h"
#include "records.h"

static char root[] = "/tmp/killsnoop-pidfiles-XXXXXX";
static struct pidfiles_index *found;

static int remove_one(const char *path, const struct stat *stat, int type, struct FTW *at)
{
	(void)stat;
	(void)type;
	(void)at;
	return remove(path);
}

static const char *below(const char *path)
{
	static char whole[4096];

	snprintf(whole, sizeof(whole), "%s%s", root, path);
	return whole;
}

static int setup(void **state)
{
	(void)state;
	strcpy(root + sizeof(root) - 7, "XXXXXX");
	return mkdtemp(root) && !mkdir(below("/run"), 0755) && !mkdir(below("/run/svc"), 0755) &&
		       !mkdir(below("/var"), 0755)
		   ? 0
		   : -1;
}

static int teardown(void **state)
{
	(void)state;
	pidfiles_forget();
	free(found);
	found = NULL;
	nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	return 0;
}

static void write_file(const char *path, const char *text, size_t bytes)
{
	int fd = open(below(path), O_WRONLY | O_CREAT | O_TRUNC, 0644);

	assert_int_equal(write(fd, text, bytes), bytes);
	close(fd);
}

static void set_time(const char *path, time_t seconds)
{
	const struct timespec times[] = { { seconds, 0 }, { seconds, 0 } };

	assert_int_equal(utimensat(AT_FDCWD, below(path), times, 0), 0);
}

/* 0: there is no such file. */
static uint32_t number_of(const char *path)
{
	for (size_t i = 0; i < found->n; i++)
		if (!strcmp(found->items[i].path, path))
			return found->items[i].number;
	return 0;
}

static void read_all(void)
{
	free(found);
	found = pidfiles_read(root);
	assert_non_null(found);
}

#define WRITE(path, text) write_file(path, text, sizeof(text) - 1)

static void test_read(void **state)
{
	(void)state;
	WRITE("/run/a.pid", "300\n");
	WRITE("/run/svc/b.pid", " 4000\n/var/lib/svc\n");
	WRITE("/run/c.txt", "300\n");
	WRITE("/run/.pid", "300\n");
	read_all();
	assert_int_equal(found->n, 2);
	assert_int_equal(number_of("/run/a.pid"), 300);
	assert_int_equal(number_of("/run/svc/b.pid"), 4000);
}

static void test_no_number(void **state)
{
	static const char *const texts[] = { "\n", "x", "-3", "300x", "12345678", "0", "300,2" };

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		write_file(i % 2 ? "/run/a.pid" : "/run/b.pid", texts[i], strlen(texts[i]));
	read_all();
	assert_int_equal(found->n, 0);
}

/* What others put there: nothing is opened but small plain files. */
static void test_hostile(void **state)
{
	static char big[5000] = "300\n";

	(void)state;
	write_file("/run/big.pid", big, sizeof(big));
	WRITE("/run/true", "300\n");
	assert_int_equal(symlink("true", below("/run/link.pid")), 0);
	assert_int_equal(symlink("svc", below("/run/folder")), 0);
	assert_int_equal(symlink("../run", below("/var/run")), 0);
	assert_int_equal(mkfifo(below("/run/fifo.pid"), 0644), 0);
	assert_int_equal(mkdir(below("/run/dir.pid"), 0755), 0);
	WRITE("/run/svc/"
	      "a-name-for-which-there-is-no-room-because-it-is-longer-than-any-that-a-service-has-"
	      "and-than-any-line-of-text-should-be-or-so.pid",
	      "300\n");
	read_all();
	assert_int_equal(found->n, 0);
}

/* A folder that is full leaves room for others. */
static void test_many(void **state)
{
	char path[64];

	(void)state;
	for (int i = 0; i < 100; i++) {
		snprintf(path, sizeof(path), "/run/svc/%d.pid", i);
		WRITE(path, "300\n");
	}
	WRITE("/run/a.pid", "400\n");
	read_all();
	assert_in_range(found->n, 2, 99);
	assert_int_equal(number_of("/run/a.pid"), 400);
}

enum { SECOND = 1000000000, WRITTEN = 1000 };

/* A file of WRITTEN: whether it names who started and was followed then. */
static bool finds(uint64_t from, uint64_t to, uint32_t number)
{
	const struct pidfiles_question question = {
		.number = number,
		.from_ns = from * SECOND,
		.to_ns = to * SECOND,
		.time_ns = (to + 1) * SECOND,
	};
	struct shared_text *path = pidfiles_find(&question);
	bool is_found = path;

	if (path)
		assert_string_equal(path->text, "/run/a.pid");
	texts_put(path);
	return is_found;
}

static void test_find(void **state)
{
	(void)state;
	assert_false(finds(WRITTEN - 1, WRITTEN + 1, 300)); /* not started */
	WRITE("/run/a.pid", "300\n");
	set_time("/run/a.pid", WRITTEN);
	pidfiles_start(root);
	for (int i = 0; i < 1000 && !finds(WRITTEN - 1, WRITTEN + 1, 300); i++)
		usleep(10000);
	assert_true(finds(WRITTEN - 1, WRITTEN + 1, 300));
	assert_true(finds(WRITTEN, WRITTEN + 1, 300));
	assert_false(finds(WRITTEN + 1, WRITTEN + 2, 300)); /* of one before */
	assert_false(finds(WRITTEN - 2, WRITTEN, 300));	    /* of who has the pid now */
	assert_false(finds(WRITTEN - 1, WRITTEN + 1, 30));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_read), TEST(test_no_number), TEST(test_hostile),
		TEST(test_many), TEST(test_find),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
