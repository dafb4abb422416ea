/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How a member of a kernel's struct is read. Three objects are compiled of the same source:
 *
 * - typed: by helper, which costs some 20 ns a pointer. Members of current and of a hook's
 *   arguments that are numbers are loaded directly, see NUMBER(): pointers would have the verifier
 *   search each type by name, which takes it a millisecond (v6.18).
 * - untyped (KS_UNTYPED), for kernels that do not know their own types: always by helper.
 * - cast (KS_CAST), for those that have bpf_rdonly_cast(), a35b9af4ec2c ("bpf: Add a kfunc for
 *   generic type cast", v6.2): all by direct load, of a pointer that the verifier does not trust.
 *   It searches nothing then, and what cannot be read is 0, as with the helper.
 *
 * BPF_CORE_READ() is each of these. What it reads from is a pointer that was loaded, or came from
 * STRUCT_AT(): a number is no pointer to the verifier, whatever its type in C. And where a
 * number is needed, for arithmetic or as the argument of a global function, a pointer becomes one
 * by ADDRESS_OF().
 */
#ifndef KS_READ_BPF_H
#define KS_READ_BPF_H

#ifdef KS_CAST
static void *(*const rdonly_cast)(const void *address, u32 type) = (void *)KS_KFUNC_RDONLY_CAST;

#define STRUCT_AT(type, address)                                                                   \
	((struct type *)rdonly_cast((const void *)(address), bpf_core_type_id_kernel(struct type)))

/*
 * The difference of two pointers is a number. Which members are pointers to the verifier and which
 * are numbers already (void *, T **), depends on the kernel: so both are made.
 */
#define ADDRESS_OF(pointer) ((u64)STRUCT_AT(task_struct, pointer) - (u64)STRUCT_AT(task_struct, 0))

#undef BPF_CORE_READ
#define BPF_CORE_READ(pointer, ...) ___arrow((pointer), __VA_ARGS__)

enum { IS_CAST = 1 };
#else
#define STRUCT_AT(type, address) ((struct type *)(address))
#define ADDRESS_OF(pointer) ((u64)(pointer))

enum { IS_CAST = 0 };
#endif

/*
 * A member of `task` that is a number: where the verifier has the type (`typed`, a constant in
 * the callers), by direct load.
 */
#define NUMBER(member) (typed ? task->member : BPF_CORE_READ(task, member))

#endif
