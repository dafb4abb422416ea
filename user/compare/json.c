// SPDX-License-Identifier: GPL-2.0-only
#include "compare/json.h"

#include <json-c/json.h>
#include <string.h>

#include "lib/clock.h"
#include "compare/explain.h"
#include "lib/escape.h"

static const char *const outcome_names[OUTCOME_MAX] = {
	[OUTCOME_IDENTICAL] = "identical",
	[OUTCOME_DIFFERENT] = "different",
	[OUTCOME_ONLY_KILLSNOOP] = "only_killsnoop",
	[OUTCOME_ONLY_AUDIT] = "only_audit",
};

static struct json_object *compare_json_text_of(const char *text, size_t bytes)
{
	struct strbuf utf8 = { 0 };
	struct json_object *json;

	escape_json_text(&utf8, text, bytes);
	json = json_object_new_string_len(strbuf_str(&utf8), utf8.len);
	strbuf_free(&utf8);
	return json;
}

static struct json_object *compare_json_text_or_null(const char *text)
{
	return text ? compare_json_text_of(text, strlen(text)) : NULL;
}

static struct json_object *compare_json_records_of(const struct compare_event *event)
{
	struct json_object *records = event ? json_object_new_array() : NULL;
	const char *line = event ? strbuf_str(&event->text) : "";

	while (*line) {
		size_t bytes = strcspn(line, "\n");

		json_object_array_add(records, compare_json_text_of(line, bytes));
		line += bytes + (line[bytes] == '\n');
	}
	return records;
}

static struct json_object *compare_json_time_of(const struct compare_report *report,
						const struct compare_finding *finding)
{
	const struct compare_event *event = finding->events[SIDE_KILLSNOOP]
						? finding->events[SIDE_KILLSNOOP]
						: finding->events[SIDE_AUDIT];
	char time[CLOCK_RFC3339_MAX];

	return json_object_new_string(
	    clock_format_rfc3339(event->call.time_ms * 1000000, report->utc, time));
}

static void compare_json_add_line(struct strbuf *out, struct json_object *json)
{
	strbuf_adds(out, json_object_to_json_string_ext(json, JSON_C_TO_STRING_PLAIN |
								  JSON_C_TO_STRING_NOSLASHESCAPE));
	strbuf_addc(out, '\n');
	json_object_put(json);
}

void compare_json_finding(const struct compare_report *report,
			  const struct compare_finding *finding)
{
	struct json_object *json = json_object_new_object(), *fields = json_object_new_array();

	for (size_t i = 0; i < finding->n_fields; i++)
		json_object_array_add(fields, compare_json_text_or_null(finding->fields[i]));
	json_object_object_add(json, "event", json_object_new_string("difference"));
	json_object_object_add(json, "time", compare_json_time_of(report, finding));
	json_object_object_add(json, "outcome",
			       json_object_new_string(outcome_names[finding->outcome]));
	json_object_object_add(json, "cause",
			       compare_json_text_or_null(compare_cause_name(finding->cause)));
	json_object_object_add(json, "fields", fields);
	json_object_object_add(json, "killsnoop",
			       compare_json_records_of(finding->events[SIDE_KILLSNOOP]));
	json_object_object_add(json, "audit", compare_json_records_of(finding->events[SIDE_AUDIT]));
	compare_json_add_line(report->out, json);
}

/* ---- summary ---- */

static void compare_json_add_number(struct json_object *to, const char *key, uint64_t number)
{
	json_object_object_add(to, key,
			       number == COMPARE_UNKNOWN ? NULL : json_object_new_uint64(number));
}

static struct json_object *compare_json_causes_of(const struct compare *compare,
						  enum compare_outcome outcome)
{
	struct json_object *causes = json_object_new_array();

	for (int cause = 0; cause < CAUSE_MAX; cause++) {
		struct json_object *item;

		if (!compare->counts[outcome][cause])
			continue;
		item = json_object_new_object();
		json_object_object_add(item, "cause",
				       compare_json_text_or_null(compare_cause_name(cause)));
		compare_json_add_number(item, "count", compare->counts[outcome][cause]);
		json_object_array_add(causes, item);
	}
	return causes;
}

static struct json_object *compare_json_fields_of(const struct compare_report *report)
{
	struct json_object *fields = json_object_new_array();
	const struct field_count *field;

	for (field = report->fields; field; field = field->hh.next) {
		struct json_object *item = json_object_new_object();

		json_object_object_add(item, "field", compare_json_text_or_null(field->name));
		compare_json_add_number(item, "count", field->count);
		json_object_array_add(fields, item);
	}
	return fields;
}

static struct json_object *compare_json_lost_of(const struct compare_totals *totals)
{
	struct json_object *lost = json_object_new_object();

	compare_json_add_number(lost, "killsnoop_events", totals->lost_killsnoop);
	json_object_object_add(lost, "killsnoop_unfiltered",
			       json_object_new_boolean(totals->lost_unfiltered));
	compare_json_add_number(lost, "audit_records", totals->lost_audit);
	compare_json_add_number(lost, "audit_overruns", totals->overruns_audit);
	return lost;
}

static struct json_object *compare_json_delays_of(const struct compare_report *report)
{
	struct json_object *delays = json_object_new_object();

	for (enum compare_side side = 0; side < SIDES; side++)
		compare_json_add_number(delays, compare_side_name(side),
					histogram_median(&report->delays[side]));
	return delays;
}

static struct json_object *compare_json_costs_of(const struct compare_totals *totals)
{
	uint64_t ours = totals->events[SIDE_KILLSNOOP], audit = totals->events[SIDE_AUDIT];
	struct json_object *costs = json_object_new_object();

	compare_json_add_number(costs, "hooks", compare_per_event(totals->hooks_ns, ours));
	compare_json_add_number(costs, "user_space", compare_per_event(totals->pipeline_ns, ours));
	compare_json_add_number(costs, "kauditd", compare_per_event(totals->kauditd_ns, audit));
	compare_json_add_number(costs, "auditd", compare_per_event(totals->auditd_ns, audit));
	return costs;
}

void compare_json_summary(struct compare_report *report, const struct compare *compare,
			  const struct compare_totals *totals)
{
	struct json_object *json = json_object_new_object();

	json_object_object_add(json, "event", json_object_new_string("summary"));
	compare_json_add_number(json, "duration_ns", totals->duration_ns);
	compare_json_add_number(json, "compared", compare_compared(compare));
	for (enum compare_outcome outcome = 0; outcome < OUTCOME_MAX; outcome++)
		compare_json_add_number(json, outcome_names[outcome],
					compare_count(compare, outcome));
	compare_json_add_number(json, "unexplained", compare_unexplained(compare));
	json_object_object_add(json, "fields", compare_json_fields_of(report));
	json_object_object_add(json, "different_causes",
			       compare_json_causes_of(compare, OUTCOME_DIFFERENT));
	json_object_object_add(json, "only_killsnoop_causes",
			       compare_json_causes_of(compare, OUTCOME_ONLY_KILLSNOOP));
	json_object_object_add(json, "only_audit_causes",
			       compare_json_causes_of(compare, OUTCOME_ONLY_AUDIT));
	json_object_object_add(json, "lost", compare_json_lost_of(totals));
	json_object_object_add(json, "delay_ns", compare_json_delays_of(report));
	json_object_object_add(json, "cpu_ns_per_event", compare_json_costs_of(totals));
	compare_json_add_line(report->out, json);
}
