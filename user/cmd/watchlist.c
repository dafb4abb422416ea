// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/watchlist.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/log.h"
#include "lib/procfs.h"

/* A thread's id is no process: say whose thread it is. */
static int watchlist_report_missing(uint32_t pid)
{
	char line[256];
	uint32_t process = 0;
	int dir = procfs_open(pid);
	FILE *status = dir < 0 ? NULL : procfs_fopen(dir, "status");

	while (status && fgets(line, sizeof(line), status))
		if (sscanf(line, "Tgid: %" SCNu32, &process) == 1)
			break;
	if (status)
		fclose(status);
	if (dir >= 0)
		close(dir);
	if (process && process != pid)
		log_line("%u is a thread of process %u: use -p %u", pid, process, process);
	else
		log_line("there is no process %u: find its pid with ps or pgrep", pid);
	return -ESRCH;
}

bool watchlist_has_ended(const struct watchlist *targets, size_t i)
{
	struct pollfd fd = { .fd = targets->items[i].fd, .events = POLLIN };

	return poll(&fd, 1, 0) == 1;
}

static bool watchlist_has(const struct watchlist *targets, uint32_t pid)
{
	for (size_t i = 0; i < targets->n; i++)
		if (targets->items[i].pid == pid)
			return true;
	return false;
}

int watchlist_add(struct watchlist *targets, uint32_t pid)
{
	int fd;

	if (watchlist_has(targets, pid))
		return 0;
	fd = syscall(SYS_pidfd_open, pid, 0);
	if (fd < 0)
		return watchlist_report_missing(pid);
	targets->items[targets->n].pid = pid;
	targets->items[targets->n].fd = fd;
	targets->items[targets->n].ended = false;
	if (watchlist_has_ended(targets, targets->n)) {
		log_line(
		    "process %u is a zombie: it has exited, and its parent has not reaped it yet",
		    pid);
		close(fd);
		return -ESRCH;
	}
	targets->n++;
	targets->left++;
	return 0;
}

int watchlist_add_all(struct watchlist *targets, const struct number_list *pids)
{
	int err = 0;

	for (size_t i = 0; i < pids->n && !err; i++)
		err = watchlist_add(targets, pids->items[i]);
	return err;
}

void watchlist_drop(struct watchlist *targets, size_t i)
{
	targets->items[i].ended = true;
	targets->left--;
}

void watchlist_end(struct watchlist *targets, const struct event *exit)
{
	for (size_t i = 0; i < targets->n; i++)
		if (!targets->items[i].ended &&
		    targets->items[i].pid == exit->exit.process.ids.process.vpid)
			watchlist_drop(targets, i);
}

void watchlist_clear(struct watchlist *targets)
{
	for (size_t i = 0; i < targets->n; i++)
		close(targets->items[i].fd);
	targets->n = 0;
}
