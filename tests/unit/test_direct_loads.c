// SPDX-License-Identifier: GPL-2.0-only
/* What a direct load of this kernel does with an address that is none; as root, where it has these.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <bpf/btf.h>

#include <cmocka.h>

#include "kernel/feature_probes.h"
#include "lib/array.h"

/* Of all kinds: siginfo's marks, user space, no canonical address, kernel space that is not mapped.
 */
static const uint64_t addresses[] = {
	0,
	1,
	4096,
	0x7fffffffe000,
	0x800000000000,
	0xdead000000000122,
	0xffff7fffffffff00,
	0xffff800000000000,
	0xffffffffff600000,
	UINT64_MAX - 7,
};

static void test_nothing_there(void **state)
{
	struct btf *own = btf__load_vmlinux_btf();
	int err = probe_direct_loads(own, 0);

	(void)state;
	if (err) {
		print_message("direct loads: %d\n", err);
		btf__free(own);
		skip();
	}
	for (size_t i = 0; i < ARRAY_SIZE(addresses); i++)
		assert_int_equal(probe_direct_loads(own, addresses[i]), 0);
	btf__free(own);
}

static void test_no_types(void **state)
{
	(void)state;
	assert_true(probe_direct_loads(NULL, 0) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_there),
		cmocka_unit_test(test_no_types),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
