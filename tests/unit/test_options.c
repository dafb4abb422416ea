// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <getopt.h>
#include <pwd.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "cmd/options.h"

enum { WORDS_MAX = 64 };

static struct options options;
static enum subcommand subcommand; /* of the command lines that are parsed */
static char *words[WORDS_MAX + 1]; /* the options point into them */
static char said[2][65536];	   /* on stdout and stderr */

static void forget_words(void)
{
	for (size_t i = 0; words[i]; i++)
		free(words[i]);
	memset(words, 0, sizeof(words));
}

static int teardown(void **state)
{
	(void)state;
	subcommand = SUBCOMMAND_TRACE;
	forget_words();
	return 0;
}

/* ---- what is printed ---- */

struct capture {
	int kept, file;
};

static void begin_capture(struct capture *capture, int fd)
{
	fflush(NULL);
	capture->kept = dup(fd);
	capture->file = memfd_create("captured", 0);
	assert_true(capture->kept >= 0 && capture->file >= 0);
	dup2(capture->file, fd);
}

static void end_capture(struct capture *capture, int fd, char *ret, size_t room)
{
	ssize_t bytes;

	fflush(NULL);
	dup2(capture->kept, fd);
	bytes = pread(capture->file, ret, room - 1, 0);
	assert_in_range(bytes, 0, room - 2);
	ret[bytes] = '\0';
	close(capture->kept);
	close(capture->file);
}

/* ---- parsing ---- */

static enum options_outcome parse_words(size_t n)
{
	char *argv[WORDS_MAX + 1];
	struct capture captures[2];
	enum options_outcome outcome;

	memcpy(argv, words, sizeof(argv)); /* getopt may reorder */
	optind = 0;
	(void)getopt(1, argv, "+"); /* forgets where it was */
	begin_capture(&captures[0], STDOUT_FILENO);
	begin_capture(&captures[1], STDERR_FILENO);
	outcome = options_parse(&options, subcommand, n, argv);
	end_capture(&captures[0], STDOUT_FILENO, said[0], sizeof(said[0]));
	end_capture(&captures[1], STDERR_FILENO, said[1], sizeof(said[1]));
	return outcome;
}

/* A command line without the name of the program; one blank between words, '_' is a blank. */
static enum options_outcome parse(const char *line)
{
	size_t n = 0;

	forget_words();
	words[n++] = strdup("killsnoop");
	while (*line) {
		size_t bytes = strcspn(line, " ");

		assert_true(n < WORDS_MAX);
		words[n] = strndup(line, bytes);
		for (char *at = words[n]; (at = strchr(at, '_'));)
			*at = ' ';
		n++;
		line += bytes + (line[bytes] == ' ');
	}
	return parse_words(n);
}

static void check_good(const char *line)
{
	if (parse(line) != OPTIONS_GO)
		fail_msg("'%s': %s", line, said[1]);
	assert_string_equal(said[0], "");
	assert_string_equal(said[1], "");
}

/* An error is one line that says what is wrong. */
static void check_error(const char *about, const char *part)
{
	size_t bytes = strlen(said[1]);

	assert_string_equal(said[0], "");
	if (strncmp(said[1], "killsnoop: ", 11) != 0 || said[1][bytes - 1] != '\n' ||
	    strchr(said[1], '\n') != said[1] + bytes - 1)
		fail_msg("'%s' is answered: %s", about, said[1]);
	if (!strstr(said[1], part))
		fail_msg("'%s' is answered without '%s': %s", about, part, said[1]);
}

static void check_bad(const char *line, const char *part)
{
	if (parse(line) != OPTIONS_ERROR)
		fail_msg("'%s' is accepted", line);
	check_error(line, part);
}

static void check_numbers(const struct number_list *list, size_t n, const uint32_t *want)
{
	assert_int_equal(list->n, n);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(list->items[i], want[i]);
}

#define CHECK_NUMBERS(list, ...)                                                                   \
	check_numbers(&options.filter.list, sizeof((uint32_t[]){ __VA_ARGS__ }) / 4,               \
		      (uint32_t[]){ __VA_ARGS__ })

/* ---- tests ---- */

