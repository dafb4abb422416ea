// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/option_table.h"

#include <stdio.h>

#include "lib/array.h"

/* Who takes an option: bit n is enum subcommand n. */
enum {
	TRACE = 1 << SUBCOMMAND_TRACE,
	COMPARE = 1 << SUBCOMMAND_COMPARE,
	DOCTOR = 1 << SUBCOMMAND_DOCTOR,
	REPLAY = 1 << SUBCOMMAND_REPLAY,
	ANY = (1 << SUBCOMMAND_MAX) - 1,
	FILTERED = ANY & ~(DOCTOR | REPLAY),
	FILTERED_LATE = ANY & ~DOCTOR,	   /* in user space, too */
	SHOWS = TRACE | REPLAY,		   /* events */
	LOADED = TRACE | COMPARE | DOCTOR, /* BPF programs, or what it takes */
};

enum { FORMAT_EVENTS = SHOWS, FORMAT_REPORTS = LOADED | REPLAY };

#define FORMAT_ROW(name, letter, option, argument, commands, help)                                 \
	{ commands, letter, option, argument, NULL, help, NULL, &format_##name },

const struct option_row option_rows[] = {
	{ FILTERED, 'p', "pid", "PID", option_on_pid,
	  "only signals to PID; exit when it exits (bcc's -p is --from-pid)",
	  "Filters (all must match; lists take commas or blanks; an option repeated adds to its "
	  "list)" },
	{ FILTERED, 'T', "tpid", "PID", option_on_pid },
	{ FILTERED_LATE, 'c', "comm", "NAME", option_on_comm,
	  "only to processes of this name, or executable; a shell pattern" },
	{ FILTERED_LATE, 0, "exe", "PATTERN", option_on_exe,
	  "only to processes of this executable: its name or whole path, a shell pattern" },
	{ FILTERED_LATE, 'u', "unit", "UNIT", option_on_unit,
	  "only to this systemd unit, or cgroup path and below" },
	{ FILTERED, 's', "sig", "LIST", option_on_sig,
	  "only these signals: 9, KILL, RTMIN+3, fatal, all; !KILL excludes" },
	{ FILTERED_LATE, 0, "from-pid", "PID", option_on_from_pid, "only signals from PID" },
	{ FILTERED_LATE, 0, "from-comm", "NAME", option_on_from_comm,
	  "only from processes of this name, or executable; a shell pattern" },
	{ FILTERED_LATE, 0, "from-exe", "PATTERN", option_on_from_exe,
	  "only from processes of this executable: its name or whole path, a shell pattern" },
	{ FILTERED_LATE, 0, "from-uid", "USER", option_on_from_uid,
	  "only from processes of this user" },
	{ FILTERED_LATE, 0, "from-unit", "UNIT", option_on_from_unit,
	  "only from this systemd unit, or cgroup path and below" },
	{ FILTERED_LATE, 0, "uid", "USER", option_on_uid, "only to processes of this user" },
	{ FILTERED_LATE, 'x', "failed", NULL, option_on_failed,
	  "only signals that did not take effect" },
	{ FILTERED, 0, "origin", "LIST", option_on_origin,
	  "only those of: user (kill calls), kernel (all else), oom, tty, ..." },
	{ FILTERED, 'a', "all", NULL, option_on_all,
	  "show muted signals, too: 0, CHLD, URG, WINCH, those of timers" },
	{ SHOWS, 'o', "output", "FIELD,...", option_on_columns,
	  "print these columns; 'help' lists them", "Output", &format_table },
	// clang-format off
	FORMATS(FORMAT_ROW)
	// clang-format on
	{ SHOWS, 0, "wide", NULL, option_on_wide,
	  "do not cut the table to the width of the terminal" },
	{ TRACE | COMPARE, 'w', "write", "FILE", option_on_file,
	  "append to FILE instead of stdout; SIGHUP reopens it" },
	{ SHOWS, 0, "color", "[=WHEN]", option_on_color,
	  "use colour: auto (default), always, never" },
	{ SHOWS, 0, "redact", "[=WHEN]", option_on_redact,
	  "hide passwords in arguments: auto (unless on a terminal), always, never" },
	{ SHOWS, 0, "secrets", "NAME,...", option_on_secrets,
	  "hide the values of these options and variables, too" },
	{ TRACE, 0, "env", "NAME,...", option_on_env,
	  "show these environment variables of processes and their ancestors" },
	{ SHOWS, 0, "each", NULL, option_on_each,
	  "print each signal: equal ones are not summed up" },
	{ TRACE, 0, "follow", "WHOM", option_on_follow,
	  "of COMMAND, watch the descendants: all (default), none" },
	{ SHOWS, 0, "count", "N", option_on_count, "exit after N signals" },
	{ TRACE | COMPARE, 0, "duration", "TIME", option_on_duration,
	  "exit after TIME: 10, 500ms, 2m" },
	{ TRACE | COMPARE | REPLAY, 0, "utc", NULL, option_on_utc, "print times in UTC" },
	{ COMPARE, 0, "yes", NULL, option_on_yes, "enable audit without asking" },
	{ COMPARE, 0, "repair", NULL, option_on_repair,
	  "restore audit after a compare that was killed, and exit" },
	{ COMPARE, 0, "compare-audit", NULL, option_on_compare_audit },
	{ TRACE | COMPARE, 0, "ready-fd", "FD", option_on_ready_fd,
	  "write a byte to FD when all hooks are attached", "Other" },
	{ TRACE | COMPARE, 0, "buffer-size", "SIZE", option_on_buffer_size,
	  "size of the main ring buffer (32M)" },
	{ LOADED, 0, "hook", "NAME", option_on_hook,
	  "watch calls return by: auto (default), fexit, tracepoint, raw" },
	{ LOADED, 0, "btf", "FILE", option_on_btf,
	  "read kernel BTF from FILE (/sys/kernel/btf/vmlinux)" },
	{ LOADED, 0, "without", "LIST", option_on_without,
	  "for tests: do not use these kernel features" },
	{ TRACE, 0, "save-records", "FILE", option_on_save_records,
	  "save the raw records in FILE, too: see killsnoop replay" },
	{ LOADED, 0, "debug", NULL, option_on_debug,
	  "print what libbpf and the verifier say, on stderr" },
	{ ANY, 'h', "help", NULL, option_on_help, "print this help and exit" },
	{ ANY, 'V', "version", NULL, option_on_version, "print the version and exit" },
};

const size_t option_n_rows = ARRAY_SIZE(option_rows);
_Static_assert(ARRAY_SIZE(option_rows) <= OPTION_ROWS_MAX, "there is room for all");

const char *option_of_format(const struct format *format)
{
	for (size_t i = 0; i < option_n_rows; i++)
		if (option_rows[i].format == format)
			return option_rows[i].name;
	return "output";
}

const struct subcommand_row subcommands[] = {
	[SUBCOMMAND_TRACE] = { "trace",
			       "Usage: killsnoop [FILTERS] [OUTPUT] [-- COMMAND [ARG...]]\n"
			       "       killsnoop compare [FILTERS] [--duration TIME] [--json]\n"
			       "       killsnoop rule [FILTERS]\n"
			       "       killsnoop doctor [--json]\n"
			       "       killsnoop replay [FILTERS] [OUTPUT] FILE\n"
			       "Shows who sends which signal to whom, and with what result.\n",
			       "Examples:\n"
			       "  killsnoop -p $(pidof nginx)      who kills nginx? Exits with the "
			       "answer\n"
			       "  killsnoop -u nginx.service -v    every signal to a service, in "
			       "full\n"
			       "  killsnoop -s KILL --json         every SIGKILL, for a program\n"
			       "\n"
			       "Events go to stdout, everything else to stderr. Exit status: 0 "
			       "success; "
			       "1 error; 2 usage;\n"
			       "3 events or facts were lost; with COMMAND, its own. See "
			       "killsnoop(8).\n",
			       true },
	[SUBCOMMAND_RULE] = { "rule",
			      "Usage: killsnoop rule [FILTERS]\n"
			      "Prints rules for auditctl(8): with them, kernel audit logs what the "
			      "filters select, as far as it\n"
			      "can. Changes nothing.\n",
			      "Exit status: 0 success; 1 error; 2 usage. See killsnoop(8).\n",
			      false },
	[SUBCOMMAND_COMPARE] = { "compare",
				 "Usage: killsnoop compare [FILTERS] [--duration TIME] [--json]\n"
				 "       killsnoop compare --repair\n"
				 "Compares --audit-format with the records of kernel audit. "
				 "Changes "
				 "audit's rules and settings, and\n"
				 "restores them.\n",
				 "Exit status: 0 no unexplained difference; 1 differences, or an "
				 "error; "
				 "2 "
				 "usage. See killsnoop(8).\n",
				 false },
	[SUBCOMMAND_DOCTOR] = { "doctor",
				"Usage: killsnoop doctor [--json]\n"
				"Says whether killsnoop works here, which kernel features it can "
				"use, "
				"and "
				"the impact of those\n"
				"that are missing.\n",
				"Exit status: 0 killsnoop works here; 1 it does not; 2 usage. See "
				"killsnoop(8).\n",
				false },
	[SUBCOMMAND_REPLAY] = { "replay",
				"Usage: killsnoop replay [FILTERS] [OUTPUT] FILE\n"
				"Shows the events of raw records that --save-records saved. "
				"Needs no privileges.\n",
				"Exit status: 0 success; 1 error; 2 usage; 3 events or facts were "
				"lost. See killsnoop(8).\n",
				false, true },
};
_Static_assert(ARRAY_SIZE(subcommands) == SUBCOMMAND_MAX, "every subcommand has a name");

static void option_print_row(const struct option_row *row)
{
	bool optional = row->argument && row->argument[0] == '[';
	char name[64];

	snprintf(name, sizeof(name), "--%s%s%s", row->name, row->argument && !optional ? " " : "",
		 row->argument ? row->argument : "");
	printf("  %c%c%c %-24s %s\n", row->letter ? '-' : ' ', row->letter ? row->letter : ' ',
	       row->letter ? ',' : ' ', name, row->help);
}

int option_on_help(struct options *options, char *argument)
{
	const char *heading = NULL,
		   *printed = NULL; /* a heading holds for all rows until the next */

	(void)argument;
	fputs(subcommands[options->subcommand].help_before, stdout);
	for (size_t i = 0; i < option_n_rows; i++) {
		heading = option_rows[i].heading ? option_rows[i].heading : heading;
		if (!option_rows[i].help ||
		    !(option_rows[i].subcommands & 1u << options->subcommand))
			continue;
		if (heading != printed)
			printf("\n%s:\n", heading);
		printed = heading;
		option_print_row(&option_rows[i]);
	}
	printf("\n%s", subcommands[options->subcommand].help_after);
	return 1;
}
