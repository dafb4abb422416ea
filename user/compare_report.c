// SPDX-License-Identifier: GPL-2.0-only
#include "compare_report.h"

#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "clock.h"
#include "compare_explain.h"
#include "escape.h"

static const char *const outcome_names[OUTCOME_MAX] = {
	[OUTCOME_IDENTICAL] = "identical",
	[OUTCOME_DIFFERENT] = "different",
	[OUTCOME_ONLY_KILLSNOOP] = "only_killsnoop",
	[OUTCOME_ONLY_AUDIT] = "only_audit",
};

static const char *const outcome_texts[OUTCOME_MAX] = {
	[OUTCOME_IDENTICAL] = "identical",
	[OUTCOME_DIFFERENT] = "different",
	[OUTCOME_ONLY_KILLSNOOP] = "only killsnoop",
	[OUTCOME_ONLY_AUDIT] = "only audit",
};

static const char *const side_names[SIDES] = {
	[SIDE_KILLSNOOP] = "killsnoop",
	[SIDE_AUDIT] = "audit",
};

/* ---- histogram ---- */

enum { STEPS = 8 }; /* in each doubling */

static size_t step_of(uint64_t ns)
{
	size_t doublings = ns < STEPS ? 0 : 63 - __builtin_clzll(ns) - 2;

	return doublings ? doublings * STEPS + (ns >> (doublings - 1) & (STEPS - 1)) : ns;
}

static uint64_t middle_of(unsigned int step)
{
	unsigned int doublings = step / STEPS;
	uint64_t from = STEPS + step % STEPS;

	return doublings ? (from << (doublings - 1)) + (1ull << (doublings - 1)) / 2 : step;
}

void histogram_add(struct histogram *histogram, uint64_t ns)
{
	histogram->counts[step_of(ns)]++;
	histogram->n++;
}

uint64_t histogram_median(const struct histogram *histogram)
{
	uint64_t seen = 0;

	for (unsigned int step = 0; step < sizeof(histogram->counts) / sizeof(uint64_t); step++) {
		seen += histogram->counts[step];
		if (seen * 2 > histogram->n)
			return middle_of(step);
	}
	return COMPARE_UNKNOWN;
}

/* ---- fields that differ ---- */

struct field_count {
	char name[64];
	uint64_t count;
	UT_hash_handle hh;
};

static void count_field(struct compare_report *report, const char *name)
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
static void add_line(struct strbuf *out, const char *line, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++) {
		if (line[i] < ' ' || line[i] > '~') {
			escape_text(out, line, bytes);
			return;
		}
	}
	strbuf_add(out, line, bytes);
}

static void add_records(struct strbuf *out, enum compare_side side,
			const struct compare_event *event)
{
	const char *line = strbuf_str(&event->text);

	while (*line) {
		size_t bytes = strcspn(line, "\n");

		strbuf_addf(out, "    %-10s ", side_names[side]);
		add_line(out, line, bytes);
		strbuf_addc(out, '\n');
		line += bytes + (line[bytes] == '\n');
	}
}

/* Explained, and on one side only: its first record says enough. */
static void add_briefly(struct strbuf *out, const struct compare_finding *finding)
{
	const struct compare_event *event =
	    finding->events[finding->outcome == OUTCOME_ONLY_AUDIT ? SIDE_AUDIT : SIDE_KILLSNOOP];
	const char *line = strbuf_str(&event->text);

	strbuf_addf(out, "%s, %s: ", outcome_texts[finding->outcome],
		    compare_cause_text(finding->cause));
	add_line(out, line, strcspn(line, "\n"));
	strbuf_addc(out, '\n');
}

static void add_block(struct strbuf *out, const struct compare_finding *finding)
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
			add_records(out, side, finding->events[side]);
}

static void add_text(struct strbuf *out, const struct compare_finding *finding)
{
	if (finding->cause && finding->outcome != OUTCOME_DIFFERENT)
		add_briefly(out, finding);
	else
		add_block(out, finding);
}

/* ---- findings as JSON ---- */

static struct json_object *text_of(const char *text, size_t bytes)
{
	struct strbuf utf8 = { 0 };
	struct json_object *json;

	escape_json_text(&utf8, text, bytes);
	json = json_object_new_string_len(strbuf_str(&utf8), utf8.len);
	strbuf_free(&utf8);
	return json;
}

static struct json_object *text_or_null(const char *text)
{
	return text ? text_of(text, strlen(text)) : NULL;
}

static struct json_object *records_of(const struct compare_event *event)
{
	struct json_object *records = event ? json_object_new_array() : NULL;
	const char *line = event ? strbuf_str(&event->text) : "";

	while (*line) {
		size_t bytes = strcspn(line, "\n");

		json_object_array_add(records, text_of(line, bytes));
		line += bytes + (line[bytes] == '\n');
	}
	return records;
}