static void test_defaults(void **state)
{
	(void)state;
	check_good("");
	assert_ptr_equal(options.output.format, &format_table);
	assert_string_equal(options.output.text.columns, COLUMNS_DEFAULT);
	assert_null(options.output.path);
	assert_null(options.command);
	assert_int_equal(options.count, 0);
	assert_int_equal(options.duration_ns, 0);
	assert_int_equal(options.ready_fd, -1);
	assert_int_equal(options.ring_bytes, 32 << 20);
	assert_int_equal(options.hook, RETURN_HOOK_AUTO);
	assert_int_equal(options.output.color, WHEN_AUTO);
	assert_false(options.output.text.utc);
	assert_false(options.filter.failed_only);
	assert_int_equal(options.filter.origins, 0);
	assert_int_equal(options.filter.target_pids.n, 0);
	assert_int_equal(options.filter.named.bits, 0);
}

static void test_muted(void **state)
{
	(void)state;
	check_good("");
	assert_false(options.filter.wanted.zero);
	assert_false(options.filter.wanted.bits & signame_bit(SIGCHLD));
	assert_false(options.filter.wanted.bits & signame_bit(SIGURG));
	assert_false(options.filter.wanted.bits & signame_bit(SIGWINCH));
	assert_true(options.filter.wanted.bits & signame_bit(SIGKILL));
	assert_true(options.filter.wanted.bits & signame_bit(64));
	check_good("-a");
	assert_true(options.filter.wanted.zero);
	assert_true(options.filter.wanted.bits == UINT64_MAX);
	assert_true(options.filter.named.bits == UINT64_MAX);
	check_good("-s CHLD,0");
	assert_true(options.filter.wanted.zero);
	assert_true(options.filter.wanted.bits == signame_bit(SIGCHLD));
	assert_true(options.filter.named.bits == signame_bit(SIGCHLD));
	check_good("-s !KILL");
	assert_false(options.filter.wanted.bits & signame_bit(SIGKILL));
	assert_false(options.filter.wanted.bits & signame_bit(SIGCHLD));
	assert_int_equal(options.filter.named.bits, 0);
	check_good("-s fatal -s !TERM,!INT");
	assert_true(options.filter.wanted.bits ==
		    (signame_fatal_mask() & ~(signame_bit(SIGTERM) | signame_bit(SIGINT))));
}

static void test_pids(void **state)
{
	(void)state;
	check_good("-p 1");
	CHECK_NUMBERS(target_pids, 1);
	check_good("-p 1,22,333 --pid=4 --pid 5 -T6 --tpid 2147483647");
	CHECK_NUMBERS(target_pids, 1, 22, 333, 4, 5, 6, 2147483647);
	check_good("--from-pid 7,8");
	CHECK_NUMBERS(sender_pids, 7, 8);
	assert_int_equal(options.filter.target_pids.n, 0);
}

static void test_bad_pids(void **state)
{
	static const char *const bad[] = { "0",	    "-1",   "+1", "1a",		"a",
					   "1.5",   "0x10", "1,", ",1",		"1,,2",
					   "1,0",   "1_,",  "_",  "2147483648", "4294967297",
					   "1,x,2", "1_x" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char line[64];

		snprintf(line, sizeof(line), "--pid=%s", bad[i]);
		check_bad(line, "is not a process id");
		snprintf(line, sizeof(line), "--from-pid=%s", bad[i]);
		check_bad(line, "is not a process id");
	}
	check_bad("-p 18446744073709551617", "'18446744073709551617'");
	check_bad("-p 99999999999999999999999999999", "is not a process id");
	check_bad("-p 1,x,2", "'x'");
	check_bad("-p nginx", "use -c nginx for processes of that name");
	check_bad("--from-pid 1,nginx,2", "use --from-comm nginx for processes of that name");
}

/* As $(pidof nginx) gives them, quoted or not. */
static void test_blanks(void **state)
{
	(void)state;
	check_good("-p 1_2");
	CHECK_NUMBERS(target_pids, 1, 2);
	check_good("-p _1_,_2,3__4_");
	CHECK_NUMBERS(target_pids, 1, 2, 3, 4);
	check_good("-p 1\t2\n3\n");
	CHECK_NUMBERS(target_pids, 1, 2, 3);
	check_good("--uid root_0 --from-uid 1,_2");
	CHECK_NUMBERS(target_uids, 0, 0);
	CHECK_NUMBERS(sender_uids, 1, 2);
	check_good("-s KILL_TERM,_!HUP --origin user_kernel --without clock_labels");
	assert_true(options.filter.wanted.bits == (1 << 8 | 1 << 14));
	assert_int_equal(options.filter.origins, 1u << ORIGIN_USER | 1u << ORIGIN_KERNEL);
	assert_int_equal(options.without, 1u << FEATURE_CLOCK | 1u << FEATURE_LABELS);
}

