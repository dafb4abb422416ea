// SPDX-License-Identifier: GPL-2.0-only
/* How the signal that ended a process came about: what its sender got before, and the process. */
#include "enrich/verdict_internal.h"

#include <errno.h>
#include <signal.h>

#include "lib/array.h"

int verdict_add_step(struct cause_steps **steps, const struct event_cause *cause)
{
	const struct cause_step step = {
		.target = cause->target,
		.seq = cause->seq,
		.time_ns = cause->time_ns,
		.signal = cause->signal,
		.result = cause->result,
		.origin = cause->origin,
		.kernel_cause = cause->kernel_cause,
		.sender = cause->sender,
	};

	return cause_steps_add(steps, &step);
}

int verdict_add_steps(struct cause_steps **steps, const struct cause_steps *more, size_t from)
{
	int err = 0;

	for (size_t i = from; more && i < more->n && !err; i++)
		err = cause_steps_add(steps, &more->items[i]);
	return err;
}

/* ---- the path ---- */

/* How long a signal may take to be passed on as another one. */
static uint64_t verdict_relay_limit(const struct event_cause *got, int number)
{
	bool is_for_users = got->signal == SIGUSR1 || got->signal == SIGUSR2;

	if (got->signal == SIGTERM)
		return VERDICT_STOPPED_NS;
	if (is_for_users && number != got->signal)
		return got->is_caught ? VERDICT_TRAP_NS : 0;
	return VERDICT_RELAYED_NS;
}

static bool verdict_may_be_passed_on(const struct event_cause *got, const struct event *sent)
{
	uint64_t limit_ns = verdict_relay_limit(got, sent->signal.number);
	int number = sent->signal.number;

	return got->known && sent->time_ns - got->time_ns <= limit_ns &&
	       (number == got->signal || number == SIGKILL || verdict_is_stop_request(number)) &&
	       !pidref_equal(&got->sender.ids.process, &sent->signal.target.ids.process);
}

/* The last signal that the sender got and may have passed on, or NULL. */
static const struct event_cause *verdict_find_passed_on(struct verdicts *verdicts,
							const struct event *event)
{
	const int numbers[] = {
		event->signal.number, SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGALRM, SIGUSR1, SIGUSR2
	};
	const struct event_cause *last = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		struct verdict *verdict =
		    verdict_find(verdicts, &event->signal.sender.ids.process, numbers[i]);
		const struct event_cause *got =
		    verdict ? verdict_asked_first(verdict, event->time_ns) : NULL;

		if (got && verdict_may_be_passed_on(got, event) &&
		    (!last || got->time_ns > last->time_ns))
			last = got;
	}
	return last;
}

/* The sender sent nothing: its end made the kernel do so. */
static bool verdict_is_by_end(const struct event *event)
{
	return event_is_from_kernel(event) && event->signal.sender.flags & KS_FLAG_EXITING;
}

/* If threads are left of the sender, its end is not there yet, but what must bring it about. */
static const struct event_cause *verdict_find_killing(struct verdicts *verdicts,
						      const struct event *event)
{
	const struct verdict *verdict =
	    verdict_find(verdicts, &event->signal.sender.ids.process, SIGKILL);

	return verdict && verdict->outside.known ? &verdict->outside : NULL;
}

int verdict_find_path(struct verdicts *verdicts, struct event_cause *cause,
		      const struct event *event)
{
	bool is_by_end = verdict_is_by_end(event);
	const struct ks_pidref *sender = &event->signal.sender.ids.process;
	const struct cause_steps *ended =
	    is_by_end ? verdict_find_ended(verdicts, sender, event->time_ns) : NULL;
	const struct event_cause *got;
	int err;

	if (!cause->sender.present)
		return 0;
	if (ended)
		return verdict_add_steps(&cause->path, ended, 0);
	got = is_by_end ? verdict_find_killing(verdicts, event)
			: verdict_find_passed_on(verdicts, event);
	err = got ? verdict_add_step(&cause->path, got) : 0;
	return err || !got ? err : verdict_add_steps(&cause->path, got->path, 0);
}

/* ---- the exit ---- */

static void verdict_set_delays(struct cause_steps *steps, uint64_t end_ns)
{
	for (size_t i = 0; steps && i < steps->n; i++)
		steps->items[i].delay_ns =
		    steps->items[i].time_ns ? end_ns - steps->items[i].time_ns : 0;
}

/* The sender itself is where the path begins. */
static int verdict_complete_path(struct event_cause *cause)
{
	struct cause_steps *further = cause->path;
	int err;

	cause->path = NULL;
	err = cause->sender.present ? verdict_add_step(&cause->path, cause) : 0;
	err = err ? err : verdict_add_steps(&cause->path, further, 0);
	cause_steps_free(further);
	return err;
}

/* Alarms and faults that a process handles are its own affair. */
static bool verdict_is_before(const struct event_cause *cause, uint64_t time_ns)
{
	return cause->known && cause->time_ns < time_ns &&
	       time_ns - cause->time_ns <= VERDICT_STOPPED_NS &&
	       (cause->sender.present || cause->signal == SIGHUP ||
		verdict_is_stop_request(cause->signal));
}

static const struct event_cause *verdict_later(const struct event_cause *a,
					       const struct event_cause *b)
{
	return !a || b->time_ns > a->time_ns ? b : a;
}

/* The last signal to the process before that time, or NULL. */
static const struct event_cause *verdict_find_before(const struct verdicts *verdicts,
						     const struct ks_pidref *ref, uint64_t time_ns)
{
	const struct event_cause *last = NULL;

	for (const struct verdict *verdict = verdicts->all; verdict; verdict = verdict->hh.next) {
		if (!verdict_is_of(verdict, ref))
			continue;
		for (size_t i = 0; i < ARRAY_SIZE(verdict->noted); i++)
			if (&verdict->noted[i] != &verdict->own &&
			    verdict_is_before(&verdict->noted[i], time_ns))
				last = verdict_later(last, &verdict->noted[i]);
	}
	return last;
}

/* What came after a signal that the process handled belongs to the story, too. */
static uint64_t verdict_before_ns(const struct event *exit)
{
	const struct event_cause *cause = &exit->exit.cause;
	bool has_ended_it = cause->how != HOW_HANDLED && cause->how != HOW_RERAISED;

	return cause->known && cause->time_ns && has_ended_it ? cause->time_ns : exit->time_ns;
}

int verdict_add_story(struct verdicts *verdicts, struct event *exit)
{
	const struct event_cause *cause = &exit->exit.cause, *before;
	uint64_t time_ns = verdict_before_ns(exit);
	int err = verdict_complete_path(&exit->exit.cause);

	err = err ? err : verdict_add_sibling(verdicts, exit);
	while (!err && (!exit->exit.before || exit->exit.before->n < CAUSE_STEPS_MAX)) {
		before = verdict_find_before(verdicts, &exit->exit.process.ids.process, time_ns);
		if (!before)
			break;
		err = verdict_add_step(&exit->exit.before, before);
		time_ns = before->time_ns;
	}
	verdict_set_delays(cause->path, exit->time_ns);
	verdict_set_delays(exit->exit.before, exit->time_ns);
	return err;
}
