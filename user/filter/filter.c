// SPDX-License-Identifier: GPL-2.0-only
#include "filter/filter.h"

#include <fnmatch.h>
#include <string.h>
#include <sys/wait.h>

#include "enrich/cgroup.h"

/* An empty list asks for nothing. An unknown value matches no list. */
static bool filter_match_number(const struct number_list *list, const struct task *task,
				uint32_t number)
{
	for (size_t i = 0; task && i < list->n; i++)
		if (list->items[i] == number)
			return true;
	return !list->n;
}

/* The last part of the path of its executable; NULL: unknown. */
static const char *filter_program_of(const struct task *task)
{
	const char *slash =
	    task->process && task->process->exe ? strrchr(task->process->exe, '/') : NULL;

	return slash ? slash + 1 : NULL;
}

static bool filter_match_name(const struct text_list *list, const struct task *task,
			      bool names_programs)
{
	const char *program = task && names_programs ? filter_program_of(task) : NULL;
	char comm[KS_COMM_BYTES + 1] = "";

	if (task)
		memcpy(comm, task->ids.comm, comm_length(task->ids.comm));
	for (size_t i = 0; task && i < list->n; i++)
		if (!fnmatch(list->items[i], comm, 0) ||
		    (program && !fnmatch(list->items[i], program, 0)))
			return true;
	return !list->n;
}

/* ---- executables ---- */

bool filter_matches_exe(const char *path, const char *pattern)
{
	const char *slash = strrchr(path, '/');

	if (strchr(pattern, '/'))
		return !fnmatch(pattern, path, 0);
	return slash && !fnmatch(pattern, slash + 1, 0);
}

/* The executable is unknown, or part of its path; those of the kernel's threads are not: they have
 * none. */
static bool filter_is_exe_open(const struct task *task)
{
	const struct process *process = task->process;

	if (!process || !process->exe)
		return !process || !(process->flags & KS_FLAG_KTHREAD);
	return process->flags & KS_FLAG_EXE_ROOTLESS;
}

/* What is missing of a path is on the root's side. */
static bool filter_needs_whole_path(const struct text_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		if (strchr(list->items[i], '/'))
			return true;
	return false;
}

static bool filter_match_exe(const struct text_list *list, const struct task *task,
			     unsigned int bit, unsigned int *undecided)
{
	const char *exe = task && task->process ? task->process->exe : NULL;

	if (!list->n)
		return true;
	for (size_t i = 0; exe && i < list->n; i++)
		if (filter_matches_exe(exe, list->items[i]))
			return true;
	if (!task || !filter_is_exe_open(task) || (exe && !filter_needs_whole_path(list)))
		return false;
	*undecided |= bit;
	return true;
}

/* ---- units ---- */

/* The cgroup is unknown, or not all of it is known: no filter may fail for that. */
static bool filter_is_cgroup_open(const struct process *process)
{
	return !process || !process->cgroup ||
	       process->flags & (KS_FLAG_CGROUP_CUT | KS_FLAG_CGROUP_LOST);
}

/* Without the root's side, whoever has a cgroup chose the names. */
static bool filter_has_root(const struct process *process)
{
	return process && process->cgroup && !(process->flags & KS_FLAG_CGROUP_LOST);
}

static bool filter_match_unit(const struct text_list *list, const struct task *task,
			      unsigned int bit, unsigned int *undecided)
{
	const struct process *process = task ? task->process : NULL;

	if (!list->n)
		return true;
	for (size_t i = 0; filter_has_root(process) && i < list->n; i++)
		if (cgroup_matches(process->cgroup, list->items[i]))
			return true;
	if (!task || !filter_is_cgroup_open(process))
		return false;
	*undecided |= bit;
	return true;
}

/* ---- all of them ---- */

static bool filter_took_effect(enum event_result result)
{
	return result == RESULT_DELIVERED || result == RESULT_PENDING ||
	       result == RESULT_LOST_INFO || result == RESULT_PROBED || result == RESULT_RESUMED;
}