static void test_words_of_pids(void **state)
{
	(void)state;
	check_good("-p 1 2 3");
	CHECK_NUMBERS(target_pids, 1, 2, 3);
	check_good("-p 1 2,3 -v -T 4 5 --from-pid 6 7 --utc");
	CHECK_NUMBERS(target_pids, 1, 2, 3, 4, 5);
	CHECK_NUMBERS(sender_pids, 6, 7);
	check_good("--from-pid=1 2 -- 3 4");
	CHECK_NUMBERS(sender_pids, 1, 2);
	assert_string_equal(options.command[0], "3");
	check_bad("-p 1 2 nginx", "'nginx' is not expected here");
	check_bad("-p 1 -v 2", "'2' is not expected here: use -p 2");
	check_bad("-p 1 0", "'0' is not a process id");
	check_bad("--count 1 2", "'2' is not expected here");
	check_bad("2 -p 1", "'2' is not expected here");
}

static void test_many_pids(void **state)
{
	static char line[FILTER_LIST_MAX * 2 + 32];
	size_t length = sprintf(line, "-p ");

	(void)state;
	for (int i = 0; i < FILTER_LIST_MAX; i++)
		length += sprintf(line + length, "%s1", i ? "," : "");
	check_good(line);
	assert_int_equal(options.filter.target_pids.n, FILTER_LIST_MAX);
	strcpy(line + length, ",1");
	check_bad(line, "more than 1024 process ids: use -c NAME, or the name of a unit");
	memcpy(line, "-c ", 3);
	check_bad(line, "killsnoop: ");
	line[length] = '\0';
	check_good(line);
	assert_int_equal(options.filter.target_comms.n, FILTER_LIST_MAX);
}

static void test_users(void **state)
{
	(void)state;
	check_good("--uid root,0,4294967294");
	CHECK_NUMBERS(target_uids, 0, 0, 4294967294);
	check_good("--from-uid=1000");
	CHECK_NUMBERS(sender_uids, 1000);
	check_bad("--uid 4294967295", "is not a user"); /* that is no user */
	check_bad("--uid no-such-user-here", "'no-such-user-here' is not a user");
	check_bad("--uid=", "'' is not a user");
	check_bad("--uid root,", "'' is not a user");
	check_bad("--from-uid -1", "'-1' is not a user");
	check_bad("--from-uid 1_,", "'' is not a user");
}

static void test_texts(void **state)
{
	(void)state;
	check_good("-c nginx,php* -c a_b --comm=x");
	assert_int_equal(options.filter.target_comms.n, 4);
	assert_string_equal(options.filter.target_comms.items[0], "nginx");
	assert_string_equal(options.filter.target_comms.items[1], "php*");
	assert_string_equal(options.filter.target_comms.items[2], "a b");
	assert_string_equal(options.filter.target_comms.items[3], "x");
	check_good("-u nginx --from-unit /system.slice,b --from-comm sh");
	assert_string_equal(options.filter.target_units.items[0], "nginx");
	assert_string_equal(options.filter.sender_units.items[0], "/system.slice");
	assert_string_equal(options.filter.sender_units.items[1], "b");
	assert_string_equal(options.filter.sender_comms.items[0], "sh");
	check_good("--exe nginx,/usr/sbin/* --exe=*/x --from-exe /bin/k");
	assert_int_equal(options.filter.target_exes.n, 3);
	assert_string_equal(options.filter.target_exes.items[1], "/usr/sbin/*");
	assert_string_equal(options.filter.sender_exes.items[0], "/bin/k");
	check_bad("--exe a,bin/x", "'bin/x' is no whole path");
	check_bad("--from-exe ./x", "'./x' is no whole path");
	check_bad("--exe=", "is not a name or path");
	check_bad("-c a,,b", "'' is not a command name");
	check_bad("--comm=", "'' is not a command name");
	check_bad("--from-comm a,", "'' is not a command name");
	check_bad("-u ,a", "'' is not a unit");
	check_bad("--from-unit=", "'' is not a unit");
}

