// SPDX-License-Identifier: GPL-2.0-only
#include "format/value_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "lib/escape.h"
#include "format/fields_internal.h"
#include "event/event_names.h"
#include "lib/signame.h"

static void format_doing(struct formatter *formatter, const struct field_set *set,
			 const void *object)
{
	struct value value = { 0 };

	if (set->doing)
		set->doing->get(&formatter->fields, object, &value);
	if (value.kind == VALUE_NULL)
		return;
	strbuf_adds(formatter->out, " in ");
	format_value(formatter, &value);
}

static void format_short(struct formatter *formatter, const struct field_set *set,
			 const void *object)
{
	if (!set->title)
		return;
	if (set->before)
		strbuf_adds(formatter->out, set->before);
	format_field(formatter, set->title, object);
	if (set->detail) {
		strbuf_addc(formatter->out, '[');
		format_field(formatter, set->detail, object);
		strbuf_addc(formatter->out, ']');
	}
	format_doing(formatter, set, object);
}

static void format_time(struct formatter *formatter, uint64_t real_ns)
{
	char text[CLOCK_TIME_MAX];

	strbuf_adds(formatter->out, clock_format_time(real_ns, formatter->config->utc, text));
}

static void format_date(struct formatter *formatter, uint64_t real_ns)
{
	char text[CLOCK_RFC3339_MAX];

	strbuf_adds(formatter->out, clock_format_rfc3339(real_ns, formatter->config->utc, text));
}

/* This is the only text of ancestors that a format for people has on one line. */
static void format_ancestor(struct formatter *formatter, const struct field_set *set,
			    const struct ancestor *ancestor)
{
	size_t start = formatter->out->len;

	if (ancestor_cache_add(formatter->ancestors, ancestor, formatter->out))
		return;
	format_short(formatter, set, ancestor);
	ancestor_cache_keep(formatter->ancestors, ancestor, formatter->out, start);
}

static void format_items(struct formatter *formatter, const struct value *value)
{
	static const char *const separators[] = {
		[VALUE_NUMBERS] = ", ",
		[VALUE_NAMES] = ",",
		[VALUE_OBJECTS] = " < ",
	};

	for (size_t i = 0; i < value->n; i++) {
		if (i)
			strbuf_adds(formatter->out, separators[value->kind]);
		switch (value->kind) {
		case VALUE_NUMBERS: strbuf_add_signed(formatter->out, value->numbers[i]); break;
		case VALUE_NAMES: strbuf_adds(formatter->out, value->names[i]); break;
		default: format_ancestor(formatter, value->set, &value->ancestors[i]);
		}
	}
	if (!value->n)
		strbuf_addc(formatter->out, '-');
}

/* Dots stand for what is known and not shown; they are outside of the quotes. */
static void format_text(struct formatter *formatter, const struct value *value)
{
	if (value->cut_start)
		strbuf_adds(formatter->out, "...");
	escape_word(formatter->out, value->text, value->bytes);
	if (value->cut_end)
		strbuf_adds(formatter->out, "...");
}

/* No argument at all is shown as an empty one, so that there is something to see. */
static void format_argv(struct formatter *formatter, const char *argv, size_t bytes)
{
	if (bytes)
		escape_argv(formatter->out, argv, bytes);
	else
		escape_word(formatter->out, argv, 0);
}

void format_value(struct formatter *formatter, const struct value *value)
{
	switch (value->kind) {
	case VALUE_NULL: strbuf_addc(formatter->out, '-'); return;
	case VALUE_NUMBER: strbuf_add_signed(formatter->out, value->number); return;
	case VALUE_BOOL: strbuf_adds(formatter->out, value->number ? "yes" : "no"); return;
	case VALUE_TEXT: format_text(formatter, value); return;
	case VALUE_WORDS: strbuf_add(formatter->out, value->text, value->bytes); return;
	case VALUE_ARGV: format_argv(formatter, value->text, value->bytes); return;
	case VALUE_DATE: format_date(formatter, value->time_ns); return;
	case VALUE_TIME: format_time(formatter, value->time_ns); return;
	case VALUE_OBJECT: format_short(formatter, value->set, value->object); return;
	case VALUE_NUMBERS:
	case VALUE_NAMES:
	case VALUE_OBJECTS: format_items(formatter, value); return;
	}
}

void format_field(struct formatter *formatter, const struct field *field, const void *object)
{
	struct value value = { 0 };

	field->get(&formatter->fields, object, &value);
	format_value(formatter, &value);
}

static void format_task(struct formatter *formatter, const struct task *task)
{
	escape_word(formatter->out, task->ids.comm, comm_length(task->ids.comm));
	strbuf_addc(formatter->out, '[');
	strbuf_add_unsigned(formatter->out, task->ids.process.vpid);
	strbuf_addc(formatter->out, ']');
}

