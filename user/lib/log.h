/* SPDX-License-Identifier: GPL-2.0-only */
/* Messages to the operator: stderr, one line each, with the program's name. */
#ifndef KS_LOG_H
#define KS_LOG_H

#include <stdbool.h>

/*
 * Prints "killsnoop: ..." and a newline on stderr; control bytes in it are escaped. Does not wait
 * long if nothing reads them.
 */
void log_line(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * Logs "cannot WHAT: REASON", of which the format is what, and returns `err`, a negative errno. So
 * whoever fails can log and return at once, before a later call changes errno.
 */
int log_error(int err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Prints libbpf's messages on stderr, and of a program that is refused the verifier's log, or none.
 */
void log_libbpf(bool is_wanted);

#endif
