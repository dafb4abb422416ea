// SPDX-License-Identifier: GPL-2.0-only
/* The types that libbpf gets: all of them, in their places. Those that programs lack have no name.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <bpf/btf.h>

#include <cmocka.h>

#include "kernel/types_file.h"

static const char *name_of(const struct btf *types, int id)
{
	return btf__name_by_offset(types, btf__type_by_id(types, id)->name_off);
}

static void test_names(void **state)
{
	struct btf *kernel = btf__new_empty(), *ours = btf__new_empty(), *got;
	struct types_file file;
	int number, wanted, other, pid_type, alias, flavored;

	(void)state;
	number = btf__add_int(kernel, "int", 4, BTF_INT_SIGNED);
	other = btf__add_struct(kernel, "other", 4);
	assert_int_equal(btf__add_field(kernel, "a", number, 0, 0), 0);
	wanted = btf__add_struct(kernel, "wanted", 4);
	assert_int_equal(btf__add_field(kernel, "b", other, 0, 0), 0);
	pid_type = btf__add_enum(kernel, "pid_type", 4);
	flavored = btf__add_union(kernel, "flavored", 4);
	alias = btf__add_typedef(kernel, "alias", number);
	btf__add_struct(ours, "wanted", 4);
	btf__add_union(ours, "flavored___old", 4);
	btf__add_enum(ours, "pid_type", 4);

	assert_int_equal(types_file_open(&file), 0);
	assert_int_equal(types_file_fill(&file, kernel, ours), 0);
	got = btf__parse(file.path, NULL);
	types_file_close(&file);
	assert_non_null(got);
	assert_int_equal(btf__type_cnt(got), btf__type_cnt(kernel));
	assert_string_equal(name_of(got, wanted), "wanted");
	assert_string_equal(name_of(got, flavored), "flavored");
	assert_string_equal(name_of(got, pid_type), "pid_type");
	assert_string_equal(name_of(got, alias), "alias");
	assert_string_equal(name_of(got, other), "");
	assert_string_equal(
	    btf__name_by_offset(got, btf_members(btf__type_by_id(got, wanted))->name_off), "b");
	btf__free(got);
	btf__free(ours);
	btf__free(kernel);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_names) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