static struct json_object *time_of(const struct compare_report *report,
				   const struct compare_finding *finding)
{
	const struct compare_event *event = finding->events[SIDE_KILLSNOOP]
						? finding->events[SIDE_KILLSNOOP]
						: finding->events[SIDE_AUDIT];
	char time[CLOCK_RFC3339_MAX];

	return json_object_new_string(
	    clock_format_rfc3339(event->call.time_ms * 1000000, report->utc, time));
}

static void add_json_line(struct strbuf *out, struct json_object *json)
{
	strbuf_adds(out, json_object_to_json_string_ext(json, JSON_C_TO_STRING_PLAIN |
								  JSON_C_TO_STRING_NOSLASHESCAPE));
	strbuf_addc(out, '\n');
	json_object_put(json);
}

static void add_json(const struct compare_report *report, const struct compare_finding *finding)
{
	struct json_object *json = json_object_new_object(), *fields = json_object_new_array();

	for (size_t i = 0; i < finding->n_fields; i++)
		json_object_array_add(fields, text_or_null(finding->fields[i]));
	json_object_object_add(json, "event", json_object_new_string("difference"));
	json_object_object_add(json, "time", time_of(report, finding));
	json_object_object_add(json, "outcome",
			       json_object_new_string(outcome_names[finding->outcome]));
	json_object_object_add(json, "cause", text_or_null(compare_cause_name(finding->cause)));
	json_object_object_add(json, "fields", fields);
	json_object_object_add(json, "killsnoop", records_of(finding->events[SIDE_KILLSNOOP]));
	json_object_object_add(json, "audit", records_of(finding->events[SIDE_AUDIT]));
	add_json_line(report->out, json);
}

/* ---- findings ---- */

/* Audit's own time is a tick coarse: ours, of the same call, is not. */
static void measure_delays(struct compare_report *report, const struct compare_finding *finding)
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
		measure_delays(report, finding);
	for (size_t i = 0; i < finding->n_fields; i++)
		count_field(report, finding->fields[i]);
	if (finding->outcome == OUTCOME_IDENTICAL || finding->cause == CAUSE_FILTERED)
		return; /* nobody asked for it */
	if (report->json)
		add_json(report, finding);
	else
		add_text(report->out, finding);
}

/* ---- summary as text ---- */

/* What ought to be the same in both. */
static uint64_t count_compared(const struct compare *compare)
{
	return compare_count(compare, OUTCOME_IDENTICAL) +
	       compare_count(compare, OUTCOME_DIFFERENT) +
	       compare->counts[OUTCOME_ONLY_KILLSNOOP][CAUSE_NONE] +
	       compare->counts[OUTCOME_ONLY_AUDIT][CAUSE_NONE] + compare->bad;
}

