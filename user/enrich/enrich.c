// SPDX-License-Identifier: GPL-2.0-only
#include "enrich/enrich.h"

#include <errno.h>

#include "enrich/cgroup.h"
#include "enrich/kernel_cause.h"
#include "enrich/users.h"
#include "lib/array.h"

/*
 * The path that has the unit in it. Without its root it need not: whoever has a cgroup names the
 * rest.
 */
static const char *enrich_unit_path(const struct process *process)
{
	return process->flags & KS_FLAG_CGROUP_LOST ? NULL : process->cgroup;
}

static void enrich_cgroup(struct process *process)
{
	const char *path = enrich_unit_path(process);
	struct cgroup_span span;

	if (path && cgroup_unit(path, &span)) {
		process->unit.text = span.text;
		process->unit.bytes = span.len;
	}
	if (path && cgroup_container(path, &span)) {
		process->container.text = span.text;
		process->container.bytes = span.len;
	}
}

static int enrich_process(const struct enrich *enrich, struct process *process)
{
	if (!process->is_enriched)
		enrich_cgroup(process);
	process->is_enriched = true;
	return process_find_ancestors(enrich->processes, process);
}

static int enrich_task(const struct enrich *enrich, struct task *task)
{
	task->user = enrich->wants_names ? users_name(task->ids.uid) : NULL;
	return task->process ? enrich_process(enrich, task->process) : 0;
}

static int enrich_signal(const struct enrich *enrich, struct event *event)
{
	int sender_err = enrich_task(enrich, &event->signal.sender);
	int target_err = enrich_task(enrich, &event->signal.target);

	if (event_context(event))
		event->signal.kernel_cause = kernel_cause_find(event);
	return sender_err ? sender_err : target_err;
}

static int enrich_exit(const struct enrich *enrich, struct event *event)
{
	struct task *const tasks[] = {
		&event->exit.process,		&event->exit.tracer,
		&event->exit.cause.sender,	&event->exit.cause.context,
		&event->exit.cause.blow.sender,
	};
	int err = 0;

	for (size_t i = 0; i < ARRAY_SIZE(tasks); i++)
		if (enrich_task(enrich, tasks[i]))
			err = -ENOMEM;
	return err;
}

int enrich_event(const struct enrich *enrich, struct event *event)
{
	event->real_ns = clock_mono_to_real(enrich->clock, event->time_ns);
	switch (event->type) {
	case EVENT_SIGNAL: return enrich_signal(enrich, event);
	case EVENT_EXIT: return enrich_exit(enrich, event);
	default: return 0;
	}
}

void enrich_release(void)
{
	users_release();
}
