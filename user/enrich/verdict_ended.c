// SPDX-License-Identifier: GPL-2.0-only
/* Processes that ended, for what their end brought about. */
#include "enrich/verdict_internal.h"

#include <errno.h>
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

/* The last child of `parent` that was killed shortly before; `signal` 0: by any signal. */
static const struct verdict_ended *verdict_find_child(const struct verdicts *verdicts,
						      const struct ks_pidref *parent, int signal,
						      uint64_t time_ns)
{
	const struct verdict_ended *last = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(verdicts->ended); i++) {
		const struct verdict_ended *ended = &verdicts->ended[i];

		if (ended->steps && ended->signal && (!signal || ended->signal == signal) &&
		    verdict_is_parent(&ended->parent, parent) && ended->time_ns <= time_ns &&
		    time_ns - ended->time_ns <= VERDICT_HANDLED_NS &&
		    (!last || ended->time_ns > last->time_ns))
			last = ended;
	}
	return last;
}

int verdict_reach_by_child(struct verdicts *verdicts, struct event *exit)
{
	int status = WEXITSTATUS(exit->exit.code);
	struct event_cause *cause = &exit->exit.cause;
	const struct verdict_ended *child;
	const struct cause_step *step;
	int err;

	if (!WIFEXITED(exit->exit.code) || status <= 128 ||
	    (cause->known && cause->signal == status - 128))
		return 0;
	child = verdict_find_child(verdicts, &exit->exit.process.ids.process, status - 128,
				   exit->time_ns);
	if (!child)
		return 0;
	step = child->steps->items;
	cause_clear(cause);
	*cause = (struct event_cause){
		.known = true,
		.how = HOW_HANDLED,
		.target = step->target,
		.seq = step->seq,
		.time_ns = step->time_ns,
		.signal = step->signal,
		.origin = step->origin,
		.kernel_cause = step->kernel_cause,
	};
	err = task_copy(&cause->sender, &step->sender);
	return err ? err : verdict_add_steps(&cause->path, child->steps, 1);
}

int verdict_add_sibling(struct verdicts *verdicts, struct event *exit)
{
	struct event_cause *cause = &exit->exit.cause;
	const struct ks_pidref *sender = &cause->sender.ids.process;
	const struct verdict_ended *sibling;

	if (!cause->is_by_parent || !cause->path || cause->path->n != 1)
		return 0;
	sibling = verdict_find_child(verdicts, sender, 0, cause->time_ns);
	if (!sibling || pidref_equal(&sibling->steps->items[0].sender.ids.process, sender))
		return 0;
	return verdict_add_steps(&cause->path, sibling->steps, 0);
}

int verdict_note_end(struct verdicts *verdicts, const struct event *exit)
{
	const struct event_cause *cause = &exit->exit.cause;
	struct verdict_ended *ended = &verdicts->ended[verdicts->next_ended];

	if (!cause->known)
		return 0;
	verdicts->next_ended = (verdicts->next_ended + 1) % ARRAY_SIZE(verdicts->ended);
	cause_steps_free(ended->steps);
	*ended = (struct verdict_ended){
		.ref = exit->exit.process.ids.process,
		.parent = verdict_parent_of(&exit->exit.process),
		.time_ns = exit->time_ns,
		.signal = WTERMSIG(exit->exit.code),
	};
	return cause->sender.present ? verdict_add_steps(&ended->steps, cause->path, 0)
				     : verdict_add_step(&ended->steps, cause);
}
