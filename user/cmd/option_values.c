// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/option_values.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#include "event/env.h"
#include "lib/list.h"
#include "lib/log.h"
#include "record.h"

int64_t option_number(const char *text, size_t bytes, uint64_t max)
{
	uint64_t number = 0;

	if (!bytes)
		return -EINVAL;
	for (size_t i = 0; i < bytes; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -EINVAL;
		number = number * 10 + (text[i] - '0');
		if (number > max)
			return -EINVAL;
	}
	return number;
}

static int64_t option_parse_pid(const char *text, size_t bytes)
{
	int64_t pid = option_number(text, bytes, INT_MAX);

	return pid ? pid : -EINVAL;
}

static int64_t option_parse_user(const char *text, size_t bytes)
{
	char *name = strndup(text, bytes);
	struct passwd *entry = name ? getpwnam(name) : NULL;

	free(name);
	return entry ? (int64_t)entry->pw_uid : option_number(text, bytes, UINT32_MAX - 1);
}

/* ---- lists ---- */

static int option_report_too_many(void)
{
	log_line("a list is too long: at most %d items", FILTER_LIST_MAX);
	return -EINVAL;
}

static int option_report_pid(const char *item, size_t bytes, const char *comm_option)
{
	if (bytes && isalpha((unsigned char)*item))
		log_line("'%.*s' is not a process id: use %s %.*s for processes of that name",
			 (int)bytes, item, comm_option, (int)bytes, item);
	else
		log_line("'%.*s' is not a process id: use a number, as ps shows it", (int)bytes,
			 item);
	return -EINVAL;
}

int option_add_pids(struct number_list *list, const char *text, const char *comm_option)
{
	struct list items = list_begin(text);
	const char *item;
	size_t bytes;

	while (list_next(&items, &item, &bytes)) {
		int64_t pid = option_parse_pid(item, bytes);

		if (pid < 0)
			return option_report_pid(item, bytes, comm_option);
		if (list->n == FILTER_LIST_MAX) {
			log_line("more than %d process ids: use %s NAME, or the name of a unit",
				 FILTER_LIST_MAX, comm_option);
			return -EINVAL;
		}
		list->items[list->n++] = pid;
	}
	return 0;
}

int option_add_users(struct number_list *list, const char *text)
{
	struct list items = list_begin(text);
	const char *item;
	size_t bytes;

	while (list_next(&items, &item, &bytes)) {
		int64_t uid = option_parse_user(item, bytes);

		if (uid < 0) {
			log_line("'%.*s' is not a user: use a name or a number", (int)bytes, item);
			return -EINVAL;
		}
		if (list->n == FILTER_LIST_MAX)
			return option_report_too_many();
		list->items[list->n++] = uid;
	}
	return 0;
}

static bool option_has_env_name(const struct env_names *names, const char *item, size_t bytes)
{
	for (size_t i = 0; i < names->n; i++)
		if (strlen(names->items[i]) == bytes && !memcmp(names->items[i], item, bytes))
			return true;
	return false;
}

static int option_add_env_name(struct env_names *names, const char *item, size_t bytes)
{
	if (!bytes || env_name_bytes(item) != bytes) {
		log_line("'%.*s' is not the name of an environment variable: use letters, digits "
			 "and _",
			 (int)bytes, item);
		return -EINVAL;
	}
	if (bytes >= KS_ENV_NAME_BYTES) {
		log_line("'%.*s' is too long: at most %d bytes of a name are compared", (int)bytes,
			 item, KS_ENV_NAME_BYTES - 1);
		return -EINVAL;
	}
	if (option_has_env_name(names, item, bytes))
		return 0;
	if (names->n == KS_ENV_NAMES_MAX) {
		log_line("there are too many environment variables: at most %d can be shown",
			 KS_ENV_NAMES_MAX);
		return -EINVAL;
	}
	memcpy(names->items[names->n++], item, bytes);
	return 0;
}

int option_add_env_names(struct env_names *names, const char *text)
{
	struct list items = list_begin(text);
	const char *item;
	size_t bytes;
	int err = 0;

	while (!err && list_next(&items, &item, &bytes))
		err = option_add_env_name(names, item, bytes);
	return err;
}

int option_add_texts(struct text_list *list, char *text, const char *what)
{
	char *item;

	while ((item = strsep(&text, ","))) {
		if (!*item) {
			log_line("'%s' is not a %s", item, what);
			return -EINVAL;
		}
		if (list->n == FILTER_LIST_MAX)
			return option_report_too_many();
		list->items[list->n++] = item;
	}
	return 0;
}

/* A longer name without a pattern would never match. */
int option_add_comms(struct text_list *list, char *text)
{
	size_t before = list->n;

	if (option_add_texts(list, text, "command name"))
		return -EINVAL;
	for (size_t i = before; i < list->n; i++) {
		const char *item = list->items[i];

		if (strlen(item) < KS_COMM_BYTES || strpbrk(item, "*?[\\"))
			continue;
		log_line("'%s' is longer than the 15 bytes that the kernel keeps of a name: use "
			 "'%.15s'",
			 item, item);
		return -EINVAL;
	}
	return 0;
}

/* A path that is relative would never match. */
int option_add_exes(struct text_list *list, char *text)
{
	size_t before = list->n;

	if (option_add_texts(list, text, "name or path of an executable"))
		return -EINVAL;
	for (size_t i = before; i < list->n; i++) {
		const char *item = list->items[i];

		if (!strchr(item, '/') || strchr("/*?[\\", *item))
			continue;
		log_line("'%s' is no whole path: begin it with a slash, or use the name alone",
			 item);
		return -EINVAL;
	}
	return 0;
}