static bool filter_match_target(const struct filter *filter, const struct task *target,
				unsigned int *undecided)
{
	return filter_match_number(&filter->target_uids, target, target ? target->ids.uid : 0) &&
	       filter_match_name(&filter->target_comms, target, filter->names_programs) &&
	       filter_match_exe(&filter->target_exes, target, UNDECIDED_TARGET_EXE, undecided) &&
	       filter_match_unit(&filter->target_units, target, UNDECIDED_TARGET_UNIT, undecided);
}

bool filter_names_targets(const struct filter *filter)
{
	return filter->target_comms.n || filter->target_exes.n || filter->target_units.n;
}

bool filter_may_match_target(const struct filter *filter, const struct event *event)
{
	unsigned int undecided = 0;

	return !filter_names_targets(filter) || event->type != EVENT_SIGNAL ||
	       filter_match_target(filter, event_target(event), &undecided);
}

static bool filter_match_exit(const struct filter *filter, struct event *event)
{
	bool is_by_signal = WIFSIGNALED(event->exit.code) || event->exit.cause.known;

	if (event->exit.watch == KS_WATCH_TARGET)
		return true;
	if (!filter_match_target(filter, &event->exit.process, &event->exit.undecided))
		return false;
	if (event->exit.watch == KS_WATCH_DESCENDANT)
		return is_by_signal;
	return filter_names_targets(filter) && !filter->has_pids &&
	       (is_by_signal || event->exit.watch == KS_WATCH_MAIN);
}

static bool filter_match_sender(const struct filter *filter, struct event *event)
{
	const struct task *sender = event_sender(event);

	if (sender && !sender->present)
		sender = NULL;
	return filter_match_number(&filter->sender_pids, sender,
				   sender ? sender->ids.process.vpid : 0) &&
	       filter_match_number(&filter->sender_uids, sender, sender ? sender->ids.uid : 0) &&
	       filter_match_name(&filter->sender_comms, sender, filter->names_programs) &&
	       filter_match_exe(&filter->sender_exes, sender, UNDECIDED_SENDER_EXE,
				&event->signal.undecided) &&
	       filter_match_unit(&filter->sender_units, sender, UNDECIDED_SENDER_UNIT,
				 &event->signal.undecided);
}

#define ORIGIN_BIT(origin) (UINT32_C(1) << (origin))
/* "kernel" stands for all that is not of a call. */
#define ALL_ORIGINS (ORIGIN_BIT(ORIGIN_USER) | ORIGIN_BIT(ORIGIN_KERNEL))

bool filter_has_user(const struct filter *filter)
{
	return !filter->origins || filter->origins & ORIGIN_BIT(ORIGIN_USER);
}

bool filter_has_kernel(const struct filter *filter)
{
	return !filter->origins || filter->origins & ~ORIGIN_BIT(ORIGIN_USER);
}

static bool filter_match_origin(const struct filter *filter, const struct event *event)
{
	if (event_is_from_kernel(event) && filter->origins & ORIGIN_BIT(ORIGIN_KERNEL))
		return true;
	return !filter->origins || filter->origins & ORIGIN_BIT(event_origin(event));
}

bool filter_match(const struct filter *filter, struct event *event)
{
	if (event->type == EVENT_EXIT)
		return filter_match_exit(filter, event);
	if (event->type != EVENT_SIGNAL)
		return true;
	return !event->signal.filtered_out && filter_match_origin(filter, event) &&
	       (!filter->failed_only || !filter_took_effect(event->signal.result)) &&
	       filter_match_target(filter, event_target(event), &event->signal.undecided) &&
	       filter_match_sender(filter, event);
}

bool filter_is_late(const struct filter *filter)
{
	return filter_names_targets(filter) || filter->sender_comms.n || filter->sender_exes.n ||
	       filter->sender_units.n || filter->origins & ~ALL_ORIGINS;
}
