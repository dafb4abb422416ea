// SPDX-License-Identifier: GPL-2.0-only
/* Which limit a process came up against, of those that the BPF side saw. */
#include "enrich/limit.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>

#include "enrich/kernel_stack.h"

static enum limit_kind limit_kind_of(enum event_origin origin)
{
	switch (origin) {
	case ORIGIN_OOM: return LIMIT_MEMORY;
	case ORIGIN_CPU_LIMIT: return LIMIT_CPU_TIME;
	case ORIGIN_FILE_SIZE: return LIMIT_FILE_SIZE;
	default: return LIMIT_NONE;
	}
}

/* The length of the first `n` names of a path; 0: it has fewer. */
static size_t limit_length_of_names(const char *path, uint32_t n)
{
	const char *end = path;

	for (; n && *end == '/'; n--)
		end += 1 + strcspn(end + 1, "/");
	return n ? 0 : end - path;
}

/* A cgroup in the path of the target's; the root has no limit. */
static int limit_find_cgroup(struct event_limit *limit, const struct task *target, uint32_t level)
{
	const struct process *process = target->process;
	size_t bytes = 0;

	if (process && process->cgroup && !(process->flags & KS_FLAG_CGROUP_LOST))
		bytes = limit_length_of_names(process->cgroup, level);
	if (bytes)
		limit->cgroup = texts_new(KS_TEXT_FILE, process->cgroup, bytes, false);
	return bytes && !limit->cgroup ? -ENOMEM : 0;
}

static int limit_find_memory(struct event_limit *limit, const struct event *event)
{
	const struct ks_cause *cause = &event->signal.cause;

	limit->is_resident_known = cause->facts & KS_CAUSE_MEMORY;
	limit->resident_bytes = cause->memory_bytes;
	limit->is_known = cause->memory_limits && kernel_stack_is_of_cgroup(event);
	limit->is_certain = limit->is_known && cause->memory_limits == 1;
	limit->value = cause->memory_limit;
	return limit->is_known
		   ? limit_find_cgroup(limit, &event->signal.target, cause->memory_level)
		   : 0;
}

int limit_find(struct event *event)
{
	const struct ks_cause *cause = &event->signal.cause;
	struct event_limit *limit = &event->signal.limit;

	if (limit->kind)
		return 0;
	limit->kind = limit_kind_of(event_origin(event));
	if (limit->kind == LIMIT_MEMORY)
		return limit_find_memory(limit, event);
	limit->is_known = cause->facts & KS_CAUSE_RLIMIT && cause->rlimit != RLIM_INFINITY;
	limit->is_certain = limit->is_known;
	limit->value = cause->rlimit;
	return 0;
}
