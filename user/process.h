/* SPDX-License-Identifier: GPL-2.0-only */
/* The process table: what KS_REC_PROCESS records told, by pid and start time. */
#ifndef KS_PROCESS_H
#define KS_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uthash.h>

#include "record.h"

/*
 * One description of a process. It never changes: a newer one replaces it in the table, while
 * events that refer to it keep it alive.
 */
struct process {
	struct ks_ref ref;
	struct ks_ref parent;  /* who created it; pid 0: unknown */
	struct ks_ids ids;     /* when it was described */
	uint32_t known, flags; /* KS_KNOWN_*, KS_FLAG_* */
	/* Paths from the root on, as text with a NUL behind it; NULL: unknown. argv as in memory.
	 */
	char *exe, *cwd, *cgroup, *argv;
	char *exe_in_root; /* exe as the process's own root directory shows it; may be == exe */
	size_t argv_bytes;

	unsigned int references;
	bool is_dead;
	struct {
		uint64_t start_ns;
		uint32_t pid, padding;
	} key;
	UT_hash_handle hh;
	struct process *next_dead;
};

struct process_table {
	struct process *live;			/* all of them: hash by key */
	struct process *first_dead, *last_dead; /* in the order they ended */
	unsigned int dead;
	uint64_t changes; /* counts additions and removals: a chain of ancestors looked up is good
			   * as long as this is the same */
};

/* How many dead processes are kept, as ancestors of the living. */
enum { PROCESS_DEAD_MAX = 8192 };

/* Adds `process`, and owns its first reference; an older description of the same is dropped. */
void process_add(struct process_table *table, struct process *process);

/* The newest description of `ref`, or NULL. No reference is taken. */
struct process *process_find(struct process_table *table, const struct ks_ref *ref);

/* `ref` has ended: it is kept among the last PROCESS_DEAD_MAX. */
void process_end(struct process_table *table, const struct ks_ref *ref);

struct process *process_get(struct process *process); /* takes a reference; NULL is fine */
void process_put(struct process *process);	      /* drops it; NULL is fine */
void process_table_clear(struct process_table *table);

#endif
