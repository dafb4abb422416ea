// SPDX-License-Identifier: GPL-2.0-only
#include "enrich/enrich.h"

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

size_t enrich_argv_length(const char *argv, size_t bytes)
{
	while (bytes > 1 && !argv[bytes - 1] && !argv[bytes - 2])
		bytes--;
	return bytes;
}

const char *enrich_argv(const struct party *party, size_t *ret_bytes)
{
	const char *argv = party->argv;
	size_t bytes = party->argv_bytes;

	if (!argv && party->process) {
		argv = party->process->argv;
		bytes = party->process->argv_bytes;
	}
	if (argv)
		*ret_bytes = enrich_argv_length(argv, bytes);
	return argv;
}

size_t enrich_comm_length(const char comm[KS_COMM_BYTES])
{
	return strnlen(comm, KS_COMM_BYTES);
}
