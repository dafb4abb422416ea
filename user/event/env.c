// SPDX-License-Identifier: GPL-2.0-only
#include "event/env.h"

#include <string.h>

/* Of ASCII, whatever the locale. */
static bool env_is_name_char(char c, bool is_first)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
	       (c >= '0' && c <= '9' && !is_first);
}

size_t env_name_bytes(const char *text)
{
	size_t bytes = 0;

	while (env_is_name_char(text[bytes], !bytes))
		bytes++;
	return bytes;
}

bool env_next(const char **at, const char *end, struct env_variable *ret)
{
	const char *name = *at;

	if (name >= end)
		return false;
	ret->name = name;
	ret->name_bytes = env_name_bytes(name);
	ret->sign = name[ret->name_bytes];
	ret->value = name + ret->name_bytes + !!ret->sign;
	ret->value_bytes = strlen(ret->value);
	*at = ret->value + ret->value_bytes + 1;
	return true;
}

static bool env_is_sound_item(const char *item)
{
	size_t name_bytes = env_name_bytes(item);

	if (!name_bytes || name_bytes >= KS_ENV_NAME_BYTES || strlen(item) >= KS_ENV_ITEM_BYTES)
		return false;
	switch (item[name_bytes]) {
	case '\0':
	case '=':
	case KS_ENV_CUT: return true;
	case KS_ENV_UNKNOWN: return !item[name_bytes + 1];
	}
	return false;
}

bool env_is_sound(const char *text, size_t bytes)
{
	size_t n = 0;

	if (!bytes || text[bytes - 1])
		return false;
	for (size_t at = 0; at < bytes; at += strlen(text + at) + 1)
		if (n++ == KS_ENV_NAMES_MAX || !env_is_sound_item(text + at))
			return false;
	return true;
}