static void test_signals(void **state)
{
	static const char *const bad[] = { "65",      "KIL", "SIGSIGKILL", "-9",  "",
					   "9,",      ",9",  "!",	   "!!9", "RTMIN+31",
					   "RTMAX+1", "9_x", "99999999999" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char line[64];

		snprintf(line, sizeof(line), "--sig=%s", bad[i]);
		check_bad(line, "is not a signal");
	}
	check_bad("-s KILL,!KILL", "leaves no signal");
	check_bad("-s !all", "leaves no signal");
	check_bad("-s TERM,NOPE,INT", "'NOPE' is not a signal");
}

static void test_origins(void **state)
{
	(void)state;
	check_good("--origin user");
	assert_int_equal(options.filter.origins, 1u << ORIGIN_USER);
	check_good("--origin kernel --origin user");
	assert_int_equal(options.filter.origins, 1u << ORIGIN_USER | 1u << ORIGIN_KERNEL);
	check_good("--origin user,kernel");
	check_bad("--origin User", "'User' is not an origin");
	check_bad("--origin=", "'' is not an origin");
	check_bad("--origin user,", "'' is not an origin");
	check_good("--origin oom,cgroup.kill");
	assert_int_equal(options.filter.origins, 1u << ORIGIN_OOM | 1u << ORIGIN_CGROUP_KILL);
	check_bad("--origin user,OOM", "'OOM' is not an origin");
}

static void test_formats(void **state)
{
	(void)state;
	check_good("-v");
	assert_ptr_equal(options.output.format, &format_verbose);
	check_good("--json --json");
	assert_ptr_equal(options.output.format, &format_json);
	check_good("--audit-format");
	assert_ptr_equal(options.output.format, &format_audit);
	check_bad("--json=x", "--json");
}

static void check_audit_format(const char *argument, bool enriched, unsigned int kinds)
{
	char line[64];

	snprintf(line, sizeof(line), "--audit-format%s", argument);
	check_good(line);
	assert_int_equal(options.output.text.audit_enriched, enriched);
	assert_int_equal(options.output.text.audit_kinds, kinds);
}

static void test_audit_format(void **state)
{
	(void)state;
	check_audit_format("", false, 0);
	check_audit_format("=raw", false, 0);
	check_audit_format("=enriched", true, 0);
	check_audit_format("=user", false, AUDIT_USER);
	check_audit_format("=raw,user", false, AUDIT_USER);
	check_audit_format("=user,enriched", true, AUDIT_USER);
	check_audit_format("=kernel", false, AUDIT_KERNEL);
	check_audit_format("=enriched,kernel,user", true, AUDIT_USER | AUDIT_KERNEL);
	check_audit_format("=enriched,user --audit-format", false, 0);
	check_audit_format("=raw --audit-format=enriched", true, 0);
	check_bad("--audit-format=", "'' is not an audit format");
	check_bad("--audit-format=RAW", "'RAW' is not an audit format");
	check_bad("--audit-format=raw,", "'' is not an audit format");
	check_bad("--audit-format=raw,oom", "'oom' is not an audit format");
	check_bad("--audit-format raw", "'raw' is not expected here");
}

static void test_exclusive_formats(void **state)
{
	static const char *const formats[] = { "-v", "--json", "--audit-format", "-o_time" };

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		for (size_t j = 0; j < 4; j++) {
			char line[64];

			if (i == j)
				continue;
			snprintf(line, sizeof(line), "%s %s", i == 3 ? "-o time" : formats[i],
				 j == 3 ? "-o time" : formats[j]);
			check_bad(line, "cannot be combined");
		}
	}
}

static void test_columns(void **state)
{
	(void)state;
	check_good("-o time,sender.pid");
	assert_string_equal(options.output.text.columns, "time,sender.pid");
	assert_ptr_equal(options.output.format, &format_table);
	check_good("-o time -o seq");
	assert_string_equal(options.output.text.columns, "seq");
	check_bad("-o time,nope,seq", "'nope' is not a field");
	check_bad("-o time,", "'' is not a field");
	check_bad("--output=", "'' is not a field");
	check_bad("-o sender.ancestors.pid", "'sender.ancestors.pid' is not a field");
}

