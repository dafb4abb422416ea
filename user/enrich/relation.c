// SPDX-License-Identifier: GPL-2.0-only
#include "enrich/relation.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "enrich/pidfiles.h"
#include "lib/array.h"

enum { FIRST_PID = 1 };

/* ---- who is related to whom ---- */

static const struct ancestors *relation_ancestors(const struct task *task)
{
	return task->process ? task->process->ancestors : NULL;
}

/* Whether that process is an ancestor of the task; `unknown` where its ancestors are. */
static bool relation_descends(const struct task *task, const struct ks_pidref *from, bool unknown)
{
	const struct ancestors *ancestors = relation_ancestors(task);

	for (size_t i = 0; ancestors && i < ancestors->n; i++)
		if (pidref_equal(&ancestors->items[i].ref, from))
			return true;
	return !ancestors && unknown;
}

/* Who made a session has its number. Its pid cannot be another's as long as the session is there.
 */
static bool relation_descends_from_leader(const struct task *task, uint32_t session)
{
	const struct ancestors *ancestors = relation_ancestors(task);

	for (size_t i = 0; ancestors && i < ancestors->n; i++)
		if (ancestors->items[i].ref.pid == session)
			return true;
	return !ancestors;
}

static bool relation_is_family(const struct task *sender, const struct task *target)
{
	return pidref_equal(&sender->ids.process, &target->ids.process) ||
	       relation_descends(sender, &target->ids.process, false) ||
	       relation_descends(target, &sender->ids.process, true);
}

/* ---- whether the sender can mean another ---- */

/* It passed the pid of the target. */
static bool relation_is_by_number(const struct event *event)
{
	const struct event_call *call = &event->signal.call;
	int32_t number = event->signal.target_number, passed = (int32_t)call->args[0];

	if (call->via == KS_VIA_NONE || call->via == KS_VIA_PIDFD_SEND_SIGNAL || !number)
		return false;
	return passed == number || (call->via == KS_VIA_KILL && passed == -number);
}

/* These go by names and the like: what they signal, they have found just now. */
static bool relation_searches(const struct task *sender)
{
	static const char *const names[] = { "pkill", "killall", "killall5", "skill", "fuser" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (!strncmp(sender->ids.comm, names[i], KS_COMM_BYTES))
			return true;
	return false;
}

/* Whether the digits stand there, and no other around them. */
static bool relation_is_number_in(const char *text, size_t bytes, uint32_t number)
{
	char digits[16];
	size_t length = snprintf(digits, sizeof(digits), "%u", number);
	const char *end = text + bytes, *at = text;

	while ((at = memmem(at, end - at, digits, length))) {
		const char *behind = at + length;

		if ((at == text || !isdigit((unsigned char)at[-1])) &&
		    (behind == end || !isdigit((unsigned char)*behind)))
			return true;
		at = behind;
	}
	return false;
}

static bool relation_argv_has_number(const struct event *event)
{
	size_t bytes;
	const char *argv = task_argv(&event->signal.sender, &bytes);

	return argv && relation_is_number_in(argv, bytes, event->signal.target_number);
}

/* An unknown time is one before the tracer started, and so before the former owner ended. */
static bool relation_ran_before(const struct event *event)
{
	const struct process *sender = event->signal.sender.process;

	return sender && sender->exec_ns < event->signal.target.ids.process.start_ns;
}

/* ---- the relations ---- */

/* Of one who keeps the number since then. */
static enum event_relation relation_of_kin(const struct event *event)
{
	const struct ks_pidref *parent = &event->signal.former.parent;
	const struct task *sender = &event->signal.sender, *target = &event->signal.target;

	if (pidref_equal(parent, &sender->ids.process))
		return RELATION_CHILD;
	if (parent->pid != FIRST_PID && relation_descends(sender, parent, false) &&
	    !relation_descends(target, parent, true))
		return RELATION_RELATIVE;
	if (event->signal.former_session &&
	    !relation_descends_from_leader(target, event->signal.former_session))
		return RELATION_SESSION;
	return RELATION_NONE;
}

static bool relation_can_be(const struct event *event)
{
	const struct task *sender = &event->signal.sender;

	return event->signal.has_former && event->signal.origin == KS_ORIGIN_USER &&
	       relation_is_by_number(event) && !relation_is_family(sender, &event->signal.target) &&
	       !relation_searches(sender);
}

enum event_relation relation_find(const struct event *event, const struct sent_table *sent)
{
	enum event_relation relation = RELATION_NONE;
	bool has_number;

	if (!relation_can_be(event))
		return RELATION_NONE;
	has_number = relation_argv_has_number(event);
	if (has_number || relation_ran_before(event))
		relation = relation_of_kin(event);
	if (relation == RELATION_NONE && sent && sent_before(sent, event, has_number))
		return RELATION_PROGRAM;
	return relation;
}

struct shared_text *relation_find_file(const struct event *event, const struct clock *clock)
{
	const struct ks_former *former = &event->signal.former;
	const struct ks_pidref *target = &event->signal.target.ids.process;
	uint32_t number = event->signal.target_number;
	struct pidfiles_question question;

	if (!relation_can_be(event) || target->vpid != number || former->process.vpid != number)
		return NULL;
	question = (struct pidfiles_question){
		.number = number,
		.uids = { event->signal.sender.ids.euid, former->uid },
		.from_ns = clock_boot_to_real(clock, former->process.start_ns),
		.to_ns = clock_boot_to_real(clock, target->start_ns),
		.time_ns = clock_mono_to_real(clock, event->time_ns),
		.since_ns = target->start_ns - clock->mono_to_boot_ns,
	};
	return pidfiles_find(&question);
}
