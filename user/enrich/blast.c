// SPDX-License-Identifier: GPL-2.0-only
#include "enrich/blast.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

/* A process, unit, container, user or ancestor that was reached. */
struct blast_item {
	UT_hash_handle hh;
	size_t bytes; /* of `key` */
	char key[];   /* enum blast_kind, and what names it */
};

struct blast {
	struct process_key sender;
	uint32_t uid;		    /* of the sender */
	uint64_t first_ns, last_ns; /* CLOCK_MONOTONIC, of its signals */
	struct task first;	    /* the first that was reached, as long as it is the only one */
	struct ks_pidref last;	    /* the last that was */
	struct event_blast total;
	struct blast_item *items; /* hash; empty as long as there is only one */
	size_t bytes;
	UT_hash_handle hh;
	struct blast *prev, *next;
};

/* ---- sets ---- */

static bool blast_is_full(const struct blast *blast, enum blast_kind kind)
{
	return blast->total.reach.counts[kind] >=
	       (kind == BLAST_PROCESSES ? BLAST_PROCESSES_MAX : BLAST_OTHERS_MAX);
}

/* Returns whether it is new, and counted. What cannot be counted is more than the count. */
static bool blast_add_item(struct blasts *blasts, struct blast *blast, enum blast_kind kind,
			   const void *name, size_t bytes)
{
	char key[1 + KS_CGROUP_BYTES];
	struct blast_item *item;

	bytes = bytes < sizeof(key) - 1 ? bytes : sizeof(key) - 1;
	key[0] = kind;
	memcpy(key + 1, name, bytes++);
	HASH_FIND(hh, blast->items, key, bytes, item);
	if (item)
		return false;
	item = blast_is_full(blast, kind) ? NULL : malloc(sizeof(*item) + bytes);
	if (!item) {
		blast->total.reach.more |= 1 << kind;
		return false;
	}
	item->bytes = bytes;
	memcpy(item->key, key, bytes);
	HASH_ADD(hh, blast->items, key, bytes, item);
	blast->total.reach.counts[kind]++;
	blast->bytes += sizeof(*item) + bytes;
	blasts->bytes += sizeof(*item) + bytes;
	return true;
}

static void blast_clear_items(struct blasts *blasts, struct blast *blast)
{
	struct blast_item *item, *next;

	HASH_ITER (hh, blast->items, item, next) {
		HASH_DEL(blast->items, item);
		free(item);
	}
	blasts->bytes -= blast->bytes;
	blast->bytes = 0;
}

/* ---- the end of a blast ---- */

/* What is left of it is the sentence, if there is something to say. */
static void blast_end(struct blasts *blasts, struct blast *blast)
{
	HASH_DEL(blasts->by_sender, blast);
	DL_DELETE(blasts->oldest, blast);
	blast_clear_items(blasts, blast);
	task_clear(&blast->first);
	if (!blast_is_wide(&blast->total.reach)) {
		free(blast);
		return;
	}
	blasts->wide--;
	DL_APPEND(blasts->ended, blast);
}

void blast_expire(struct blasts *blasts, uint64_t time_ns)
{
	while (blasts->oldest &&
	       (time_ns == UINT64_MAX || blasts->oldest->last_ns + BLAST_PAUSE_NS < time_ns))
		blast_end(blasts, blasts->oldest);
}

uint64_t blast_next_end_ns(const struct blasts *blasts)
{
	return blasts->wide ? blasts->oldest->last_ns + BLAST_PAUSE_NS : UINT64_MAX;
}

bool blast_take_ended(struct blasts *blasts, struct event *ret)
{
	struct blast *blast = blasts->ended;

	if (!blast)
		return false;
	*ret = (struct event){ .type = EVENT_BLAST, .blast = blast->total };
	DL_DELETE(blasts->ended, blast);
	free(blast);
	return true;
}

void blast_clear(struct blasts *blasts)
{
	struct event event;

	blast_expire(blasts, UINT64_MAX);
	while (blast_take_ended(blasts, &event))
		;
}

/* Which ends early for one of that user: none of others, if possible. `newest`: never; or NULL. */
static struct blast *blast_find_oldest(const struct blasts *blasts, uint32_t uid,
				       const struct blast *newest)
{
	struct blast *of_users = NULL, *blast;

	DL_FOREACH(blasts->oldest, blast)
	{
		if (blast == newest)
			continue;
		if (blast->uid == uid)
			return blast;
		if (!of_users && blast->uid)
			of_users = blast;
	}
	return of_users ? of_users : blasts->oldest;
}

/* `newest` is the last of the list. */
static void blast_make_room(struct blasts *blasts, const struct blast *newest)
{
	while (blasts->bytes > BLAST_BYTES_MAX && blasts->oldest != newest)
		blast_end(blasts, blast_find_oldest(blasts, newest->uid, newest));
}

/* ---- which blast ---- */

static struct blast *blast_begin(struct blasts *blasts, const struct event *event)
{
	const struct task *sender = event_sender(event);
	struct blast *blast = calloc(1, sizeof(*blast));

	if (!blast)
		return NULL;
	if (HASH_COUNT(blasts->by_sender) == BLASTS_MAX)
		blast_end(blasts, blast_find_oldest(blasts, sender->ids.uid, NULL));
	blast->sender = process_key(&sender->ids.process, 0);
	blast->uid = sender->ids.uid;
	blast->first_ns = event->time_ns;
	blast->total.reach.blast = ++blasts->count;
	blast->total.reach.first_seq = event->seq;
	blast->total.sender.vpid = sender->ids.process.vpid;
	memcpy(blast->total.sender.comm, sender->ids.comm, sizeof(blast->total.sender.comm));
	HASH_ADD(hh, blasts->by_sender, sender, sizeof(blast->sender), blast);
	DL_APPEND(blasts->oldest, blast);
	return blast;
}