static void test_color(void **state)
{
	(void)state;
	check_good("--color");
	assert_int_equal(options.output.color, WHEN_ALWAYS);
	check_good("--color=always --color=never");
	assert_int_equal(options.output.color, WHEN_NEVER);
	check_good("--color=auto");
	assert_int_equal(options.output.color, WHEN_AUTO);
	check_bad("--color=", "is not a value of --color");
	check_bad("--color=no", "'no' is not a value of --color");
}

static void test_redact(void **state)
{
	(void)state;
	check_good("");
	assert_int_equal(options.output.redact, WHEN_AUTO);
	assert_null(options.output.text.secret_names);
	check_good("--redact --secrets pin,db-key");
	assert_int_equal(options.output.redact, WHEN_ALWAYS);
	assert_string_equal(options.output.text.secret_names, "pin,db-key");
	check_good("--redact=never");
	assert_int_equal(options.output.redact, WHEN_NEVER);
	check_bad("--redact=off", "'off' is not a value of --redact");
}

/* As one word, with its underscores. */
static enum options_outcome parse_env(const char *list)
{
	forget_words();
	words[0] = strdup("killsnoop");
	words[1] = strdup("--env");
	words[2] = strdup(list);
	return parse_words(3);
}

static void test_env(void **state)
{
	(void)state;
	check_good("");
	assert_int_equal(options.env.n, 0);
	assert_false(options.output.text.has_env);
	check_good("--env A,B1_C --env=a,A");
	assert_int_equal(options.env.n, 4);
	assert_string_equal(options.env.items[1], "B1");
	assert_string_equal(options.env.items[3], "a");
	assert_true(options.output.text.has_env);
	assert_int_equal(parse_env("SUDO_USER,_x9 a23456789012345678901234567890_"), OPTIONS_GO);
	assert_string_equal(options.env.items[0], "SUDO_USER");
	assert_string_equal(options.env.items[1], "_x9");
	assert_string_equal(options.env.items[2], "a23456789012345678901234567890_");
	check_good("--env A,B,C,D,E,F,G,H,A");
	check_bad("--env A,B,C,D,E,F,G,H,I", "at most 8 can be shown");
	check_bad("--env A,B,C,D,E,F,G,H --env I", "at most 8 can be shown");
	check_bad("--env a2345678901234567890123456789012", "is too long: at most 31 bytes");
}

static void test_bad_env(void **state)
{
	(void)state;
	check_bad("--env=", "'' is not the name of an environment variable");
	check_bad("--env A,,B", "'' is not the name of an environment variable");
	check_bad("--env A=1", "'A=1' is not the name of an environment variable: use letters");
	check_bad("--env 1A", "'1A' is not the name");
	check_bad("--env A-B", "'A-B' is not the name");
	check_bad("--env \xc3\xa9", "is not the name");
}

static void test_limits(void **state)
{
	(void)state;
	check_good("--count 1");
	assert_int_equal(options.count, 1);
	check_good("--count 576460752303423487");
	assert_true(options.count == INT64_MAX / 16);
	check_good("--duration 1.5");
	assert_int_equal(options.duration_ns, 1500000000);
	check_good("--duration 500ms");
	assert_int_equal(options.duration_ns, 500000000);
	check_bad("--count 0", "'0' is not a count");
	check_bad("--count=", "is not a count");
	check_bad("--count -1", "is not a count");
	check_bad("--count 1k", "is not a count");
	check_bad("--count 576460752303423488", "is not a count");
	check_bad("--count 18446744073709551617", "is not a count");
	check_bad("--duration 0", "'0' is not a duration");
	check_bad("--duration=", "is not a duration");
	check_bad("--duration -5", "is not a duration");
	check_bad("--duration 5x", "is not a duration");
	check_bad("--duration 1e3", "is not a duration");
}

