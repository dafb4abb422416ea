/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The stage of a situation: processes that signal each other, and one printed line for each call,
 * with what an observer must say of it. Processes die with their parents, so nothing is left.
 */
#ifndef KS_TESTS_SCENARIO_H
#define KS_TESTS_SCENARIO_H

#include <grp.h>
#include <limits.h>
#include <poll.h>
#include <stddef.h>
#include <sched.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "calls.h"

enum {
	EXIT_SKIPPED = 77,
	PROC_FD = 100, /* /proc, for those in a root directory or pid namespace of their own */
	TARGETS_MAX = 64,
	NOBODY = 65534,
};

enum via { KILL, TKILL, TGKILL, QUEUE, TGQUEUE, PIDFD, VIA_MAX }; /* as in calls[] */

static const char *situation_name = "none";

/* ---- who ---- */

/* `pid` as its creator sees it, `id` as /proc has it: they differ in a pid namespace. */
struct process {
	pid_t pid, id;
};

static pid_t number_in_proc(const char *link)
{
	char text[64] = "";

	if (readlinkat(PROC_FD, link, text, sizeof(text) - 1) < 0)
		die(link);
	return atoi(text);
}

static pid_t own_id(void)
{
	return number_in_proc("self");
}

static void open_proc(void)
{
	int fd = open("/proc", O_RDONLY | O_DIRECTORY);

	if (fd < 0 || dup2(fd, PROC_FD) < 0 || close(fd))
		die("/proc");
}

/* Also after a change of ids, which clears it. Needs a parent that may kill its child. */
static void die_with_parent(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
}

/* Those who act hold its writing end: when all have ended, those who wait end, too. */
static int curtain[2];

static void open_curtain(void)
{
	if (pipe2(curtain, O_CLOEXEC))
		die("pipe");
}

static NORETURN void wait_for_curtain(void)
{
	char nothing;

	close(curtain[1]);
	while (read(curtain[0], &nothing, 1) < 0 && errno == EINTR)
		;
	_exit(0);
}

static void block_signals(void)
{
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
}

/* ---- lines ---- */

/* Whom audit lists for a call: the process's numbers in /proc, in any order. */
struct targets {
	int n;
	pid_t ids[TARGETS_MAX];
};

/* clang-format off */
#define TARGETS(...)                                                                               \
	(&(struct targets){ sizeof((pid_t[]){ __VA_ARGS__ }) / sizeof(pid_t), { __VA_ARGS__ } })
#define NO_TARGETS (&(struct targets){ 0 })
/* clang-format on */

static const char *audit_arch(enum entry entry)
{
#ifdef __aarch64__
	(void)entry;
	return "c00000b7";
#else
	return entry == ENTRY_I386 ? "40000003" : "c000003e";
#endif
}

struct line {
	char text[4096];
	int length;
};

/* No memory is allocated: the caller may share its own with others. */
static void add(struct line *line, const char *format, ...)
{
	size_t room = sizeof(line->text) - line->length;
	va_list arguments;

	va_start(arguments, format);
	line->length += vsnprintf(line->text + line->length, room, format, arguments);
	va_end(arguments);
	if (line->length >= (int)sizeof(line->text))
		die("a line is too long");
}

static void add_targets(struct line *line, const struct targets *targets)
{
	add(line, ",\"targets\":[");
	for (int i = 0; i < targets->n; i++)
		add(line, "%s%d", i ? "," : "", targets->ids[i]);
	add(line, "]");
}

/* `members`: more of the object, as text. */
static void print_call(const struct attempt *attempt, const struct targets *targets,
		       const char *members)
{
	const long *args = attempt->args;
	struct line line = {};

	add(&line, "{\"situation\":\"%s\",\"tgid\":%d,\"call\":\"%s\",\"arch\":\"%s\"",
	    situation_name, own_id(), attempt->call->name, audit_arch(attempt->entry));
	add(&line, ",\"syscall\":%ld,\"args\":[\"%lx\",\"%lx\",\"%lx\",\"%lx\"],\"exit\":%ld",
	    call_number(attempt), args[0], args[1], args[2], args[3], attempt->ret);
	add_targets(&line, targets);
	add(&line, "%s}\n", members);
	say(line.text, line.length);
}

