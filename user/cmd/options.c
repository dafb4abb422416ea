// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/options.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "cmd/guess.h"
#include "cmd/option_values.h"
#include "lib/list.h"
#include "lib/log.h"
#include "event/event_names.h"
#include "lib/array.h"

#define DEFAULT_MUTED                                                                              \
	(signame_bit(17 /* CHLD */) | signame_bit(23 /* URG */) | signame_bit(28 /* WINCH */))
#define DEFAULT_RING_BYTES (32u << 20)

typedef int handler(struct options *options, char *argument);

static int on_pid(struct options *options, char *argument)
{
	return option_add_pids(&options->filter.target_pids, argument, "-c");
}

static int on_from_pid(struct options *options, char *argument)
{
	return option_add_pids(&options->filter.sender_pids, argument, "--from-comm");
}

static int on_uid(struct options *options, char *argument)
{
	return option_add_users(&options->filter.target_uids, argument);
}

static int on_from_uid(struct options *options, char *argument)
{
	return option_add_users(&options->filter.sender_uids, argument);
}

static int on_comm(struct options *options, char *argument)
{
	return option_add_comms(&options->filter.target_comms, argument);
}

static int on_from_comm(struct options *options, char *argument)
{
	return option_add_comms(&options->filter.sender_comms, argument);
}

static int on_unit(struct options *options, char *argument)
{
	return option_add_texts(&options->filter.target_units, argument, "unit or cgroup path");
}

static int on_from_unit(struct options *options, char *argument)
{
	return option_add_texts(&options->filter.sender_units, argument, "unit or cgroup path");
}

static int on_sig(struct options *options, char *argument)
{
	const char *bad;
	size_t bytes;

	if (!signame_parse_list(argument, &options->filter.spec, &bad, &bytes))
		return 0;
	log_line("'%.*s' is not a signal: use a number up to 64, a name such as KILL or RTMIN+3, "
		 "fatal or all",
		 (int)bytes, bad);
	return -EINVAL;
}

/* Takes the next item of a list of words out of the argument it points to; NULL: none is left. */
static char *next_word(struct list *list)
{
	const char *item;
	size_t bytes;

	if (!list_next(list, &item, &bytes))
		return NULL;
	((char *)item)[bytes] = '\0'; /* which the list has passed already, or is its end */
	return (char *)item;
}

static int on_origin(struct options *options, char *argument)
{
	struct list list = list_begin(argument);
	const char *item;

	while ((item = next_word(&list))) {
		int origin = origin_by_name(item);

		if (origin < 0) {
			log_line("'%s' is not an origin: use user or kernel", item);
			return -EINVAL;
		}
		options->filter.origins |= 1u << origin;
	}
	return 0;
}

static int on_failed(struct options *options, char *argument)
{
	(void)argument;
	options->filter.failed_only = true;
	return 0;
}

static int on_all(struct options *options, char *argument)
{
	(void)argument;
	options->filter.all = true;
	return 0;
}

static const char *option_of(const struct format *format);

static int set_format(struct options *options, const struct format *format)
{
	if (options->output.format && options->output.format != format) {
		log_line("--%s and --%s cannot be combined: choose one",
			 option_of(options->output.format), option_of(format));
		return -EINVAL;
	}
	options->output.format = format;
	return 0;
}

static void print_column(const char *name, const char *help)
{
	printf("%-22s %s\n", name, help);
}

static int on_columns(struct options *options, char *argument)
{
	static struct column columns[COLUMNS_MAX];
	char guess[GUESS_MAX];
	const char *bad;
	size_t bytes;

	if (!strcmp(argument, "help")) {
		fields_list(print_column);
		return 1;
	}
	if (fields_parse_columns(argument, columns, &bad, &bytes) < 0) {
		if (guess_output(argument, guess))
			log_line("'%.*s' is not a field: %s", (int)bytes, bad, guess);
		else
			log_line("'%.*s' is not a field: '-o help' lists them", (int)bytes, bad);
		return -EINVAL;
	}
	options->output.text.columns = argument;
	return set_format(options, &format_table);
}