static void format_status(struct formatter *formatter, uint32_t code)
{
	char name[SIGNAME_MAX];

	if (WIFEXITED(code))
		strbuf_addf(formatter->out, " exited with status %d", WEXITSTATUS(code));
	else
		strbuf_addf(formatter->out, " was killed by %s%s",
			    signame_get(WTERMSIG(code), name),
			    WCOREDUMP(code) ? " (core dumped)" : "");
}

/* " (sh xdkill.sh 812)" */
static void format_command(struct formatter *formatter, const struct task *task)
{
	struct value argv = { 0 };

	field_get_cmdline(&formatter->fields, task, &argv);
	if (argv.kind == VALUE_NULL)
		return;
	strbuf_adds(formatter->out, " (");
	format_value(formatter, &argv);
	strbuf_addc(formatter->out, ')');
}

static void format_seconds(struct formatter *formatter, uint64_t ns)
{
	strbuf_addf(formatter->out, ns >= 100000000 ? "%.1f s" : "%.4f s", ns / 1e9);
}

static void format_before(struct formatter *formatter, uint64_t ns)
{
	if (ns < 1000000000)
		strbuf_addf(formatter->out, " %.3f ms before", ns / 1e6);
	else
		strbuf_addf(formatter->out, " %.1f s before", ns / 1e9);
}

static void format_chain(struct formatter *formatter, const struct task *task)
{
	struct value chain = { 0 };

	field_get_ancestors(&formatter->fields, task, &chain);
	if (!chain.n)
		return;
	strbuf_adds(formatter->out, ", started by ");
	format_value(formatter, &chain);
}

/* "while perl[123] (perl x.pl) ran in write, started by sh[120] < init[1]" */
static void format_context(struct formatter *formatter, const struct event_cause *cause,
			   const struct ks_pidref *ended)
{
	const struct task *running = &cause->context;
	bool is_itself = pidref_equal(&running->ids.process, ended);

	strbuf_adds(formatter->out, "while ");
	if (is_itself) {
		strbuf_adds(formatter->out, "it");
	} else {
		if (running->ids.vtid != running->ids.process.vpid)
			strbuf_addf(formatter->out, "thread %u of ", running->ids.vtid);
		format_task(formatter, running);
		format_command(formatter, running);
	}
	strbuf_adds(formatter->out, running->flags & KS_FLAG_EXITING ? " was ending" : " ran");
	if (running->syscall)
		strbuf_addf(formatter->out, " in %s", running->syscall);
	if (!is_itself)
		format_chain(formatter, running);
}

/* What is certain comes before who ran, which may have nothing to do with it. */
static void format_kernel(struct formatter *formatter, const struct event_cause *cause,
			  const struct ks_pidref *ended)
{
	const char *words = cause->kernel_cause;
	bool is_certain = words && strncmp(words, "probably", strlen("probably"));

	if (is_certain)
		strbuf_addf(formatter->out, "%s; ", words);
	strbuf_adds(formatter->out, "no kill call; ");
	format_context(formatter, cause, ended);
	if (words && !is_certain)
		strbuf_addf(formatter->out, "; %s", words);
}

static void format_fault(struct formatter *formatter, const struct event_cause *cause)
{
	const char *name = name_of_code(cause->signal, cause->code);

	strbuf_adds(formatter->out, ", a fault");
	if (name)
		strbuf_addf(formatter->out, " (%s)", name);
}

/* ", which svc[812] raised again 0.2 s later", ", which svc[812] raised again through sh[9]..." */
static void format_again(struct formatter *formatter, const struct event *event)
{
	const struct event_cause *cause = &event->exit.cause;

	strbuf_adds(formatter->out, ", which ");
	format_task(formatter, &event->exit.process);
	strbuf_adds(formatter->out, " raised again ");
	if (!pidref_equal(&cause->blow.sender.ids.process, &event->exit.process.ids.process)) {
		strbuf_adds(formatter->out, "through ");
		format_task(formatter, &cause->blow.sender);
		strbuf_addc(formatter->out, ' ');
	}
	format_seconds(formatter, cause->blow.time_ns - cause->time_ns);
	strbuf_adds(formatter->out, " later");
}

/* The signal ended the process, at once or when the process sent it to itself again. */
static void format_killer(struct formatter *formatter, const struct event *event)
{
	const struct event_cause *cause = &event->exit.cause;

	if (cause->how == HOW_FAULT) {
		format_fault(formatter, cause);
	} else if (!cause->sender.present) {
		strbuf_adds(formatter->out, ", ");
		format_kernel(formatter, cause, &event->exit.process.ids.process);
	} else if (cause->is_own) {
		strbuf_adds(formatter->out, ", which it sent itself");
		format_command(formatter, &cause->sender);
		format_before(formatter, event->time_ns - cause->time_ns);
	} else {
		strbuf_adds(formatter->out, ", sent by ");
		format_task(formatter, &cause->sender);
		format_command(formatter, &cause->sender);
		format_before(formatter, event->time_ns - cause->time_ns);
	}
	if (cause->blow.sender.present)
		format_again(formatter, event);
}

