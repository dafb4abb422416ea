// SPDX-License-Identifier: GPL-2.0-only
/* Time one kind of system call in a loop, or the start of a command; see usage(). */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_MS 1000000ULL
#define NS_PER_SEC 1000000000ULL
#define READY_FD 3
#define READY_TIMEOUT_MS 20000
/* Above the kernel's PID_MAX_LIMIT (2^22), so no process can have it. */
#define NO_SUCH_PID 0x7ffffffe

struct options {
	unsigned long calls;
	unsigned long rounds;
	unsigned long max_ms;
	unsigned long gap_ms;
};

struct mode {
	const char *name;
	int (*setup)(void);
	int (*call)(void);
	void (*teardown)(void);
	unsigned long warmup_calls;
};

static pid_t target_pid;
static int target_hold_fd = -1;

static unsigned long long now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * NS_PER_SEC + ts.tv_nsec;
}

static void sleep_ms(unsigned long ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * NS_PER_MS };

	nanosleep(&ts, NULL);
}

/* Ends on end of file and not by a signal, so that tracers see nothing but the loop. */
static void __attribute__((noreturn)) run_target(int hold_fd, int ready_fd)
{
	char byte = '\n';

	signal(SIGUSR1, SIG_IGN);
	if (write(ready_fd, &byte, 1) != 1)
		_exit(1);
	while (read(hold_fd, &byte, 1) < 0 && errno == EINTR)
		;
	_exit(0);
}

static int target_start(void)
{
	int hold[2], ready[2];
	char byte;

	if (pipe(hold) || pipe(ready))
		return -errno;
	target_pid = fork();
	if (target_pid < 0)
		return -errno;
	if (!target_pid) {
		close(hold[1]);
		close(ready[0]);
		run_target(hold[0], ready[1]);
	}
	close(hold[0]);
	close(ready[1]);
	target_hold_fd = hold[1];
	if (read(ready[0], &byte, 1) != 1)
		return -ECHILD;
	close(ready[0]);
	return 0;
}

static void target_stop(void)
{
	close(target_hold_fd);
	waitpid(target_pid, NULL, 0);
}

static int call_kill(void)
{
	return kill(target_pid, SIGUSR1);
}

static int call_esrch(void)
{
	return kill(NO_SUCH_PID, SIGUSR1) == -1 && errno == ESRCH ? 0 : -1;
}

static int call_getppid(void)
{
	return syscall(SYS_getppid) >= 0 ? 0 : -1;
}

/* Spawns this very file: it is static, and does nothing in the mode "noop". */
static int call_exec(void)
{
	char *argv[] = { "bench-noop", "noop", NULL };
	char *envp[] = { NULL };
	int status;
	pid_t pid;

	if (posix_spawn(&pid, "/proc/self/exe", NULL, NULL, argv, envp))
		return -1;
	if (waitpid(pid, &status, 0) != pid)
		return -1;
	return status ? -1 : 0;
}

static const struct mode modes[] = {
	{ "kill", target_start, call_kill, target_stop, 200 },
	{ "esrch", NULL, call_esrch, NULL, 200 },
	{ "getppid", NULL, call_getppid, NULL, 200 },
	{ "exec", NULL, call_exec, NULL, 5 },
};

static void usage(FILE *out)
{
	fputs("Usage: bench [OPTIONS] MODE\n"
	      "       bench [-r STARTS] start COMMAND [ARG...]\n"
	      "Modes:\n"
	      "  kill     kill(child, SIGUSR1); the child ignores it\n"
	      "  esrch    kill() of a pid that cannot exist\n"
	      "  getppid  an unrelated system call\n"
	      "  exec     posix_spawn, exit and wait of a static program\n"
	      "  start    run COMMAND with a pipe as descriptor 3; time until it writes a byte\n"
	      "           there; then interrupt it\n"
	      "Options:\n"
	      "  -n CALLS   calls in a round (100000)\n"
	      "  -r ROUNDS  rounds (7)\n"
	      "  -m MS      make rounds shorter if they would take longer than this (no limit)\n"
	      "  -g MS      pause between rounds (0)\n"
	      "Prints: MODE, best and median nanoseconds per call, number of all calls made\n",
	      out);
}

