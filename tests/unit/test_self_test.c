// SPDX-License-Identifier: GPL-2.0-only
/* What the self-test says of a kernel that differs, fact by fact; and, as root, of this one. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <bpf/btf.h>

#include <cmocka.h>

#include "kernel/feature_probes.h"
#include "kernel/self_test.h"
#include "lib/procfs.h"

/* A kernel where all is as expected, but for these; or of which nothing is known. */
struct kernel {
	const struct self_fact *differs, *too;
	int err;
};

static uint32_t expected(const struct self_fact *fact)
{
	return fact->expected ? (uint32_t)fact->expected() : fact->value;
}

static int read_kernel(void *context, const struct self_fact *fact, uint32_t *ret)
{
	const struct kernel *kernel = context;
	uint32_t lowest = fact->mask & -fact->mask;

	*ret = expected(fact) | ~fact->mask;
	if (fact == kernel->differs || fact == kernel->too)
		*ret ^= lowest;
	return kernel->err;
}

static void test_nothing_differs(void **state)
{
	struct kernel kernel = { 0 };

	(void)state;
	assert_null(self_test_compare(read_kernel, &kernel, true));
}

static void test_each_differs(void **state)
{
	char text[256];

	(void)state;
	for (size_t i = 0; i < self_facts_n; i++) {
		const struct self_fact *fact = &self_facts[i];
		struct kernel kernel = { .differs = fact };

		assert_ptr_equal(self_test_compare(read_kernel, &kernel, true), fact);
		self_test_describe(fact, text, sizeof(text));
		assert_non_null(strstr(text, fact->what));
		assert_non_null(strstr(text, fact->wrong));
		assert_true(strlen(text) < sizeof(text) - 1);
	}
}

/* Of two, the one that makes answers wrong. */
static void test_fatal_first(void **state)
{
	(void)state;
	for (size_t i = 0; i < self_facts_n; i++)
		for (size_t j = 0; j < self_facts_n; j++) {
			struct kernel kernel = { &self_facts[i], &self_facts[j], 0 };
			const struct self_fact *found =
			    self_test_compare(read_kernel, &kernel, true);

			assert_int_equal(found->is_fatal,
					 self_facts[i].is_fatal || self_facts[j].is_fatal);
		}
}

/* In a nested pid namespace, what is not known there is no difference. */
static void test_nested(void **state)
{
	(void)state;
	for (size_t i = 0; i < self_facts_n; i++) {
		struct kernel kernel = { .differs = &self_facts[i] };

		assert_ptr_equal(self_test_compare(read_kernel, &kernel, false),
				 self_facts[i].is_initial ? NULL : &self_facts[i]);
	}
}

static void test_unknown(void **state)
{
	struct kernel kernel = { .differs = &self_facts[0], .err = -1 };

	(void)state;
	assert_null(self_test_compare(read_kernel, &kernel, true));
}

/* Every fact can be read of this kernel, but for enums that its types lack. */
static void test_here(void **state)
{
	struct btf *own = btf__load_vmlinux_btf();
	struct stat st;
	bool is_initial = !stat("/proc/self/ns/pid", &st) && st.st_ino == PROC_PID_INIT_INO;
	struct self_test test;
	uint32_t is = 0;

	(void)state;
	if (!own || probe_memory()) {
		btf__free(own);
		skip();
	}
	self_test_open(&test, own);
	assert_true(test.child > 0);
	for (size_t i = 0; i < self_facts_n; i++) {
		const struct self_fact *fact = &self_facts[i];
		int err = self_test_read(&test, fact, &is);

		if (fact->is_initial && !is_initial)
			continue;
		if (fact->enumerator != SELF_NONE && err == -ENOENT)
			continue;
		print_message("%s: %d, %#x\n", fact->what, err, is);
		assert_int_equal(err, 0);
		assert_int_equal(is & fact->mask, expected(fact));
	}
	self_test_close(&test);
	btf__free(own);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_differs), cmocka_unit_test(test_each_differs),
		cmocka_unit_test(test_fatal_first),	cmocka_unit_test(test_nested),
		cmocka_unit_test(test_unknown),		cmocka_unit_test(test_here),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
