// SPDX-License-Identifier: GPL-2.0-only
#include "compare/report.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compare/explain.h"
#include "compare/json.h"
#include "lib/escape.h"

static const char *const outcome_texts[OUTCOME_MAX] = {
	[OUTCOME_IDENTICAL] = "identical",
	[OUTCOME_DIFFERENT] = "different",
	[OUTCOME_ONLY_KILLSNOOP] = "only killsnoop",
	[OUTCOME_ONLY_AUDIT] = "only audit",
};

const char *compare_side_name(enum compare_side side)
{
	static const char *const names[SIDES] = {
		[SIDE_KILLSNOOP] = "killsnoop",
		[SIDE_AUDIT] = "audit",
	};

	return names[side];
}

/* ---- fields that differ ---- */

static void compare_report_count_field(struct compare_report *report, const char *name)
{
	struct field_count *field;

	HASH_FIND_STR(report->fields, name, field);
	if (!field) {
		field = calloc(1, sizeof(*field));
		if (!field)
			return;
		snprintf(field->name, sizeof(field->name), "%s", name);
		HASH_ADD_STR(report->fields, name, field);
	}
	field->count++;
}

void compare_report_clear(struct compare_report *report)
{
	struct field_count *field, *next;

	HASH_ITER (hh, report->fields, field, next) {
		HASH_DEL(report->fields, field);
		free(field);
	}
}

/* ---- findings as text ---- */

/* Audit has escaped what processes chose; what is left over is seen to here. */
static void compare_report_add_line(struct strbuf *out, const char *line, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++) {
		if (line[i] < ' ' || line[i] > '~') {
			escape_text(out, line, bytes);
			return;
		}
	}
	strbuf_add(out, line, bytes);
}

static void compare_report_add_records(struct strbuf *out, enum compare_side side,
				       const struct compare_event *event)
{
	const char *line = strbuf_str(&event->text);

	while (*line) {
		size_t bytes = strcspn(line, "\n");

		strbuf_addf(out, "    %-10s ", compare_side_name(side));
		compare_report_add_line(out, line, bytes);
		strbuf_addc(out, '\n');
		line += bytes + (line[bytes] == '\n');
	}
}

/* Explained, and on one side only: its first record says enough. */
static void compare_report_add_briefly(struct strbuf *out, const struct compare_finding *finding)
{
	const struct compare_event *event =
	    finding->events[finding->outcome == OUTCOME_ONLY_AUDIT ? SIDE_AUDIT : SIDE_KILLSNOOP];
	const char *line = strbuf_str(&event->text);

	strbuf_addf(out, "%s, %s: ", outcome_texts[finding->outcome],
		    compare_cause_text(finding->cause));
	compare_report_add_line(out, line, strcspn(line, "\n"));
	strbuf_addc(out, '\n');
}

static void compare_report_add_block(struct strbuf *out, const struct compare_finding *finding)
{
	strbuf_addf(out, "%s, %s", outcome_texts[finding->outcome],
		    compare_cause_text(finding->cause));
	for (size_t i = 0; i < finding->n_fields; i++) {
		strbuf_adds(out, i ? ", " : ": ");
		escape_text(out, finding->fields[i], strlen(finding->fields[i]));
	}
	strbuf_addc(out, '\n');
	for (enum compare_side side = 0; side < SIDES; side++)
		if (finding->events[side])
			compare_report_add_records(out, side, finding->events[side]);
}

static void compare_report_add_text(struct strbuf *out, const struct compare_finding *finding)
{
	if (finding->cause && finding->outcome != OUTCOME_DIFFERENT)
		compare_report_add_briefly(out, finding);
	else
		compare_report_add_block(out, finding);
}

/* ---- findings ---- */

/* Audit's own time is a tick coarse: ours, of the same call, is not. */
static void compare_report_measure_delays(struct compare_report *report,
					  const struct compare_finding *finding)
{
	const struct compare_event *ours = finding->events[SIDE_KILLSNOOP];

	for (enum compare_side side = 0; side < SIDES; side++) {
		uint64_t arrival_ns = finding->events[side]->facts.arrival_ns;

		if (arrival_ns >= ours->facts.begin_ns)
			histogram_add(&report->delays[side], arrival_ns - ours->facts.begin_ns);
	}
}

void compare_report_finding(void *context, const struct compare_finding *finding)
{
	struct compare_report *report = context;

	if (finding->events[SIDE_KILLSNOOP] && finding->events[SIDE_AUDIT])
		compare_report_measure_delays(report, finding);
	for (size_t i = 0; i < finding->n_fields; i++)
		compare_report_count_field(report, finding->fields[i]);
	if (finding->outcome == OUTCOME_IDENTICAL || finding->cause == CAUSE_FILTERED)
		return; /* it was not asked for */
	if (report->json)
		compare_json_finding(report, finding);
	else
		compare_report_add_text(report->out, finding);
}

