// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/compare_session.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "exec_layout.h"
#include "lib/clock.h"
#include "cmd/compare_streams.h"
#include "filter/filter.h"
#include "lib/log.h"
#include "lib/procfs.h"

enum {
	STATUS_POLL_MS = 100, /* how often the counters of losses are read */
	MARK_WAIT_MS = 5000,
	/* Once asked to end: whoever asks waits for a second in all. */
	RETURN_WAIT_MS = 50, /* for calls, where our ring is full of others */
	READ_ON_MS = 400,    /* what audit has to report */
	READ_MOST_MS = 800,  /* likewise, if it is of others */
};

#define NS_PER_MS 1000000ull
#define PARTIAL_WAIT_NS 2000000000ull /* for the rest of an event of audit */

void compare_session_flush(struct compare_session *session)
{
	if (!session->err && session->out.len)
		session->err = text_file_write(&session->file, &session->out);
	if (session->err) {
		strbuf_reset(&session->out);
		session->is_ended = true;
	}
}

/* ---- losses ---- */

/* What audit dropped for us alone is not counted: it may explain anything that is missing. */
void compare_session_note_losses(struct compare_session *session, const struct audit_settings *now)
{
	struct compare_totals *totals = &session->totals;

	totals->lost_audit = (uint32_t)(now->lost - session->lost_before);
	totals->overruns_audit = source_audit_overruns(session->source);
	totals->lost_unfiltered = filter_is_late(&session->options.filter);
	if (!session->is_past_end)
		totals->lost_killsnoop = compare_streams_count_lost(session);
	compare_set_lost(&session->compare, SIDE_AUDIT,
			 totals->overruns_audit ? UINT64_MAX : totals->lost_audit);
	compare_set_lost(&session->compare, SIDE_KILLSNOOP, totals->lost_killsnoop);
}

bool compare_session_has_unmatched(const struct compare_session *session)
{
	return session->compare.streams[SIDE_KILLSNOOP].waiting ||
	       session->compare.streams[SIDE_AUDIT].waiting;
}

/* See struct compare_host. */
static bool compare_session_has_process(uint32_t pid, uint64_t time_ns)
{
	uint64_t ticks, call_ns = time_ns + compare_streams_boot_ahead_ns();
	int dir = procfs_open(pid), err;

	if (dir < 0)
		return false;
	err = procfs_start_ticks(dir, &ticks);
	close(dir);
	return !err && ticks * KS_TICK_NS - clock_boottime_ahead_ns() <= call_ns;
}

/* While something waits: what was lost meanwhile, and whether audit has nothing more to say. */
void compare_session_poll_audit_status(struct compare_session *session)
{
	uint64_t now = clock_monotonic_ns();
	struct audit_settings settings;

	if (now < session->polled_ns + STATUS_POLL_MS * NS_PER_MS ||
	    !compare_session_has_unmatched(session) ||
	    audit_control_read(&session->control, &settings))
		return;
	session->polled_ns = now;
	source_audit_expire(session->source, now - PARTIAL_WAIT_NS);
	compare_session_note_losses(session, &settings);
	if (!settings.backlog && !compare_session_drain_audit(session) &&
	    !source_audit_open_events(session->source))
		compare_advance(&session->compare, SIDE_AUDIT, now);
}

/* ---- begin and end ---- */

/* A call that is under way is over then. */
void compare_session_wait_for_calls(const struct compare_session *session)
{
	struct timespec time = { .tv_nsec = 2 * session->host.tick_ns };

	nanosleep(&time, NULL);
}

/* Reads both streams. Returns how many records audit had. */
static int compare_session_drain_or_wait(struct compare_session *session)
{
	struct pollfd fd = { .fd = source_audit_fd(session->source), .events = POLLIN };
	bool may_sleep = compare_session_drain_killsnoop(session) < SOURCE_DRAIN_MAX;
	int drained = compare_session_drain_audit(session);

	if (!drained)
		poll(&fd, 1, may_sleep ? SOURCE_POLL_MS : 0);
	return drained;
}

static bool compare_session_has_backlog(struct compare_session *session)
{
	struct audit_settings settings;

	return audit_control_read(&session->control, &settings) || settings.backlog;
}

static bool compare_session_is_over(uint64_t since_ns, uint64_t ms)
{
	return clock_monotonic_ns() >= since_ns + ms * NS_PER_MS;
}

/* Until audit has a record of each rule that was added. */
bool compare_session_wait_added(struct compare_session *session)
{
	uint64_t since_ns = clock_monotonic_ns();

	while (session->added < session->control.n_rules &&
	       !compare_session_is_over(since_ns, MARK_WAIT_MS))
		compare_session_drain_or_wait(session);
	return session->added >= session->control.n_rules;
}

