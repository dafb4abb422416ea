// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does what stdin says, a command a line, and answers each with one JSON line: what it
 * did, by which system call, and who it was. It plays senders and targets.
 */
#include <grp.h>
#include <pthread.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>

#include "calls.h"
#include "peers.h"
#include "argv_words.h"

static char **own_argv;

/* ---- calls ---- */

static void parse_call(struct attempt *attempt, char **rest)
{
	long list[NUMBERS_MAX] = {};
	int n = numbers(rest, list), from = 0;
	struct claim claim;

	for (int i = 0; i < attempt->call->arguments; i++)
		attempt->args[i] = i == attempt->call->info ? 0 : list[from++];
	if (n <= from)
		return;
	claim = (struct claim){ .code = list[from], .pid = list[from + 1], .uid = list[from + 2] };
	attempt->args[attempt->call->info] =
	    make_info(attempt->entry, attempt->args[attempt->call->info - 1], &claim);
}

static void make_and_answer(struct attempt *attempt)
{
	char *line;
	size_t length;
	FILE *to = open_memstream(&line, &length);

	make_call(attempt);
	add_attempt(to, attempt);
	fputs(",\"sender\":", to);
	add_facts(to);
	fputs("}\n", to);
	fclose(to);
	say(line, length);
	free(line);
}

static bool try_call(const char *word, enum entry entry, struct attempt *attempt, char **rest)
{
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		if (strcmp(calls[i].name, word))
			continue;
		*attempt = (struct attempt){ .call = &calls[i], .entry = entry };
		parse_call(attempt, rest);
		return true;
	}
	return false;
}

static void parse_plain_call(struct attempt *attempt, char **rest)
{
	if (!try_call(next_word(rest), ENTRY_NATIVE, attempt, rest))
		die("no such call");
}

static void do_entry(enum entry entry, char **rest)
{
	struct attempt attempt;

	if (!try_call(next_word(rest), entry, &attempt, rest))
		die("no such call");
	make_and_answer(&attempt);
}

static void do_i386(char **rest)
{
	do_entry(ENTRY_I386, rest);
}

static void do_x32(char **rest)
{
	do_entry(ENTRY_X32, rest);
}

struct named_attempt {
	const char *name;
	struct attempt attempt;
};

static void *call_in_thread(void *context)
{
	struct named_attempt *named = context;

	prctl(PR_SET_NAME, named->name);
	make_and_answer(&named->attempt);
	return NULL;
}

/* thread NAME CALL: a thread of that name makes it */
static void do_thread(char **rest)
{
	struct named_attempt named = { .name = next_word(rest) };
	pthread_t thread;

	parse_plain_call(&named.attempt, rest);
	if (pthread_create(&thread, NULL, call_in_thread, &named) || pthread_join(thread, NULL))
		die("thread");
}

/* vfork CALL: the child of a vfork makes it */
static void do_vfork(char **rest)
{
	static struct attempt attempt;
	pid_t pid;

	parse_plain_call(&attempt, rest);
	pid = vfork();
	if (!pid) {
		make_and_answer(&attempt);
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, NULL, 0) != pid)
		die("vfork");
}

/* ---- who the actor is ---- */

static void do_facts(char **rest)
{
	(void)rest;
	say_facts();
}

static void do_name(char **rest)
{
	char name[64];

	decode_text(*rest, name, sizeof(name));
	answer_ok(!prctl(PR_SET_NAME, name), "PR_SET_NAME");
}

/* Overwrites its own argv, as servers do: never longer than it was. */
static void do_title(char **rest)
{
	size_t room = 0;

	for (char **arg = own_argv; *arg; arg++)
		room += strlen(*arg) + 1;
	memset(own_argv[0], 0, room);
	decode_text(*rest, own_argv[0], room);
	answer("{\"ok\":true}");
}

/* ids UID EUID SUID GID EGID SGID */
static void do_ids(char **rest)
{
	long id[NUMBERS_MAX] = {};

	numbers(rest, id);
	answer_ok(!setgroups(0, NULL) && !setresgid(id[3], id[4], id[5]) &&
		      !setresuid(id[0], id[1], id[2]),
		  "ids");
}

/* login UID: a new audit session; refused where somebody has logged in already */
static void do_login(char **rest)
{
	const char *uid = next_word(rest);
	int fd = open("/proc/self/loginuid", O_WRONLY | O_CLOEXEC);
	bool ok = fd >= 0 && write(fd, uid, strlen(uid)) > 0;

	close(fd);
	answer("{\"ok\":%s}", ok ? "true" : "false");
}

/* A new session, on a new terminal. */
static void do_tty(char **rest)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);

	(void)rest;
	if (master < 0 || grantpt(master) || unlockpt(master) || setsid() < 0)
		die("terminal");
	answer_ok(open(ptsname(master), O_RDWR | O_CLOEXEC) >= 0, "terminal");
}

static void do_chdir(char **rest)
{
	answer_ok(!chdir(next_word(rest)), "chdir");
}

