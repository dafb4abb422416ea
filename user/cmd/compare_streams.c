// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/compare_streams.h"

#include <stdlib.h>
#include <string.h>

#include "compare/cpu_time.h"
#include "format/proctitle.h"
#include "lib/array.h"
#include "lib/clock.h"

#define NS_PER_MS 1000000ull

uint64_t compare_streams_boot_ahead_ns(void)
{
	uint64_t mono_ns = clock_monotonic_ns();

	return clock_boottime_ns() - mono_ns;
}

/* ---- our stream ---- */

static struct formatted *compare_streams_add_formatted(struct compare_session *session)
{
	struct formatted *items =
	    array_reserve(session->formatted, &session->room, session->n_formatted, sizeof(*items));

	if (!items)
		return NULL;
	session->formatted = items;
	return &items[session->n_formatted++];
}

/* See add_own_argv() in process.bpf.h. */
static bool compare_streams_lacks_title(const struct task *sender)
{
	return !sender->argv || (sender->live_argv_bytes < PROCTITLE_BYTES &&
				 sender->live_argv_bytes < sender->arg_area_bytes);
}

/* As audit shows it if it looked before the sender was killed; NULL: nothing killed it. */
static char *compare_streams_living_title(struct compare_session *session,
					  const struct event *event)
{
	struct strbuf title = { 0 };

	if (!event->signal.call.sigkill_pending)
		return NULL;
	format_audit_living_title(&session->formatter, &title, event);
	return title.data; /* NULL if there is no memory: then nothing is explained */
}

static bool compare_streams_has_no_signal(const struct event *event)
{
	return event->signal.info.kind == KS_INFO_NONE;
}

/* Whom the call meant without sending a signal is searched for when it returns. */
static bool compare_streams_is_searched(const struct compare_session *session,
					const struct event *event)
{
	enum event_scope scope = event->signal.scope;

	return !session->sees_checks &&
	       (scope == SCOPE_GROUP || scope == SCOPE_ALL || compare_streams_has_no_signal(event));
}

/*
 * The start of a process is noted before it is put among the others, and so where calls find it: a
 * tick at most before.
 */
static bool compare_streams_was_born_meanwhile(const struct compare_session *session,
					       const struct event *event)
{
	uint64_t call_ns = event->signal.call.entry_ns + compare_streams_boot_ahead_ns();

	return compare_streams_has_no_signal(event) && event->signal.target.present &&
	       event->signal.target.ids.process.start_ns + session->host.tick_ns >= call_ns;
}

static void compare_streams_add_born(const struct compare_session *session,
				     struct compare_facts *facts, struct event *const *events,
				     size_t n)
{
	facts->born = calloc(n, sizeof(*facts->born));
	for (size_t i = 0; facts->born && i < n; i++)
		if (compare_streams_was_born_meanwhile(session, events[i]))
			facts->born[facts->n_born++] = events[i]->signal.target.ids.process.pid;
}

static struct compare_facts compare_streams_facts_of(const struct compare_session *session,
						     const struct event *event)
{
	const struct task *sender = &event->signal.sender;

	return (struct compare_facts){
		.begin_ns = event->time_ns,
		/* The record that has just completed the call is that of its return. */
		.end_ns =
		    event->signal.call.ret_known ? session->pipeline.stream.decoder.newest_ns : 0,
		.arrival_ns = clock_monotonic_ns(),
		.sender_start_ns = sender->ids.process.start_ns,
		.is_audited = sender->flags & KS_FLAG_AUDITED,
		.lacks_process = !sender->process,
		.lacks_title = compare_streams_lacks_title(sender),
	};
}

static void compare_streams_format_call(struct compare_session *session, struct event **events,
					size_t n)
{
	struct formatted *formatted = compare_streams_add_formatted(session);
	size_t from = session->text.len;

	if (!formatted)
		return;
	formatter_events(&session->formatter, events, n);
	formatted->from = from;
	formatted->bytes = session->text.len - from;
	formatted->facts = compare_streams_facts_of(session, events[0]);
	formatted->facts.living_title = compare_streams_living_title(session, events[0]);
	formatted->facts.is_searched = compare_streams_is_searched(session, events[0]);
	if (formatted->facts.is_searched)
		compare_streams_add_born(session, &formatted->facts, events, n);
}

/* CLOCK_MONOTONIC: whether audit has no record of the call that has to be compared. */
static bool compare_streams_is_too_late(const struct compare_session *session, uint64_t begin_ns)
{
	const struct compare_host *host = &session->host;

	return begin_ns > host->end_ns && begin_ns - host->end_ns > compare_clock_lag_ns(host);
}

