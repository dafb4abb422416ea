// SPDX-License-Identifier: GPL-2.0-only
#include "kernel/kfuncs.h"

#include <string.h>
#include <bpf/bpf.h>
#include <bpf/btf.h>

#include "lib/array.h"

#include "record.h"

static const struct {
	enum ks_kfunc number;
	const char *name;
} kfuncs[] = {
	{ KS_KFUNC_PREEMPT_DISABLE, "bpf_preempt_disable" },
	{ KS_KFUNC_PREEMPT_ENABLE, "bpf_preempt_enable" },
};

/* Instructions are aligned in the file; nothing else in it has such a number in that place. */
static void kfuncs_resolve_calls(char *elf, size_t bytes, int number, int id)
{
	const struct bpf_insn from = { .code = BPF_JMP | BPF_CALL, .imm = number };
	const struct bpf_insn to = { .code = BPF_JMP | BPF_CALL,
				     .src_reg = BPF_PSEUDO_KFUNC_CALL,
				     .imm = id };

	for (size_t at = 0; at + sizeof(from) <= bytes; at += sizeof(from))
		if (!memcmp(elf + at, &from, sizeof(from)))
			memcpy(elf + at, &to, sizeof(to));
}

bool kfuncs_resolve(void *elf, size_t bytes, const struct btf *own)
{
	for (size_t i = 0; i < ARRAY_SIZE(kfuncs); i++) {
		int id = own ? btf__find_by_name_kind(own, kfuncs[i].name, BTF_KIND_FUNC) : -1;

		if (id < 0)
			return false;
		kfuncs_resolve_calls(elf, bytes, kfuncs[i].number, id);
	}
	return true;
}
