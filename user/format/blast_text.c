// SPDX-License-Identifier: GPL-2.0-only
/* The sentence of a blast: whom a process has signalled, in all. */
#include "format/value_text.h"

#include <inttypes.h>

#include "lib/escape.h"
#include "event/event.h"
#include "lib/signame.h"

enum { SIGNALS_NAMED_MAX = 3 };

static void format_blast_name(struct strbuf *out, const struct blast_name *name)
{
	escape_word(out, name->comm, comm_length(name->comm));
	strbuf_addc(out, '[');
	if (name->vpid)
		strbuf_add_unsigned(out, name->vpid);
	else
		strbuf_addc(out, '-');
	strbuf_addc(out, ']');
}

/* "more than 4096 processes" */
static void format_blast_count(struct strbuf *out, const struct blast_reach *reach,
			       enum blast_kind kind)
{
	static const char *const words[BLAST_KINDS][2] = {
		[BLAST_PROCESSES] = { "process", "processes" },
		[BLAST_UNITS] = { "unit", "units" },
		[BLAST_CONTAINERS] = { "container", "containers" },
		[BLAST_USERS] = { "user", "users" },
	};
	uint32_t count = reach->counts[kind];

	strbuf_addf(out, "%s%" PRIu32 " %s", reach->more & 1 << kind ? "more than " : "", count,
		    words[kind][count != 1]);
}

static void format_blast_signals(struct strbuf *out, uint64_t signals)
{
	int n = __builtin_popcountll(signals);
	char name[SIGNAME_MAX];

	if (n > SIGNALS_NAMED_MAX) {
		strbuf_addf(out, " (%d different signals)", n);
		return;
	}
	for (const char *before = " ("; signals; before = ", ") {
		strbuf_adds(out, before);
		strbuf_adds(out, signame_get(__builtin_ctzll(signals) + 1, name));
		signals &= signals - 1;
	}
	strbuf_adds(out, n ? ")" : "");
}

/* "; itself and its own ancestors bash[99], sshd[98] among them" */
static void format_blast_ancestors(struct strbuf *out, const struct event_blast *blast)
{
	size_t n = blast->reach.counts[BLAST_ANCESTORS] - blast->reaches_itself;

	if (!blast->reach.counts[BLAST_ANCESTORS])
		return;
	strbuf_adds(out, "; ");
	if (blast->reaches_itself)
		strbuf_adds(out, n ? "itself and " : "itself");
	if (n)
		strbuf_adds(out, n == 1 ? "its own ancestor" : "its own ancestors");
	for (size_t i = 0; i < blast->n_named; i++) {
		strbuf_adds(out, i ? ", " : " ");
		format_blast_name(out, &blast->named[i]);
	}
	if (n > blast->n_named)
		strbuf_addf(out, " and %zu more", n - blast->n_named);
	strbuf_adds(out, " among them");
}

void format_blast(struct formatter *formatter, const struct event *event)
{
	const struct event_blast *blast = &event->blast;
	struct strbuf *out = formatter->out;
	const char *before = ": ";

	strbuf_adds(out, "  ");
	format_blast_name(out, &blast->sender);
	strbuf_adds(out, " signalled ");
	format_blast_count(out, &blast->reach, BLAST_PROCESSES);
	format_blast_signals(out, blast->signals);
	for (int kind = BLAST_UNITS; kind <= BLAST_USERS; kind++) {
		if (!blast->reach.counts[kind])
			continue;
		strbuf_adds(out, before);
		format_blast_count(out, &blast->reach, kind);
		before = ", ";
	}
	format_blast_ancestors(out, blast);
}
