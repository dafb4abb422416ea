// SPDX-License-Identifier: GPL-2.0-only
#include "process.h"

#include <stdlib.h>
#include <string.h>

struct process *process_get(struct process *process)
{
	if (process)
		process->references++;
	return process;
}

void process_put(struct process *process)
{
	if (!process || --process->references)
		return;
	if (process->exe_in_root != process->exe)
		free(process->exe_in_root);
	free(process->exe);
	free(process->cwd);
	free(process->cgroup);
	free(process->argv);
	free(process);
}

struct process *process_find(struct process_table *table, const struct ks_ref *ref)
{
	typeof(((struct process *)0)->key) key = { ref->start_ns, ref->pid, 0 };
	struct process *process;

	HASH_FIND(hh, table->live, &key, sizeof(key), process);
	return process;
}

static void unlink_dead(struct process_table *table, struct process *gone)
{
	struct process **link = &table->first_dead, *before = NULL;

	while (*link != gone) {
		before = *link;
		link = &before->next_dead;
	}
	*link = gone->next_dead;
	if (table->last_dead == gone)
		table->last_dead = before;
	table->dead--;
}

static void drop(struct process_table *table, struct process *process)
{
	table->changes++;
	HASH_DELETE(hh, table->live, process);
	if (process->is_dead)
		unlink_dead(table, process);
	process_put(process);
}

void process_add(struct process_table *table, struct process *process)
{
	struct process *old = process_find(table, &process->ref);
	bool was_dead = old && old->is_dead;

	if (old)
		drop(table, old);
	table->changes++;
	process->key.start_ns = process->ref.start_ns;
	process->key.pid = process->ref.pid;
	process->references = 1;
	HASH_ADD(hh, table->live, key, sizeof(process->key), process);
	if (was_dead) /* a zombie, described again as a target: it will not end twice */
		process_end(table, &process->ref);
}

void process_end(struct process_table *table, const struct ks_ref *ref)
{
	struct process *process = process_find(table, ref);

	if (!process || process->is_dead)
		return;
	process->is_dead = true;
	process->next_dead = NULL;
	if (table->last_dead)
		table->last_dead->next_dead = process;
	else
		table->first_dead = process;
	table->last_dead = process;
	if (++table->dead > PROCESS_DEAD_MAX)
		drop(table, table->first_dead);
}

void process_table_clear(struct process_table *table)
{
	struct process *process, *next;

	HASH_ITER (hh, table->live, process, next) {
		HASH_DELETE(hh, table->live, process);
		process_put(process);
	}
	memset(table, 0, sizeof(*table));
}
