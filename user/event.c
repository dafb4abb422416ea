// SPDX-License-Identifier: GPL-2.0-only
#include "event.h"

#include <stdlib.h>
#include <string.h>

void party_copy(struct party *to, const struct party *from)
{
	*to = *from;
	process_get(to->process);
	label_get(to->label);
	if (from->argv) {
		to->argv = malloc(from->raw_bytes + 1);
		if (to->argv)
			memcpy(to->argv, from->argv, from->raw_bytes + 1);
	}
}

void party_clear(struct party *party)
{
	process_put(party->process);
	label_put(party->label);
	free(party->argv);
	memset(party, 0, sizeof(*party));
}

bool party_equal(const struct party *a, const struct party *b)
{
	return a->process == b->process && a->label == b->label && a->known == b->known &&
	       a->flags == b->flags && a->argv_bytes == b->argv_bytes &&
	       !memcmp(&a->ids, &b->ids, sizeof(a->ids)) && (!a->argv) == (!b->argv) &&
	       (!a->argv || !memcmp(a->argv, b->argv, a->argv_bytes));
}

void event_free(struct event *event)
{
	if (!event)
		return;
	if (event->type == EVENT_SIGNAL) {
		party_clear(&event->signal.sender);
		party_clear(&event->signal.target);
	} else if (event->type == EVENT_EXIT) {
		party_clear(&event->exit.process);
		party_clear(&event->exit.cause.sender);
	}
	free(event);
}
