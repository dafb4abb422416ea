// SPDX-License-Identifier: GPL-2.0-only
#include "compare/cpu_time.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Kernel threads are children of kthreadd, which is 2: nobody else can be. */
static bool cpu_time_is_kthread(pid_t pid, const char *name)
{
	char path[64], comm[64];
	int ppid, n;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "re");
	if (!file)
		return false;
	n = fscanf(file, "%*d (%63[^)]) %*c %d", comm, &ppid);
	fclose(file);
	return n == 2 && ppid == 2 && !strcmp(comm, name);
}

pid_t cpu_time_find_kthread(const char *name)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	pid_t found = 0;

	while (proc && !found && (entry = readdir(proc))) {
		pid_t pid = atoi(entry->d_name);

		if (pid > 0 && cpu_time_is_kthread(pid, name))
			found = pid;
	}
	if (proc)
		closedir(proc);
	return found;
}

static uint64_t cpu_time_thread_time(pid_t pid, const char *tid)
{
	uint64_t ns = CPU_TIME_UNKNOWN;
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/task/%.16s/schedstat", pid, tid);
	file = fopen(path, "re");
	if (file && fscanf(file, "%" SCNu64, &ns) != 1)
		ns = CPU_TIME_UNKNOWN;
	if (file)
		fclose(file);
	return ns;
}

uint64_t cpu_time_of(pid_t pid)
{
	uint64_t sum = CPU_TIME_UNKNOWN;
	struct dirent *entry;
	char path[64];
	DIR *threads;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	threads = pid > 0 ? opendir(path) : NULL;
	while (threads && (entry = readdir(threads))) {
		uint64_t ns = *entry->d_name == '.' ? CPU_TIME_UNKNOWN
						    : cpu_time_thread_time(pid, entry->d_name);

		if (ns != CPU_TIME_UNKNOWN)
			sum = sum == CPU_TIME_UNKNOWN ? ns : sum + ns;
	}
	if (threads)
		closedir(threads);
	return sum;
}

uint64_t cpu_time_own(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return now.tv_sec * 1000000000ull + now.tv_nsec;
}
