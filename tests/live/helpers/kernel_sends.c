// SPDX-License-Identifier: GPL-2.0-only
/*
 * kernel_sends HOW ...: makes the kernel send a signal to a process without a call of the kill
 * family.
 *
 *	sigio PID SIGNAL	by I/O on a socket whose owner is PID: F_SETOWN, F_SETSIG
 *	ptrace_kill PID		PTRACE_KILL
 *	exitkill PID		by its end, as a tracer with PTRACE_O_EXITKILL
 *	inject PID SIGNAL	as its tracer, when it next receives a signal, in place of that;
 *				prints its pid first
 *	inject_call PID SIGNAL	as its tracer, when its next system call ends, after a line
 *	parent_death SIGNAL	prints the pid of a child with that PR_SET_PDEATHSIG, and ends when
 *				a line comes
 *	tiocsig SIGNAL		prints the pid of a child in the foreground of a new terminal, and
 *				sends that the signal by ioctl(TIOCSIG) when a line comes
 *	type CHARACTER		the same, but types the character of that number there
 *	hangup			the same, but closes the other side of that terminal
 *	autokill		prints the pid of a child, and closes its pidfd, with
 *				CLONE_PIDFD_AUTOKILL, when a line comes; 0 where there is no such
 *	reboot			prints the pid of the first process of a pid namespace, in which a
 *				child of that calls reboot(2) when a line comes
 *	dying			prints the pid of a child that is being killed, but cannot end
 *				until a line comes
 *	hold N			kills N children when a line comes, and keeps them from ending;
 *				prints N then, and ends at another line
 *	resize DIR REST N	resizes its terminal N times, which sends SIGWINCH to itself. Its
 *				path is another each time: DIR/I/REST is a mount of /dev/pts
 */
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <pty.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "helper.h"

static void wait_for_line(void)
{
	char c;

	while (read(STDIN_FILENO, &c, 1) == 1 && c != '\n')
		continue;
}

static void say_number(int number)
{
	printf("%d\n", number);
	fflush(stdout);
}

static int sigio(char **args)
{
	int pair[2], pid = atoi(args[0]);

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) || fcntl(pair[0], F_SETOWN, pid) ||
	    fcntl(pair[0], F_SETSIG, atoi(args[1])) ||
	    fcntl(pair[0], F_SETFL, O_ASYNC | O_NONBLOCK))
		die("fcntl");
	return write(pair[1], "x", 1) == 1 ? 0 : EXIT_BROKEN;
}

static int attach(int pid, long options)
{
	int status;

	if (ptrace(PTRACE_SEIZE, pid, NULL, options) || ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) ||
	    waitpid(pid, &status, 0) != pid)
		die("ptrace");
	return pid;
}

static int ptrace_kill(char **args)
{
	if (ptrace(PTRACE_KILL, attach(atoi(args[0]), 0), NULL, NULL))
		die("PTRACE_KILL");
	return 0;
}

static int exitkill(char **args)
{
	attach(atoi(args[0]), PTRACE_O_EXITKILL);
	return 0;
}

/* Says when it is attached; stays the tracer until the other has ended. */
static int inject_as(char **args, enum __ptrace_request go_on)
{
	int pid = attach(atoi(args[0]), PTRACE_O_TRACESYSGOOD), status;

	if (go_on == PTRACE_SYSCALL) {
		say_number(pid);
		wait_for_line();
	}
	if (ptrace(go_on, pid, NULL, NULL))
		die("ptrace");
	if (go_on == PTRACE_CONT)
		say_number(pid);
	/* The begin of a call, then its end; or a signal. */
	for (int stops = go_on == PTRACE_CONT ? 1 : 2; stops; stops--) {
		if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
			return EXIT_BROKEN;
		if (ptrace(go_on, pid, NULL, stops > 1 ? 0 : atoi(args[1])))
			die("ptrace");
	}
	while (waitpid(pid, &status, 0) == pid && WIFSTOPPED(status))
		if (ptrace(PTRACE_CONT, pid, NULL, WSTOPSIG(status) & 0x7f))
			die("ptrace");
	return 0;
}

static int inject(char **args)
{
	return inject_as(args, PTRACE_CONT);
}

static int inject_call(char **args)
{
	return inject_as(args, PTRACE_SYSCALL);
}

static int parent_death(char **args)
{
	int ready[2], pid;
	char c;

	if (pipe(ready))
		die("pipe");
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, atoi(args[0]));
		close(ready[0]);
		close(ready[1]);
		for (;;)
			pause();
	}
	close(ready[1]);
	if (pid < 0 || read(ready[0], &c, 1))
		die("fork");
	say_number(pid);
	wait_for_line();
	return 0;
}

