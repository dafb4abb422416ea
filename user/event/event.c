// SPDX-License-Identifier: GPL-2.0-only
#include "event/event.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Nothing of a live argv is left: the one of the process takes its place. */
static void forget_argv(struct party *party)
{
	party->argv = NULL;
	party->argv_bytes = party->raw_bytes = party->area_bytes = 0;
	party->known &= ~KS_KNOWN_ARGV;
	party->flags &= ~(KS_FLAG_ARGV_CUT | KS_FLAG_TITLE);
}

int party_copy(struct party *to, const struct party *from)
{
	char *argv = from->argv ? malloc(from->raw_bytes + 1) : NULL;

	*to = *from;
	to->user = NULL;
	process_get(to->process);
	label_get(to->label);
	if (!from->argv)
		return 0;
	if (!argv) {
		forget_argv(to);
		return -ENOMEM;
	}
	to->argv = memcpy(argv, from->argv, from->raw_bytes + 1);
	return 0;
}

void party_clear(struct party *party)
{
	process_put(party->process);
	label_put(party->label);
	free(party->argv);
	memset(party, 0, sizeof(*party));
}

size_t event_argv_length(const char *argv, size_t bytes)
{
	while (bytes > 1 && !argv[bytes - 1] && !argv[bytes - 2])
		bytes--;
	return bytes;
}

const char *party_argv(const struct party *party, size_t *ret_bytes)
{
	const char *argv = party->argv;
	size_t bytes = party->argv_bytes;

	if (!argv && party->process) {
		argv = party->process->argv;
		bytes = party->process->argv_bytes;
	}
	if (argv)
		*ret_bytes = event_argv_length(argv, bytes);
	return argv;
}

bool party_equal(const struct party *a, const struct party *b)
{
	return a->process == b->process && a->label == b->label && a->known == b->known &&
	       a->flags == b->flags && a->syscall == b->syscall && a->argv_bytes == b->argv_bytes &&
	       !memcmp(&a->ids, &b->ids, sizeof(a->ids)) && (!a->argv) == (!b->argv) &&
	       (!a->argv || !memcmp(a->argv, b->argv, a->argv_bytes));
}

void cause_clear(struct event_cause *cause)
{
	party_clear(&cause->sender);
	party_clear(&cause->context);
	party_clear(&cause->blow.sender);
	memset(cause, 0, sizeof(*cause));
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
		party_clear(&event->exit.tracer);
		cause_clear(&event->exit.cause);
	}
	free(event);
}
