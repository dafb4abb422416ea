/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Functions of the kernel that programs call. libbpf has __ksym for that, and searches for what a
 * kernel lacks in the types of all its modules: that takes CAP_SYS_ADMIN (libbpf 1.1 fails
 * without), and time.
 */
#ifndef KS_KFUNCS_H
#define KS_KFUNCS_H

#include <stddef.h>
#include <stdint.h>

#include "record.h"

struct btf;

/* The id of a function in `own`, the types of the kernel, from the kernel, or NULL; or -ENOENT. */
int kfuncs_find(const struct btf *own, enum ks_kfunc kfunc);

/*
 * Has each call of an enum ks_kfunc in `elf`, a compiled object of `bytes`, call that function.
 * What the kernel lacks stays as it is, and is refused unless the verifier prunes it. Returns which
 * it has, by KFUNC_BIT().
 */
uint32_t kfuncs_resolve(void *elf, size_t bytes, const struct btf *own);

#define KFUNC_BIT(kfunc) (1U << ((kfunc)-KS_KFUNC_PREEMPT_DISABLE))

#endif