static int fork_on_terminal(int *master)
{
	int pid = forkpty(master, NULL, NULL, NULL);
	char c;

	if (pid < 0)
		die("forkpty");
	if (!pid) {
		if (write(STDOUT_FILENO, "r", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	if (read(*master, &c, 1) != 1)
		die("terminal");
	say_number(pid);
	wait_for_line();
	return pid;
}

static int tiocsig(char **args)
{
	int master, pid = fork_on_terminal(&master);

	if (ioctl(master, TIOCSIG, atoi(args[0])))
		die("TIOCSIG");
	return waitpid(pid, NULL, 0) == pid ? 0 : EXIT_BROKEN;
}

static int type(char **args)
{
	int master, pid = fork_on_terminal(&master);

	char typed = atoi(args[0]);

	if (write(master, &typed, 1) != 1)
		die("terminal");
	return waitpid(pid, NULL, 0) == pid ? 0 : EXIT_BROKEN;
}

static int hangup(char **args)
{
	int master, pid = fork_on_terminal(&master);

	(void)args;
	close(master);
	return waitpid(pid, NULL, 0) == pid ? 0 : EXIT_BROKEN;
}

/* include/uapi/linux/sched.h, since v7.1 (c8134b5f13ae). */
#define AUTOREAP (UINT64_C(1) << 34)
#define AUTOKILL (UINT64_C(1) << 36)

static int autokill(char **args)
{
	int pidfd = -1, pid;
	struct clone_args how = { .flags = CLONE_PIDFD | AUTOREAP | AUTOKILL,
				  .pidfd = (uintptr_t)&pidfd };

	(void)args;
	pid = syscall(SYS_clone3, &how, sizeof(how));
	if (!pid)
		for (;;)
			pause();
	say_number(pid < 0 ? 0 : pid);
	wait_for_line();
	return 0;
}

/* In a pid namespace, reboot() ends that, and nothing else. */
static void be_first(void)
{
	int is_first = getpid() == 1;

	if (!fork()) {
		wait_for_line();
		if (is_first)
			reboot(RB_AUTOBOOT);
		_exit(0);
	}
	for (;;)
		pause();
}

static int reboot_namespace(char **args)
{
	int pid;

	(void)args;
	if (unshare(CLONE_NEWPID))
		die("unshare");
	pid = fork();
	if (!pid)
		be_first();
	say_number(pid);
	return waitpid(pid, NULL, 0) == pid ? 0 : EXIT_BROKEN;
}

static int dying(char **args)
{
	int pid = fork(), status;

	(void)args;
	if (!pid)
		for (;;)
			pause();
	attach(pid, PTRACE_O_TRACEEXIT);
	if (kill(pid, SIGKILL))
		die("kill");
	while (waitpid(pid, &status, 0) == pid && status >> 8 != (SIGTRAP | PTRACE_EVENT_EXIT << 8))
		continue;
	say_number(pid);
	wait_for_line();
	return 0;
}

static int wait_forever(void *unused)
{
	(void)unused;
	for (;;)
		pause();
	return 0;
}

/* It shares our memory: thousands fit. */
static int start_sharing_child(void)
{
	enum { STACK_BYTES = 4096 };
	char *stack =
	    mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int pid = stack == MAP_FAILED
		      ? -1
		      : clone(wait_forever, stack + STACK_BYTES, CLONE_VM | SIGCHLD, NULL);

	if (pid < 0 || ptrace(PTRACE_SEIZE, pid, NULL, PTRACE_O_TRACEEXIT))
		die("clone");
	return pid;
}

static void kill_and_hold(int pid)
{
	int status;

	if (kill(pid, SIGKILL))
		die("kill");
	if (waitpid(pid, &status, 0) != pid || status >> 8 != (SIGTRAP | PTRACE_EVENT_EXIT << 8))
		die("PTRACE_EVENT_EXIT");
}

static int hold(char **args)
{
	int n = atoi(args[0]), *children = calloc(n, sizeof(*children));

	for (int i = 0; children && i < n; i++)
		children[i] = start_sharing_child();
	say_number(0);
	wait_for_line();
	for (int i = 0; children && i < n; i++)
		kill_and_hold(children[i]);
	say_number(n);
	wait_for_line();
	return 0;
}

/* A terminal of our own, by that mount. */
static int open_terminal(const char *dir, const char *rest)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY), terminal;
	char path[4096];

	if (master < 0 || unlockpt(master) || setsid() < 0)
		die("terminal");
	snprintf(path, sizeof(path), "%s/0/%s%s", dir, rest, strrchr(ptsname(master), '/'));
	terminal = open(path, O_RDWR);
	if (terminal < 0 || ioctl(terminal, TIOCSCTTY, 0))
		die(path);
	return terminal;
}

static int resize(char **args)
{
	int terminal = open_terminal(args[0], args[1]), n = atoi(args[2]);
	char from[4096], to[4096];

	for (int i = 0; i < n; i++) {
		struct winsize size = { .ws_row = 1 + i % 100, .ws_col = 80 };

		snprintf(from, sizeof(from), "%s/%d", args[0], i);
		snprintf(to, sizeof(to), "%s/%d", args[0], i + 1);
		if (rename(from, to) || ioctl(terminal, TIOCSWINSZ, &size))
			die("resize");
	}
	return 0;
}

static const struct {
	const char *how;
	int args;
	int (*make)(char **args);
} ways[] = {
	{ "sigio", 2, sigio },
	{ "ptrace_kill", 1, ptrace_kill },
	{ "exitkill", 1, exitkill },
	{ "inject", 2, inject },
	{ "inject_call", 2, inject_call },
	{ "tiocsig", 1, tiocsig },
	{ "parent_death", 1, parent_death },
	{ "type", 1, type },
	{ "hangup", 0, hangup },
	{ "autokill", 0, autokill },
	{ "reboot", 0, reboot_namespace },
	{ "dying", 0, dying },
	{ "hold", 1, hold },
	{ "resize", 3, resize },
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < sizeof(ways) / sizeof(ways[0]); i++)
		if (!strcmp(argv[1], ways[i].how) && argc == ways[i].args + 2)
			return ways[i].make(argv + 2);
	return EXIT_BROKEN;
}