static int on_wide(struct options *options, char *argument)
{
	(void)argument;
	options->output.is_wide = true;
	return 0;
}

static int on_color(struct options *options, char *argument)
{
	static const char *const names[] = { "auto", "always", "never" };

	for (size_t i = 0; i < 3; i++) {
		if (!strcmp(argument ? argument : "always", names[i])) {
			options->output.color = i;
			return 0;
		}
	}
	log_line("'%s' is not a colour mode: use auto, always or never", argument);
	return -EINVAL;
}

static int on_file(struct options *options, char *argument)
{
	bool is_stdout = !strcmp(argument, "-") || !strcmp(argument, "/dev/stdout");

	options->output.path = is_stdout ? NULL : argument;
	return 0;
}

static int on_count(struct options *options, char *argument)
{
	int64_t count = option_number(argument, strlen(argument), INT64_MAX / 16);

	if (count <= 0) {
		log_line("'%s' is not a count: use a number from 1", argument);
		return -EINVAL;
	}
	options->count = count;
	return 0;
}

static int on_duration(struct options *options, char *argument)
{
	if (!clock_parse_duration(argument, &options->duration_ns))
		return 0;
	log_line("'%s' is not a duration: use seconds, or 500ms, 2m, 1h", argument);
	return -EINVAL;
}

static int on_utc(struct options *options, char *argument)
{
	(void)argument;
	options->output.text.utc = true;
	return 0;
}

static int on_ready_fd(struct options *options, char *argument)
{
	int64_t fd = option_number(argument, strlen(argument), 1 << 20);

	int flags = fd < 0 ? -1 : fcntl(fd, F_GETFL);

	if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY) {
		log_line("'%s' is not a file descriptor that is open for writing", argument);
		return -EINVAL;
	}
	/* Not for the command; but those of standard streams are its own, too. */
	if (fd > STDERR_FILENO)
		fcntl(fd, F_SETFD, FD_CLOEXEC);
	options->ready_fd = fd;
	return 0;
}

static int on_buffer_size(struct options *options, char *argument)
{
	size_t digits = strspn(argument, "0123456789");
	int64_t size = option_number(argument, digits, 1 << 30);
	const char *unit = argument + digits;
	int shift = !*unit ? 0 : !strcasecmp(unit, "K") ? 10 : !strcasecmp(unit, "M") ? 20 : -1;

	if (size <= 0 || shift < 0 || size << shift > 1 << 30) {
		log_line("'%s' is not a buffer size: use bytes, or 512K, 64M, at most 1024M",
			 argument);
		return -EINVAL;
	}
	options->ring_bytes = size << shift;
	return 0;
}

static int on_hook(struct options *options, char *argument)
{
	for (enum return_hook hook = 0; hook < RETURN_HOOK_MAX; hook++) {
		if (!strcmp(argument, features_hook_name(hook))) {
			options->hook = hook;
			return 0;
		}
	}
	log_line("'%s' is not a hook: use auto, fexit, tracepoint or raw", argument);
	return -EINVAL;
}

static int report_feature(const char *name)
{
	char known[256] = "";
	size_t bytes = 0;

	for (enum feature feature = 0; feature < FEATURE_MAX; feature++)
		if (!features_is_needed(feature))
			bytes += snprintf(known + bytes, sizeof(known) - bytes, "%s%s",
					  bytes ? ", " : "", features_name(feature));
	log_line("'%s' is not a feature to do without: use %s", name, known);
	return -EINVAL;
}

static int find_feature(const char *name)
{
	for (enum feature feature = 0; feature < FEATURE_MAX; feature++)
		if (!strcmp(name, features_name(feature)) && !features_is_needed(feature))
			return feature;
	return report_feature(name);
}

