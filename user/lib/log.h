/* SPDX-License-Identifier: GPL-2.0-only */
/* Messages to the operator: stderr, one line each, with the program's name. */
#ifndef KS_LOG_H
#define KS_LOG_H

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

/* Shows libbpf's own messages too (KILLSNOOP_DEBUG in the environment); muted otherwise. */
void log_setup_libbpf(void);

#endif