static void format_source(struct formatter *formatter, const struct event *event)
{
	const struct event_cause *cause = &event->exit.cause;

	if (cause->how == HOW_FAULT) {
		format_fault(formatter, cause);
	} else if (cause->sender.present) {
		strbuf_adds(formatter->out, " from ");
		format_task(formatter, &cause->sender);
		format_command(formatter, &cause->sender);
	} else {
		strbuf_adds(formatter->out, " (");
		format_kernel(formatter, cause, &event->exit.process.ids.process);
		strbuf_addc(formatter->out, ')');
	}
}

/* ", 1.5 s after SIGTERM from sh[9] (sh stop.sh), which it handled" */
static void format_handled(struct formatter *formatter, const struct event *event)
{
	const struct event_cause *cause = &event->exit.cause;
	bool has_blow = cause->blow.sender.present;
	uint64_t end_ns = has_blow ? cause->blow.time_ns : event->time_ns;
	char name[SIGNAME_MAX];

	strbuf_adds(formatter->out, has_blow ? ", which it sent itself " : ", ");
	format_seconds(formatter, end_ns - cause->time_ns);
	strbuf_addf(formatter->out, " after %s", signame_get(cause->signal, name));
	format_source(formatter, event);
	strbuf_adds(formatter->out,
		    cause->has_handler ? ", which it handled" : ", which it handled or blocked");
}

static void format_unseen(struct formatter *formatter, const struct event *event)
{
	const struct task *tracer = &event->exit.tracer;

	strbuf_adds(formatter->out, "; no signal was seen that did it");
	if (!tracer->present)
		return;
	strbuf_adds(formatter->out, ": probably injected by its tracer ");
	format_task(formatter, tracer);
	format_command(formatter, tracer);
}

/* The process did not end by the signal of the cause. */
static bool format_is_other_end(const struct event *event)
{
	return WIFEXITED(event->exit.code) ||
	       (int)WTERMSIG(event->exit.code) != event->exit.cause.signal;
}

void format_exit(struct formatter *formatter, const struct event *event)
{
	format_task(formatter, &event->exit.process);
	format_status(formatter, event->exit.code);
	if (event->exit.cause.known && format_is_other_end(event))
		format_handled(formatter, event);
	else if (event->exit.cause.known)
		format_killer(formatter, event);
	else if (!WIFEXITED(event->exit.code))
		format_unseen(formatter, event);
}

void format_undecided(struct formatter *formatter, const struct event *event)
{
	if (!event->signal.undecided)
		return;
	strbuf_adds(formatter->out, " (unknown: ");
	format_field(formatter, fields_find(&signal_set, "undecided", sizeof("undecided") - 1),
		     event);
	strbuf_addc(formatter->out, ')');
}

/* Backwards, digits in groups of three. */
const char *format_count(const struct event *event, char text[FORMAT_COUNT_MAX])
{
	char *at = &text[FORMAT_COUNT_MAX - 1];
	uint64_t rest = event->signal.count;

	*at = '\0';
	if (rest <= 1)
		return at;
	for (int digits = 0; rest; digits++, rest /= 10) {
		if (digits && digits % 3 == 0)
			*--at = ',';
		*--at = '0' + rest % 10;
	}
	*--at = 'x';
	*--at = ' ';
	return at;
}

void format_unshown(struct formatter *formatter, const struct event *event)
{
	if (event->type == EVENT_SIGNAL && event->signal.call.unshown)
		strbuf_addf(formatter->out, " (%" PRIu32 " more target%s got no signal)",
			    event->signal.call.unshown, event->signal.call.unshown == 1 ? "" : "s");
}

/* Where and when a ring had no room. */
static void format_lost_span(struct formatter *formatter, const struct event *event)
{
	const char *ring = name_of_ring(ring_of_loss(event->lost.cause));

	if (ring)
		strbuf_addf(formatter->out, ", in the ring %s", ring);
	if (event->lost.from_real_ns) {
		strbuf_adds(formatter->out, ", after ");
		format_date(formatter, event->lost.from_real_ns);
	}
	if (event->lost.to_real_ns) {
		strbuf_adds(formatter->out, ", before ");
		format_date(formatter, event->lost.to_real_ns);
	}
}

void format_lost(struct formatter *formatter, const struct event *event)
{
	const struct loss_words *words = loss_words(event->lost.cause);

	strbuf_addf(formatter->out, "%" PRIu64 " %s lost here (%s)", event->lost.count,
		    event->lost.count == 1 ? words->one : words->many, words->name);
	format_lost_span(formatter, event);
}
