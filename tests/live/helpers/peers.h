/* SPDX-License-Identifier: GPL-2.0-only */
/* Processes and threads around the actor, to be signalled. */
#ifndef KS_TESTS_PEERS_H
#define KS_TESTS_PEERS_H

#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "argv_words.h"

/* ---- company ---- */

static NORETURN void wait_for_ever(void)
{
	for (;;)
		pause();
}

static int pid_pipe[2];

/* Of the calling thread, from /proc. */
static void report_id(const char *link)
{
	long id;

	read_link_number(link, &id);
	if (write(pid_pipe[1], &id, sizeof(id)) != sizeof(id))
		_exit(EXIT_BROKEN);
}

static void collect_ids(const char *name, int n)
{
	long list[1024];

	for (int i = 0; i < n; i++)
		if (read(pid_pipe[0], &list[i], sizeof(list[i])) != sizeof(list[i]))
			die("pipe");
	answer_list(name, list, n);
}

/* children N: in the same group, with the same handlers */
static void do_children(char **rest)
{
	long n = next_number(rest);

	for (int i = 0; i < n; i++) {
		pid_t pid = fork();

		if (pid < 0)
			die("fork");
		if (pid)
			continue;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		report_id("/proc/self");
		wait_for_ever();
	}
	collect_ids("pids", n);
}

static void *idle_thread(void *name)
{
	prctl(PR_SET_NAME, name);
	report_id("/proc/thread-self");
	wait_for_ever();
}

/* thread_of NAME: one that does nothing */
static void do_thread_of(char **rest)
{
	char *name = strdup(next_word(rest));
	pthread_t thread;

	if (!name || pthread_create(&thread, NULL, idle_thread, name))
		die("thread");
	collect_ids("tids", 1);
}

static void *idle_vfork(void *context)
{
	pid_t pid = vfork();

	if (!pid) {
		report_id("/proc/self");
		for (;;)
			pause();
	}
	waitpid(pid, NULL, 0);
	return context;
}

/* A child of a vfork that does nothing; the rest of this process goes on. */
static void do_vfork_child(char **rest)
{
	pthread_t thread;

	(void)rest;
	if (pthread_create(&thread, NULL, idle_vfork, NULL))
		die("thread");
	collect_ids("pids", 1);
}

/* A pid that no process has: the child is gone, and others come first until numbers wrap. */
static void do_gone(char **rest)
{
	pid_t pid = fork();
	int fd;

	(void)rest;
	if (!pid)
		_exit(0);
	fd = syscall(SYS_pidfd_open, pid, 0);
	if (pid < 0 || waitpid(pid, NULL, 0) != pid)
		die("fork");
	answer("{\"pid\":%d,\"fd\":%d}", pid, fd);
}

static void do_pidfd(char **rest)
{
	int fd = syscall(SYS_pidfd_open, (pid_t)next_number(rest), 0);

	if (fd < 0)
		die("pidfd_open");
	answer("{\"fd\":%d}", fd);
}

static void do_open(char **rest)
{
	int fd = open(next_word(rest), O_RDWR | O_CLOEXEC);

	if (fd < 0)
		die("open");
	answer("{\"fd\":%d}", fd);
}

#endif