static void test_other_values(void **state)
{
	(void)state;
	check_good("-w /tmp/x --utc -x --ready-fd 2 --hook fexit");
	assert_string_equal(options.output.path, "/tmp/x");
	check_good("-w x -w -");
	assert_null(options.output.path);
	check_good("-w /tmp/x --utc -x --ready-fd 2 --hook fexit");
	assert_true(options.output.text.utc);
	assert_true(options.filter.failed_only);
	assert_int_equal(options.ready_fd, 2);
	assert_int_equal(options.hook, RETURN_HOOK_FEXIT);
	check_good("--ready-fd 1 --hook tracepoint");
	assert_int_equal(options.ready_fd, 1);
	assert_int_equal(options.hook, RETURN_HOOK_TRACEPOINT);
	check_good("--hook raw");
	assert_int_equal(options.hook, RETURN_HOOK_RAW);
	check_good("--hook auto");
	assert_int_equal(options.without, 0);
	check_good("--without checks --without clock,fexit,labels");
	assert_int_equal(options.without, 1 << FEATURE_CHECKS | 1 << FEATURE_CLOCK |
					      1 << FEATURE_FEXIT | 1 << FEATURE_LABELS);
	check_good("--without task-pt-regs");
	assert_int_equal(options.without, 1 << FEATURE_TASK_PT_REGS);
	check_good("--without task-btf");
	assert_int_equal(options.without, 1 << FEATURE_TASK_BTF);
	assert_null(options.btf);
	check_good("--btf x --btf /y");
	assert_string_equal(options.btf, "/y");
	check_bad("--ready-fd 1000", "'1000' is not a file descriptor that is open");
	check_bad("--ready-fd -1", "file descriptor");
	check_bad("--ready-fd 3x", "file descriptor");
	check_bad("--ready-fd 99999999999", "file descriptor");
	check_bad("--ready-fd=", "file descriptor");
	check_bad("--hook kprobe", "'kprobe' is not a hook");
	check_bad("--hook=", "is not a hook");
	check_bad("--without checks,kprobe", "'kprobe' is not a feature");
	check_bad("--without checks,", "'' is not a feature");
	check_bad("--without ringbuf", "'ringbuf' is not a feature to do without: use btf, task-");
	check_bad("--btf", "'--btf' needs a value");
}

static void test_buffer_size(void **state)
{
	static const struct {
		const char *text;
		uint64_t bytes;
	} good[] = { { "1", 1 },
		     { "4096", 4096 },
		     { "512K", 512 << 10 },
		     { "64k", 64 << 10 },
		     { "64M", 64 << 20 },
		     { "1024M", 1 << 30 },
		     { "1048576K", 1 << 30 },
		     { "1073741824", 1 << 30 } };
	static const char *const bad[] = { "0",		  "",
					   "K",		  "1G",
					   "1025M",	  "-1",
					   "1KB",	  "1 K",
					   "1073741825",  "1048577K",
					   "1.5M",	  "0x1",
					   "1073741824M", "18446744073709551617" };
	char line[64];

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		snprintf(line, sizeof(line), "--buffer-size=%s", good[i].text);
		check_good(line);
		assert_int_equal(options.ring_bytes, good[i].bytes);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(line, sizeof(line), "--buffer-size=%s", bad[i]);
		check_bad(line, "");
	}
}

static void test_command(void **state)
{
	(void)state;
	check_good("-- sleep 1");
	assert_string_equal(options.command[0], "sleep");
	assert_string_equal(options.command[1], "1");
	assert_null(options.command[2]);
	check_good("--json -- sh -c --json -p");
	assert_string_equal(options.command[0], "sh");
	assert_string_equal(options.command[3], "-p");
	check_good("-c x -- -odd-name --");
	assert_string_equal(options.command[0], "-odd-name");
	assert_string_equal(options.command[1], "--");
	check_bad("--", "no command behind --");
	check_bad("--json --", "no command behind --");
	check_bad("sleep 1", "use -c sleep for processes of that name, -- sleep to run it");
	check_bad("--json sleep", "'sleep' is not expected here");
	check_bad("sleep -- 1", "'sleep' is not expected here");
	check_bad("-p 1 -- sleep 1", "cannot be combined");
	/* The value of an option may be -- itself. */
	check_bad("-c -- sleep", "'sleep' is not expected here");
}

