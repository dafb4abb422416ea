/* SPDX-License-Identifier: GPL-2.0-only */
/* The environment variables of a process that are wanted, as a description has them. */
#ifndef KS_ENV_H
#define KS_ENV_H

#include <stdbool.h>
#include <stddef.h>

#include "record.h"

struct env_variable {
	const char *name, *value; /* without a NUL behind the name */
	size_t name_bytes, value_bytes;
	char sign; /* '=', KS_ENV_CUT, KS_ENV_UNKNOWN; NUL: it is not set */
};

/* The length of the name of a variable that a text begins with. */
size_t env_name_bytes(const char *text);

/* Whether it is items as in env_layout.h, and one at least. */
bool env_is_sound(const char *text, size_t bytes);

/* Takes one from what is sound and ends at `end`; false: there is none left. */
bool env_next(const char **at, const char *end, struct env_variable *ret);

/* Whether the variable has a value that is known, or the start of one. */
static inline bool env_has_value(const struct env_variable *variable)
{
	return variable->sign == '=' || variable->sign == KS_ENV_CUT;
}

#endif
