// SPDX-License-Identifier: GPL-2.0-only
#include "kernel/kfuncs.h"

#include <errno.h>
#include <string.h>
#include <bpf/bpf.h>
#include <bpf/btf.h>

#include "lib/array.h"

static const struct {
	enum ks_kfunc number;
	const char *name;
} kfuncs[] = {
	{ KS_KFUNC_PREEMPT_DISABLE, "bpf_preempt_disable" },
	{ KS_KFUNC_PREEMPT_ENABLE, "bpf_preempt_enable" },
	{ KS_KFUNC_RDONLY_CAST, "bpf_rdonly_cast" },
};

int kfuncs_find(const struct btf *own, enum ks_kfunc kfunc)
{
	int id = -ENOENT;

	for (size_t i = 0; i < ARRAY_SIZE(kfuncs); i++)
		if (own && kfuncs[i].number == kfunc)
			id = btf__find_by_name_kind(own, kfuncs[i].name, BTF_KIND_FUNC);
	return id < 0 ? -ENOENT : id;
}

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

uint32_t kfuncs_resolve(void *elf, size_t bytes, const struct btf *own)
{
	uint32_t found = 0;

	for (size_t i = 0; i < ARRAY_SIZE(kfuncs); i++) {
		int id = kfuncs_find(own, kfuncs[i].number);

		if (id < 0)
			continue;
		kfuncs_resolve_calls(elf, bytes, kfuncs[i].number, id);
		found |= KFUNC_BIT(kfuncs[i].number);
	}
	return found;
}