/* ---- summary as text ---- */

static void compare_report_add_outcome(struct compare_report *report, const struct compare *compare,
				       enum compare_outcome outcome)
{
	bool first = true;

	strbuf_addf(report->out, "%-15s %" PRIu64, outcome_texts[outcome],
		    compare_count(compare, outcome));
	for (int cause = 0; outcome && cause < CAUSE_MAX; cause++) {
		if (!compare->counts[outcome][cause])
			continue;
		strbuf_addf(report->out, "%s%" PRIu64 " %s", first ? ": " : "; ",
			    compare->counts[outcome][cause], compare_cause_text(cause));
		first = false;
	}
	strbuf_addc(report->out, '\n');
}

static void compare_report_add_fields(struct compare_report *report)
{
	const struct field_count *field;
	bool first = true;

	for (field = report->fields; field; field = field->hh.next) {
		strbuf_addf(report->out, "%s%" PRIu64 " ", first ? "by field        " : "; ",
			    field->count);
		escape_text(report->out, field->name, strlen(field->name));
		first = false;
	}
	if (!first)
		strbuf_addc(report->out, '\n');
}

static void compare_report_add_ns(struct strbuf *out, uint64_t ns, const char *what)
{
	if (ns == COMPARE_UNKNOWN)
		strbuf_addf(out, "%s unknown", what);
	else
		strbuf_addf(out, "%s %.1f us", what, ns / 1e3);
}

static void compare_report_add_delays(struct compare_report *report)
{
	strbuf_adds(report->out, "delay           ");
	compare_report_add_ns(report->out, histogram_median(&report->delays[SIDE_KILLSNOOP]),
			      "killsnoop");
	compare_report_add_ns(report->out, histogram_median(&report->delays[SIDE_AUDIT]),
			      ", audit");
	strbuf_adds(report->out, " (median, from the call until it is here)\n");
}

static void compare_report_add_costs(struct strbuf *out, const struct compare_totals *totals)
{
	uint64_t ours = totals->events[SIDE_KILLSNOOP], audit = totals->events[SIDE_AUDIT];

	strbuf_adds(out, "CPU an event    killsnoop:");
	compare_report_add_ns(out, compare_per_event(totals->hooks_ns, ours), " all hooks");
	compare_report_add_ns(out, compare_per_event(totals->pipeline_ns, ours), ", user space");
	strbuf_adds(out, "; audit:");
	compare_report_add_ns(out, compare_per_event(totals->kauditd_ns, audit), " kauditd");
	if (totals->auditd_ns != COMPARE_UNKNOWN)
		compare_report_add_ns(out, compare_per_event(totals->auditd_ns, audit),
				      ", its daemon");
	strbuf_adds(out, "; not measured: what audit adds to the call itself\n");
}

static void compare_report_add_text_summary(struct compare_report *report,
					    const struct compare *compare,
					    const struct compare_totals *totals)
{
	struct strbuf *out = report->out;

	strbuf_addf(out, "compared for    %.1f s\n", totals->duration_ns / 1e9);
	for (enum compare_outcome outcome = 0; outcome < OUTCOME_MAX; outcome++)
		compare_report_add_outcome(report, compare, outcome);
	compare_report_add_fields(report);
	if (compare->bad)
		strbuf_addf(out, "unreadable      %" PRIu64 "\n", compare->bad);
	strbuf_addf(out,
		    "lost            killsnoop %" PRIu64 " events, audit %" PRIu64 " records\n",
		    totals->lost_killsnoop, totals->lost_audit);
	if (totals->lost_unfiltered && totals->lost_killsnoop)
		strbuf_adds(
		    out,
		    "                of killsnoop's, some may be of others: filters by name or "
		    "unit come after a loss\n");
	if (totals->overruns_audit)
		strbuf_addf(out,
			    "overruns        %" PRIu64 ": audit's records came too fast for us\n",
			    totals->overruns_audit);
	compare_report_add_delays(report);
	compare_report_add_costs(out, totals);
	strbuf_addf(out, "identical %" PRIu64 " of %" PRIu64 "\n",
		    compare_count(compare, OUTCOME_IDENTICAL), compare_compared(compare));
}

void compare_report_summary(struct compare_report *report, const struct compare *compare,
			    const struct compare_totals *totals)
{
	(report->json ? compare_json_summary : compare_report_add_text_summary)(report, compare,
										totals);
}
