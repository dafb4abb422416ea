/* SPDX-License-Identifier: GPL-2.0-only */
/* Which arguments of system calls are descriptors. */
#ifndef KS_FILE_CALLS_H
#define KS_FILE_CALLS_H

#include <stdbool.h>

/* Whether `syscall`, NULL: unknown, takes a descriptor as that argument; or writes to one. */
bool is_call_on_file(const char *syscall, unsigned int argument);
bool is_call_writing_to(const char *syscall, unsigned int argument);

#endif
