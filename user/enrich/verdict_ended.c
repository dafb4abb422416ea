// SPDX-License-Identifier: GPL-2.0-only
/* Processes that ended, for what their end brought about. */
#include "enrich/verdict_internal.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>

#include "lib/array.h"

const struct cause_steps *verdict_find_ended(const struct verdicts *verdicts,
					     const struct ks_pidref *ref, uint64_t time_ns)
{
	for (size_t i = 0; i < ARRAY_SIZE(verdicts->ended); i++) {
		const struct verdict_ended *ended = &verdicts->ended[i];

		if (ended->steps && pidref_equal(&ended->ref, ref) &&
		    time_ns <= ended->time_ns + VERDICT_ENDED_NS)
			return ended->steps;
	}
	return NULL;
}

/* Who created it, as far as that is known, else who had it last. */
static struct ks_pidref verdict_parent_of(const struct task *task)
{
	const struct process *process = task->process;

	return process && process->parent.pid ? process->parent
					      : (struct ks_pidref){ .pid = task->ids.ppid };
}

static bool verdict_is_parent(const struct ks_pidref *parent, const struct ks_pidref *ref)
{
	return parent->pid == ref->pid && (!parent->start_ns || parent->start_ns == ref->start_ns);
}

bool verdict_is_by_parent(const struct event *event)
{
	const struct task *sender = event_sender(event);
	const struct ks_pidref parent = verdict_parent_of(&event->signal.target);

	return sender && verdict_is_parent(&parent, &sender->ids.process);
}

/* A process that its parent did not kill itself. */
static bool verdict_was_killed_from_outside(const struct verdict_ended *ended)
{
	return ended->steps && ended->signal &&
	       !verdict_is_parent(&ended->parent, &ended->steps->items[0].sender.ids.process);
}

/* The last child of `parent` that was killed shortly before; `signal` 0: by any signal. */
static const struct verdict_ended *verdict_find_child(const struct verdicts *verdicts,
						      const struct ks_pidref *parent, int signal,
						      uint64_t time_ns)
{
	const struct verdict_ended *last = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(verdicts->ended); i++) {
		const struct verdict_ended *ended = &verdicts->ended[i];

		if (verdict_was_killed_from_outside(ended) &&
		    (!signal || ended->signal == signal) &&
		    verdict_is_parent(&ended->parent, parent) && ended->time_ns <= time_ns &&
		    time_ns - ended->time_ns <= VERDICT_HANDLED_NS &&
		    (!last || ended->time_ns > last->time_ns))
			last = ended;
	}
	return last;
}

bool verdict_reach_by_child(struct verdicts *verdicts, struct event *exit, int *err)
{
	int status = WEXITSTATUS(exit->exit.code);
	struct event_cause *cause = &exit->exit.cause;
	const struct verdict_ended *child;
	const struct cause_step *step;

	if (status <= 128)
		return false;
	child = verdict_find_child(verdicts, &exit->exit.process.ids.process, status - 128,
				   exit->time_ns);
	if (!child)
		return false;
	step = child->steps->items;
	*cause = (struct event_cause){
		.known = true,
		.how = HOW_HANDLED,
		.target = step->target,
		.seq = step->seq,
		.time_ns = step->time_ns,
		.signal = step->signal,
		.result = step->result,
		.origin = step->origin,
		.kernel_cause = step->kernel_cause,
		.limit = child->limit,
	};
	texts_get(cause->limit.cgroup);
	*err = task_copy(&cause->sender, &step->sender);
	*err = *err ? *err : verdict_add_steps(&cause->path, child->steps, 1);
	return true;
}

/* Managers of services have children that have nothing to do with each other. */
static bool verdict_shares_cgroup(const struct process *a, const struct process *b)
{
	return a && b && a->cgroup && b->cgroup && !strcmp(a->cgroup, b->cgroup);
}

/* A process of a restarted service does not end for what ended the one before. */
static bool verdict_was_there(const struct verdicts *verdicts, const struct ks_pidref *ref,
			      uint64_t time_ns)
{
	return ref->start_ns <= verdict_boot_ns(verdicts->clock, time_ns);
}

int verdict_add_sibling(struct verdicts *verdicts, struct event *exit)
{
	struct event_cause *cause = &exit->exit.cause;
	const struct verdict_ended *sibling;

	if (!cause->is_by_parent || !cause->path || cause->path->n != 1)
		return 0;
	sibling = verdict_find_child(verdicts, &cause->sender.ids.process, 0, cause->time_ns);
	if (!sibling || !verdict_shares_cgroup(sibling->process, exit->exit.process.process) ||
	    !verdict_was_there(verdicts, &exit->exit.process.ids.process, sibling->time_ns))
		return 0;
	return verdict_add_steps(&cause->path, sibling->steps, 0);
}

/* How well the next end of a process of `uid` may take its place. */
static int verdict_rank_of_place(const struct verdict_ended *ended, uint32_t uid, uint64_t time_ns)
{
	if (!ended->steps || time_ns - ended->time_ns > VERDICT_HANDLED_NS)
		return 3;
	if (ended->uid == uid)
		return 2;
	return ended->uid ? 1 : 0;
}

static struct verdict_ended *verdict_find_place(struct verdicts *verdicts, uint32_t uid,
						uint64_t time_ns)
{
	struct verdict_ended *best = NULL;
	int best_rank = -1;

	for (size_t i = 0; i < ARRAY_SIZE(verdicts->ended); i++) {
		struct verdict_ended *ended = &verdicts->ended[i];
		int rank = verdict_rank_of_place(ended, uid, time_ns);

		if (rank < best_rank || (rank == best_rank && ended->time_ns >= best->time_ns))
			continue;
		best = ended;
		best_rank = rank;
	}
	return best;
}

void verdict_forget_end(struct verdict_ended *ended)
{
	process_put(ended->process);
	texts_put(ended->limit.cgroup);
	cause_steps_free(ended->steps);
	*ended = (struct verdict_ended){ 0 };
}

int verdict_note_end(struct verdicts *verdicts, const struct event *exit)
{
	const struct event_cause *cause = &exit->exit.cause;
	const struct task *task = &exit->exit.process;
	struct verdict_ended *ended;

	if (!cause->known)
		return 0;
	ended = verdict_find_place(verdicts, task->ids.uid, exit->time_ns);
	verdict_forget_end(ended);
	*ended = (struct verdict_ended){
		.ref = task->ids.process,
		.parent = verdict_parent_of(task),
		.process = process_get(task->process),
		.uid = task->ids.uid,
		.time_ns = exit->time_ns,
		.signal = WTERMSIG(exit->exit.code),
		.limit = cause->limit,
	};
	texts_get(cause->limit.cgroup);
	return cause->sender.present ? verdict_add_steps(&ended->steps, cause->path, 0)
				     : verdict_add_step(&ended->steps, cause);
}
