// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/absent.h"

#include <fnmatch.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "enrich/cgroup.h"
#include "lib/log.h"
#include "lib/procfs.h"
#include "lib/strbuf.h"
#include "lib/array.h"

/* What a process is called, and where it is. */
struct facts {
	char comm[32];
	char exe[PATH_MAX];
	char cgroups[8192]; /* /proc/PID/cgroup */
};

static void absent_read_text(int dir, const char *name, char *to, size_t bytes)
{
	ssize_t n = procfs_read(dir, name, to, bytes - 1);

	to[n > 0 ? n : 0] = '\0';
}

/* If it ends so. */
static void absent_cut_end(char *text, const char *end)
{
	size_t bytes = strlen(text), end_bytes = strlen(end);

	if (bytes > end_bytes && !strcmp(text + bytes - end_bytes, end))
		text[bytes - end_bytes] = '\0';
}

static void absent_read_facts(int dir, struct facts *facts)
{
	ssize_t n = readlinkat(dir, "exe", facts->exe, sizeof(facts->exe) - 1);

	facts->exe[n > 0 ? n : 0] = '\0';
	absent_cut_end(facts->exe, " (deleted)");
	absent_read_text(dir, "comm", facts->comm, sizeof(facts->comm));
	facts->comm[strcspn(facts->comm, "\n")] = '\0';
	absent_read_text(dir, "cgroup", facts->cgroups, sizeof(facts->cgroups));
}

static bool absent_has_name(const struct facts *facts, const char *pattern)
{
	const char *slash = strrchr(facts->exe, '/');

	return !fnmatch(pattern, facts->comm, 0) || (slash && !fnmatch(pattern, slash + 1, 0));
}

static bool absent_has_exe(const struct facts *facts, const char *pattern)
{
	return filter_matches_exe(facts->exe, pattern);
}

/* Lines are "0::/system.slice/x.service"; which hierarchy counts does not matter here. */
static bool absent_is_in_unit(const struct facts *facts, const char *pattern)
{
	char text[sizeof(facts->cgroups)], *rest = text, *line;

	strcpy(text, facts->cgroups);
	while ((line = strsep(&rest, "\n"))) {
		const char *path = strchr(line, '/');

		if (path && cgroup_matches(path, pattern))
			return true;
	}
	return false;
}

static const struct kind {
	size_t offset; /* of the list in struct filter */
	bool (*matches)(const struct facts *facts, const char *pattern);
	const char *what;
} kinds[] = {
	{ offsetof(struct filter, target_comms), absent_has_name, "named" },
	{ offsetof(struct filter, sender_comms), absent_has_name, "named" },
	{ offsetof(struct filter, target_exes), absent_has_exe, "of the executable" },
	{ offsetof(struct filter, sender_exes), absent_has_exe, "of the executable" },
	{ offsetof(struct filter, target_units), absent_is_in_unit, "of the unit" },
	{ offsetof(struct filter, sender_units), absent_is_in_unit, "of the unit" },
};

enum { KINDS = ARRAY_SIZE(kinds) };

/* Which items of each list some process matches. */
struct matches {
	bool items[KINDS][FILTER_LIST_MAX];
};

static const struct text_list *absent_list_of(const struct filter *filter, const struct kind *kind)
{
	return (const struct text_list *)((const char *)filter + kind->offset);
}

struct search {
	struct matches *matches;
	const struct filter *filter;
};

static int absent_note(void *context, int dir, uint32_t pid)
{
	struct search *search = context;
	struct facts facts;

	if (pid == (uint32_t)getpid())
		return 0;
	absent_read_facts(dir, &facts);
	for (int kind = 0; kind < KINDS; kind++) {
		const struct text_list *list = absent_list_of(search->filter, &kinds[kind]);
		bool *is_matched = search->matches->items[kind];

		for (size_t i = 0; i < list->n; i++)
			if (!is_matched[i])
				is_matched[i] = kinds[kind].matches(&facts, list->items[i]);
	}
	return 0;
}

static void absent_add_item(struct strbuf *names, const char *item)
{
	strbuf_addf(names, "%s'%s'", names->len ? ", " : "", item);
}

/* Of /etc/passwd: the name service might block. */
static bool absent_is_local_user(const char *name)
{
	FILE *file = fopen("/etc/passwd", "re");
	struct passwd *user = NULL;

	while (file && (user = fgetpwent(file)) && strcmp(user->pw_name, name))
		continue;
	if (file)
		fclose(file);
	return user;
}

/* -u is a user to other tools. */
static void absent_report_kind(const struct kind *kind, const char *names, const char *last)
{
	bool is_user = kind->matches == absent_is_in_unit && absent_is_local_user(last);

	log_line("no process %s %.512s is running: waiting for one%s%s", kind->what, names,
		 is_user ? "; a user is chosen by --uid " : "", is_user ? last : "");
}

static void absent_report_texts(const struct filter *filter, const struct matches *matches)
{
	for (int kind = 0; kind < KINDS; kind++) {
		const struct text_list *list = absent_list_of(filter, &kinds[kind]);
		struct strbuf names = { 0 };
		const char *last = NULL;

		for (size_t i = 0; i < list->n; i++) {
			if (matches->items[kind][i])
				continue;
			last = list->items[i];
			absent_add_item(&names, last);
		}
		if (last)
			absent_report_kind(&kinds[kind], strbuf_str(&names), last);
		strbuf_free(&names);
	}
}

static void absent_report_senders(const struct number_list *pids)
{
	struct strbuf missing = { 0 };

	for (size_t i = 0; i < pids->n; i++) {
		int dir = procfs_open(pids->items[i]);

		if (dir >= 0)
			close(dir);
		else
			strbuf_addf(&missing, "%s%u", missing.len ? ", " : "", pids->items[i]);
	}
	if (missing.len)
		log_line("no process %.512s is running that could send: waiting for one",
			 strbuf_str(&missing));
	strbuf_free(&missing);
}

/* In a pid namespace, those outside send and get signals, too, and /proc does not show them. */
static bool absent_sees_all(void)
{
	struct stat st;

	return !procfs_try() && !stat("/proc/self/ns/pid", &st) && st.st_ino == PROC_PID_INIT_INO;
}

void absent_report(const struct filter *filter)
{
	static struct matches matches;
	size_t n = 0;

	for (int kind = 0; kind < KINDS; kind++)
		n += absent_list_of(filter, &kinds[kind])->n;
	if ((!n && !filter->sender_pids.n) || !absent_sees_all())
		return;
	if (n)
		procfs_visit(absent_note, &(struct search){ &matches, filter });
	absent_report_texts(filter, &matches);
	absent_report_senders(&filter->sender_pids);
}