static NORETURN void skip(const char *reason)
{
	struct line line = {};

	add(&line, "{\"situation\":\"%s\",\"skip\":\"%s\"}\n", situation_name, reason);
	say(line.text, line.length);
	_exit(EXIT_SKIPPED);
}

/* ---- calls ---- */

#ifdef __x86_64__
/* Unlike enter_i386(): with the upper halves of the registers as they come. */
static long enter_i386_wide(long number, const long *args)
{
	long ret;

	asm volatile("int $0x80"
		     : "=a"(ret)
		     : "a"(number), "b"(args[0]), "c"(args[1]), "d"(args[2]), "S"(args[3])
		     : "memory", "r8", "r9", "r10", "r11");
	return (int)ret;
}
#else
#define enter_i386_wide enter_i386
#endif

static void make_raw_call(struct attempt *attempt)
{
	if (attempt->entry == ENTRY_I386)
		attempt->ret = enter_i386_wide(call_number(attempt), attempt->args);
	else
		make_call(attempt);
}

/* Whom a call is aimed at; what a call has no argument for is not used. */
struct aim {
	long pid, tid;
	long fd;
	long signal;
	const void *info;
	long flags;
};

static struct attempt aimed(enum entry entry, enum via via, const struct aim *aim)
{
	const long info = (long)aim->info;
	const long forms[VIA_MAX][4] = {
		[KILL] = { aim->pid, aim->signal },
		[TKILL] = { aim->tid, aim->signal },
		[TGKILL] = { aim->pid, aim->tid, aim->signal },
		[QUEUE] = { aim->pid, aim->signal, info },
		[TGQUEUE] = { aim->pid, aim->tid, aim->signal, info },
		[PIDFD] = { aim->fd, aim->signal, info, aim->flags },
	};
	struct attempt attempt = { .call = &calls[via], .entry = entry };

	for (int i = 0; i < 4; i++)
		attempt.args[i] =
		    entry == ENTRY_I386 ? (long)(uint32_t)forms[via][i] : forms[via][i];
	return attempt;
}

static long make_and_print(struct attempt *attempt, const struct targets *targets)
{
	make_raw_call(attempt);
	print_call(attempt, targets, "");
	return attempt->ret;
}

static long call_aimed(enum entry entry, enum via via, const struct aim *aim,
		       const struct targets *targets)
{
	struct attempt attempt = aimed(entry, via, aim);

	return make_and_print(&attempt, targets);
}

static long call_raw(enum via via, long a0, long a1, long a2, long a3,
		     const struct targets *targets)
{
	struct attempt attempt = { .call = &calls[via], .args = { a0, a1, a2, a3 } };

	return make_and_print(&attempt, targets);
}

static long call_kill(long pid, long signal, const struct targets *targets)
{
	return call_raw(KILL, pid, signal, 0, 0, targets);
}

/* What the call will not come back from, or libc makes: printed before it. */
static void announce(enum via via, long a0, long a1, long a2, const struct targets *targets)
{
	struct attempt attempt = { .call = &calls[via], .args = { a0, a1, a2 } };

	print_call(&attempt, targets, "");
}

/* Calls whose unused arguments are unknown. */
static void announce_loosely(enum via via, long a0, long a1, long a2, const struct targets *targets)
{
	struct attempt attempt = { .call = &calls[via], .args = { a0, a1, a2 } };

	print_call(&attempt, targets, ",\"loose\":true");
}

/* ---- processes ---- */

typedef void play(void *context);

/* Both ends are for this process and its children, not for what they execute. */
static void make_pipe(int ends[2])
{
	if (pipe2(ends, O_CLOEXEC))
		die("pipe");
}