static struct blast *blast_find(const struct blasts *blasts, const struct task *sender)
{
	const struct ks_pidref *ref = &sender->ids.process;
	struct process_key key = process_key(ref, 0);
	struct blast *blast = blasts->oldest ? blasts->oldest->prev : NULL;

	if (blast && blast->sender.pid == ref->pid && blast->sender.start_ns == ref->start_ns)
		return blast;
	HASH_FIND(hh, blasts->by_sender, &key, sizeof(key), blast);
	return blast;
}

static bool blast_is_over(const struct blast *blast, uint64_t time_ns)
{
	return time_ns > blast->last_ns + BLAST_PAUSE_NS ||
	       time_ns > blast->first_ns + BLAST_LENGTH_NS;
}

/* It is the newest then. NULL: there is no memory. */
static struct blast *blast_find_or_begin(struct blasts *blasts, const struct event *event)
{
	struct blast *blast = blast_find(blasts, event_sender(event));

	if (blast && blast_is_over(blast, event->time_ns)) {
		blast_end(blasts, blast);
		blast = NULL;
	}
	if (!blast)
		return blast_begin(blasts, event);
	if (blast->next) {
		DL_DELETE(blasts->oldest, blast);
		DL_APPEND(blasts->oldest, blast);
	}
	return blast;
}

/* ---- what it reaches ---- */

/* Whether the target got a signal. What was refused, or only tried, reaches nothing. */
static bool blast_reaches(const struct event *event)
{
	switch (event->signal.result) {
	case RESULT_DELIVERED:
	case RESULT_IGNORED:
	case RESULT_PENDING:
	case RESULT_LOST_INFO:
	case RESULT_RESUMED: return event->signal.target.present;
	default: return false;
	}
}

static bool blast_is_ancestor(const struct task *sender, const struct ks_pidref *ref)
{
	const struct ancestors *ancestors = sender->process ? sender->process->ancestors : NULL;

	for (size_t i = 0; ancestors && i < ancestors->n; i++)
		if (pidref_equal(&ancestors->items[i].ref, ref))
			return true;
	return false;
}

/* The sender itself counts as one of its ancestors. */
static void blast_add_ancestor(struct blasts *blasts, struct blast *blast,
			       const struct task *sender, const struct task *target)
{
	const struct ks_pidref *ref = &target->ids.process;
	struct process_key key = process_key(ref, 0);
	struct event_blast *total = &blast->total;
	bool is_itself = pidref_equal(&sender->ids.process, ref);

	if ((!is_itself && !blast_is_ancestor(sender, ref)) ||
	    !blast_add_item(blasts, blast, BLAST_ANCESTORS, &key, sizeof(key)))
		return;
	total->reaches_itself |= is_itself;
	if (is_itself || total->n_named == BLAST_NAMED_MAX)
		return;
	total->named[total->n_named].vpid = ref->vpid;
	memcpy(total->named[total->n_named++].comm, target->ids.comm, sizeof(target->ids.comm));
}

static void blast_add_target(struct blasts *blasts, struct blast *blast, const struct task *sender,
			     const struct task *target)
{
	struct process_key key = process_key(&target->ids.process, 0);
	const struct process *process = target->process;

	if (!blast_add_item(blasts, blast, BLAST_PROCESSES, &key, sizeof(key)) &&
	    !blast_is_full(blast, BLAST_PROCESSES))
		return;
	blast_add_item(blasts, blast, BLAST_USERS, &target->ids.uid, sizeof(target->ids.uid));
	if (process && process->unit.text)
		blast_add_item(blasts, blast, BLAST_UNITS, process->unit.text, process->unit.bytes);
	if (process && process->container.text)
		blast_add_item(blasts, blast, BLAST_CONTAINERS, process->container.text,
			       process->container.bytes);
	blast_add_ancestor(blasts, blast, sender, target);
}

/* As long as it is the only one, it is kept as it is: most blasts have no other. */
static void blast_keep_first(struct blast *blast, const struct task *target)
{
	blast->first = (struct task){ .present = true, .ids = target->ids };
	blast->first.process = process_get(target->process);
	blast->total.reach.counts[BLAST_PROCESSES] = 1;
}

static void blast_reach(struct blasts *blasts, struct blast *blast, const struct event *event)
{
	const struct task *sender = event_sender(event), *target = &event->signal.target;

	if (event->signal.number >= 1 && event->signal.number <= KS_SIGNAL_MAX)
		blast->total.signals |= UINT64_C(1) << (event->signal.number - 1);
	if (pidref_equal(&blast->last, &target->ids.process))
		return;
	blast->last = target->ids.process;
	if (!blast->total.reach.counts[BLAST_PROCESSES]) {
		blast_keep_first(blast, target);
		return;
	}
	if (blast->first.present) {
		blasts->wide++;
		blast->total.reach.counts[BLAST_PROCESSES] = 0;
		blast_add_target(blasts, blast, sender, &blast->first);
		task_clear(&blast->first);
	}
	blast_add_target(blasts, blast, sender, target);
	blast_make_room(blasts, blast);
}

int blast_note(struct blasts *blasts, struct event *event)
{
	const struct task *sender = event_sender(event);
	uint64_t last_ns = event->time_ns;
	struct blast *blast;

	if (!sender || !sender->present)
		return 0;
	blast = blast_find_or_begin(blasts, event);
	if (!blast)
		return -ENOMEM;
	if (event->signal.count > 1)
		last_ns = event->signal.last_ns;
	blast->last_ns = last_ns > blast->last_ns ? last_ns : blast->last_ns;
	if (blast_reaches(event))
		blast_reach(blasts, blast, event);
	event->signal.reach = blast->total.reach;
	return 0;
}