static void test_unknown_options(void **state)
{
	(void)state;
	check_bad("-Z", "there is no option '-Z'");
	check_bad("-aZ", "there is no option '-Z'");
	check_bad("-Z9", "there is no option '-Z'");
	check_bad("--nope", "there is no option '--nope'");
	check_bad("--nope=5", "there is no option '--nope");
	check_bad("-p", "'-p' needs a value");
	check_bad("--pid", "'--pid' needs a value");
	check_bad("-a --sig", "'--sig' needs a value");
	check_bad("--utc=1", "--utc");
	check_bad("-", "'-' is not expected here");
	check_bad("-9", "there is no option '-9': use -s 9");
	check_bad("-n nginx", "there is no option '-n': use -c nginx");
	check_bad("-vn nginx", "there is no option '-n': use -c nginx");
	check_bad("-nv nginx", "there is no option '-n': use -c NAME");
	check_bad("--name=nginx", "there is no option '--name=nginx': use -c nginx");
	check_bad("--jsno", "use --json");
	check_bad("--since yesterday", "there is no record of earlier ones");
	check_bad("-o json", "'json' is not a field: use --json");
	check_bad("-o /tmp/x", "use -w /tmp/x");
}

/* Bytes of any kind in an argument stay on the one line. */
static void test_hostile(void **state)
{
	static const struct {
		const char *option, *argument, *want;
	} rows[] = {
		{ "--pid", "1\n\33", "is not a process id" },
		{ "--sig", "\33[31mKILL", "'\\x1b[31mKILL' is not a signal" },
		{ "--output", "\r\nx", "'\\r\\nx' is not a field" },
		{ "--origin", "a\nb", "'a' is not an origin" },
		{ "--color=\n", NULL, "'\\n' is not a value of --color" },
		{ "--uid", "\n", "'' is not a user" },
		{ "--audit-format=\n", NULL, "'\\n' is not an audit format" },
		{ "--count", "\n\n", "'\\n\\n' is not a count" },
		{ "--duration", "\33", "'\\x1b' is not a duration" },
		{ "--hook", "\n", "'\\n' is not a hook" },
		{ "--without", "\n", "'' is not a feature to do without" },
		{ "--buffer-size", "\n", "'\\n' is not a buffer size" },
		{ "--ready-fd", "\n", "'\\n' is not a file descriptor" },
		{ "--no\nsuch", NULL, "there is no option '--no\\nsuch'" },
		{ "\n", NULL, "'\\n' is not expected here" },
		{ "-\n", NULL, "there is no option '-\\n'" },
		{ "--hook", "\xff\xc2\x9b", "'\\xff\\xc2\\x9b' is not a hook" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		forget_words();
		words[0] = strdup("killsnoop");
		words[1] = strdup(rows[i].option);
		words[2] = rows[i].argument ? strdup(rows[i].argument) : NULL;
		assert_int_equal(parse_words(rows[i].argument ? 3 : 2), OPTIONS_ERROR);
		check_error(rows[i].option, rows[i].want);
		for (const char *at = said[1]; at[1]; at++)
			assert_true((unsigned char)*at >= ' ' && *at != '\x7f');
		assert_null(strstr(said[1], "\xff"));
	}
}

/* A megabyte in one argument must not be a megabyte on stderr. */
static void test_huge(void **state)
{
	char *huge = malloc(1 << 20);

	(void)state;
	memset(huge, 'x', 1 << 20);
	huge[(1 << 20) - 1] = '\0';
	forget_words();
	words[0] = strdup("killsnoop");
	words[1] = strdup("--hook");
	words[2] = huge;
	assert_int_equal(parse_words(3), OPTIONS_ERROR);
	check_error("--hook xxx...", "killsnoop: 'xxx");
	assert_true(strlen(said[1]) < 8192);
}

static void test_answers(void **state)
{
	(void)state;
	assert_int_equal(parse("--help"), OPTIONS_DONE);
	assert_string_equal(said[1], "");
	assert_int_equal(strncmp(said[0], "Usage: killsnoop", 16), 0);
	assert_non_null(strstr(said[0], "--buffer-size"));
	assert_int_equal(parse("-h"), OPTIONS_DONE);
	assert_int_equal(parse("-V"), OPTIONS_DONE);
	assert_string_equal(said[0], "killsnoop " KS_VERSION "\n");
	assert_int_equal(parse("--json --version"), OPTIONS_DONE);
	assert_int_equal(parse("-o help"), OPTIONS_DONE);
	assert_non_null(strstr(said[0], "\nsender.pid "));
	assert_string_equal(said[1], "");
	/* What comes first counts. */
	check_bad("-Z --help", "there is no option '-Z'");
	assert_int_equal(parse("--help -Z"), OPTIONS_DONE);
}

static void test_combinations(void **state)
{
	(void)state;
	check_good("-xavp1 -cnginx -sKILL,TERM --from-uid 0 --duration 5 -w out --count 3");
	assert_true(options.filter.failed_only);
	assert_true(options.filter.all);
	assert_ptr_equal(options.output.format, &format_verbose);
	CHECK_NUMBERS(target_pids, 1);
	assert_true(options.filter.wanted.bits == (signame_bit(SIGKILL) | signame_bit(SIGTERM)));
	assert_int_equal(options.count, 3);
	/* A second parse starts afresh. */
	check_good("--json");
	assert_false(options.filter.failed_only);
	assert_int_equal(options.filter.target_pids.n, 0);
	assert_int_equal(options.count, 0);
	assert_null(options.output.path);
}

/* ---- the commands' own options ---- */

static void test_rule(void **state)
{
	static const char *const refused[] = {
		"-v",	      "--json",	      "--audit-format",	 "--audit-format=x", "-o help",
		"-w x",	      "--color",      "--count 0",	 "--duration 1",     "--utc",
		"--ready-fd", "--ready-fd 1", "--buffer-size 1", "--hook auto",
	};

	(void)state;
	subcommand = SUBCOMMAND_RULE;
	check_good("-p 1 -T 2 -c a -u b --uid 0 -s KILL --from-pid 3 --from-comm c --from-uid 0");
	CHECK_NUMBERS(target_pids, 1, 2);
	check_good("--from-unit d --origin user -x -a");
	assert_true(options.filter.failed_only);
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		const char *part = strcmp(refused[i], "--ready-fd") != 0
				       ? "'rule' does not take --"
				       : "'--ready-fd' needs a value";

		check_bad(refused[i], part);
	}
	check_bad("-p 0", "'0' is not a process id");
	check_bad("-- true", "'rule' does not run a command");
	check_bad("--", "'rule' does not run a command");
	check_bad("true", "'true' is not expected here: use -c true for");
	check_bad("-s KILL,!KILL", "leaves no signal");
}

