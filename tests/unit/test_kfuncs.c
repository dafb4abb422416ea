// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <bpf/bpf.h>
#include <bpf/btf.h>

#include <cmocka.h>

#include "kernel/kfuncs.h"
#include "record.h"

/* The types of a kernel that has these functions, NULL-terminated. */
static struct btf *types_with(const char *const *functions)
{
	struct btf *types = btf__new_empty();
	int prototype;

	assert_non_null(types);
	prototype = btf__add_func_proto(types, 0);
	for (; *functions; functions++)
		assert_true(btf__add_func(types, *functions, BTF_FUNC_GLOBAL, prototype) > 0);
	return types;
}

static uint32_t resolve(struct bpf_insn *code, size_t bytes, const char *const *functions)
{
	struct btf *types = types_with(functions);
	uint32_t found = kfuncs_resolve(code, bytes, types);

	btf__free(types);
	return found;
}

#define CALL(what) ((struct bpf_insn){ .code = BPF_JMP | BPF_CALL, .imm = (what) })

static void assert_call(const struct bpf_insn *code, int source, int what)
{
	assert_int_equal(code->code, BPF_JMP | BPF_CALL);
	assert_int_equal(code->src_reg, source);
	assert_int_equal(code->imm, what);
}

static void test_resolved(void **state)
{
	const char *const functions[] = { "other", "bpf_preempt_enable", "bpf_preempt_disable",
					  NULL };
	struct bpf_insn code[] = { CALL(KS_KFUNC_PREEMPT_DISABLE), CALL(BPF_FUNC_get_current_comm),
				   CALL(KS_KFUNC_PREEMPT_ENABLE), CALL(KS_KFUNC_PREEMPT_ENABLE) };

	(void)state;
	/* The last is not all there. */
	assert_int_equal(resolve(code, sizeof(code) - 1, functions),
			 KFUNC_BIT(KS_KFUNC_PREEMPT_DISABLE) | KFUNC_BIT(KS_KFUNC_PREEMPT_ENABLE));
	assert_call(&code[0], BPF_PSEUDO_KFUNC_CALL, 4);
	assert_call(&code[1], 0, BPF_FUNC_get_current_comm);
	assert_call(&code[2], BPF_PSEUDO_KFUNC_CALL, 3);
	assert_call(&code[3], 0, KS_KFUNC_PREEMPT_ENABLE);
}

static void test_lacking(void **state)
{
	const char *const functions[] = { "bpf_preempt_enable", NULL };
	struct bpf_insn code[] = { CALL(KS_KFUNC_PREEMPT_DISABLE), CALL(KS_KFUNC_PREEMPT_ENABLE) };

	(void)state;
	assert_int_equal(kfuncs_resolve(code, sizeof(code), NULL), 0);
	assert_call(&code[1], 0, KS_KFUNC_PREEMPT_ENABLE);
	assert_int_equal(resolve(code, sizeof(code), functions),
			 KFUNC_BIT(KS_KFUNC_PREEMPT_ENABLE));
	assert_call(&code[0], 0, KS_KFUNC_PREEMPT_DISABLE);
	assert_call(&code[1], BPF_PSEUDO_KFUNC_CALL, 2);
}

static void test_found(void **state)
{
	const char *const functions[] = { "other", "bpf_rdonly_cast", NULL };
	struct btf *types = types_with(functions);

	(void)state;
	assert_int_equal(kfuncs_find(types, KS_KFUNC_RDONLY_CAST), 3);
	assert_int_equal(kfuncs_find(types, KS_KFUNC_PREEMPT_ENABLE), -ENOENT);
	assert_int_equal(kfuncs_find(types, 1), -ENOENT);
	assert_int_equal(kfuncs_find(NULL, KS_KFUNC_RDONLY_CAST), -ENOENT);
	btf__free(types);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_resolved),
		cmocka_unit_test(test_lacking),
		cmocka_unit_test(test_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
