// SPDX-License-Identifier: GPL-2.0-only
/*
 * execrace ROUNDS: a process executes itself again and again, with the number of the round as its
 * argument. Each odd round SIGUSR2 hits it at a random moment while it does; each even round
 * SIGUSR1 when it has settled, so that the description of it is asked for anew. It is on a
 * processor alone, if there are two.
 */
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "helper.h"

enum { EXEC_NS_MAX = 400000 }; /* how long after its begin a signal comes at most */

struct shared {
	volatile int executing, settled, go;
};

static struct shared *map_shared(int fd)
{
	struct shared *shared =
	    mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (shared == MAP_FAILED)
		die("mmap");
	return shared;
}

static void use_cpu(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

static void yield_until(const volatile int *number, int value)
{
	while (*number != value)
		sched_yield();
}

static void execute(int fd, int round, int last)
{
	char numbers[3][16];

	snprintf(numbers[0], sizeof(numbers[0]), "%d", round);
	snprintf(numbers[1], sizeof(numbers[1]), "%d", fd);
	snprintf(numbers[2], sizeof(numbers[2]), "%d", last);
	execl("/proc/self/exe", "execrace", numbers[0], numbers[1], numbers[2], NULL);
	die("exec");
}

static int run(int round, int fd, int last)
{
	struct shared *shared = map_shared(fd);

	shared->settled = round;
	yield_until(&shared->go, round);
	if (round == last)
		return 0;
	shared->executing = round + 1;
	execute(fd, round + 1, last);
	return EXIT_BROKEN;
}

static int race(int last)
{
	int fd = memfd_create("execrace", 0), pid, delay;
	struct shared *shared;
	int64_t begin;

	if (fd < 0 || ftruncate(fd, sizeof(*shared)))
		die("memfd");
	shared = map_shared(fd);
	signal(SIGUSR1, SIG_IGN);
	signal(SIGUSR2, SIG_IGN);
	pid = fork();
	use_cpu(pid ? 1 : 0);
	if (!pid)
		execute(fd, 1, last);
	for (int round = 1; round <= last; round++) {
		yield_until(&shared->settled, round);
		if (round % 2 == 0)
			kill(pid, SIGUSR1);
		shared->go = round;
		if (round == last || round % 2 == 0)
			continue;
		yield_until(&shared->executing, round + 1);
		begin = now_ns();
		delay = rand() % EXEC_NS_MAX;
		while (now_ns() - begin < delay)
			continue;
		kill(pid, SIGUSR2);
	}
	return waitpid(pid, NULL, 0) == pid ? 0 : EXIT_BROKEN;
}

int main(int argc, char **argv)
{
	if (argc == 4)
		return run(atoi(argv[1]), atoi(argv[2]), atoi(argv[3]));
	return argc == 2 ? race(atoi(argv[1])) : EXIT_BROKEN;
}
