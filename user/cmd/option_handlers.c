// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/option_table.h"

#include <errno.h>
#include <fcntl.h>
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

int option_on_pid(struct options *options, char *argument)
{
	return option_add_pids(&options->filter.target_pids, argument, "-c");
}

int option_on_from_pid(struct options *options, char *argument)
{
	return option_add_pids(&options->filter.sender_pids, argument, "--from-comm");
}

int option_on_uid(struct options *options, char *argument)
{
	return option_add_users(&options->filter.target_uids, argument);
}

int option_on_from_uid(struct options *options, char *argument)
{
	return option_add_users(&options->filter.sender_uids, argument);
}

int option_on_comm(struct options *options, char *argument)
{
	return option_add_comms(&options->filter.target_comms, argument);
}

int option_on_from_comm(struct options *options, char *argument)
{
	return option_add_comms(&options->filter.sender_comms, argument);
}

int option_on_exe(struct options *options, char *argument)
{
	return option_add_exes(&options->filter.target_exes, argument);
}

int option_on_from_exe(struct options *options, char *argument)
{
	return option_add_exes(&options->filter.sender_exes, argument);
}

int option_on_unit(struct options *options, char *argument)
{
	return option_add_texts(&options->filter.target_units, argument, "unit or cgroup path");
}

int option_on_from_unit(struct options *options, char *argument)
{
	return option_add_texts(&options->filter.sender_units, argument, "unit or cgroup path");
}

int option_on_sig(struct options *options, char *argument)
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
static char *option_next_word(struct list *list)
{
	const char *item;
	size_t bytes;

	if (!list_next(list, &item, &bytes))
		return NULL;
	((char *)item)[bytes] = '\0'; /* which the list has passed already, or is its end */
	return (char *)item;
}

int option_on_origin(struct options *options, char *argument)
{
	struct list list = list_begin(argument);
	const char *item;

	while ((item = option_next_word(&list))) {
		int origin = origin_by_name(item);

		if (origin < 0) {
			log_line("'%s' is not an origin: use user, kernel, or a cause such as oom, "
				 "tty, cgroup.kill",
				 item);
			return -EINVAL;
		}
		options->filter.origins |= 1u << origin;
	}
	return 0;
}

int option_on_failed(struct options *options, char *argument)
{
	(void)argument;
	options->filter.failed_only = true;
	return 0;
}

int option_on_all(struct options *options, char *argument)
{
	(void)argument;
	options->filter.all = true;
	return 0;
}

int option_set_format(struct options *options, const struct format *format)
{
	if (options->output.format && options->output.format != format) {
		log_line("--%s and --%s cannot be combined: choose one",
			 option_of_format(options->output.format), option_of_format(format));
		return -EINVAL;
	}
	options->output.format = format;
	return 0;
}

static void option_print_column(const char *name, const char *help)
{
	printf("%-22s %s\n", name, help);
}

int option_on_columns(struct options *options, char *argument)
{
	static struct column columns[COLUMNS_MAX];
	char guess[GUESS_MAX];
	const char *bad;
	size_t bytes;

	if (!strcmp(argument, "help")) {
		fields_list(option_print_column);
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
	return option_set_format(options, &format_table);
}

int option_on_wide(struct options *options, char *argument)
{
	(void)argument;
	options->output.is_wide = true;
	return 0;
}

static int option_parse_when(enum when *when, const char *argument, const char *option)
{
	static const char *const names[] = { "auto", "always", "never" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (!strcmp(argument ? argument : "always", names[i])) {
			*when = i;
			return 0;
		}
	}
	log_line("'%s' is not a value of --%s: use auto, always or never", argument, option);
	return -EINVAL;
}

int option_on_color(struct options *options, char *argument)
{
	return option_parse_when(&options->output.color, argument, "color");
}

int option_on_redact(struct options *options, char *argument)
{
	return option_parse_when(&options->output.redact, argument, "redact");
}

int option_on_secrets(struct options *options, char *argument)
{
	options->output.text.secret_names = argument;
	return 0;
}

int option_on_file(struct options *options, char *argument)
{
	bool is_stdout = !strcmp(argument, "-") || !strcmp(argument, "/dev/stdout");

	options->output.path = is_stdout ? NULL : argument;
	return 0;
}

int option_on_env(struct options *options, char *argument)
{
	options->output.text.has_env = true;
	return option_add_env_names(&options->env, argument);
}

int option_on_each(struct options *options, char *argument)
{
	(void)argument;
	options->each = true;
	return 0;
}

int option_on_follow(struct options *options, char *argument)
{
	options->follows_none = !strcmp(argument, "none");
	if (options->follows_none || !strcmp(argument, "all"))
		return 0;
	log_line("'%s' cannot be followed: use all or none", argument);
	return -EINVAL;
}

int option_on_count(struct options *options, char *argument)
{
	int64_t count = option_number(argument, strlen(argument), INT64_MAX / 16);

	if (count <= 0) {
		log_line("'%s' is not a count: use a number from 1", argument);
		return -EINVAL;
	}
	options->count = count;
	return 0;
}

int option_on_duration(struct options *options, char *argument)
{
	if (!clock_parse_duration(argument, &options->duration_ns))
		return 0;
	log_line("'%s' is not a duration: use seconds, or 500ms, 2m, 1h", argument);
	return -EINVAL;
}

int option_on_utc(struct options *options, char *argument)
{
	(void)argument;
	options->output.text.utc = true;
	return 0;
}

int option_on_ready_fd(struct options *options, char *argument)
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

int option_on_buffer_size(struct options *options, char *argument)
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

int option_on_hook(struct options *options, char *argument)
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

static int option_report_feature(const char *name)
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

static int option_find_feature(const char *name)
{
	for (enum feature feature = 0; feature < FEATURE_MAX; feature++)
		if (!strcmp(name, features_name(feature)) && !features_is_needed(feature))
			return feature;
	return option_report_feature(name);
}

int option_on_debug(struct options *options, char *argument)
{
	(void)options;
	(void)argument;
	log_libbpf(true);
	return 0;
}

int option_on_without(struct options *options, char *argument)
{
	struct list list = list_begin(argument);
	const char *item;

	while ((item = option_next_word(&list))) {
		int feature = option_find_feature(item);

		if (feature < 0)
			return feature;
		options->without |= 1u << feature;
	}
	return 0;
}

int option_on_btf(struct options *options, char *argument)
{
	options->btf = argument;
	return 0;
}

int option_on_yes(struct options *options, char *argument)
{
	(void)argument;
	options->yes = true;
	return 0;
}

int option_on_repair(struct options *options, char *argument)
{
	(void)argument;
	options->repair = true;
	return 0;
}

int option_on_save_records(struct options *options, char *argument)
{
	options->recording = argument;
	return 0;
}

/* main() has seen it. */
int option_on_compare_audit(struct options *options, char *argument)
{
	(void)options;
	(void)argument;
	return 0;
}

int option_on_version(struct options *options, char *argument)
{
	(void)options;
	(void)argument;
	printf("killsnoop %s\n", KS_VERSION);
	return 1;
}
