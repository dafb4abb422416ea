// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <getopt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "audit/rule_notes.h"
#include "audit/rules.h"
#include "cmd/options.h"

enum { WORDS_MAX = 64 };

static struct options options;
static struct audit_rules rules;
static struct strbuf text;
static char *line_copy; /* the options point into it */

static int teardown(void **state)
{
	(void)state;
	audit_rules_clear(&rules);
	strbuf_free(&text);
	free(line_copy);
	line_copy = NULL;
	return 0;
}

/* The rules for the filters of a command line. */
static int make(const char *line)
{
	char *argv[WORDS_MAX + 1] = { "rule" }, *rest;
	int argc = 1;

	teardown(NULL);
	rest = line_copy = strdup(line);
	for (char *word; (word = strsep(&rest, " "));)
		if (*word)
			argv[argc++] = word;
	optind = 0;
	(void)getopt(1, argv, "+"); /* forgets where it was */
	assert_int_equal(options_parse(&options, SUBCOMMAND_RULE, argc, argv), OPTIONS_GO);
	return audit_rules_make(&rules, &options.filter);
}

static const char *printed(void)
{
	strbuf_reset(&text);
	for (size_t i = 0; i < rules.n; i++) {
		audit_rule_print(&text, &rules.items[i], "key");
		strbuf_addc(&text, '\n');
	}
	return strbuf_str(&text);
}

static const char *noted(void)
{
	strbuf_reset(&text);
	audit_rule_notes_print(&text, &options.filter, &rules);
	return strbuf_str(&text);
}

/* ---- the text ---- */

#define FIRST " -S kill,tkill,rt_sigqueueinfo,pidfd_send_signal"
#define SECOND " -S tgkill,rt_tgsigqueueinfo"
#define ALL " -S kill,tkill,tgkill,rt_sigqueueinfo,rt_tgsigqueueinfo,pidfd_send_signal"
#define B64 "-A always,exit -F arch=b64"
#define B32 "-A always,exit -F arch=b32"

static void test_text(void **state)
{
	static const char *const rows[][2] = {
		{ "-a", B64 ALL " -k key\n" B32 ALL " -k key\n" },
		{ "-s 9", B64 FIRST " -F a1=9 -k key\n" B64 SECOND " -F a2=9 -k key\n" B32 FIRST
				    " -F a1=9 -k key\n" B32 SECOND " -F a2=9 -k key\n" },
		{ "", B64 FIRST " -F a1!=0 -F a1!=17 -F a1!=23 -F a1!=28 -k key\n" B64 SECOND
				" -F a2!=0 -F a2!=17 -F a2!=23 -F a2!=28 -k key\n" B32 FIRST
				" -F a1!=0 -F a1!=17 -F a1!=23 -F a1!=28 -k key\n" B32 SECOND
				" -F a2!=0 -F a2!=17 -F a2!=23 -F a2!=28 -k key\n" },
		{ "-s all --from-uid 4294967294 --from-pid 2147483647",
		  B64 ALL " -F pid=2147483647 -F uid=4294967294 -k key\n" B32 ALL
			  " -F pid=2147483647 -F uid=4294967294 -k key\n" },
		{ "-a --from-uid 1,2,1 --from-pid 3", B64 ALL
		  " -F pid=3 -F uid=1 -k key\n" B64 ALL " -F pid=3 -F uid=2 -k key\n" B32 ALL
		  " -F pid=3 -F uid=1 -k key\n" B32 ALL " -F pid=3 -F uid=2 -k key\n" },
		{ "--origin kernel", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(make(rows[i][0]), 0);
		assert_string_equal(printed(), rows[i][1]);
	}
}

/* ---- what the rules log, by another's reading of them ---- */

static const char *const names[] = {
	"kill", "tkill", "rt_sigqueueinfo", "pidfd_send_signal", "tgkill", "rt_tgsigqueueinfo"
};

enum { CALLS = 6, FIRST_WITH_A2 = 4 };

struct call {
	const char *arch, *name;
	uint32_t a1, a2, pid, uid;
};

static bool compare(const struct call *call, const char *field)
{
	static const char *const fields[] = { "arch", "a1", "a2", "pid", "uid" };
	const uint32_t values[] = { 0, call->a1, call->a2, call->pid, call->uid };
	size_t bytes = strcspn(field, "!=");
	bool is_not = field[bytes] == '!';
	const char *value = field + bytes + is_not + 1;

	assert_int_equal(field[bytes + is_not], '=');
	for (int i = 0; i < 5; i++) {
		if (strlen(fields[i]) != bytes || memcmp(field, fields[i], bytes) != 0)
			continue;
		return i ? (values[i] == strtoul(value, NULL, 10)) != is_not
			 : !strcmp(value, call->arch);
	}
	fail_msg("a field that is not expected: %s", field);
	return false;
}

static bool is_in_list(const char *list, const char *name)
{
	size_t bytes;

	for (; *list; list += bytes + (list[bytes] == ',')) {
		bytes = strcspn(list, ",");
		if (strlen(name) == bytes && !memcmp(list, name, bytes))
			return true;
	}
	return false;
}

/* As the kernel reads a line: -F fields must all match, -S calls one. */
static bool matches(const struct call *call, const char *line)
{
	char *copy = strdup(line), *rest = copy, *word, option = 0;
	bool all = true;

	while ((word = strsep(&rest, " "))) {
		if (option == 'F')
			all = all && compare(call, word);
		else if (option == 'S')
			all = all && is_in_list(word, call->name);
		option = word[0] == '-' ? word[1] : 0;
	}
	free(copy);
	return all;
}

static bool is_logged(const struct call *call, char lines[][1024], size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (matches(call, lines[i]))
			return true;
	return false;
}

static size_t split(char lines[][1024])
{
	size_t n = 0;

	for (const char *at = printed(); *at; at = strchr(at, '\n') + 1) {
		size_t bytes = strcspn(at, "\n");

		assert_true(bytes < 1024); /* what older versions of auditctl -R read */
		memcpy(lines[n], at, bytes);
		lines[n++][bytes] = '\0';
	}
	return n;
}

static bool has(const struct number_list *list, uint32_t number)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->items[i] == number)
			return true;
	return !list->n;
}

