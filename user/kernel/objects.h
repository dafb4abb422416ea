/* SPDX-License-Identifier: GPL-2.0-only */
/* The compiled BPF programs: three objects of the same source, see bpf/read.bpf.h. */
#ifndef KS_OBJECTS_H
#define KS_OBJECTS_H

#include <stddef.h>

enum object {
	OBJECT_CAST, /* members are read by direct load */
	OBJECT_TYPED,
	OBJECT_UNTYPED, /* the kernel does not know its own types */
	OBJECT_MAX
};

/* Inflates one: 0, and memory to be freed, or -errno. */
int objects_inflate(enum object object, void **ret, size_t *ret_bytes);

#endif