/* What comes before and after need not be compared: senders that never stop make much of it. */
static bool compare_streams_is_in_reach(const struct compare_session *session,
					const struct event *event)
{
	uint64_t entry_ns = event->signal.call.entry_ns;

	return event->time_ns >= session->host.first_ns &&
	       !compare_streams_is_too_late(session, entry_ns ? entry_ns : event->time_ns);
}

/* It cannot be the same as audit's then: the call is among the lost ones. */
static bool compare_streams_is_result_lost(const struct event_call *call)
{
	return call->id && !call->ret_known;
}

/* Until the end, losses are counted as they are, see compare_streams_count_lost(); then, those of
 * the window are.
 */
static void compare_streams_note_lost_result(struct compare_session *session,
					     const struct event_call *call)
{
	if (session->is_past_end && call->id <= session->host.end_ns)
		session->totals.lost_killsnoop++;
}

void compare_streams_on_events(void *context, struct event **events, size_t n)
{
	struct compare_session *session = context;

	if (events[0]->type != EVENT_SIGNAL || !compare_streams_is_in_reach(session, events[0]))
		return;
	if (compare_streams_is_result_lost(&events[0]->signal.call)) {
		compare_streams_note_lost_result(session, &events[0]->signal.call);
		return;
	}
	if (events[0]->signal.origin == KS_ORIGIN_USER)
		compare_streams_format_call(session, events, n);
	else
		compare_add_kernel(&session->compare);
}

void compare_streams_on_end(void *context, const struct event *exit)
{
	struct compare_session *session = context;

	watchlist_end(&session->watchlist, exit);
}

void compare_streams_take_formatted(struct compare_session *session)
{
	for (size_t i = 0; i < session->n_formatted; i++) {
		const struct formatted *formatted = &session->formatted[i];

		session->totals.events[SIDE_KILLSNOOP]++;
		compare_add(&session->compare, SIDE_KILLSNOOP,
			    strbuf_str(&session->text) + formatted->from, formatted->bytes,
			    &formatted->facts);
	}
	session->n_formatted = 0;
	strbuf_reset(&session->text);
}

uint64_t compare_streams_count_lost(const struct compare_session *session)
{
	const uint64_t *lost = loader_lost(session->pipeline.loader);

	return lost[KS_LOST_EVENT] + lost[KS_LOST_BUSY] + lost[KS_LOST_STATE] +
	       session->pipeline.stream.decoder.correlator.unreturned +
	       loader_missed(session->pipeline.loader);
}

/* What is lost from now on explains nothing. */
static void compare_streams_pass_end(struct compare_session *session)
{
	session->totals.lost_killsnoop = compare_streams_count_lost(session);
	session->is_past_end = true;
}

/* Returns how many records there were. */
int compare_session_drain_killsnoop(struct compare_session *session)
{
	uint64_t now = clock_monotonic_ns(), before_ns = cpu_time_own();
	int drained;

	stalls_watch(&session->stalls, session->host.tick_ns);
	drained = pipeline_drain(&session->pipeline);
	session->totals.pipeline_ns += cpu_time_own() - before_ns;
	compare_streams_take_formatted(session);
	/* In a storm the ring is never empty, but its records are in order. */
	if (drained >= SOURCE_DRAIN_MAX)
		now = session->pipeline.stream.decoder.newest_ns;
	compare_advance(&session->compare, SIDE_KILLSNOOP, now);
	if (!session->is_past_end && compare_streams_is_too_late(session, now))
		compare_streams_pass_end(session);
	return drained;
}

/* ---- audit's stream ---- */

uint64_t compare_streams_mono_of_ms(const struct compare_session *session, uint64_t time_ms)
{
	return time_ms * NS_PER_MS - session->pipeline.stream.clock.mono_to_real_ns;
}

void compare_streams_on_audit_event(void *context, const char *text, size_t bytes, uint64_t time_ms,
				    uint64_t arrival_ns)
{
	struct compare_session *session = context;
	struct compare_facts facts = {
		.begin_ns = compare_streams_mono_of_ms(session, time_ms),
		.arrival_ns = arrival_ns,
	};

	session->totals.events[SIDE_AUDIT]++;
	stalls_watch(&session->stalls, session->host.tick_ns);
	if (compare_streams_is_too_late(session, facts.begin_ns))
		return;
	if (!session->host.has_labels) {
		strbuf_reset(&session->without_labels);
		audit_text_drop_labels(&session->without_labels, text, bytes);
		text = strbuf_str(&session->without_labels);
		bytes = session->without_labels.len;
	}
	compare_add(&session->compare, SIDE_AUDIT, text, bytes, &facts);
}

void compare_streams_on_audit_rule(void *context, const char *op)
{
	struct compare_session *session = context;

	if (!strcmp(op, "add_rule"))
		session->added++;
	else
		session->removed++;
}

int compare_session_drain_audit(struct compare_session *session)
{
	return source_audit_drain(session->source);
}