static void report(int fd, pid_t id)
{
	if (write(fd, &id, sizeof(id)) != sizeof(id))
		die("report");
}

static pid_t hear(int fd)
{
	pid_t id;

	if (read(fd, &id, sizeof(id)) != sizeof(id))
		die("nothing was reported");
	return id;
}

/* A child that has done `prepare` (NULL: nothing) when this returns, and then waits. */
static struct process start(play *prepare, void *context)
{
	struct process child;
	int ends[2];

	make_pipe(ends);
	child.pid = fork();
	if (child.pid < 0)
		die("fork");
	if (!child.pid) {
		die_with_parent();
		if (prepare)
			prepare(context);
		report(ends[1], own_id());
		wait_for_curtain();
	}
	close(ends[1]);
	child.id = hear(ends[0]);
	close(ends[0]);
	return child;
}

static struct process start_plain(void)
{
	return start(NULL, NULL);
}

/* Ends as the child did, unless that went well. */
static void wait_for_success(pid_t pid)
{
	int status;

	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		die("wait");
	if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SKIPPED)
		_exit(EXIT_SKIPPED);
	if (!WIFEXITED(status) || WEXITSTATUS(status)) {
		fprintf(stderr, "%s: a child ended with status 0x%x\n", situation_name, status);
		_exit(EXIT_BROKEN);
	}
}

/* Waits until it has ended, whatever its end is. */
static void wait_for_end(pid_t pid)
{
	if (pid < 0 || waitpid(pid, NULL, 0) != pid)
		die("wait");
}

/* A child that does `act`, and nothing else; this one waits for it. */
static void in_child(play *act, void *context)
{
	pid_t pid = fork();

	if (!pid) {
		die_with_parent();
		act(context);
		_exit(0);
	}
	wait_for_success(pid);
}

static int open_pidfd(pid_t pid)
{
	int fd = syscall(SYS_pidfd_open, pid, 0);

	if (fd < 0)
		die("pidfd_open");
	return fd;
}

/* A pid that no process has: others come first until numbers wrap. `ret_fd`: a pidfd of it, or
 * NULL. */
static pid_t make_gone(int *ret_fd)
{
	pid_t pid = fork();

	if (!pid)
		_exit(0);
	if (ret_fd)
		*ret_fd = open_pidfd(pid);
	wait_for_end(pid);
	return pid;
}

/* ---- ids ---- */

/* Real, effective and saved ones. */
struct ids {
	uid_t uid, euid, suid;
	gid_t gid, egid, sgid;
};

static void become(const struct ids *ids)
{
	if (setgroups(0, NULL) || setresgid(ids->gid, ids->egid, ids->sgid) ||
	    setresuid(ids->uid, ids->euid, ids->suid))
		die("ids");
	die_with_parent();
}

static void become_nobody(void)
{
	become(&(struct ids){ NOBODY, NOBODY, NOBODY, NOBODY, NOBODY, NOBODY });
}

static void play_nobody(void *context)
{
	(void)context;
	become_nobody();
}

/* ---- files ---- */

static bool can_write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool ok = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return ok;
}

static void copy_self_to(int to)
{
	int from = openat(PROC_FD, "self/exe", O_RDONLY | O_CLOEXEC);
	struct stat facts;

	if (from < 0 || to < 0 || fstat(from, &facts))
		die("copy");
	for (off_t left = facts.st_size; left > 0;) {
		ssize_t bytes = sendfile(to, from, NULL, left);

		if (bytes <= 0)
			die("sendfile");
		left -= bytes;
	}
	close(from);
}

/* This program again, under another path. */
static void copy_self(const char *path)
{
	int to = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);

	copy_self_to(to);
	close(to);
}

/* ---- the table ---- */

enum {
	TO_INIT = 1 << 0, /* orphans get the parent that they have everywhere */
};

struct situation {
	const char *name;
	void (*perform)(const struct situation *);
	const char *text; /* what it is about, if its function is for several */
	long number;
	enum entry entry;
	unsigned int flags;
};

#endif