static void add_outcome(struct compare_report *report, const struct compare *compare,
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

static void add_fields(struct compare_report *report)
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

static void add_ns(struct strbuf *out, uint64_t ns, const char *what)
{
	if (ns == COMPARE_UNKNOWN)
		strbuf_addf(out, "%s unknown", what);
	else
		strbuf_addf(out, "%s %.1f us", what, ns / 1e3);
}

static uint64_t per_event(uint64_t ns, uint64_t events)
{
	return ns == COMPARE_UNKNOWN || !events ? COMPARE_UNKNOWN : ns / events;
}

static void add_delays(struct compare_report *report)
{
	strbuf_adds(report->out, "delay           ");
	add_ns(report->out, histogram_median(&report->delays[SIDE_KILLSNOOP]), "killsnoop");
	add_ns(report->out, histogram_median(&report->delays[SIDE_AUDIT]), ", audit");
	strbuf_adds(report->out, " (median, from the call until it is here)\n");
}

static void add_costs(struct strbuf *out, const struct compare_totals *totals)
{
	uint64_t ours = totals->events[SIDE_KILLSNOOP], audit = totals->events[SIDE_AUDIT];

	strbuf_adds(out, "CPU an event    killsnoop:");
	add_ns(out, per_event(totals->hooks_ns, ours), " all hooks");
	add_ns(out, per_event(totals->pipeline_ns, ours), ", user space");
	strbuf_adds(out, "; audit:");
	add_ns(out, per_event(totals->kauditd_ns, audit), " kauditd");
	if (totals->auditd_ns != COMPARE_UNKNOWN)
		add_ns(out, per_event(totals->auditd_ns, audit), ", its daemon");
	strbuf_adds(out, "; not measured: what audit adds to the call itself\n");
}

static void add_text_summary(struct compare_report *report, const struct compare *compare,
			     const struct compare_totals *totals)
{
	struct strbuf *out = report->out;

	strbuf_addf(out, "compared for    %.1f s\n", totals->duration_ns / 1e9);
	for (enum compare_outcome outcome = 0; outcome < OUTCOME_MAX; outcome++)
		add_outcome(report, compare, outcome);
	add_fields(report);
	if (compare->bad)
		strbuf_addf(out, "unreadable      %" PRIu64 "\n", compare->bad);
	strbuf_addf(out,
		    "lost            killsnoop %" PRIu64 " events, audit %" PRIu64 " records\n",
		    totals->lost_killsnoop, totals->lost_audit);
	if (totals->overruns_audit)
		strbuf_addf(out,
			    "overruns        %" PRIu64 ": audit's records came too fast for us\n",
			    totals->overruns_audit);
	add_delays(report);
	add_costs(out, totals);
	strbuf_addf(out, "identical %" PRIu64 " of %" PRIu64 "\n",
		    compare_count(compare, OUTCOME_IDENTICAL), count_compared(compare));
}

/* ---- summary as JSON ---- */

static void add_number(struct json_object *to, const char *key, uint64_t number)
{
	json_object_object_add(to, key,
			       number == COMPARE_UNKNOWN ? NULL : json_object_new_uint64(number));
}

static struct json_object *causes_of(const struct compare *compare, enum compare_outcome outcome)
{
	struct json_object *causes = json_object_new_array();

	for (int cause = 0; cause < CAUSE_MAX; cause++) {
		struct json_object *item;

		if (!compare->counts[outcome][cause])
			continue;
		item = json_object_new_object();
		json_object_object_add(item, "cause", text_or_null(compare_cause_name(cause)));
		add_number(item, "count", compare->counts[outcome][cause]);
		json_object_array_add(causes, item);
	}
	return causes;
}

static struct json_object *fields_of(const struct compare_report *report)
{
	struct json_object *fields = json_object_new_array();
	const struct field_count *field;

	for (field = report->fields; field; field = field->hh.next) {
		struct json_object *item = json_object_new_object();

		json_object_object_add(item, "field", text_or_null(field->name));
		add_number(item, "count", field->count);
		json_object_array_add(fields, item);
	}
	return fields;
}

static struct json_object *lost_of(const struct compare_totals *totals)
{
	struct json_object *lost = json_object_new_object();

	add_number(lost, "killsnoop_events", totals->lost_killsnoop);
	add_number(lost, "audit_records", totals->lost_audit);
	add_number(lost, "audit_overruns", totals->overruns_audit);
	return lost;
}

static struct json_object *delays_of(const struct compare_report *report)
{
	struct json_object *delays = json_object_new_object();

	for (enum compare_side side = 0; side < SIDES; side++)
		add_number(delays, side_names[side], histogram_median(&report->delays[side]));
	return delays;
}

static struct json_object *costs_of(const struct compare_totals *totals)
{
	uint64_t ours = totals->events[SIDE_KILLSNOOP], audit = totals->events[SIDE_AUDIT];
	struct json_object *costs = json_object_new_object();

	add_number(costs, "hooks", per_event(totals->hooks_ns, ours));
	add_number(costs, "user_space", per_event(totals->pipeline_ns, ours));
	add_number(costs, "kauditd", per_event(totals->kauditd_ns, audit));
	add_number(costs, "auditd", per_event(totals->auditd_ns, audit));
	return costs;
}

static void add_json_summary(struct compare_report *report, const struct compare *compare,
			     const struct compare_totals *totals)
{
	struct json_object *json = json_object_new_object();

	json_object_object_add(json, "event", json_object_new_string("summary"));
	add_number(json, "duration_ns", totals->duration_ns);
	add_number(json, "compared", count_compared(compare));
	for (enum compare_outcome outcome = 0; outcome < OUTCOME_MAX; outcome++)
		add_number(json, outcome_names[outcome], compare_count(compare, outcome));
	add_number(json, "unexplained", compare_unexplained(compare));
	json_object_object_add(json, "fields", fields_of(report));
	json_object_object_add(json, "different_causes", causes_of(compare, OUTCOME_DIFFERENT));
	json_object_object_add(json, "only_killsnoop_causes",
			       causes_of(compare, OUTCOME_ONLY_KILLSNOOP));
	json_object_object_add(json, "only_audit_causes", causes_of(compare, OUTCOME_ONLY_AUDIT));
	json_object_object_add(json, "lost", lost_of(totals));
	json_object_object_add(json, "delay_ns", delays_of(report));
	json_object_object_add(json, "cpu_ns_per_event", costs_of(totals));
	add_json_line(report->out, json);
}

void compare_report_summary(struct compare_report *report, const struct compare *compare,
			    const struct compare_totals *totals)
{
	(report->json ? add_json_summary : add_text_summary)(report, compare, totals);
}
