// SPDX-License-Identifier: GPL-2.0-only
#include "verdict.h"

#include <stdlib.h>
#include <sys/wait.h>

#include "signame.h"

struct verdict {
	struct {
		uint64_t start_ns;
		uint32_t pid, signal;
	} key;
	struct event_cause cause;
	UT_hash_handle hh;
};

static struct verdict *find(struct verdicts *verdicts, const struct ks_ref *ref, uint32_t signal)
{
	typeof(((struct verdict *)0)->key) key = { ref->start_ns, ref->pid, signal };
	struct verdict *verdict;

	HASH_FIND(hh, verdicts->all, &key, sizeof(key), verdict);
	return verdict;
}

static struct verdict *make(struct verdicts *verdicts, const struct ks_ref *ref, uint32_t signal)
{
	struct verdict *verdict = calloc(1, sizeof(*verdict));

	if (!verdict)
		return NULL;
	verdict->key.start_ns = ref->start_ns;
	verdict->key.pid = ref->pid;
	verdict->key.signal = signal;
	HASH_ADD(hh, verdicts->all, key, sizeof(verdict->key), verdict);
	return verdict;
}

void verdict_note(struct verdicts *verdicts, const struct event *event)
{
	const struct ks_ref *ref = &event->signal.target.ids.process;
	int number = event->signal.number;
	struct verdict *verdict;

	if (event->type != EVENT_SIGNAL || !signame_is_lethal(number) ||
	    (event->signal.result != RESULT_DELIVERED && event->signal.result != RESULT_LOST_INFO))
		return;
	verdict = find(verdicts, ref, number);
	if (!verdict)
		verdict = make(verdicts, ref, number);
	if (!verdict)
		return;
	party_clear(&verdict->cause.sender);
	verdict->cause.known = true;
	verdict->cause.seq = event->seq;
	verdict->cause.time_ns = event->time_ns;
	verdict->cause.signal = number;
	if (event_sender(event))
		party_copy(&verdict->cause.sender, event_sender(event));
}

static void drop(struct verdicts *verdicts, struct verdict *verdict)
{
	HASH_DEL(verdicts->all, verdict);
	party_clear(&verdict->cause.sender);
	free(verdict);
}

void verdict_reach(struct verdicts *verdicts, struct event *exit)
{
	const struct ks_ref *ref = &exit->exit.process.ids.process;
	int number = WTERMSIG(exit->exit.code);
	struct verdict *verdict, *next;

	HASH_ITER (hh, verdicts->all, verdict, next) {
		if (verdict->key.pid != ref->pid || verdict->key.start_ns != ref->start_ns)
			continue;
		if (verdict->cause.signal == number) {
			exit->exit.cause = verdict->cause;
			verdict->cause.sender = (struct party){ 0 };
		}
		drop(verdicts, verdict);
	}
}

void verdict_clear(struct verdicts *verdicts)
{
	struct verdict *verdict, *next;

	HASH_ITER (hh, verdicts->all, verdict, next) {
		drop(verdicts, verdict);
	}
}
