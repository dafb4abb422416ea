// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is certain comes first: a file that was written to, a function of the kernel's stack, other
 * facts; then what is likely.
 */
#include "enrich/kernel_cause.h"

#include <string.h>

#include "enrich/kernel_rows.h"
#include "enrich/kernel_stack.h"
#include "event/file_calls.h"
#include "kernel_numbers.h"
#include "lib/signame.h"
#include "lib/array.h"

/* Files that make the kernel send signals when the context writes to them. */
static const struct {
	uint64_t signals;
	unsigned int kinds;
	uint32_t magic; /* of the file system: a file of that name can be anywhere */
	const char *name;
	struct kernel_cause cause;
} writes[] = {
	{ SIG(KILL),
	  NOINFO,
	  CGROUP2_SUPER_MAGIC,
	  "cgroup.kill",
	  { ORIGIN_CGROUP_KILL, "a write to cgroup.kill", .is_sent = SENT } },
	{ SIG(TERM) | SIG(KILL),
	  PRIV,
	  PROC_SUPER_MAGIC,
	  "sysrq-trigger",
	  { ORIGIN_SYSRQ, "a write to sysrq-trigger", .is_sent = SENT } },
};

static const char *kernel_cause_name_of(const struct shared_text *path)
{
	const char *slash = path ? strrchr(path->text, '/') : NULL;

	return slash ? slash + 1 : NULL;
}

static const struct kernel_cause *kernel_cause_written(const struct event *event)
{
	const struct ks_cause *cause = &event->signal.cause;
	const char *name = kernel_cause_name_of(event->signal.file);

	if (!name || !is_call_writing_to(event->signal.sender.syscall, cause->file_argument))
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(writes); i++)
		if (writes[i].signals & signame_bit(event->signal.number) &&
		    writes[i].kinds & BIT(event->signal.info.kind) &&
		    writes[i].magic == cause->file_magic && !strcmp(writes[i].name, name))
			return &writes[i].cause;
	return NULL;
}

static bool kernel_cause_is_request(const struct kernel_row *row, const struct event_call *call)
{
	return !row->request || (uint32_t)call->args[1] == row->request;
}

static bool kernel_cause_is_in_call(const struct kernel_row *row, const struct event *event)
{
	const char *call = event->signal.sender.syscall;
	char padded[64];

	if (!row->calls)
		return true;
	if (!call || strlen(call) + 3 > sizeof(padded))
		return false;
	*stpcpy(stpcpy(stpcpy(padded, " "), call), " ") = '\0';
	return strstr(row->calls, padded) && kernel_cause_is_request(row, &event->signal.call);
}

static unsigned int kernel_cause_facts_of(const struct event *event)
{
	const struct ks_cause *cause = &event->signal.cause;
	uint32_t facts = cause->facts;

	return (facts & KS_CAUSE_WORKER ? WORKER : 0) | (facts & KS_CAUSE_REAPER ? REAPER : 0) |
	       (facts & KS_CAUSE_EXITKILL ? EXITKILL : 0) |
	       (facts & KS_CAUSE_FOREGROUND ? FOREGROUND : 0) |
	       (facts && cause->pdeath == event->signal.number ? PDEATH : 0);
}

static unsigned int kernel_cause_who_of(const struct event *event)
{
	const struct task *running = &event->signal.sender, *target = &event->signal.target;
	bool is_self = pidref_equal(&running->ids.process, &target->ids.process);

	return (is_self ? SELF : OTHER) | (running->flags & KS_FLAG_EXITING ? EXITING : 0) |
	       (running->flags & KS_FLAG_KTHREAD ? KTHREAD : 0) |
	       (target->flags & KS_FLAG_TRACED ? TRACED : 0) | kernel_cause_facts_of(event);
}

static bool kernel_cause_fits(const struct kernel_row *row, const struct event *event,
			      unsigned int who)
{
	const struct ks_info *info = &event->signal.info;
	bool is_any_code = !row->code_min && !row->code_max;

	return (!row->signals || row->signals & signame_bit(event->signal.number)) &&
	       row->kinds & BIT(info->kind) && (who & row->who) == row->who &&
	       (info->kind != KS_INFO_REAL || is_any_code ||
		(info->code >= row->code_min && info->code <= row->code_max)) &&
	       kernel_cause_is_in_call(row, event);
}

static const struct kernel_cause *kernel_cause_in(const struct kernel_rows *table,
						  const struct event *event)
{
	unsigned int who = kernel_cause_who_of(event);

	for (size_t i = 0; i < table->n; i++)
		if (kernel_cause_fits(&table->rows[i], event, who))
			return &table->rows[i].cause;
	return NULL;
}

struct kernel_cause kernel_cause_find(const struct event *event)
{
	const struct kernel_cause *cause = kernel_cause_written(event);
	struct kernel_cause of_stack;

	if (!cause && kernel_stack_find(event, &of_stack))
		return of_stack;
	cause = cause ?: kernel_cause_in(&kernel_rows_certain, event);
	cause = cause ?: kernel_cause_in(&kernel_rows_likely, event);
	return cause ? *cause : (struct kernel_cause){ 0 };
}
