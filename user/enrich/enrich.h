/* SPDX-License-Identifier: GPL-2.0-only */
/* What follows from an event's facts: the chain of ancestors, the command line to show. */
#ifndef KS_ENRICH_H
#define KS_ENRICH_H

#include <stddef.h>

#include "event/event.h"

struct ancestor {
	struct ks_ref ref;
	const struct process *process; /* NULL: nothing but the ref is known */
};

/*
 * Who created the process of `party`, who created that, and so on, at most KS_ANCESTORS_MAX,
 * nearest first. Returns how many.
 */
size_t enrich_ancestors(struct process_table *table, const struct party *party,
			struct ancestor ret[KS_ANCESTORS_MAX]);

/*
 * The length of arguments without the empty ones at their end, which programs leave that write a
 * title over them. The first argument stays even if it is empty.
 */
size_t enrich_argv_length(const char *argv, size_t bytes);

/*
 * The arguments, NUL between them: the live ones, or those at the last exec; NULL: unknown. Empty
 * ones at the end are left out.
 */
const char *enrich_argv(const struct party *party, size_t *ret_bytes);

/* `comm` as text: it need not be NUL-terminated. Returns its length. */
size_t enrich_comm_length(const char comm[KS_COMM_BYTES]);

#endif
