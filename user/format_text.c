// SPDX-License-Identifier: GPL-2.0-only
#include "format_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/wait.h>

#include "escape.h"
#include "signame.h"

static void format_short(struct format_context *context, const struct field_set *set,
			 const void *object)
{
	if (!set->title)
		return;
	format_field(context, set->title, object);
	if (!set->detail)
		return;
	strbuf_addc(context->out, '[');
	format_field(context, set->detail, object);
	strbuf_addc(context->out, ']');
}

static void format_time(struct format_context *context, uint64_t real_ns)
{
	char text[CLOCK_TIME_MAX];

	strbuf_adds(context->out, clock_format_time(real_ns, context->fields.utc, text));
}

static void format_date(struct format_context *context, uint64_t real_ns)
{
	char text[CLOCK_RFC3339_MAX];

	strbuf_adds(context->out, clock_format_rfc3339(real_ns, context->fields.utc, text));
}

static void format_items(struct format_context *context, const struct value *value)
{
	for (size_t i = 0; i < value->n; i++) {
		switch (value->kind) {
		case VALUE_NUMBERS:
			strbuf_addf(context->out, "%s%" PRId64, i ? ", " : "", value->numbers[i]);
			break;
		case VALUE_NAMES:
			strbuf_addf(context->out, "%s%s", i ? "," : "", value->names[i]);
			break;
		default:
			strbuf_adds(context->out, i ? " < " : "");
			format_short(context, value->set, &value->ancestors[i]);
		}
	}
	if (!value->n)
		strbuf_addc(context->out, '-');
}

/* Dots stand for what is known and not shown; they are outside of the quotes. */
static void format_text(struct format_context *context, const struct value *value)
{
	strbuf_adds(context->out, value->cut_start ? "..." : "");
	escape_word(context->out, value->text, value->bytes);
	strbuf_adds(context->out, value->cut_end ? "..." : "");
}

/* No argument at all is shown as an empty one, so that there is something to see. */
static void format_argv(struct format_context *context, const char *argv, size_t bytes)
{
	if (bytes)
		escape_argv(context->out, argv, bytes);
	else
		escape_word(context->out, argv, 0);
}

void format_value(struct format_context *context, const struct value *value)
{
	switch (value->kind) {
	case VALUE_NULL: strbuf_addc(context->out, '-'); return;
	case VALUE_NUMBER: strbuf_addf(context->out, "%" PRId64, value->number); return;
	case VALUE_BOOL: strbuf_adds(context->out, value->number ? "yes" : "no"); return;
	case VALUE_TEXT: format_text(context, value); return;
	case VALUE_ARGV: format_argv(context, value->text, value->bytes); return;
	case VALUE_DATE: format_date(context, value->time_ns); return;
	case VALUE_TIME: format_time(context, value->time_ns); return;
	case VALUE_OBJECT: format_short(context, value->set, value->object); return;
	case VALUE_NUMBERS:
	case VALUE_NAMES:
	case VALUE_OBJECTS: format_items(context, value); return;
	}
}

void format_field(struct format_context *context, const struct field *field, const void *object)
{
	struct value value = { 0 };

	field->get(&context->fields, object, &value);
	format_value(context, &value);
}

static void format_party(struct format_context *context, const struct party *party)
{
	escape_word(context->out, party->ids.comm, enrich_comm_length(party->ids.comm));
	strbuf_addf(context->out, "[%u]", party->ids.process.vpid);
}

static void format_status(struct format_context *context, uint32_t code)
{
	char name[SIGNAME_MAX];

	if (WIFEXITED(code))
		strbuf_addf(context->out, " exited with status %d", WEXITSTATUS(code));
	else
		strbuf_addf(context->out, " was killed by %s%s", signame_get(WTERMSIG(code), name),
			    WCOREDUMP(code) ? " (core dumped)" : "");
}

static void format_cause(struct format_context *context, const struct event_cause *cause,
			 uint64_t end_ns)
{
	size_t bytes = 0;
	const char *argv;

	if (!cause->sender.present) {
		strbuf_adds(context->out, ", sent by the kernel");
		return;
	}
	strbuf_adds(context->out, ", sent by ");
	format_party(context, &cause->sender);
	argv = enrich_argv(&cause->sender, &bytes);
	if (argv) {
		strbuf_adds(context->out, " (");
		format_argv(context, argv, bytes);
		strbuf_addc(context->out, ')');
	}
	strbuf_addf(context->out, " %.3f ms before", (end_ns - cause->time_ns) / 1e6);
}

void format_exit(struct format_context *context, const struct event *event)
{
	format_party(context, &event->exit.process);
	format_status(context, event->exit.code);
	if (event->exit.cause.known)
		format_cause(context, &event->exit.cause, event->time_ns);
	else if (!WIFEXITED(event->exit.code))
		strbuf_adds(context->out, "; nobody was seen sending it");
}

void format_lost(struct format_context *context, const struct event *event)
{
	strbuf_addf(context->out, "%" PRIu64 " event%s lost here (%s)", event->lost.count,
		    event->lost.count == 1 ? "" : "s", event->lost.cause);
}