/* Whether every call of the window has come that has returned. */
static bool compare_session_has_all_returns(const struct compare_session *session)
{
	return session->is_past_end &&
	       !correlate_has_older(&session->pipeline.stream.decoder.correlator,
				    session->host.end_ns);
}

/*
 * Beside senders that never stop, audit may be behind by seconds: all that its buffers hold. What
 * is not read by now is not compared: the window ends before it.
 */
static void compare_session_end_earlier(struct compare_session *session)
{
	struct compare_host *host = &session->host;
	uint64_t lag_ns = compare_clock_lag_ns(host);
	uint64_t read_ns =
	    compare_streams_mono_of_ms(session, source_audit_complete_ms(session->source));

	if (read_ns >= host->end_ns + lag_ns) /* what is behind is of others, or later */
		return;
	session->is_cut = true;
	host->end_ns = read_ns > host->begin_ns + lag_ns ? read_ns - lag_ns : host->begin_ns;
	log_line("audit is behind: calls that it has not reported yet are not compared");
}

/* Until it has one of each that was removed; if those were dropped, until nothing comes. */
static void compare_session_wait_removed(struct compare_session *session, uint64_t since_ns)
{
	int drained = 0;

	while (session->removed < session->control.n_rules &&
	       !compare_session_is_over(since_ns, MARK_WAIT_MS)) {
		if (drained >= SOURCE_AUDIT_DRAIN_MAX &&
		    compare_session_is_over(since_ns, READ_ON_MS)) {
			compare_session_end_earlier(session);
			break;
		}
		drained = compare_session_drain_or_wait(session);
		if (!drained && !compare_session_has_backlog(session))
			break;
		if (compare_session_has_all_returns(session) ||
		    compare_session_is_over(since_ns, RETURN_WAIT_MS))
			pipeline_begin_detach(&session->pipeline);
	}
}

/*
 * What audit had to say before the rules were removed has come once its record of that has; a call
 * that was under way then may still be writing.
 */
void compare_session_finish_audit(struct compare_session *session)
{
	uint64_t since_ns = clock_monotonic_ns();

	compare_session_wait_removed(session, since_ns);
	if (session->is_cut)
		return;
	compare_session_wait_for_calls(session);
	/* Records of others need not end. */
	while (compare_session_drain_audit(session) &&
	       !compare_session_is_over(since_ns, READ_MOST_MS))
		;
	source_audit_expire(session->source, UINT64_MAX);
}

void compare_session_finish_killsnoop(struct compare_session *session)
{
	pipeline_detach(&session->pipeline);
	while (compare_session_drain_killsnoop(session))
		compare_session_flush(session);
	pipeline_finish(&session->pipeline);
	compare_streams_take_formatted(session);
	if (session->is_cut)
		compare_forget(&session->compare);
}

void compare_session_clear(struct compare_session *session)
{
	audit_control_close(&session->control);
	audit_rules_clear(&session->rules);
	source_audit_close(session->source);
	pipeline_close(&session->pipeline);
	compare_clear(&session->compare);
	compare_report_clear(&session->report);
	watchlist_clear(&session->watchlist);
	strbuf_free(&session->text);
	strbuf_free(&session->out);
	strbuf_free(&session->without_labels);
	formatter_close(&session->formatter);
	free(session->formatted);
}

int compare_session_init(struct compare_session *session)
{
	const struct stream_config config = {
		.filter = &session->options.filter,
		.handle = compare_streams_on_events,
		.end = compare_streams_on_end,
		.context = session,
	};
	int err;

	session->report = (struct compare_report){
		.out = &session->out,
		.json = session->options.output.format == &format_json,
		.utc = session->options.output.text.utc,
	};
	session->format.clock = &session->pipeline.stream.clock;
	session->host.end_ns = UINT64_MAX;
	session->host.stalls = &session->stalls;
	session->host.has_process = procfs_try() ? NULL : compare_session_has_process;
	session->host.first_ns = session->host.begin_ns = UINT64_MAX;
	err = pipeline_init(&session->pipeline, &config);
	err = err ? err
		  : formatter_open(&session->formatter, &format_audit, &session->format,
				   &session->text);
	session->host.tick_ns = session->pipeline.stream.clock.tick_ns;
	return err ? err
		   : compare_init(&session->compare, &session->options.filter, &session->host,
				  compare_report_finding, &session->report);
}

int compare_session_open_audit(struct compare_session *session)
{
	const struct source_audit_handlers handlers = { compare_streams_on_audit_event,
							compare_streams_on_audit_rule, session };

	return source_audit_open(&session->source, AUDIT_NETLINK_KEY, &handlers);
}