static int compare_double(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void print_result(const char *name, double *ns, unsigned long rounds, unsigned long calls)
{
	double median;

	qsort(ns, rounds, sizeof(*ns), compare_double);
	median = rounds % 2 ? ns[rounds / 2] : (ns[rounds / 2 - 1] + ns[rounds / 2]) / 2;
	printf("%s %.1f %.1f %lu\n", name, ns[0], median, calls);
}

static int time_round(const struct mode *mode, unsigned long calls, double *ret_ns)
{
	int (*call)(void) = mode->call;
	unsigned long long start_ns = now_ns();
	unsigned long i;
	int failed = 0;

	for (i = 0; i < calls; i++)
		failed |= call();
	*ret_ns = (double)(now_ns() - start_ns) / calls;
	return failed ? -EIO : 0;
}

/* Also the warm-up. */
static int fit_calls(const struct mode *mode, const struct options *opts, unsigned long *ret_calls)
{
	unsigned long fit;
	double ns;
	int err;

	*ret_calls = opts->calls;
	err = time_round(mode, mode->warmup_calls, &ns);
	if (err || !opts->max_ms)
		return err;
	fit = opts->max_ms * NS_PER_MS / ns;
	if (fit < *ret_calls)
		*ret_calls = fit ? fit : 1;
	return 0;
}

static int time_mode(const struct mode *mode, const struct options *opts, double *ns)
{
	unsigned long calls, i;
	int err;

	err = mode->setup ? mode->setup() : 0;
	if (err)
		return err;
	err = fit_calls(mode, opts, &calls);
	for (i = 0; i < opts->rounds && !err; i++) {
		if (opts->gap_ms)
			sleep_ms(opts->gap_ms);
		err = time_round(mode, calls, &ns[i]);
	}
	if (mode->teardown)
		mode->teardown();
	if (!err)
		print_result(mode->name, ns, opts->rounds,
			     calls * opts->rounds + mode->warmup_calls);
	return err;
}

static void __attribute__((noreturn)) run_command(char **argv, int ready_fd)
{
	signal(SIGINT, SIG_DFL);
	if (ready_fd != READY_FD) {
		dup2(ready_fd, READY_FD);
		close(ready_fd);
	}
	execvp(argv[0], argv);
	perror(argv[0]);
	_exit(127);
}

static bool wait_ready(int fd)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	char byte;

	return poll(&pfd, 1, READY_TIMEOUT_MS) == 1 && read(fd, &byte, 1) == 1;
}

static int time_start(char **argv, double *ret_ns)
{
	unsigned long long start_ns = now_ns();
	int ready[2], err = 0;
	pid_t pid;

	if (pipe(ready))
		return -errno;
	pid = fork();
	if (pid < 0)
		return -errno;
	if (!pid) {
		close(ready[0]);
		run_command(argv, ready[1]);
	}
	close(ready[1]);
	if (!wait_ready(ready[0]))
		err = -ENODATA;
	*ret_ns = now_ns() - start_ns;
	kill(pid, err ? SIGKILL : SIGINT);
	waitpid(pid, NULL, 0);
	close(ready[0]);
	return err;
}

static int time_starts(char **argv, const struct options *opts, double *ns)
{
	unsigned long i;
	int err = 0;

	for (i = 0; i < opts->rounds && !err; i++)
		err = time_start(argv, &ns[i]);
	if (!err)
		print_result("start", ns, opts->rounds, opts->rounds);
	return err;
}

static int parse_number(const char *text, unsigned long *ret_number)
{
	char *end;

	errno = 0;
	*ret_number = strtoul(text, &end, 10);
	return errno || end == text || *end || *text == '-' ? -EINVAL : 0;
}

static int parse_options(int argc, char **argv, struct options *opts)
{
	int c, err = 0;

	while (!err && (c = getopt(argc, argv, "+n:r:m:g:")) != -1) {
		if (c == 'n')
			err = parse_number(optarg, &opts->calls);
		else if (c == 'r')
			err = parse_number(optarg, &opts->rounds);
		else if (c == 'm')
			err = parse_number(optarg, &opts->max_ms);
		else if (c == 'g')
			err = parse_number(optarg, &opts->gap_ms);
		else
			err = -EINVAL;
	}
	return err || !opts->calls || !opts->rounds || optind == argc ? -EINVAL : 0;
}

static const struct mode *find_mode(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(modes) / sizeof(*modes); i++) {
		if (!strcmp(name, modes[i].name))
			return &modes[i];
	}
	return NULL;
}

static int run(char **argv, const struct options *opts)
{
	const struct mode *mode = find_mode(argv[0]);
	double *ns = calloc(opts->rounds, sizeof(*ns));
	int err = -EINVAL;

	if (!ns)
		return -ENOMEM;
	if (mode && !argv[1])
		err = time_mode(mode, opts, ns);
	else if (!strcmp(argv[0], "start") && argv[1])
		err = time_starts(argv + 1, opts, ns);
	free(ns);
	return err;
}

int main(int argc, char **argv)
{
	struct options opts = { .calls = 100000, .rounds = 7 };
	int err;

	if (argc == 2 && !strcmp(argv[1], "noop"))
		return 0;
	if (parse_options(argc, argv, &opts)) {
		usage(stderr);
		return 2;
	}
	err = run(argv + optind, &opts);
	if (!err && fflush(stdout))
		err = -errno;
	if (err) {
		fprintf(stderr, "bench: %s: %s\n", argv[optind], strerror(-err));
		return 1;
	}
	return 0;
}
