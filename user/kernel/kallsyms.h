/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KS_KALLSYMS_H
#define KS_KALLSYMS_H

#include <stddef.h>
#include <stdint.h>

struct kallsyms_wanted {
	const char *name;
	uint64_t *ret_address;
};

/*
 * The addresses of the kernel's own symbols, from /proc/kallsyms, which lists variables if the
 * kernel has CONFIG_KALLSYMS_ALL, and addresses to the privileged. 0 if all are known, -ENOENT, or
 * -errno.
 */
int kallsyms_find(const struct kallsyms_wanted *wanted, size_t n);

#endif