static bool is_wanted(uint32_t sig, uint32_t pid, uint32_t uid)
{
	const struct filter *filter = &options.filter;

	return (sig ? filter->wanted.bits >> (sig - 1) & 1 : filter->wanted.zero) &&
	       has(&filter->sender_pids, pid) && has(&filter->sender_uids, uid);
}

/* `other`: what is in the argument that is not the signal. */
static void check_call(char lines[][1024], size_t n, const char *arch, int i, uint32_t sig,
		       uint32_t other)
{
	for (uint32_t who = 0; who < 9; who++) {
		struct call call = { .arch = arch,
				     .name = names[i],
				     .pid = 1 + who % 3,
				     .uid = who / 3,
				     .a1 = i < FIRST_WITH_A2 ? sig : other,
				     .a2 = i < FIRST_WITH_A2 ? other : sig };

		if (is_logged(&call, lines, n) != is_wanted(sig, call.pid, call.uid))
			fail_msg("%s of %u by %u, uid %u, with %u is %s", call.name, sig, call.pid,
				 call.uid, other,
				 is_wanted(sig, call.pid, call.uid) ? "not logged" : "logged");
	}
}

static void check_logged(const char *line)
{
	static char lines[AUDIT_RULES_MAX][1024];
	size_t n;

	assert_int_equal(make(line), 0);
	n = split(lines);
	assert_int_equal(n, rules.n);
	for (uint32_t sig = 0; sig <= 64; sig++)
		for (int i = 0; i < CALLS; i++) {
			check_call(lines, n, "b64", i, sig, 0);
			check_call(lines, n, "b64", i, sig, 9);
			check_call(lines, n, "b32", i, sig, 12345);
		}
}

static const char *const filters[] = {
	"",
	"-a",
	"-s 9",
	"-s 0",
	"-s 64",
	"-s 0,9",
	"-s 1,2,3,4,5,6,7",
	"-s 1,2,3,4,5,6,7,8",
	"-s fatal",
	"-s !fatal",
	"-s !KILL",
	"-s all,!0",
	"-s all,!9",
	"-s fatal,0,!TERM",
	"-a -s 17",
	"--from-pid 2",
	"--from-pid 1,3 --from-uid 0,2",
	"-s 9,15 --from-uid 1",
	"-s 1,2,3,4,5,6,7,0 --from-pid 3,3 --from-uid 2",
	"-p 5 -c n -u u --uid 3 -x -s INT",
	"--from-comm c --from-unit u --origin user,kernel",
};

enum { FILTERS = sizeof(filters) / sizeof(filters[0]) };

static void test_logged(void **state)
{
	(void)state;
	for (int i = 0; i < FILTERS; i++)
		check_logged(filters[i]);
}

/* Nothing that a shell or xargs would take for something else; none twice. */
static void test_lines(void **state)
{
	static char lines[AUDIT_RULES_MAX][1024];

	(void)state;
	for (int i = 0; i < FILTERS; i++) {
		size_t n;

		make(filters[i]);
		n = split(lines);
		for (size_t j = 0; j < n; j++) {
			assert_int_equal(strspn(lines[j], "abcdefghijklmnopqrstuvwxyz"
							  "0123456789_,=!-A SFk"),
					 strlen(lines[j]));
			assert_int_equal(strncmp(lines[j], "-A always,exit ", 15), 0);
			assert_string_equal(lines[j] + strlen(lines[j]) - 7, " -k key");
			for (size_t k = 0; k < j; k++)
				assert_string_not_equal(lines[j], lines[k]);
		}
	}
}

/* Each lists targets without help from others: audit_match_signal() of the kernel. */
static void test_targets_are_listed(void **state)
{
	uint32_t listing = 1u << KS_VIA_KILL | 1u << KS_VIA_TKILL | 1u << KS_VIA_TGKILL;

	(void)state;
	for (int i = 0; i < FILTERS; i++) {
		make(filters[i]);
		assert_true(rules.n > 0);
		for (size_t j = 0; j < rules.n; j++) {
			assert_true(rules.items[j].calls & listing);
			assert_in_range(rules.items[j].n_fields, 0, AUDIT_RULE_FIELDS_MAX);
		}
	}
}

