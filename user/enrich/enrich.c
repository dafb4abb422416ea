// SPDX-License-Identifier: GPL-2.0-only
#include "enrich/enrich.h"

#include <errno.h>

#include "enrich/cgroup.h"
#include "enrich/containers.h"
#include "enrich/kernel_cause.h"
#include "enrich/limit.h"
#include "enrich/relation.h"
#include "enrich/users.h"

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
	if (path && cgroup_user_unit(path, &span)) {
		process->user_unit.text = span.text;
		process->user_unit.bytes = span.len;
	}
	if (path && cgroup_container(path, &span)) {
		process->container.text = span.text;
		process->container.bytes = span.len;
	}
	if (path && cgroup_root_container(path, &span))
		process->container_id = span.text;
}

static int enrich_process(const struct enrich *enrich, struct process *process)
{
	if (!process->is_enriched)
		enrich_cgroup(process);
	process->is_enriched = true;
	return process_find_ancestors(enrich->processes, process);
}

/* The tasks of an event, whatever type it has. Returns how many. */
enum { ENRICH_TASKS_MAX = 5 };

static size_t enrich_tasks_of(struct event *event, struct task *ret[ENRICH_TASKS_MAX])
{
	size_t n = 0;

	if (event->type == EVENT_SIGNAL) {
		ret[n++] = &event->signal.sender;
		ret[n++] = &event->signal.target;
	} else if (event->type == EVENT_EXIT) {
		ret[n++] = &event->exit.process;
		ret[n++] = &event->exit.tracer;
		ret[n++] = &event->exit.cause.sender;
		ret[n++] = &event->exit.cause.context;
		ret[n++] = &event->exit.cause.blow.sender;
	}
	return n;
}

static uint64_t enrich_real_ns(const struct enrich *enrich, uint64_t mono_ns)
{
	return mono_ns ? clock_mono_to_real(enrich->clock, mono_ns) : 0;
}

static void enrich_loss(const struct enrich *enrich, struct event *event)
{
	event->lost.from_real_ns = enrich_real_ns(enrich, event->lost.from_ns);
	event->lost.to_real_ns = enrich_real_ns(enrich, event->lost.to_ns);
}

static void enrich_relation(const struct enrich *enrich, struct event *event)
{
	event->signal.relation = relation_find(event, enrich->sent);
	if (event->signal.relation != RELATION_NONE)
		return;
	event->signal.pid_file = relation_find_file(event, enrich->clock);
	if (event->signal.pid_file)
		event->signal.relation = RELATION_PID_FILE;
}

int enrich_event(const struct enrich *enrich, struct event *event)
{
	struct task *tasks[ENRICH_TASKS_MAX];
	size_t n = enrich_tasks_of(event, tasks);
	int err = 0;

	event->real_ns = clock_mono_to_real(enrich->clock, event->time_ns);
	if (event->type == EVENT_LOST)
		enrich_loss(enrich, event);
	if (event->type == EVENT_SIGNAL)
		event->signal.last_real_ns = enrich_real_ns(enrich, event->signal.last_ns);
	for (size_t i = 0; i < n; i++)
		if (tasks[i]->process && enrich_process(enrich, tasks[i]->process))
			err = -ENOMEM;
	if (event->type == EVENT_SIGNAL && event->signal.relation == RELATION_NONE)
		enrich_relation(enrich, event);
	if (event_is_from_kernel(event)) {
		event->signal.kernel_cause = kernel_cause_find(event);
		err = limit_find(event) ? -ENOMEM : err;
	}
	return err;
}

void enrich_names(struct event *event)
{
	struct task *tasks[ENRICH_TASKS_MAX];
	size_t n = enrich_tasks_of(event, tasks);

	for (size_t i = 0; i < n; i++) {
		const struct process *process = tasks[i]->process;

		tasks[i]->user = users_name(tasks[i]->ids.uid);
		if (process && process->container_id)
			tasks[i]->container = containers_names(process->container_id);
	}
}

void enrich_release(void)
{
	users_release();
	containers_release();
}
