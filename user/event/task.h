/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KS_TASK_H
#define KS_TASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "event/process.h"
#include "event/texts.h"
#include "record.h"

/* What a container's runtime calls it; NULL: unknown. */
struct container_names {
	const char *name;
	const char *pod, *pod_namespace; /* of Kubernetes */
};

/* A task at the moment of the event. */
struct task {
	bool present;
	struct ks_ids ids;
	uint32_t known, flags; /* KS_KNOWN_*, KS_FLAG_*: of the numbers, and of argv if it is set */
	struct process *process; /* the rest; NULL: never described. The event holds a reference. */
	struct shared_text *label; /* NULL: none or unknown. The event holds a reference. */
	char *argv;		   /* live; owned. NULL: take the one of process */
	size_t argv_bytes;
	size_t live_argv_bytes,
	    arg_area_bytes;  /* of live argv: all that was read; the argument area */
	const char *syscall; /* that it was in when the kernel sent a signal; static. NULL: none,
			      * or unknown */
	const char *user;    /* the name of ids.uid, by enrich_names(); NULL: unknown */
	const struct container_names *container; /* likewise; NULL: all unknown */
};

/* The length of a comm as text: it need not be NUL-terminated. */
static inline size_t comm_length(const char comm[KS_COMM_BYTES])
{
	return strnlen(comm, KS_COMM_BYTES);
}

static inline bool pidref_equal(const struct ks_pidref *a, const struct ks_pidref *b)
{
	return a->pid == b->pid && a->start_ns == b->start_ns;
}

/*
 * A copy that shares process and label and has its own argv; `to` is cleared with task_clear().
 * 0, or -ENOMEM: there was no memory for argv, and the copy is as one without.
 */
int task_copy(struct task *to, const struct task *from);
void task_clear(struct task *task);

/*
 * The length of arguments without the empty ones at their end, which programs leave that write a
 * title over them. The first argument stays even if it is empty.
 */
size_t event_argv_length(const char *argv, size_t bytes);

/*
 * The arguments, NUL between them: the live ones, or those at the last exec; NULL: unknown. Empty
 * ones at the end are left out.
 */
const char *task_argv(const struct task *task, size_t *ret_bytes);

/* Whether all that is known of them is the same. */
bool task_equal(const struct task *a, const struct task *b);

#endif
