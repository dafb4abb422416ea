/* SPDX-License-Identifier: GPL-2.0-only */
/* The process table: what KS_REC_PROCESS records describe, by pid and start time. */
#ifndef KS_PROCESS_H
#define KS_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uthash.h>

#include "record.h"

struct dead_of_user;
struct process;

/* A process, and what of it, as the key of a hash: without padding. */
struct process_key {
	uint64_t start_ns;
	uint32_t pid, of; /* of: a thread, a signal; 0 of the process itself */
};

static inline struct process_key process_key(const struct ks_pidref *ref, uint32_t of)
{
	return (struct process_key){ ref->start_ns, ref->pid, of };
}

/* Who created a process, directly or not. */
struct ancestor {
	struct ks_pidref ref;
	struct process *process; /* NULL: nothing but the ref is known */
};

/* Nearest first. */
struct ancestors {
	uint64_t changes; /* of the table, when they were looked up */
	size_t n;
	struct ancestor items[];
};

/*
 * One description of a process. It never changes: a newer one replaces it in the table, while
 * events that refer to it keep it alive.
 */
struct process {
	struct ks_pidref ref;
	struct ks_pidref parent; /* who created it; pid 0: unknown */
	struct ks_ids ids;	 /* when it was described... */
	uint64_t time_ns;	 /* ...CLOCK_MONOTONIC */
	uint64_t exec_ns;	 /* CLOCK_BOOTTIME: when its program was executed; 0: unknown */
	uint64_t exe_inode;	 /* as in struct ks_description, as are these */
	uint32_t exe_device, mount_namespace;
	uint32_t known, flags; /* KS_KNOWN_*, KS_FLAG_* */
	/* Paths from the root on, as text with a NUL behind it; NULL: unknown. argv as in memory.
	 */
	char *exe, *cwd, *cgroup, *argv;
	char *exe_in_root; /* exe as the process's own root directory shows it; may be == exe */
	size_t argv_bytes;
	uint64_t title_ns; /* when argv was read of its memory, CLOCK_MONOTONIC; 0: it was not */
	char *env;	   /* see env_layout.h; NULL: unknown, or none is wanted */
	size_t env_bytes;

	/* What enrich_event() finds out. */
	bool is_enriched; /* of what follows from the cgroup */
	struct {
		const char *text; /* in `cgroup`, without a NUL behind it; NULL: none */
		size_t bytes;
	} unit, user_unit, container;
	const char *container_id;    /* there, of cgroup_root_container(); NULL: none */
	struct ancestors *ancestors; /* owned; NULL: unknown */

	unsigned int references;
	/* In the table: */
	struct process_key key;
	UT_hash_handle hh;
	size_t bytes;		      /* of memory, all strings included; 0: not in the table */
	struct dead_of_user *dead_of; /* where it is listed once it is dead; NULL: it lives */
	struct process *prev, *next;  /* there */
	struct {
		uint64_t added;	 /* the sweep that finds it new */
		uint64_t needed; /* the last sweep that found it needed... */
		unsigned int
		    distance; /* ...as this ancestor of the nearest that needs it; 0: itself */
	} sweep;
};

/* The dead of one user, in the order they ended. */
struct dead_of_user {
	uint32_t uid; /* the login uid, or uid of who has none */
	size_t bytes;
	struct process *first;
	UT_hash_handle hh;
};

/*
 * Processes that live, and dead ones: as ancestors of living ones, a chain needs them. Who of the
 * dead is needed, sweep_processes() finds out. Where that cannot be, or is too late, the oldest of
 * the user who has the most are forgotten: one user cannot push out those of another.
 */
struct process_table {
	struct process *live; /* all of them: hash by key */
	struct dead_of_user *users;
	size_t bytes, dead_bytes;
	uint64_t changes; /* counts additions and removals: ancestors that were looked up are good
			   * as long as this is the same */
	struct {
		uint64_t count;
		uint64_t last_ns;    /* CLOCK_MONOTONIC, when the last one was tried */
		size_t needed_bytes; /* of what it found needed */
	} sweep;
};

/* How much memory the dead may take: some 30,000 of common ones. */
enum { PROCESS_DEAD_BYTES_MAX = 32 << 20 };

/* Adds `process`, and owns its first reference; an older description of the same is dropped. */
void process_add(struct process_table *table, struct process *process);

/* The newest description of `ref`, or NULL. No reference is taken. */
struct process *process_find(struct process_table *table, const struct ks_pidref *ref);

/* `ref` has ended: what is known of it is kept for those who descend from it. */
void process_end(struct process_table *table, const struct ks_pidref *ref);

/*
 * Looks up who created `process`, who created that, and so on, at most KS_ANCESTORS_MAX, unless
 * that is known and nothing has changed. 0, or -ENOMEM: then they are unknown.
 */
int process_find_ancestors(struct process_table *table, struct process *process);

/*
 * A copy that is in no table and not enriched, with other arguments: `bytes` of `argv`. NULL: there
 * is no memory.
 */
struct process *process_copy_with_argv(const struct process *from, const char *argv, size_t bytes);

/* Takes it out of the table. */
void process_drop(struct process_table *table, struct process *process);

struct process *process_get(struct process *process); /* takes a reference; NULL is fine */
void process_put(struct process *process);	      /* drops it; NULL is fine */
void process_table_clear(struct process_table *table);

#endif
