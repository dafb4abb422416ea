// SPDX-License-Identifier: GPL-2.0-only
#include "event/sweep.h"
#include "lib/array.h"

#include <errno.h>
#include <stdlib.h>

/* Who lives, sorted. */
struct living {
	struct process_table *table;
	struct ks_exec_key *keys;
	size_t n, room;
};

/* ---- who lives ---- */

/*
 * `process`, as ancestor number `distance` of one that lives, and its ancestors as far as chains
 * are shown. Those beyond are not needed: a user who forks and ends for ever keeps no more than
 * that.
 */
static void sweep_mark(struct process_table *table, struct process *process, unsigned int distance)
{
	for (; process && distance <= KS_ANCESTORS_MAX; distance++) {
		bool is_marked = process->sweep.needed == table->sweep.count;

		if (is_marked && process->sweep.distance <= distance)
			return;
		process->sweep.needed = table->sweep.count;
		process->sweep.distance = distance;
		process = process->parent.pid ? process_find(table, &process->parent) : NULL;
	}
}

static int sweep_add_living(void *context, const struct ks_exec_key *key,
			    const struct ks_pidref *creator)
{
	struct living *living = context;
	struct ks_exec_key *keys =
	    array_reserve(living->keys, &living->room, living->n, sizeof(*keys));

	if (!keys)
		return -ENOMEM;
	living->keys = keys;
	keys[living->n++] = *key;
	if (creator->pid)
		sweep_mark(living->table, process_find(living->table, creator), 1);
	return 0;
}

static int sweep_compare_numbers(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int sweep_compare_keys(const void *left, const void *right)
{
	const struct ks_exec_key *a = left, *b = right;
	int order = sweep_compare_numbers(a->start_ticks, b->start_ticks);

	order = order ? order : sweep_compare_numbers(a->pid, b->pid);
	return order ? order : sweep_compare_numbers(a->is_nested, b->is_nested);
}

static bool sweep_has_key(const struct living *living, const struct ks_pidref *ref, uint32_t pid,
			  bool is_nested)
{
	struct ks_exec_key key = { ref->start_ns / KS_TICK_NS, pid, is_nested };

	return living->n && bsearch(&key, living->keys, living->n, sizeof(key), sweep_compare_keys);
}

static bool sweep_lives(const struct living *living, const struct ks_pidref *ref)
{
	return sweep_has_key(living, ref, ref->pid, false) ||
	       (ref->vpid && sweep_has_key(living, ref, ref->vpid, true));
}

/* ---- the sweep ---- */

/* Those that live, and the new ones: what refers to these may be on its way. */
static void sweep_mark_all(struct living *living)
{
	struct process_table *table = living->table;
	struct process *process;

	if (living->n)
		qsort(living->keys, living->n, sizeof(*living->keys), sweep_compare_keys);
	for (process = table->live; process; process = process->hh.next) {
		if (process->sweep.added == table->sweep.count ||
		    sweep_lives(living, &process->ref))
			sweep_mark(table, process, 0);
	}
}

/* Whether two sweeps in a row found it unneeded. */
static bool sweep_is_garbage(const struct process_table *table, const struct process *process)
{
	return process->sweep.needed + 1 < table->sweep.count;
}

/*
 * What is in the table as living and does not live is dropped, too: its end was lost. Of the new
 * ones, the next sweep finds out whether they are needed.
 */
static void sweep_drop_garbage(struct process_table *table)
{
	struct process *process, *next;

	table->sweep.needed_bytes = 0;
	HASH_ITER (hh, table->live, process, next) {
		if (sweep_is_garbage(table, process))
			process_drop(table, process);
		else if (process->sweep.needed == table->sweep.count &&
			 process->sweep.added != table->sweep.count)
			table->sweep.needed_bytes += process->bytes;
	}
}

static bool sweep_is_due(const struct process_table *table, uint64_t now_ns)
{
	return table->bytes >= SWEEP_MIN_BYTES && table->bytes / 2 >= table->sweep.needed_bytes &&
	       now_ns - table->sweep.last_ns >= SWEEP_INTERVAL_NS;
}

void sweep_processes(struct process_table *table, uint64_t now_ns, sweep_lister *list, void *source)
{
	struct living living = { .table = table };

	if (!sweep_is_due(table, now_ns))
		return;
	table->sweep.last_ns = now_ns;
	table->sweep.count++;
	if (list(source, sweep_add_living, &living)) {
		table->sweep.count--; /* it was none */
	} else {
		sweep_mark_all(&living);
		sweep_drop_garbage(table);
	}
	free(living.keys);
}
