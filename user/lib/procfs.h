/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KS_PROCFS_H
#define KS_PROCFS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

/* Inodes in /proc/PID/ns of the initial namespaces: include/linux/proc_ns.h. */
enum {
	PROC_USER_INIT_INO = 0xEFFFFFFDU,
	PROC_PID_INIT_INO = 0xEFFFFFFCU,
};

/*
 * Whether /proc shows the processes of our pid namespace: 0, -EACCES if it hides those of others
 * from us (hidepid, see proc(5)), -ESRCH if its pids are of another namespace, -ENOENT if it is
 * not mounted.
 */
int procfs_try(void);

/* Gets the directory of a process, which is open for the time of the call. 0: the next one, please.
 */
typedef int procfs_visitor(void *context, int dir, uint32_t pid);

/*
 * Visits every process that /proc shows, until one visit returns something else than 0, which is
 * returned; 0 if none does, or it is not mounted.
 */
int procfs_visit(procfs_visitor *visit, void *context);

/* The directory of a process; pid 0: our own. A descriptor or -errno. */
int procfs_open(uint32_t pid);

/* Opens a file of a process, whose directory is `dir`. NULL with errno set. */
FILE *procfs_fopen(int dir, const char *name);

/* Reads a file of a process, whose directory is `dir`, once. Its bytes, at most so many; or -errno.
 */
ssize_t procfs_read(int dir, const char *name, char *to, size_t bytes);

/* When a process began, in hundredths of a second of CLOCK_BOOTTIME. `dir`: its directory. */
int procfs_start_ticks(int dir, uint64_t *ret);

/* The state of a process, as in /proc/PID/stat: 'R' and so on; 0: unknown. */
char procfs_state(uint32_t pid);

/* The real user of a process, whose directory is `dir`; 0, which is root, if it is unknown. */
uint32_t procfs_uid(int dir);

/*
 * Visits the children of a process, as procfs_visit() does, but `dir` is -1. Where the kernel does
 * not list them (CONFIG_PROC_CHILDREN), it visits none.
 */
int procfs_visit_children(uint32_t pid, procfs_visitor *visit, void *context);

/* The parent of a process; 0: it has none in our pid namespace, or that cannot be seen. */
uint32_t procfs_parent(uint32_t pid);

#endif
