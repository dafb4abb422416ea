// SPDX-License-Identifier: GPL-2.0-only
/* What killsnoop relies on, and where that is read. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "kernel/self_test.h"
#include "kernel_numbers.h"
#include "lib/array.h"
#include "record.h"

static int self_facts_pid(void)
{
	return getpid();
}

static int self_facts_group(void)
{
	return getpgrp();
}

static int self_facts_session(void)
{
	return getsid(0);
}

/* ---- a kernel thread that works for others ---- */

enum { KTHREADD = 2, WORKER_PID_MAX = 512 }; /* the first ones live as long as the kernel */

/*
 * /proc/PID/stat has the flags of a task as they are. Only a child of kthreadd is what it says. 0
 * or -ENOENT.
 */
static int self_facts_read_if_worker(int pid, uint32_t *ret)
{
	char path[32], worker[8] = "";
	uint32_t parent = 0, flags = 0;
	FILE *file;
	int n;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "re");
	if (!file)
		return -ENOENT;
	n = fscanf(file, "%*d (%7[kworer]%*[^)]) %*c %" SCNu32 " %*d %*d %*d %*d %" SCNu32, worker,
		   &parent, &flags);
	fclose(file);
	if (n != 3 || strcmp(worker, "kworker") != 0 || parent != KTHREADD)
		return -ENOENT;
	*ret = flags;
	return 0;
}

static int self_facts_read_worker(uint32_t *ret)
{
	int err = -ENOENT;

	for (int pid = KTHREADD + 1; err && pid < WORKER_PID_MAX; pid++)
		err = self_facts_read_if_worker(pid, ret);
	return err;
}

/* ---- all ---- */

#define REAPER                                                                                     \
	{ "task_struct", "nsproxy" }, { "nsproxy", "pid_ns_for_children" },                        \
	{                                                                                          \
		"pid_namespace", "child_reaper"                                                    \
	}
#define NEWEST_CHILD                                                                               \
	{                                                                                          \
		"task_struct", "children.prev"                                                     \
	}
#define FILE_OF(which)                                                                             \
	{ "task_struct", "files" }, { "files_struct", "fdt" }, { "fdtable", "fd" },                \
	{                                                                                          \
		"file", "", .file = (which)                                                        \
	}
#define PID_TYPE(name) .index = KS_PIDTYPE_##name, .index_of = SELF_PIDTYPE_##name
#define ALL UINT32_MAX

#if defined(__x86_64__)
#define COMPAT_NAME "TS_COMPAT"
#define COMPAT_MEMBER "thread_info.status"
enum { COMPAT_BIT = TS_COMPAT };
#elif defined(__aarch64__)
#define COMPAT_NAME "TIF_32BIT"
#define COMPAT_MEMBER "thread_info.flags"
enum { COMPAT_BIT = TIF_32BIT };
#endif