static void do_group(char **rest)
{
	(void)rest;
	answer_ok(!setpgid(0, 0), "setpgid");
}

/* ---- what the actor does with signals ---- */

static int exit_code;

static void exit_now(int sig)
{
	(void)sig;
	_exit(exit_code);
}

static void go_on(int sig)
{
	(void)sig;
}

static void set_handlers(char **rest, void (*handler)(int))
{
	struct sigaction action = { .sa_handler = handler, .sa_flags = SA_RESTART };
	long list[NUMBERS_MAX];
	int n = numbers(rest, list);

	for (int i = 0; i < n; i++)
		if (sigaction(list[i], &action, NULL))
			die("sigaction");
	answer("{\"ok\":true}");
}

static void do_handle(char **rest)
{
	set_handlers(rest, go_on);
}

static void do_ignore(char **rest)
{
	set_handlers(rest, SIG_IGN);
}

/* exit_on CODE SIGNAL... */
static void do_exit_on(char **rest)
{
	exit_code = next_number(rest);
	set_handlers(rest, exit_now);
}

/* block: all that can be */
static void do_block(char **rest)
{
	sigset_t all;

	(void)rest;
	sigfillset(&all);
	answer_ok(!sigprocmask(SIG_BLOCK, &all, NULL), "sigprocmask");
}

/* limit N: so many signals may be queued */
static void do_limit(char **rest)
{
	long n = next_number(rest);
	struct rlimit limit = { .rlim_cur = n, .rlim_max = n };

	answer_ok(!setrlimit(RLIMIT_SIGPENDING, &limit), "setrlimit");
}

/* ---- ends, and what the kernel sends ---- */

static void do_exit(char **rest)
{
	_exit(next_number(rest));
}

static void do_fault(char **rest)
{
	static int *volatile nowhere;
	struct rlimit none = {};

	(void)rest;
	setrlimit(RLIMIT_CORE, &none);
	*nowhere = 0;
}

static void do_broken_pipe(char **rest)
{
	int ends[2];

	(void)rest;
	if (pipe(ends) || close(ends[0]))
		die("pipe");
	answer("{\"ok\":%s}", write(ends[1], "", 1) < 0 && errno == EPIPE ? "true" : "false");
}

/* A child ends: SIGCHLD. */
static void do_child_ends(char **rest)
{
	pid_t pid = fork();

	(void)rest;
	if (!pid)
		_exit(0);
	answer_ok(waitpid(pid, NULL, 0) == pid, "fork");
}

/* SIGALRM, which must be handled, by a timer of the kernel. */
static void do_alarm(char **rest)
{
	struct itimerval soon = { .it_value = { .tv_usec = 1000 } };
	sigset_t alarm_only, before;

	(void)rest;
	sigemptyset(&alarm_only);
	sigaddset(&alarm_only, SIGALRM);
	sigprocmask(SIG_BLOCK, &alarm_only, &before);
	if (setitimer(ITIMER_REAL, &soon, NULL))
		die("setitimer");
	sigsuspend(&before);
	sigprocmask(SIG_SETMASK, &before, NULL);
	answer("{\"ok\":true}");
}

static const struct command {
	const char *name;
	void (*run)(char **rest);
} commands[] = {
	{ "i386", do_i386 },
	{ "x32", do_x32 },
	{ "thread", do_thread },
	{ "vfork", do_vfork },
	{ "facts", do_facts },
	{ "name", do_name },
	{ "title", do_title },
	{ "ids", do_ids },
	{ "login", do_login },
	{ "tty", do_tty },
	{ "chdir", do_chdir },
	{ "group", do_group },
	{ "handle", do_handle },
	{ "ignore", do_ignore },
	{ "exit_on", do_exit_on },
	{ "block", do_block },
	{ "limit", do_limit },
	{ "children", do_children },
	{ "thread_of", do_thread_of },
	{ "vfork_child", do_vfork_child },
	{ "gone", do_gone },
	{ "pidfd", do_pidfd },
	{ "open", do_open },
	{ "exit", do_exit },
	{ "fault", do_fault },
	{ "broken_pipe", do_broken_pipe },
	{ "child_ends", do_child_ends },
	{ "alarm", do_alarm },
};

static void obey(char *line)
{
	struct attempt attempt;
	char *rest, *word = strtok_r(line, " ", &rest);

	if (try_call(word, ENTRY_NATIVE, &attempt, &rest)) {
		make_and_answer(&attempt);
		return;
	}
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (!strcmp(commands[i].name, word)) {
			commands[i].run(&rest);
			return;
		}
	}
	errno = EINVAL;
	die(word);
}

int main(int argc, char **argv)
{
	char *line = NULL;
	size_t room = 0;
	ssize_t length;

	(void)argc;
	own_argv = argv;
	prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that dies leaves nothing behind */
	if (pipe2(pid_pipe, O_CLOEXEC))
		die("pipe");
	while ((length = getline(&line, &room, stdin)) > 0) {
		line[length - 1] = '\0';
		obey(line);
	}
	return 0;
}
