// SPDX-License-Identifier: GPL-2.0-only
#include "compare/cpu_time.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/procfs.h"

/* Kernel threads are children of kthreadd, pid 2, and no other process is. Returns its pid, or 0.
 */
static int cpu_time_is_kthread(void *context, int dir, uint32_t pid)
{
	char stat[256], comm[64];
	ssize_t bytes = procfs_read(dir, "stat", stat, sizeof(stat) - 1);
	int ppid;

	stat[bytes > 0 ? bytes : 0] = '\0';
	return sscanf(stat, "%*d (%63[^)]) %*c %d", comm, &ppid) == 2 && ppid == 2 &&
		       !strcmp(comm, context)
		   ? (int)pid
		   : 0;
}

pid_t cpu_time_find_kthread(const char *name)
{
	return procfs_visit(cpu_time_is_kthread, (void *)name);
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