/* ---- how many ---- */

static void test_number(void **state)
{
	static const struct {
		const char *line;
		size_t n;
	} rows[] = {
		{ "", 4 },
		{ "-a", 2 },
		{ "-s 1,2,3,4,5,6,7", 28 },
		{ "-s 1,2,3,4,5,6,7,8", 4 },
		{ "-s fatal --from-uid 1,2,3 --from-pid 4,5", 24 },
		{ "-s 9,9,KILL,SIGKILL --from-uid 1,1 --from-pid 4,4,4", 4 },
		{ "--origin kernel", 0 },
		{ "--origin kernel,user", 4 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(make(rows[i].line), 0);
		assert_int_equal(rules.n, rows[i].n);
	}
}

static void test_too_many(void **state)
{
	char line[8192] = "-a --from-pid ";

	(void)state;
	for (int i = 1; i <= AUDIT_RULES_MAX / 2; i++)
		sprintf(line + strlen(line), "%s%d", i > 1 ? "," : "", i);
	assert_int_equal(make(line), 0);
	assert_int_equal(rules.n, AUDIT_RULES_MAX);
	strcat(line, ",9999");
	assert_int_equal(make(line), -E2BIG);
	assert_null(rules.items);
	assert_int_equal(rules.n, 0);
}

/* ---- the notes ---- */

static void test_notes_apply(void **state)
{
	static const struct {
		const char *part, *with, *without;
	} rows[] = {
		{ "auditctl -D -k killsnoop", "-a", "--origin kernel" },
		{ "OBJ_PID", "", "--origin kernel" },
		{ "Many rules", "-s 1,2,3,4,5", "-s 1,2,3,4" },
		{ "by itself (", "-s 9", "--origin user" },
		{ "by itself (", "--origin user,kernel", "--origin user" },
		{ "There is no rule", "--origin kernel", "--origin kernel,user" },
		{ "before audit was first", "-p 1", "--origin kernel" },
		{ "real-time", "", "-a" },
		{ "real-time", "-s !9", "-s 40" },
		{ "no signal", "-s fatal", "" },
		{ "no signal", "-s all,!9", "-a -s !9" },
		{ "no signal", "-s 1,2,3,4,5,6,7,8", "-s 1,2,3" },
		{ "--failed: ", "-x", "" },
		{ "opid=(5) /", "-p 5", "-s 5" },
		{ "opid=(5|6) /", "-p 5 -T 6", "" },
		{ "opid=(1|2|3|4|5|6|7|8|9|1|2|3|4|5|6|7) /", "-p 1,2,3,4,5,6,7,8,9,1,2,3,4,5,6,7",
		  "" },
		{ "opid=(NUMBER|NUMBER) /", "-p 1,2,3,4,5,6,7,8,9,1,2,3,4,5,6,7,8", "-p 1" },
		{ "ouid=(0|7) /", "--uid 0,7", "-p 7" },
		{ "ocomm=", "-c x", "-p 1" },
		{ "--unit: ", "-u x", "-c x" },
		{ "--exe: ", "--exe x", "--from-exe x" },
		{ "-w -x PATH", "--from-exe x", "--exe x" },
		{ "--from-pid: ", "--from-pid 5", "-p 5" },
		{ "-w -c NAME", "--from-comm x", "-c x" },
		{ "--from-unit: ", "--from-unit x", "-u x" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		make(rows[i].with);
		if (!strstr(noted(), rows[i].part))
			fail_msg("'%s' is missing for %s:\n%s", rows[i].part, rows[i].with,
				 noted());
		make(rows[i].without);
		if (strstr(noted(), rows[i].part))
			fail_msg("'%s' is there for %s:\n%s", rows[i].part, rows[i].without,
				 noted());
	}
}

static void check_notes(const char *line)
{
	make(line);
	for (const char *at = noted(); *at; at = strchr(at, '\n') + 1) {
		assert_int_equal(strncmp(at, "# ", 2), 0);
		assert_in_range(strcspn(at, "\n"), 3, 250);
	}
}

/* Text of the operator's own might be a line for auditctl. */
static void test_notes_are_comments(void **state)
{
	(void)state;
	for (int i = 0; i < FILTERS; i++)
		check_notes(filters[i]);
	check_notes("--origin kernel");
	check_notes("-c a\n-D -u b\n-e2 --from-comm c\n-D --from-unit d\n-D");
	assert_null(strstr(noted(), "-D\n"));
	check_notes("-p 2147483647,2147483647,2147483647,2147483647,2147483647,2147483647,"
		    "2147483647,2147483647,2147483647,2147483647,2147483647,2147483647");
}

#define TEST(name) cmocka_unit_test_teardown(name, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_text),	TEST(test_logged),
		TEST(test_lines),	TEST(test_targets_are_listed),
		TEST(test_number),	TEST(test_too_many),
		TEST(test_notes_apply), TEST(test_notes_are_comments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