static int on_debug(struct options *options, char *argument)
{
	(void)options;
	(void)argument;
	log_libbpf(true);
	return 0;
}

static int on_without(struct options *options, char *argument)
{
	struct list list = list_begin(argument);
	const char *item;

	while ((item = next_word(&list))) {
		int feature = find_feature(item);

		if (feature < 0)
			return feature;
		options->without |= 1u << feature;
	}
	return 0;
}

static int on_btf(struct options *options, char *argument)
{
	options->btf = argument;
	return 0;
}

static int on_yes(struct options *options, char *argument)
{
	(void)argument;
	options->yes = true;
	return 0;
}

static int on_repair(struct options *options, char *argument)
{
	(void)argument;
	options->repair = true;
	return 0;
}

/* main() has seen it. */
static int on_compare_audit(struct options *options, char *argument)
{
	(void)options;
	(void)argument;
	return 0;
}

static int on_help(struct options *options, char *argument);

static int on_version(struct options *options, char *argument)
{
	(void)options;
	(void)argument;
	printf("killsnoop %s\n", KS_VERSION);
	return 1;
}

/* Who takes an option: bit n is enum subcommand n. */
enum {
	TRACE = 1 << SUBCOMMAND_TRACE,
	COMPARE = 1 << SUBCOMMAND_COMPARE,
	DOCTOR = 1 << SUBCOMMAND_DOCTOR,
	ANY = (1 << SUBCOMMAND_MAX) - 1,
	FILTERED = ANY & ~DOCTOR,
	LOADED = TRACE | COMPARE | DOCTOR, /* BPF programs, or what it takes */
};

enum { FORMAT_EVENTS = TRACE, FORMAT_REPORTS = LOADED };

