// SPDX-License-Identifier: GPL-2.0-only
#include "enrich.h"

#include <string.h>

size_t enrich_ancestors(struct process_table *table, const struct party *party,
			struct ancestor ret[KS_ANCESTORS_MAX])
{
	const struct process *process = party->process;
	size_t n = 0;

	while (n < KS_ANCESTORS_MAX && process && process->parent.pid) {
		ret[n].ref = process->parent;
		process = process_find(table, &process->parent);
		ret[n++].process = process;
	}
	return n;
}

const char *enrich_argv(const struct party *party, size_t *ret_bytes)
{
	if (party->argv) {
		*ret_bytes = party->argv_bytes;
		return party->argv;
	}
	if (!party->process)
		return NULL;
	*ret_bytes = party->process->argv_bytes;
	return party->process->argv;
}

size_t enrich_comm_length(const char comm[KS_COMM_BYTES])
{
	return strnlen(comm, KS_COMM_BYTES);
}
