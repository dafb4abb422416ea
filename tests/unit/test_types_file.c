// SPDX-License-Identifier: GPL-2.0-only
/*
 * The types that libbpf gets, in their places: up to the last that programs need. What programs
 * lack has no name.
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

static struct btf *filtered(const struct btf *kernel, const struct btf *ours)
{
	struct types_file file;
	struct btf *got;

	assert_int_equal(types_file_open(&file), 0);
	assert_int_equal(types_file_fill(&file, kernel, ours), 0);
	got = btf__parse(file.path, NULL);
	types_file_close(&file);
	assert_non_null(got);
	return got;
}

static void test_names(void **state)
{
	struct btf *kernel = btf__new_empty(), *ours = btf__new_empty(), *got;
	int number, wanted, other, pid_type, alias, flavored;

	(void)state;
	number = btf__add_int(kernel, "int", 4, BTF_INT_SIGNED);
	other = btf__add_struct(kernel, "other", 4);
	assert_int_equal(btf__add_field(kernel, "a", number, 0, 0), 0);
	wanted = btf__add_struct(kernel, "wanted", 4);
	assert_int_equal(btf__add_field(kernel, "b", other, 0, 0), 0);
	pid_type = btf__add_enum(kernel, "pid_type", 4);
	alias = btf__add_typedef(kernel, "alias", number);
	flavored = btf__add_union(kernel, "flavored", 4);
	btf__add_struct(ours, "wanted", 4);
	btf__add_union(ours, "flavored___old", 4);
	btf__add_enum(ours, "pid_type", 4);

	got = filtered(kernel, ours);
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

/* What is inside of a struct that is needed is there, but not what that points to. */
static void test_last(void **state)
{
	struct btf *kernel = btf__new_empty(), *ours = btf__new_empty(), *got;
	const int wanted = 1, pointer = 2, function = 3, array = 4, inside = 5, number = 6,
		  behind = 7, prototype = 8;

	(void)state;
	assert_int_equal(btf__add_struct(kernel, "wanted", 16), wanted);
	assert_int_equal(btf__add_field(kernel, "a", pointer, 0, 0), 0);
	assert_int_equal(btf__add_field(kernel, "b", array, 64, 0), 0);
	assert_int_equal(btf__add_ptr(kernel, behind), pointer);
	assert_int_equal(btf__add_func(kernel, "f", BTF_FUNC_STATIC, prototype), function);
	assert_int_equal(btf__add_array(kernel, number, inside, 2), array);
	assert_int_equal(btf__add_typedef(kernel, "inside", number), inside);
	assert_int_equal(btf__add_int(kernel, "int", 4, BTF_INT_SIGNED), number);
	assert_int_equal(btf__add_struct(kernel, "behind", 4), behind);
	assert_int_equal(btf__add_func_proto(kernel, number), prototype);
	btf__add_struct(ours, "wanted", 16);

	got = filtered(kernel, ours);
	assert_int_equal(btf__type_cnt(got), number + 1);
	assert_int_equal(btf__type_by_id(got, pointer)->type, 0);
	assert_true(btf_is_typedef(btf__type_by_id(got, function)));
	assert_int_equal(btf_array(btf__type_by_id(got, array))->type, inside);
	assert_int_equal(btf__resolve_size(got, array), 8);
	assert_string_equal(name_of(got, number), "int");
	btf__free(got);
	btf__free(ours);
	btf__free(kernel);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_names),
					    cmocka_unit_test(test_last) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
