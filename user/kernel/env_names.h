/* SPDX-License-Identifier: GPL-2.0-only */
/* Which environment variables are wanted, and the texts that are kept of processes for that. */
#ifndef KS_ENV_NAMES_H
#define KS_ENV_NAMES_H

#include <stddef.h>

#include "exec_layout.h"

struct env_names {
	size_t n;
	char items[KS_ENV_NAMES_MAX][KS_ENV_NAME_BYTES]; /* different ones, which are no more than
							    the "=" has room behind */
};

/* Fills the text of an environment that has none of them. */
void env_names_fill_unset(const struct env_names *names,
			  char ret[KS_ENV_NAMES_MAX][KS_ENV_ITEM_BYTES]);

/* What a string has to begin with to be the variable `name`. */
struct ks_env_name env_names_pattern(const char *name);

/*
 * Fills the text of the environment that /proc has of a process, whose directory is `dir`, as it is
 * in memory now. 0, -errno, or -ENODATA: the process has no memory.
 */
int env_names_read(const struct env_names *names, int dir,
		   char ret[KS_ENV_NAMES_MAX][KS_ENV_ITEM_BYTES]);

#endif
