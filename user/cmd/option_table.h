/* SPDX-License-Identifier: GPL-2.0-only */
/* The table of options, and of the commands that take them: for the files of the options. */
#ifndef KS_OPTION_TABLE_H
#define KS_OPTION_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "cmd/options.h"

/* Returns 0, 1 if it has answered and there is no more to do, or -errno reported on stderr. */
typedef int option_handler(struct options *options, char *argument);

struct option_row {
	unsigned int subcommands;
	char letter; /* 0: none */
	const char *name;
	const char *argument; /* metavar; [=X]: may be left out; NULL: none */
	option_handler *handle;
	const char *help; /* NULL: an alias, not shown */
	const char *heading;
	const struct format *format; /* that it asks for; without `handle`, as it is */
};

extern const struct option_row option_rows[];
enum { OPTION_ROWS_MAX = 64 };
extern const size_t option_n_rows;

struct subcommand_row {
	const char *name;
	const char *help_before, *help_after; /* of the options */
	bool runs_command;
	bool takes_file; /* a recording, behind the options */
};

extern const struct subcommand_row subcommands[SUBCOMMAND_MAX]; /* by enum subcommand */

option_handler option_on_all, option_on_btf, option_on_buffer_size, option_on_color,
    option_on_columns, option_on_comm, option_on_compare_audit, option_on_count, option_on_debug,
    option_on_duration, option_on_each, option_on_env, option_on_exe, option_on_failed,
    option_on_file, option_on_follow, option_on_from_comm, option_on_from_exe, option_on_from_pid,
    option_on_from_uid, option_on_from_unit, option_on_hook, option_on_origin, option_on_pid,
    option_on_ready_fd, option_on_redact, option_on_repair, option_on_save_records,
    option_on_secrets, option_on_sig, option_on_uid, option_on_unit, option_on_utc,
    option_on_version, option_on_wide, option_on_without, option_on_yes, option_on_help;

/* The name of the option that asks for a format. */
const char *option_of_format(const struct format *format);

/* 0, or -EINVAL reported on stderr: another one was asked for, too. */
int option_set_format(struct options *options, const struct format *format);

#endif
