// SPDX-License-Identifier: GPL-2.0-only
#include "format/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "lib/escape.h"
#include "format/field_sets.h"
#include "event/names.h"
#include "lib/signame.h"

static void format_doing(struct format_context *context, const struct field_set *set,
			 const void *object)
{
	struct value value = { 0 };

	if (set->doing)
		set->doing->get(&context->fields, object, &value);
	if (value.kind == VALUE_NULL)
		return;
	strbuf_adds(context->out, " in ");
	format_value(context, &value);
}

static void format_short(struct format_context *context, const struct field_set *set,
			 const void *object)
{
	if (!set->title)
		return;
	if (set->before)
		strbuf_adds(context->out, set->before);
	format_field(context, set->title, object);
	if (set->detail) {
		strbuf_addc(context->out, '[');
		format_field(context, set->detail, object);
		strbuf_addc(context->out, ']');
	}
	format_doing(context, set, object);
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
	case VALUE_WORDS: strbuf_add(context->out, value->text, value->bytes); return;
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
	escape_word(context->out, party->ids.comm, comm_length(party->ids.comm));
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

/* " (sh xdkill.sh 812)" */
static void format_command(struct format_context *context, const struct party *party)
{
	struct value argv = { 0 };

	field_get_cmdline(&context->fields, party, &argv);
	if (argv.kind == VALUE_NULL)
		return;
	strbuf_adds(context->out, " (");
	format_value(context, &argv);
	strbuf_addc(context->out, ')');
}

static void format_seconds(struct format_context *context, uint64_t ns)
{
	strbuf_addf(context->out, ns >= 100000000 ? "%.1f s" : "%.4f s", ns / 1e9);
}

static void format_before(struct format_context *context, uint64_t ns)
{
	if (ns < 1000000000)
		strbuf_addf(context->out, " %.3f ms before", ns / 1e6);
	else
		strbuf_addf(context->out, " %.1f s before", ns / 1e9);
}

static void format_chain(struct format_context *context, const struct party *party)
{
	struct value chain = { 0 };

	field_get_ancestors(&context->fields, party, &chain);
	if (!chain.n)
		return;
	strbuf_adds(context->out, ", started by ");
	format_value(context, &chain);
}

/* "while perl[123] (perl x.pl) ran in write, started by sh[120] < init[1]" */
static void format_context(struct format_context *context, const struct event_cause *cause,
			   const struct ks_ref *ended)
{
	const struct party *running = &cause->context;
	bool is_itself = ref_equal(&running->ids.process, ended);

	strbuf_adds(context->out, "while ");
	if (is_itself) {
		strbuf_adds(context->out, "it");
	} else {
		if (running->ids.vtid != running->ids.process.vpid)
			strbuf_addf(context->out, "thread %u of ", running->ids.vtid);
		format_party(context, running);
		format_command(context, running);
	}
	strbuf_adds(context->out, running->flags & KS_FLAG_EXITING ? " was ending" : " ran");
	if (running->syscall)
		strbuf_addf(context->out, " in %s", running->syscall);
	if (!is_itself)
		format_chain(context, running);
}

/* What is certain comes before who ran, which may have nothing to do with it. */
static void format_kernel(struct format_context *context, const struct event_cause *cause,
			  const struct ks_ref *ended)
{
	const char *words = cause->kernel_cause;
	bool is_certain = words && strncmp(words, "probably", strlen("probably"));

	if (is_certain)
		strbuf_addf(context->out, "%s; ", words);
	strbuf_adds(context->out, "no kill call; ");
	format_context(context, cause, ended);
	if (words && !is_certain)
		strbuf_addf(context->out, "; %s", words);
}

static void format_fault(struct format_context *context, const struct event_cause *cause)
{
	const char *name = name_of_code(cause->signal, cause->code);

	strbuf_adds(context->out, ", a fault");
	if (name)
		strbuf_addf(context->out, " (%s)", name);
}

/* ", which svc[812] raised again 0.2 s later", ", which svc[812] raised again through sh[9]..." */
static void format_again(struct format_context *context, const struct event *event)
{
	const struct event_cause *cause = &event->exit.cause;

	strbuf_adds(context->out, ", which ");
	format_party(context, &event->exit.process);
	strbuf_adds(context->out, " raised again ");
	if (!ref_equal(&cause->blow.sender.ids.process, &event->exit.process.ids.process)) {
		strbuf_adds(context->out, "through ");
		format_party(context, &cause->blow.sender);
		strbuf_addc(context->out, ' ');
	}
	format_seconds(context, cause->blow.time_ns - cause->time_ns);
	strbuf_adds(context->out, " later");
}

/* The signal ended the process, at once or when the process sent it to itself again. */
static void format_killer(struct format_context *context, const struct event *event)
{
	const struct event_cause *cause = &event->exit.cause;

	if (cause->how == HOW_FAULT) {
		format_fault(context, cause);
	} else if (!cause->sender.present) {
		strbuf_adds(context->out, ", ");
		format_kernel(context, cause, &event->exit.process.ids.process);
	} else if (cause->is_own) {
		strbuf_adds(context->out, ", which it sent itself");
		format_command(context, &cause->sender);
		format_before(context, event->time_ns - cause->time_ns);
	} else {
		strbuf_adds(context->out, ", sent by ");
		format_party(context, &cause->sender);
		format_command(context, &cause->sender);
		format_before(context, event->time_ns - cause->time_ns);
	}
	if (cause->blow.sender.present)
		format_again(context, event);
}

static void format_source(struct format_context *context, const struct event *event)
{
	const struct event_cause *cause = &event->exit.cause;

	if (cause->how == HOW_FAULT) {
		format_fault(context, cause);
	} else if (cause->sender.present) {
		strbuf_adds(context->out, " from ");
		format_party(context, &cause->sender);
		format_command(context, &cause->sender);
	} else {
		strbuf_adds(context->out, " (");
		format_kernel(context, cause, &event->exit.process.ids.process);
		strbuf_addc(context->out, ')');
	}
}

/* ", 1.5 s after SIGTERM from sh[9] (sh stop.sh), which it handled" */
static void format_handled(struct format_context *context, const struct event *event)
{
	const struct event_cause *cause = &event->exit.cause;
	bool has_blow = cause->blow.sender.present;
	uint64_t end_ns = has_blow ? cause->blow.time_ns : event->time_ns;
	char name[SIGNAME_MAX];

	strbuf_adds(context->out, has_blow ? ", which it sent itself " : ", ");
	format_seconds(context, end_ns - cause->time_ns);
	strbuf_addf(context->out, " after %s", signame_get(cause->signal, name));
	format_source(context, event);
	strbuf_adds(context->out,
		    cause->has_handler ? ", which it handled" : ", which it handled or blocked");
}

static void format_unseen(struct format_context *context, const struct event *event)
{
	const struct party *tracer = &event->exit.tracer;

	strbuf_adds(context->out, "; no signal was seen that did it");
	if (!tracer->present)
		return;
	strbuf_adds(context->out, ": probably injected by its tracer ");
	format_party(context, tracer);
	format_command(context, tracer);
}

/* The process did not end by the signal of the cause. */
static bool is_other_end(const struct event *event)
{
	return WIFEXITED(event->exit.code) ||
	       (int)WTERMSIG(event->exit.code) != event->exit.cause.signal;
}

void format_exit(struct format_context *context, const struct event *event)
{
	format_party(context, &event->exit.process);
	format_status(context, event->exit.code);
	if (event->exit.cause.known && is_other_end(event))
		format_handled(context, event);
	else if (event->exit.cause.known)
		format_killer(context, event);
	else if (!WIFEXITED(event->exit.code))
		format_unseen(context, event);
}

void format_undecided(struct format_context *context, const struct event *event)
{
	const struct field *field = fields_find(&signal_set, "undecided", sizeof("undecided") - 1);

	if (!event->signal.undecided)
		return;
	strbuf_adds(context->out, " (unknown: ");
	format_field(context, field, event);
	strbuf_addc(context->out, ')');
}

void format_lost(struct format_context *context, const struct event *event)
{
	const struct loss_words *words = loss_words(event->lost.cause);

	strbuf_addf(context->out, "%" PRIu64 " %s lost here (%s)", event->lost.count,
		    event->lost.count == 1 ? words->one : words->many, words->name);
}