static void test_help_of_rule(void **state)
{
	(void)state;
	subcommand = SUBCOMMAND_RULE;
	assert_int_equal(parse("--help"), OPTIONS_DONE);
	assert_int_equal(strncmp(said[0], "Usage: killsnoop rule ", 22), 0);
	assert_non_null(strstr(said[0], "\nFilters "));
	assert_non_null(strstr(said[0], "  -p, --pid PID "));
	assert_non_null(strstr(said[0], "\nOther:\n  -h, --help "));
	assert_null(strstr(said[0], "--json"));
	assert_null(strstr(said[0], "\nOutput"));
	assert_null(strstr(said[0], "--tpid"));
	assert_int_equal(parse("-V"), OPTIONS_DONE);
}

static void test_doctor(void **state)
{
	(void)state;
	subcommand = SUBCOMMAND_DOCTOR;
	check_good("");
	assert_ptr_equal(options.output.format, &format_table);
	check_good("--json --hook tracepoint --without btf --btf x");
	assert_ptr_equal(options.output.format, &format_json);
	check_bad("-p 1", "'doctor' does not take --pid");
	check_bad("-v", "'doctor' does not take --verbose");
	check_bad("-- true", "'doctor' does not run a command");
	check_bad("twice", "'twice' is not expected here: use -c twice for");
}

#define TEST(name) cmocka_unit_test_teardown(name, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_defaults),	 TEST(test_muted),
		TEST(test_pids),	 TEST(test_bad_pids),
		TEST(test_many_pids),	 TEST(test_users),
		TEST(test_blanks),	 TEST(test_words_of_pids),
		TEST(test_texts),	 TEST(test_signals),
		TEST(test_origins),	 TEST(test_formats),
		TEST(test_audit_format), TEST(test_exclusive_formats),
		TEST(test_columns),	 TEST(test_color),
		TEST(test_redact),	 TEST(test_env),
		TEST(test_bad_env),	 TEST(test_limits),
		TEST(test_other_values), TEST(test_buffer_size),
		TEST(test_command),	 TEST(test_unknown_options),
		TEST(test_hostile),	 TEST(test_huge),
		TEST(test_answers),	 TEST(test_combinations),
		TEST(test_rule),	 TEST(test_help_of_rule),
		TEST(test_doctor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
