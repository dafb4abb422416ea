// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "cmd/guess.h"
#include "cmd/option_table.h"
#include "lib/log.h"

#define DEFAULT_MUTED                                                                              \
	(signame_bit(17 /* CHLD */) | signame_bit(23 /* URG */) | signame_bit(28 /* WINCH */))
#define DEFAULT_RING_BYTES (32u << 20)

/* For getopt: the table's rows, by their index + 256. */
static void options_make_getopt_tables(struct option longs[OPTION_ROWS_MAX + 1],
				       char letters[3 * OPTION_ROWS_MAX + 3])
{
	char *at = letters;

	*at++ = '+'; /* options end at the first other argument */
	*at++ = ':'; /* we report errors ourselves */
	for (size_t i = 0; i < option_n_rows; i++) {
		bool optional = option_rows[i].argument && option_rows[i].argument[0] == '[';

		longs[i].name = option_rows[i].name;
		longs[i].has_arg = !option_rows[i].argument ? no_argument
				   : optional		    ? optional_argument
							    : required_argument;
		longs[i].val = 256 + i;
		if (!option_rows[i].letter)
			continue;
		*at++ = option_rows[i].letter;
		if (option_rows[i].argument)
			*at++ = ':';
	}
	*at = '\0';
}

static const struct option_row *options_find_row(int got)
{
	for (size_t i = 0; i < option_n_rows; i++)
		if (got == 256 + (int)i || (got < 256 && option_rows[i].letter == got))
			return &option_rows[i];
	return NULL;
}

static bool options_is_ambiguous(const char *given)
{
	size_t bytes = strcspn(given + 2, "=");
	int n = 0;

	for (size_t i = 0; i < option_n_rows; i++)
		n += !strncmp(option_rows[i].name, given + 2, bytes);
	return n > 1;
}

/* An option that is written nearly so. */
static const char *options_find_near(const char *given)
{
	size_t bytes = strcspn(given + 2, "=");
	char name[32];

	snprintf(name, sizeof(name), "%.*s", (int)bytes, given + 2);
	for (size_t i = 0; i < option_n_rows && bytes > 2 && bytes < sizeof(name); i++)
		if (option_rows[i].help &&
		    guess_distance(name, option_rows[i].name) <= (bytes > 5 ? 2 : 1))
			return option_rows[i].name;
	return NULL;
}

static int options_report_long(const char *given)
{
	const char *near = options_find_near(given);

	if (options_is_ambiguous(given))
		log_line("option '%s' is short for several; try --help", given);
	else if (near)
		log_line("there is no option '%s': use --%s; try --help", given, near);
	else
		log_line("there is no option '%s'; try --help", given);
	return -EINVAL;
}

/* `next`: the word behind it, which may have been meant for its value. */
static int options_report_unknown(int got, const char *at, const char *next)
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
		return options_report_long(at);
	return -EINVAL;
}

static int options_choose_format(struct options *options, const struct format *format,
				 char *argument)
{
	int err = format->parse ? format->parse(&options->output.text, argument) : 0;

	return err ? err : option_set_format(options, format);
}

static int options_handle(struct options *options, const struct option_row *row, char *argument)
{
	if (row->subcommands & 1u << options->subcommand)
		return row->handle ? row->handle(options, argument)
				   : options_choose_format(options, row->format, argument);
	log_line("'%s' does not take --%s; try --help", subcommands[options->subcommand].name,
		 row->name);
	return -EINVAL;
}

static int options_finish(struct options *options)
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
	options->each = options->each || options->output.format->shows_each;
	options->filter.has_pids = filter->target_pids.n || options->command;
	options->filter.names_programs = options->subcommand != SUBCOMMAND_COMPARE;
	return 0;
}

static enum options_outcome options_take_file(struct options *options, int argc, char **argv)
{
	if (optind + 1 != argc) {
		log_line("'%s' needs the name of one file; try --help",
			 subcommands[options->subcommand].name);
		return OPTIONS_ERROR;
	}
	options->recording = argv[optind];
	return options_finish(options) ? OPTIONS_ERROR : OPTIONS_GO;
}

/* `options_end`: index behind the last option and its value, which may be "--", too. */
static enum options_outcome options_take_arguments(struct options *options, int argc, char **argv,
						   int options_end)
{
	const struct subcommand_row *subcommand = &subcommands[options->subcommand];
	char guess[GUESS_MAX];
	bool behind_dashes = optind > options_end && !strcmp(argv[optind - 1], "--");

	if (subcommand->takes_file)
		return options_take_file(options, argc, argv);
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
	return options_finish(options) ? OPTIONS_ERROR : OPTIONS_GO;
}

/* As in -p $(pidof nginx), of which the shell makes several words. */
static bool options_continues(const struct option_row *last, const char *word)
{
	return last && (last->handle == option_on_pid || last->handle == option_on_from_pid) &&
	       word && *word && !word[strspn(word, "0123456789,")];
}

/* 0, 1 if there is no more to do, or -errno. */
static int options_take(struct options *options, int argc, char **argv, int *options_end)
{
	const struct option_row *row = NULL;
	struct option longs[OPTION_ROWS_MAX + 1] = { 0 };
	char letters[3 * OPTION_ROWS_MAX + 3];
	int err = 0;

	options_make_getopt_tables(longs, letters);
	optind = 1;
	while (!err) {
		int at = optind, got = getopt_long(argc, argv, letters, longs, NULL);

		if (got == -1 && (optind != *options_end || !options_continues(row, argv[optind])))
			break;
		if (got == -1)
			optarg = argv[optind++];
		else
			row = got == '?' || got == ':' ? NULL : options_find_row(got);
		err = row ? options_handle(options, row, optarg)
			  : options_report_unknown(got, argv[optind > at ? optind - 1 : at],
						   argv[optind]);
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
	err = options_take(options, argc, argv, &options_end);
	if (err)
		return err > 0 ? OPTIONS_DONE : OPTIONS_ERROR;
	return options_take_arguments(options, argc, argv, options_end);
}

struct loader_config options_loader_config(const struct options *options)
{
	return (struct loader_config){
		.filter = &options->filter,
		.has_command = options->command,
		.follows = !options->follows_none,
		.ring_bytes = options->ring_bytes,
		.env = options->env,
		.btf = options->btf,
		.hook = options->hook,
		.without = options->without,
		.entries = options->entries,
		.all_targets = options->entries,
	};
}