#define FORMAT_ROW(name, letter, option, argument, commands, help)                                 \
	{ commands, letter, option, argument, NULL, help, NULL, &format_##name },

/* A handler returns 0, 1 if it has answered and there is no more to do, or -errno. */
static const struct option_row {
	unsigned int subcommands;
	char letter; /* 0: none */
	const char *name;
	const char *argument; /* metavar; [=X]: may be left out; NULL: none */
	handler *handle;
	const char *help; /* NULL: an alias, not shown */
	const char *heading;
	const struct format *format; /* that it asks for; without `handle`, as it is */
} rows[] = {
	{ FILTERED, 'p', "pid", "PID", on_pid,
	  "only signals to PID; exit when it exits (bcc's -p is --from-pid)",
	  "Filters (all must match; lists take commas or blanks; an option repeated adds to its "
	  "list)" },
	{ FILTERED, 'T', "tpid", "PID", on_pid },
	{ FILTERED, 'c', "comm", "NAME", on_comm,
	  "only to processes of this name; a shell pattern" },
	{ FILTERED, 'u', "unit", "UNIT", on_unit,
	  "only to this systemd unit, or cgroup path and below" },
	{ FILTERED, 's', "sig", "LIST", on_sig,
	  "only these signals: 9, KILL, RTMIN+3, fatal, all; !KILL excludes" },
	{ FILTERED, 0, "from-pid", "PID", on_from_pid, "only signals from PID" },
	{ FILTERED, 0, "from-comm", "NAME", on_from_comm,
	  "only from processes of this name; a shell pattern" },
	{ FILTERED, 0, "from-uid", "USER", on_from_uid, "only from processes of this user" },
	{ FILTERED, 0, "from-unit", "UNIT", on_from_unit,
	  "only from this systemd unit, or cgroup path and below" },
	{ FILTERED, 0, "uid", "USER", on_uid, "only to processes of this user" },
	{ FILTERED, 'x', "failed", NULL, on_failed, "only signals that did not take effect" },
	{ FILTERED, 0, "origin", "LIST", on_origin,
	  "only those sent by: user (a system call), kernel" },
	{ FILTERED, 'a', "all", NULL, on_all,
	  "show muted signals, too: 0, CHLD, URG, WINCH, those of timers" },
	{ TRACE, 'o', "output", "FIELD,...", on_columns, "print these columns; 'help' lists them",
	  "Output", &format_table },
	FORMATS(FORMAT_ROW){ TRACE, 0, "wide", NULL, on_wide,
			     "do not cut the table to the width of the terminal" },
	{ TRACE | COMPARE, 'w', "write", "FILE", on_file,
	  "append to FILE instead of stdout; SIGHUP reopens it" },
	{ TRACE, 0, "color", "[=WHEN]", on_color, "use colour: auto (default), always, never" },
	{ TRACE, 0, "count", "N", on_count, "exit after N signals" },
	{ TRACE | COMPARE, 0, "duration", "TIME", on_duration, "exit after TIME: 10, 500ms, 2m" },
	{ TRACE | COMPARE, 0, "utc", NULL, on_utc, "print times in UTC" },
	{ COMPARE, 0, "yes", NULL, on_yes, "enable audit without asking" },
	{ COMPARE, 0, "repair", NULL, on_repair,
	  "restore audit after a compare that was killed, and exit" },
	{ COMPARE, 0, "compare-audit", NULL, on_compare_audit },
	{ TRACE | COMPARE, 0, "ready-fd", "FD", on_ready_fd,
	  "write a byte to FD when all hooks are attached", "Other" },
	{ TRACE | COMPARE, 0, "buffer-size", "SIZE", on_buffer_size,
	  "size of the ring buffer (32M)" },
	{ LOADED, 0, "hook", "NAME", on_hook,
	  "watch calls return by: auto (default), fexit, tracepoint, raw" },
	{ LOADED, 0, "btf", "FILE", on_btf, "read kernel BTF from FILE (/sys/kernel/btf/vmlinux)" },
	{ LOADED, 0, "without", "LIST", on_without, "for tests: do not use these kernel features" },
	{ LOADED, 0, "debug", NULL, on_debug, "print what libbpf and the verifier say, on stderr" },
	{ ANY, 'h', "help", NULL, on_help, "print this help and exit" },
	{ ANY, 'V', "version", NULL, on_version, "print the version and exit" },
};

enum { ROWS = ARRAY_SIZE(rows) };

static const char *option_of(const struct format *format)
{
	for (int i = 0; i < ROWS; i++)
		if (rows[i].format == format)
			return rows[i].name;
	return "output";
}

static const struct subcommand_row {
	const char *name;
	const char *help_before, *help_after; /* of the options */
	bool runs_command;
} subcommands[] = {
	[SUBCOMMAND_TRACE] = { "trace",
			       "Usage: killsnoop [FILTERS] [OUTPUT] [-- COMMAND [ARG...]]\n"
			       "       killsnoop compare [FILTERS] [--duration TIME] [--json]\n"
			       "       killsnoop rule [FILTERS]\n"
			       "       killsnoop doctor [--json]\n"
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
};
_Static_assert(ARRAY_SIZE(subcommands) == SUBCOMMAND_MAX, "every subcommand has a name");

static void print_row(const struct option_row *row)
{
	bool optional = row->argument && row->argument[0] == '[';
	char name[64];

	snprintf(name, sizeof(name), "--%s%s%s", row->name, row->argument && !optional ? " " : "",
		 row->argument ? row->argument : "");
	printf("  %c%c%c %-24s %s\n", row->letter ? '-' : ' ', row->letter ? row->letter : ' ',
	       row->letter ? ',' : ' ', name, row->help);
}

static int on_help(struct options *options, char *argument)
{
	const char *heading = NULL,
		   *printed = NULL; /* a heading holds for all rows until the next */

	(void)argument;
	fputs(subcommands[options->subcommand].help_before, stdout);
	for (int i = 0; i < ROWS; i++) {
		heading = rows[i].heading ? rows[i].heading : heading;
		if (!rows[i].help || !(rows[i].subcommands & 1u << options->subcommand))
			continue;
		if (heading != printed)
			printf("\n%s:\n", heading);
		printed = heading;
		print_row(&rows[i]);
	}
	printf("\n%s", subcommands[options->subcommand].help_after);
	return 1;
}

/* For getopt: the table's rows, told apart by their index + 256. */
static void make_getopt_tables(struct option longs[ROWS + 1], char letters[3 * ROWS + 3])
{
	char *at = letters;

	*at++ = '+'; /* options end at the first other argument */
	*at++ = ':'; /* we report errors ourselves */
	for (int i = 0; i < ROWS; i++) {
		bool optional = rows[i].argument && rows[i].argument[0] == '[';

		longs[i].name = rows[i].name;
		longs[i].has_arg = !rows[i].argument ? no_argument
				   : optional	     ? optional_argument
						     : required_argument;
		longs[i].val = 256 + i;
		if (!rows[i].letter)
			continue;
		*at++ = rows[i].letter;
		if (rows[i].argument)
			*at++ = ':';
	}
	*at = '\0';
}

static const struct option_row *find_row(int got)
{
	for (int i = 0; i < ROWS; i++)
		if (got == 256 + i || (got < 256 && rows[i].letter == got))
			return &rows[i];
	return NULL;
}

static bool is_ambiguous(const char *given)
{
	size_t bytes = strcspn(given + 2, "=");
	int n = 0;

	for (int i = 0; i < ROWS; i++)
		n += !strncmp(rows[i].name, given + 2, bytes);
	return n > 1;
}

/* An option that is written nearly so. */
static const char *find_near(const char *given)
{
	size_t bytes = strcspn(given + 2, "=");
	char name[32];

	snprintf(name, sizeof(name), "%.*s", (int)bytes, given + 2);
	for (int i = 0; i < ROWS && bytes > 2 && bytes < sizeof(name); i++)
		if (rows[i].help && guess_distance(name, rows[i].name) <= (bytes > 5 ? 2 : 1))
			return rows[i].name;
	return NULL;
}

static int report_long(const char *given)
{
	const char *near = find_near(given);

	if (is_ambiguous(given))
		log_line("option '%s' is short for several; try --help", given);
	else if (near)
		log_line("there is no option '%s': use --%s; try --help", given, near);
	else
		log_line("there is no option '%s'; try --help", given);
	return -EINVAL;
}

/* `next`: the word behind it, which may have been meant for its value. */
static int report_unknown(int got, const char *at, const char *next)
{
	char letter[] = { '-', (char)optopt, '\0' }, guess[GUESS_MAX];
	bool is_alone = at[0] == '-' && (!optopt || at[1] == optopt);

	if (got == ':')
		log_line("option '%s' needs a value; try --help", at);
	else if (optopt >= 256)
		log_line("option '%s' takes no value; try --help", at);
	else if (guess_option(optopt && !is_alone ? letter : at, next, guess))
		log_line("there is no option '%s': %s", optopt ? letter : at, guess);
	else if (optopt)
		log_line("there is no option '%s'; try --help", letter);
	else
		return report_long(at);
	return -EINVAL;
}

static int choose_format(struct options *options, const struct format *format, char *argument)
{
	int err = format->parse ? format->parse(&options->output.text, argument) : 0;

	return err ? err : set_format(options, format);
}

static int handle(struct options *options, const struct option_row *row, char *argument)
{
	if (row->subcommands & 1u << options->subcommand)
		return row->handle ? row->handle(options, argument)
				   : choose_format(options, row->format, argument);
	log_line("'%s' does not take --%s; try --help", subcommands[options->subcommand].name,
		 row->name);
	return -EINVAL;
}

static int finish(struct options *options)
{
	struct filter *filter = &options->filter;
	struct sigset_mask all = { UINT64_MAX, true };
	struct sigset_mask muted = { ~DEFAULT_MUTED, false };

	if (signame_spec_finish(&filter->spec, filter->all ? &all : &muted, &filter->wanted,
				&filter->named)) {
		log_line("--sig leaves no signal to trace");
		return -EINVAL;
	}
	if (filter->all)
		filter->named = all;
	if (options->command && filter->target_pids.n) {
		log_line("-p and -- COMMAND cannot be combined: the command is the target");
		return -EINVAL;
	}
	if (!options->output.format)
		options->output.format = &format_table;
	options->entries =
	    options->subcommand == SUBCOMMAND_COMPARE || options->output.format->needs_entries;
	return 0;
}

/* `options_end`: index behind the last option and its value, which may be "--", too. */
static enum options_outcome take_arguments(struct options *options, int argc, char **argv,
					   int options_end)
{
	const struct subcommand_row *subcommand = &subcommands[options->subcommand];
	char guess[GUESS_MAX];
	bool behind_dashes = optind > options_end && !strcmp(argv[optind - 1], "--");

	if (optind < argc && !behind_dashes) {
		guess_word(argv[optind], subcommand->runs_command, guess);
		log_line("'%s' is not expected here: %s", argv[optind], guess);
		return OPTIONS_ERROR;
	}
	if (behind_dashes && !subcommand->runs_command) {
		log_line("'%s' does not run a command; try --help", subcommand->name);
		return OPTIONS_ERROR;
	}
	if (behind_dashes && optind == argc) {
		log_line("there is no command behind --");
		return OPTIONS_ERROR;
	}
	options->command = optind < argc ? argv + optind : NULL;
	return finish(options) ? OPTIONS_ERROR : OPTIONS_GO;
}

/* As in -p $(pidof nginx), of which the shell makes several words. */
static bool continues(const struct option_row *last, const char *word)
{
	return last && (last->handle == on_pid || last->handle == on_from_pid) && word && *word &&
	       !word[strspn(word, "0123456789,")];
}

/* 0, 1 if there is no more to do, or -errno. */
static int take_options(struct options *options, int argc, char **argv, int *options_end)
{
	const struct option_row *row = NULL;
	struct option longs[ROWS + 1] = { 0 };
	char letters[3 * ROWS + 3];
	int err = 0;

	make_getopt_tables(longs, letters);
	optind = 1;
	while (!err) {
		int at = optind, got = getopt_long(argc, argv, letters, longs, NULL);

		if (got == -1 && (optind != *options_end || !continues(row, argv[optind])))
			break;
		if (got == -1)
			optarg = argv[optind++];
		else
			row = got == '?' || got == ':' ? NULL : find_row(got);
		err = row ? handle(options, row, optarg)
			  : report_unknown(got, argv[optind > at ? optind - 1 : at], argv[optind]);
		*options_end = optind;
	}
	return err;
}

enum options_outcome options_parse(struct options *options, enum subcommand subcommand, int argc,
				   char **argv)
{
	int err, options_end = 1;

	memset(options, 0, sizeof(*options));
	options->subcommand = subcommand;
	options->output.text.columns = COLUMNS_DEFAULT;
	options->ready_fd = -1;
	options->ring_bytes = DEFAULT_RING_BYTES;
	signame_spec_init(&options->filter.spec);
	err = take_options(options, argc, argv, &options_end);
	if (err)
		return err > 0 ? OPTIONS_DONE : OPTIONS_ERROR;
	return take_arguments(options, argc, argv, options_end);
}

struct loader_config options_loader_config(const struct options *options)
{
	return (struct loader_config){
		.filter = &options->filter,
		.has_command = options->command,
		.ring_bytes = options->ring_bytes,
		.btf = options->btf,
		.hook = options->hook,
		.without = options->without,
		.entries = options->entries,
	};
}