const struct self_fact self_facts[] = {
	{ .what = "PF_KTHREAD",
	  .wrong = "kernel threads would be shown as processes",
	  .is_fatal = true,
	  .is_initial = true, /* whoever started the first process is a kernel thread */
	  .hops = { REAPER, { "task_struct", "real_parent" }, { "task_struct", "flags" } },
	  .mask = PF_KTHREAD,
	  .value = PF_KTHREAD },
	{ .what = "PF_KTHREAD or PF_EXITING",
	  .wrong = "signals of processes would be shown as the kernel's",
	  .is_fatal = true,
	  .hops = { { "task_struct", "flags" } },
	  .mask = PF_KTHREAD | PF_EXITING },
	{ .what = "PF_EXITING",
	  .wrong = "signals to the dying would be shown as delivered",
	  .is_fatal = true,
	  .is_of_child = true,
	  .hops = { NEWEST_CHILD, { "task_struct", "flags", "sibling" } },
	  .mask = PF_EXITING | PF_KTHREAD,
	  .value = PF_EXITING },
	{ .what = "SIGNAL_GROUP_EXIT",
	  .wrong = "the results of signals and the causes of ends would be wrong",
	  .is_fatal = true,
	  .is_of_child = true,
	  .hops = { NEWEST_CHILD,
		    { "task_struct", "signal", "sibling" },
		    { "signal_struct", "flags" } },
	  .mask = SIGNAL_GROUP_EXIT,
	  .value = SIGNAL_GROUP_EXIT },
	{ .what = "SIGNAL_GROUP_EXIT, _COREDUMP or _STOP_STOPPED",
	  .wrong = "the results of signals and the causes of ends would be wrong",
	  .is_fatal = true,
	  .hops = { { "task_struct", "signal" }, { "signal_struct", "flags" } },
	  .mask = SIGNAL_GROUP_EXIT | SIGNAL_GROUP_COREDUMP | SIGNAL_STOP_STOPPED },
	{ .what = "SIGNAL_UNKILLABLE",
	  .wrong = "why an init ignored a signal would be unknown",
	  .hops = { REAPER, { "task_struct", "signal" }, { "signal_struct", "flags" } },
	  .mask = SIGNAL_UNKILLABLE,
	  .value = SIGNAL_UNKILLABLE },
	{ .what = COMPAT_NAME,
	  .wrong = "the arguments of calls would be wrong",
	  .is_fatal = true,
	  .hops = { { "task_struct", COMPAT_MEMBER } },
	  .mask = COMPAT_BIT },
	{ .what = "TRACE_SIGNAL_LOSE_INFO",
	  .wrong = "the results of signals would be wrong",
	  .is_fatal = true,
	  .enumerator = SELF_TRACE_SIGNAL_LOSE_INFO,
	  .mask = ALL,
	  .value = KS_RESULT_LOST_INFO },
	{ .what = "list of the tasks of a pid",
	  .wrong = "targets that got no signal would be missing",
	  .is_initial = true,
	  .hops = { { "task_struct", "thread_pid" },
		    { "pid", "tasks", PID_TYPE(PID) },
		    { "task_struct", "pid", "pid_links" } },
	  .mask = ALL,
	  .expected = self_facts_pid },
	{ .what = "PIDTYPE_PGID",
	  .wrong = "targets that got no signal would be missing",
	  .is_initial = true,
	  .hops = { { "task_struct", "signal" },
		    { "signal_struct", "pids", PID_TYPE(PGID) },
		    { "pid", "numbers" } },
	  .mask = ALL,
	  .expected = self_facts_group },
	{ .what = "PIDTYPE_SID",
	  .wrong = "whether SIGCONT is permitted would be unknown",
	  .is_initial = true,
	  .hops = { { "task_struct", "signal" },
		    { "signal_struct", "pids", PID_TYPE(SID) },
		    { "pid", "numbers" } },
	  .mask = ALL,
	  .expected = self_facts_session },
	{ .what = "tree of pids",
	  .wrong = "targets that got no signal would be missing",
	  .hops = { { "task_struct", "nsproxy" },
		    { "nsproxy", "pid_ns_for_children" },
		    { "pid_namespace", "idr.idr_rt.xa_head" } },
	  .mask = XA_TAG_MASK,
	  .value = XA_TAG_NODE },
	{ .what = "XA_CHUNK_MASK",
	  .wrong = "targets that got no signal would be missing",
	  .array = { "xa_node", "slots" },
	  .mask = ALL,
	  .value = XA_CHUNK_MASK + 1 },
	{ .what = "PF_WQ_WORKER",
	  .wrong = "whether a signal was typed on a terminal would be unknown",
	  .is_initial = true, /* elsewhere, none is seen */
	  .read = self_facts_read_worker,
	  .mask = PF_WQ_WORKER,
	  .value = PF_WQ_WORKER },
	{ .what = "PT_EXITKILL",
	  .wrong = "why processes end with their tracer would be unknown",
	  .is_of_traced = true,
	  .hops = { NEWEST_CHILD, { "task_struct", "ptrace", "sibling" } },
	  .mask = PT_EXITKILL,
	  .value = PT_EXITKILL },
	{ .what = "MINORBITS",
	  .wrong = "which signals come from terminals would be unknown",
	  .hops = { FILE_OF(SELF_FILE_NULL), { "file", "f_inode" }, { "inode", "i_rdev" } },
	  .mask = ALL,
	  .value = SELF_NULL_MAJOR << MINOR_BITS | SELF_NULL_MINOR },
};
const size_t self_facts_n = ARRAY_SIZE(self_facts);
