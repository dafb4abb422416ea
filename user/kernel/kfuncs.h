/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Functions of the kernel that programs call. libbpf has __ksym for that, and searches for what a
 * kernel lacks in the types of all its modules: that takes CAP_SYS_ADMIN (libbpf 1.1 fails
 * without), and time.
 */
#ifndef KS_KFUNCS_H
#define KS_KFUNCS_H

#include <stdbool.h>
#include <stddef.h>

struct btf;

/*
 * Has each call of an enum ks_kfunc in `elf`, a compiled object of `bytes`, call the function of
 * that name. `own`: the types of the kernel, from the kernel, or NULL. Returns false if it lacks
 * one of them: then none may be called.
 */
bool kfuncs_resolve(void *elf, size_t bytes, const struct btf *own);

#endif
