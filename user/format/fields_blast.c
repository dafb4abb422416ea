// SPDX-License-Identifier: GPL-2.0-only
/* The fields of what the sender of a signal has reached so far. */
#include "format/fields_internal.h"

#define COUNT_OF(name, kind)                                                                       \
	GET(name, struct blast_reach)                                                              \
	{                                                                                          \
		set_number(ret, from->counts[kind]);                                               \
	}

COUNT_OF(field_get_blast_processes, BLAST_PROCESSES)
COUNT_OF(field_get_blast_units, BLAST_UNITS)
COUNT_OF(field_get_blast_containers, BLAST_CONTAINERS)
COUNT_OF(field_get_blast_users, BLAST_USERS)
COUNT_OF(field_get_blast_ancestors, BLAST_ANCESTORS)

GET(field_get_blast_first_seq, struct blast_reach)
{
	set_number(ret, from->first_seq);
}

static field_getter field_get_blast_more;

static const struct field blast_fields[] = {
	[BLAST_PROCESSES] = { NAME("processes"), NULL, 0, field_get_blast_processes, "" },
	[BLAST_UNITS] = { NAME("units"), NULL, 0, field_get_blast_units, "" },
	[BLAST_CONTAINERS] = { NAME("containers"), NULL, 0, field_get_blast_containers, "" },
	[BLAST_USERS] = { NAME("users"), NULL, 0, field_get_blast_users, "" },
	[BLAST_ANCESTORS] = { NAME("ancestors"), NULL, 0, field_get_blast_ancestors, "" },
	{ NAME("more"), NULL, 0, field_get_blast_more, "" },
	{ NAME("first_seq"), NULL, 0, field_get_blast_first_seq, "" },
};
static const struct field_set blast_set = { SET(blast_fields) };

/* The names of the counts that are too low. */
GET(field_get_blast_more, struct blast_reach)
{
	_Static_assert((int)BLAST_KINDS <= (int)VALUE_ITEMS_MAX, "all names fit");
	ret->kind = VALUE_NAMES;
	for (int kind = 0; kind < BLAST_KINDS; kind++)
		if (from->more & 1 << kind)
			ret->names[ret->n++] = blast_fields[kind].name;
}

GET_PUBLIC(field_get_blast, struct event)
{
	if (blast_is_wide(&from->signal.reach))
		set_object(ret, &blast_set, &from->signal.reach);
}
