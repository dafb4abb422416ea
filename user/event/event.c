// SPDX-License-Identifier: GPL-2.0-only
#include "event/event.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Nothing of a live argv is left: the one of the process takes its place. */
static void event_forget_argv(struct task *task)
{
	task->argv = NULL;
	task->argv_bytes = task->live_argv_bytes = task->arg_area_bytes = 0;
	task->known &= ~KS_KNOWN_ARGV;
	task->flags &= ~(KS_FLAG_ARGV_CUT | KS_FLAG_TITLE);
}

int task_copy(struct task *to, const struct task *from)
{
	char *argv = from->argv ? malloc(from->live_argv_bytes + 1) : NULL;

	*to = *from;
	to->user = NULL;
	to->container = NULL;
	process_get(to->process);
	texts_get(to->label);
	if (!from->argv)
		return 0;
	if (!argv) {
		event_forget_argv(to);
		return -ENOMEM;
	}
	to->argv = memcpy(argv, from->argv, from->live_argv_bytes + 1);
	return 0;
}

void task_clear(struct task *task)
{
	process_put(task->process);
	texts_put(task->label);
	free(task->argv);
	memset(task, 0, sizeof(*task));
}

size_t event_argv_length(const char *argv, size_t bytes)
{
	while (bytes > 1 && !argv[bytes - 1] && !argv[bytes - 2])
		bytes--;
	return bytes;
}

const char *task_argv(const struct task *task, size_t *ret_bytes)
{
	const char *argv = task->argv;
	size_t bytes = task->argv_bytes;

	if (!argv && task->process) {
		argv = task->process->argv;
		bytes = task->process->argv_bytes;
	}
	if (argv)
		*ret_bytes = event_argv_length(argv, bytes);
	return argv;
}

bool task_equal(const struct task *a, const struct task *b)
{
	return a->process == b->process && a->label == b->label && a->known == b->known &&
	       a->flags == b->flags && a->syscall == b->syscall && a->argv_bytes == b->argv_bytes &&
	       !memcmp(&a->ids, &b->ids, sizeof(a->ids)) && (!a->argv) == (!b->argv) &&
	       (!a->argv || !memcmp(a->argv, b->argv, a->argv_bytes));
}

void cause_clear(struct event_cause *cause)
{
	task_clear(&cause->sender);
	task_clear(&cause->context);
	task_clear(&cause->blow.sender);
	cause_steps_free(cause->path);
	texts_put(cause->limit.cgroup);
	texts_put(cause->pid_file);
	memset(cause, 0, sizeof(*cause));
}

int cause_steps_add(struct cause_steps **steps, const struct cause_step *step)
{
	struct cause_step *to;

	if (!*steps)
		*steps = calloc(1, sizeof(**steps));
	if (!*steps)
		return -ENOMEM;
	if ((*steps)->n == CAUSE_STEPS_MAX)
		return 0;
	to = &(*steps)->items[(*steps)->n++];
	*to = *step;
	return task_copy(&to->sender, &step->sender);
}

void cause_steps_free(struct cause_steps *steps)
{
	for (size_t i = 0; steps && i < steps->n; i++)
		task_clear(&steps->items[i].sender);
	free(steps);
}

void event_free(struct event *event)
{
	if (!event)
		return;
	if (event->type == EVENT_SIGNAL) {
		task_clear(&event->signal.sender);
		task_clear(&event->signal.target);
		texts_put(event->signal.file);
		texts_put(event->signal.stack);
		texts_put(event->signal.limit.cgroup);
		texts_put(event->signal.pid_file);
	} else if (event->type == EVENT_EXIT) {
		task_clear(&event->exit.process);
		task_clear(&event->exit.tracer);
		cause_clear(&event->exit.cause);
		cause_clear(&event->exit.blow);
		cause_steps_free(event->exit.before);
	}
	free(event);
}
