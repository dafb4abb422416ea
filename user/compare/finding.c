// SPDX-License-Identifier: GPL-2.0-only
#include "compare/finding.h"

#include <stdlib.h>
#include <string.h>

#include "compare/explain.h"

enum { FIELDS_MAX = 64 };

static void finding_report(struct compare *compare, const struct compare_finding *finding)
{
	compare->counts[finding->outcome][finding->cause]++;
	compare->handle(compare->context, finding);
}

/* Whether a loss on that side can explain what is missing there; each loss explains one. */
static bool finding_use_loss(struct compare *compare, enum compare_side side)
{
	struct compare_stream *stream = &compare->streams[side];

	if (stream->lost_used >= stream->lost)
		return false;
	stream->lost_used++;
	return true;
}

enum compare_cause finding_explain_alone(const struct compare *compare,
					 const struct compare_event *event)
{
	return event->side == SIDE_KILLSNOOP
		   ? compare_explain_killsnoop(compare->host, event)
		   : compare_explain_audit(compare->parser, compare->filter, compare->host, event);
}

void finding_report_alone(struct compare *compare, const struct compare_event *event)
{
	bool ours = event->side == SIDE_KILLSNOOP;
	struct compare_finding finding = {
		.outcome = ours ? OUTCOME_ONLY_KILLSNOOP : OUTCOME_ONLY_AUDIT,
		.cause = finding_explain_alone(compare, event),
	};

	finding.events[event->side] = event;
	if (!finding.cause && finding_use_loss(compare, ours ? SIDE_AUDIT : SIDE_KILLSNOOP))
		finding.cause = ours ? CAUSE_LOST_BY_AUDIT : CAUSE_LOST_BY_KILLSNOOP;
	finding_report(compare, &finding);
}

static enum compare_cause finding_explain_difference(struct compare *compare,
						     const struct compare_event *ours,
						     const struct compare_event *audit)
{
	if (compare_lacks_return(compare->host, ours))
		return CAUSE_COMPAT;
	if (compare_lacks_records(audit, ours)) {
		if (compare->host->others.exclude)
			return CAUSE_EXCLUDE_RULE;
		return finding_use_loss(compare, SIDE_AUDIT) ? CAUSE_LOST_BY_AUDIT : CAUSE_NONE;
	}
	if (compare_lacks_records(ours, audit) && finding_use_loss(compare, SIDE_KILLSNOOP))
		return CAUSE_LOST_BY_KILLSNOOP;
	return CAUSE_NONE;
}

struct fields {
	char *names[FIELDS_MAX];
	size_t n;
};

static void finding_add_field(void *context, const char *name)
{
	struct fields *fields = context;

	if (fields->n < FIELDS_MAX && (fields->names[fields->n] = strdup(name)))
		fields->n++;
}

static size_t finding_count_lines(const struct strbuf *body)
{
	size_t n = 0;

	for (const char *at = strbuf_str(body); (at = strchr(at, '\n')); at++)
		n++;
	return n;
}

/* A field's name is that of a record if one side lacks such a record: see audit_text_difference().
 */
static enum compare_cause finding_explain_field(struct compare *compare,
						const struct compare_event *ours,
						const struct compare_event *audit, const char *name)
{
	bool is_record = !strchr(name, '.') && strcmp(name, "time");
	enum compare_cause cause =
	    compare_explain_field(compare->parser, compare->host, ours, audit, name);

	if (cause || !is_record)
		return cause;
	return finding_count_lines(&ours->body) < finding_count_lines(&audit->body) &&
		       finding_use_loss(compare, SIDE_KILLSNOOP)
		   ? CAUSE_LOST_BY_KILLSNOOP
		   : CAUSE_NONE;
}

/* The reason of the first, if there is one for each. */
static enum compare_cause finding_explain_fields(struct compare *compare,
						 const struct compare_event *ours,
						 const struct compare_event *audit,
						 const struct fields *fields)
{
	enum compare_cause first = CAUSE_NONE;

	for (size_t i = 0; i < fields->n; i++) {
		enum compare_cause cause =
		    finding_explain_field(compare, ours, audit, fields->names[i]);

		if (!cause)
			return CAUSE_NONE;
		first = first ? first : cause;
	}
	return first;
}

void finding_report_different(struct compare *compare, const struct compare_event *ours,
			      const struct compare_event *audit, bool is_late, bool has_same_body)
{
	struct fields fields = { 0 };
	struct compare_finding finding = {
		.outcome = OUTCOME_DIFFERENT,
		.cause = finding_explain_difference(compare, ours, audit),
		.events = { ours, audit },
		.fields = (const char *const *)fields.names,
	};

	if (is_late)
		finding_add_field(&fields, "time");
	if (!has_same_body)
		audit_text_difference(compare->parser, &ours->text, &audit->text, finding_add_field,
				      &fields);
	finding.n_fields = fields.n;
	if (!finding.cause)
		finding.cause = finding_explain_fields(compare, ours, audit, &fields);
	finding_report(compare, &finding);
	for (size_t i = 0; i < fields.n; i++)
		free(fields.names[i]);
}

void finding_report_identical(struct compare *compare, const struct compare_event *event,
			      const struct compare_event *other)
{
	struct compare_finding finding = { .outcome = OUTCOME_IDENTICAL };

	finding.events[event->side] = event;
	finding.events[other->side] = other;
	finding_report(compare, &finding);
}
