// SPDX-License-Identifier: GPL-2.0-only
/* That the kernel's coarse clock is read where it is, in each layout it has had; and, as root,
 * here. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>
#include <bpf/btf.h>

#include <cmocka.h>

#include "kernel/coarse_clock.h"
#include "kernel/feature_probes.h"
#include "kernel/kallsyms.h"

enum { ADDRESS = 1 << 20, SECONDS_AT = 24, NS_AT = 8, SHIFT_AT = 16, COARSE_AT = 32, SHIFT = 8 };

/* A kernel whose clock is so much ahead, at this address. */
struct kernel {
	uint64_t clock;
	int64_t ahead_ns;
	int err;
};

static int read_kernel(void *context, uint64_t address, uint32_t *ret)
{
	const struct kernel *kernel = context;
	struct timespec now;
	uint64_t ns;

	clock_gettime(CLOCK_REALTIME_COARSE, &now);
	ns = now.tv_sec * 1000000000ULL + now.tv_nsec + kernel->ahead_ns;
	switch (address - kernel->clock) {
	case SECONDS_AT: *ret = ns / 1000000000; break;
	case COARSE_AT: *ret = ns % 1000000000; break;
	case NS_AT: *ret = ns % 1000000000 << SHIFT; break;
	case NS_AT + 4: *ret = ns % 1000000000 << SHIFT >> 32; break;
	case SHIFT_AT: *ret = SHIFT; break;
	default: *ret = 12345;
	}
	return kernel->err;
}

static void add_clock(struct btf *types, int u32, int u64, bool has_coarse)
{
	int base = btf__add_struct(types, "tk_read_base", 16);

	btf__add_field(types, "xtime_nsec", u64, 0, 0);
	btf__add_field(types, "shift", u32, 64, 0);
	btf__add_struct(types, "timekeeper", 40);
	btf__add_field(types, "tkr_mono", base, NS_AT * 8, 0);
	btf__add_field(types, "xtime_sec", u64, SECONDS_AT * 8, 0);
	if (has_coarse)
		btf__add_field(types, "coarse_nsec", u32, COARSE_AT * 8, 0);
}

/* `offset` of the clock, in a struct that has a name, or behind a count of that size. */
static struct btf *make_types(bool has_coarse, bool has_name, unsigned int offset)
{
	struct btf *types = btf__new_empty();
	int u32 = btf__add_int(types, "unsigned int", 4, 0);
	int u64 = btf__add_int(types, "unsigned long long", 8, 0);

	add_clock(types, u32, u64, has_coarse);
	btf__add_struct(types, "seqcount_raw_spinlock", has_name ? 4 : offset);
	if (has_name) {
		btf__add_struct(types, "tk_data", offset + 40);
		btf__add_field(types, "timekeeper",
			       btf__find_by_name_kind(types, "timekeeper", BTF_KIND_STRUCT),
			       offset * 8, 0);
	}
	return types;
}

static void check(bool has_coarse, bool has_name)
{
	struct btf *types = make_types(has_coarse, has_name, 16);
	struct kernel kernel = { .clock = ADDRESS + 16 };

	assert_int_equal(coarse_clock_compare(types, ADDRESS, read_kernel, &kernel), 0);
	kernel.ahead_ns = 1000000000;
	assert_int_equal(coarse_clock_compare(types, ADDRESS, read_kernel, &kernel), -EUCLEAN);
	kernel.ahead_ns = -100000000;
	assert_int_equal(coarse_clock_compare(types, ADDRESS, read_kernel, &kernel), -EUCLEAN);
	kernel = (struct kernel){ .clock = ADDRESS + 8 };
	assert_int_equal(coarse_clock_compare(types, ADDRESS, read_kernel, &kernel), -EUCLEAN);
	kernel = (struct kernel){ .clock = ADDRESS + 16, .err = -EPERM };
	assert_int_equal(coarse_clock_compare(types, ADDRESS, read_kernel, &kernel), -EPERM);
	btf__free(types);
}

static void test_layouts(void **state)
{
	(void)state;
	check(true, true);
	check(true, false);
	check(false, true);
	check(false, false);
}

static void test_no_members(void **state)
{
	struct kernel kernel = { 0 };
	struct btf *types = btf__new_empty();

	(void)state;
	assert_int_equal(coarse_clock_compare(types, ADDRESS, read_kernel, &kernel), -ENOENT);
	btf__free(types);
}

static void test_here(void **state)
{
	uint64_t core = 0, data = 0;
	const struct kallsyms_wanted wanted[] = { { "tk_core", &core },
						  { "timekeeper_data", &data } };
	struct btf *own = btf__load_vmlinux_btf();

	(void)state;
	kallsyms_find(wanted, 2);
	core = core ? core : data;
	if (!own || !core || probe_memory()) {
		btf__free(own);
		skip();
	}
	assert_int_equal(coarse_clock_try(own, core), 0);
	assert_int_equal(coarse_clock_try(own, core + 8), -EUCLEAN);
	btf__free(own);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_layouts),
		cmocka_unit_test(test_no_members),
		cmocka_unit_test(test_here),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
