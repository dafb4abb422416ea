// SPDX-License-Identifier: GPL-2.0-only
/* The fields of a limit that made the kernel send a signal. */
#include "format/fields_internal.h"

#include "event/event_names.h"

GET(field_get_limit_kind, struct event_limit)
{
	set_string(ret, name_of_limit(from->kind));
}

GET(field_get_limit_value, struct event_limit)
{
	if (from->is_known)
		set_number(ret, from->value);
}

GET(field_get_limit_certain, struct event_limit)
{
	if (from->is_known)
		set_bool(ret, from->is_certain);
}

enum { SHOWN_CGROUP = 256 }; /* in bytes of output */

GET_PUBLIC(field_get_limit_cgroup, struct event_limit)
{
	if (from->cgroup)
		set_head(ret, from->cgroup->text, from->cgroup->bytes, SHOWN_CGROUP);
}

GET(field_get_limit_resident, struct event_limit)
{
	if (from->is_resident_known)
		set_number(ret, from->resident_bytes);
}

static const struct field limit_fields[] = {
	{ NAME("kind"), NULL, 0, field_get_limit_kind, "" },
	{ NAME("value"), NULL, 0, field_get_limit_value, "" },
	{ NAME("certain"), NULL, 0, field_get_limit_certain, "" },
	{ NAME("cgroup"), NULL, 0, field_get_limit_cgroup, "" },
	{ NAME("resident_bytes"), NULL, 0, field_get_limit_resident, "" },
};
const struct field_set limit_set = { SET(limit_fields) };

GET_PUBLIC(field_get_limit, struct event)
{
	set_object(ret, &limit_set, from->signal.limit.kind ? &from->signal.limit : NULL);
}

GET_PUBLIC(field_get_cause_limit, struct event)
{
	const struct event_limit *limit = &from->exit.cause.limit;

	set_object(ret, &limit_set, limit->kind ? limit : NULL);
}
