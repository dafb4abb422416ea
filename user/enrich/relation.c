// SPDX-License-Identifier: GPL-2.0-only
#include "enrich/relation.h"

enum { FIRST_PID = 1 };

/* Whether that process is an ancestor of the task; `unknown` where its ancestors are. */
static bool relation_descends(const struct task *task, const struct ks_pidref *from, bool unknown)
{
	const struct ancestors *ancestors = task->process ? task->process->ancestors : NULL;

	for (size_t i = 0; ancestors && i < ancestors->n; i++)
		if (pidref_equal(&ancestors->items[i].ref, from))
			return true;
	return !ancestors && unknown;
}

enum event_relation relation_find(const struct event *event)
{
	const struct ks_pidref *parent = &event->signal.former.parent;
	const struct task *sender = event_sender(event);

	if (!event->signal.has_former || !sender)
		return RELATION_NONE;
	if (pidref_equal(parent, &sender->ids.process))
		return RELATION_CHILD;
	if (parent->pid != FIRST_PID && relation_descends(sender, parent, false) &&
	    !relation_descends(&event->signal.target, parent, true))
		return RELATION_RELATIVE;
	return RELATION_NONE;
}
