// SPDX-License-Identifier: GPL-2.0-only
/*
 * Proves that --audit-format equals kernel audit: installs the rules that our filters come to,
 * reads both streams and joins them. Audit is left as it was found.
 */
#include <errno.h>
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <bpf/bpf.h>

#include "audit_control.h"
#include "cmd.h"
#include "compare.h"
#include "compare_report.h"
#include "consent.h"
#include "cpu_time.h"
#include "features.h"
#include "filter.h"
#include "format.h"
#include "log.h"
#include "pipeline.h"
#include "runtime.h"
#include "sink.h"
#include "source_audit.h"
#include "targets.h"

enum {
	FLUSH_BYTES = 1 << 16,
	LOOK_MS = 100, /* how often the counters of losses are read while something waits */
	MARK_WAIT_MS = 5000,
};

#define NS_PER_MS 1000000ull
#define PARTIAL_WAIT_NS 2000000000ull /* for the rest of an event of audit */

/* An event of ours, formatted: where its records are in the text of all. */
struct formatted {
	size_t from, bytes;
	struct compare_facts facts;
};

struct session {
	struct options options;
	struct pipeline pipeline;
	struct format_context format;
	struct strbuf text; /* of what is formatted, but not compared yet */
	struct formatted *formatted;
	size_t n_formatted, room;

	struct audit_control control;
	struct audit_rules rules;
	struct source_audit *source;
	unsigned int added, removed; /* rules, as audit's records tell */

	struct compare_host host;
	struct compare compare;
	struct compare_report report;
	struct compare_totals totals;
	struct strbuf out;
	struct sink sink;
	struct targets targets;
	int signal_fd, stats_fd;
	uint64_t begin_ns, end_ns, looked_ns; /* CLOCK_MONOTONIC */
	uint32_t lost_before;		      /* by audit */
	uint64_t kauditd_ns, auditd_ns;	      /* at the beginning */
	pid_t kauditd;
	bool is_ended;
	int err; /* of the sink */
};

static void flush(struct session *session)
{
	if (!session->err && session->out.len)
		session->err = sink_write(&session->sink, &session->out);
	if (session->err) {
		strbuf_reset(&session->out);
		session->is_ended = true;
	}
}

/* ---- our stream ---- */

/* Moves those that the filters let pass to the front. Returns how many. */
static size_t select_shown(struct session *session, struct event **events, size_t n)
{
	size_t shown = 0;

	for (size_t i = 0; i < n; i++) {
		struct event *event = events[i];

		event->real_ns = clock_mono_to_real(&session->pipeline.clock, event->time_ns);
		if (!filter_match(&session->options.filter, event))
			continue;
		events[i] = events[shown];
		events[shown++] = event;
	}
	return shown;
}

static struct formatted *add_formatted(struct session *session)
{
	if (session->n_formatted == session->room) {
		size_t room = session->room ? session->room * 2 : 256;
		struct formatted *items =
		    realloc(session->formatted, room * sizeof(*session->formatted));

		if (!items)
			return NULL;
		session->formatted = items;
		session->room = room;
	}
	return &session->formatted[session->n_formatted++];
}

static struct compare_facts facts_of(const struct session *session, const struct event *event)
{
	const struct party *sender = &event->signal.sender;

	return (struct compare_facts){
		.begin_ns = event->time_ns,
		/* The record that has just completed the call is that of its return. */
		.end_ns = event->signal.call.ret_known ? session->pipeline.decoder.newest_ns : 0,
		.arrival_ns = runtime_now_ns(),
		.sender_start_ns = sender->ids.process.start_ns,
		.is_audited = sender->flags & KS_FLAG_AUDITED,
	};
}

static void format_call(struct session *session, struct event **events, size_t n)
{
	struct formatted *formatted = add_formatted(session);
	size_t from = session->text.len;

	if (!formatted)
		return;
	format_audit.events(&session->format, events, n);
	formatted->from = from;
	formatted->bytes = session->text.len - from;
	formatted->facts = facts_of(session, events[0]);
}

static void on_events(void *context, struct event **events, size_t n)
{
	struct session *session = context;

	if (events[0]->type == EVENT_EXIT && events[0]->exit.watched)
		targets_end(&session->targets, events[0]);
	if (events[0]->type != EVENT_SIGNAL)
		return;
	n = select_shown(session, events, n);
	if (!n)
		return;
	if (events[0]->signal.origin == KS_ORIGIN_USER)
		format_call(session, events, n);
	else
		compare_add_kernel(&session->compare);
}

static void compare_formatted(struct session *session)
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

/* Returns how many records there were. */
static int drain_killsnoop(struct session *session)
{
	uint64_t now = runtime_now_ns(), before_ns = cpu_time_own();
	int drained = pipeline_drain(&session->pipeline);

	session->totals.pipeline_ns += cpu_time_own() - before_ns;
	compare_formatted(session);
	if (!drained)
		compare_advance(&session->compare, SIDE_KILLSNOOP, now);
	return drained;
}

/* ---- audit's stream ---- */

static uint64_t mono_of_ms(const struct session *session, const char *text)
{
	uint64_t seconds = 0, ms = 0;

	if (sscanf(text, "%*[^(](%lu.%lu", &seconds, &ms) != 2)
		return 0;
	return (seconds * 1000 + ms) * NS_PER_MS - session->pipeline.clock.mono_to_real_ns;
}

static void on_audit_event(void *context, const char *text, size_t bytes, uint64_t arrival_ns)
{
	struct session *session = context;
	struct compare_facts facts = {
		.begin_ns = mono_of_ms(session, text),
		.arrival_ns = arrival_ns,
	};

	session->totals.events[SIDE_AUDIT]++;
	compare_add(&session->compare, SIDE_AUDIT, text, bytes, &facts);
}

static void on_audit_rule(void *context, const char *op)
{
	struct session *session = context;

	if (!strcmp(op, "add_rule"))
		session->added++;
	else
		session->removed++;
}

static int drain_audit(struct session *session)
{
	return source_audit_drain(session->source);
}

/* ---- losses ---- */

/* What audit dropped for us alone, nobody counts: it may explain anything that is missing. */
static void note_losses(struct session *session, const struct audit_settings *now)
{
	const uint64_t *lost = loader_lost(session->pipeline.loader);
	struct compare_totals *totals = &session->totals;

	totals->lost_audit = (uint32_t)(now->lost - session->lost_before);
	totals->overruns_audit = source_audit_overruns(session->source);
	totals->lost_killsnoop = lost[KS_LOST_EVENT] + lost[KS_LOST_BUSY] + lost[KS_LOST_RETURN] +
				 loader_missed(session->pipeline.loader);
	compare_lose(&session->compare, SIDE_AUDIT,
		     totals->overruns_audit ? UINT64_MAX : totals->lost_audit);
	compare_lose(&session->compare, SIDE_KILLSNOOP, totals->lost_killsnoop);
}

static bool has_waiting(const struct session *session)
{
	return session->compare.streams[SIDE_KILLSNOOP].waiting ||
	       session->compare.streams[SIDE_AUDIT].waiting;
}

/* While something waits: what was lost meanwhile, and whether audit has nothing more to say. */
static void look_around(struct session *session)
{
	uint64_t now = runtime_now_ns();
	struct audit_settings settings;

	if (now < session->looked_ns + LOOK_MS * NS_PER_MS || !has_waiting(session) ||
	    audit_control_read(&session->control, &settings))
		return;
	session->looked_ns = now;
	source_audit_expire(session->source, now - PARTIAL_WAIT_NS);
	note_losses(session, &settings);
	if (!settings.backlog && !drain_audit(session) &&
	    !source_audit_open_events(session->source))
		compare_advance(&session->compare, SIDE_AUDIT, now);
}

/* ---- open ---- */

static bool check_options(const struct options *options)
{
	const struct format *format = options->format;

	if (options->command)
		log_line("compare runs no command: start it in another terminal");
	else if (format != &format_table && format != &format_json)
		log_line("compare and %s cannot be combined: it compares audit's format",
			 format->option);
	else if (options->filter.origins && !(options->filter.origins & 1u << KS_ORIGIN_USER))
		log_line("--origin leaves nothing to compare: audit knows calls of processes only");
	else
		return true;
	return false;
}

/* Audit sends its records to the initial network namespace only: kauditd_send_multicast_skb(). */
static bool is_in_own_network(void)
{
	struct stat ours, first;

	return !stat("/proc/self/ns/net", &ours) && !stat("/proc/1/ns/net", &first) &&
	       ours.st_ino != first.st_ino;
}

static bool check_host(const struct audit_settings *settings)
{
	if (settings->values[AUDIT_VALUE_ENABLED] == AUDIT_ENABLED_LOCKED)
		log_line("audit is locked (enabled 2): no rule can be added until the next boot");
	else if (is_in_own_network())
		log_line("audit's records come to the initial network namespace only: run compare "
			 "there");
	else
		return true;
	return false;
}

#define SLOW_PATH                                                                                  \
	"audit has not been enabled since this machine was started; if it is, every process "      \
	"that is created from then on pays audit's slow path in each system call until it exits, " \
	"even after compare"

#define PANIC                                                                                      \
	"audit is set to panic when it loses a record (failure 2), and compare adds to its work"

/* What the user must agree to; NULL: nothing. */
static const char *what_to_ask(const struct audit_settings *settings, bool is_first)
{
	if (is_first)
		return SLOW_PATH;
	return settings->failure == AUDIT_FAILURE_PANIC ? PANIC : NULL;
}

/* 0, or the exit status. */
static int ask(const struct options *options, const char *question)
{
	char text[512];

	if (!question || options->yes)
		return 0;
	if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO)) {
		log_line("%s: --yes agrees to it", question);
		return STATUS_USAGE;
	}
	snprintf(text, sizeof(text), "killsnoop: %s. Go on?", question);
	return consent_ask(stdin, stderr, text) ? 0 : STATUS_ERROR;
}

/* Whether enabling audit now would be for the first time on this boot. */
static bool is_first_enabling(const struct audit_settings *settings)
{
	return !settings->values[AUDIT_VALUE_ENABLED] && features_audits_new_tasks() <= 0;
}

static int open_targets(struct session *session)
{
	const struct number_list *pids = &session->options.filter.target_pids;
	int err = 0;

	for (size_t i = 0; i < pids->n && !err; i++)
		err = targets_add(&session->targets, pids->items[i]);
	return err;
}

static int open_streams(struct session *session)
{
	const struct source_audit_handlers handlers = { on_audit_event, on_audit_rule, session };

	session->signal_fd = runtime_open_signals();
	if (session->signal_fd < 0 || open_targets(session) ||
	    pipeline_open(&session->pipeline, &session->options))
		return -EINVAL;
	session->host.has_compat_returns = loader_sees_compat_returns(session->pipeline.loader);
	session->source = source_audit_open(AUDIT_CONTROL_KEY, &handlers);
	return session->source ? sink_open(&session->sink, session->options.file) : -EINVAL;
}

static void measure_before(struct session *session, const struct audit_settings *settings)
{
	session->lost_before = settings->lost;
	session->host.auditd_pid = settings->daemon_pid;
	session->kauditd = cpu_time_find_kthread("kauditd");
	session->kauditd_ns = cpu_time_of(session->kauditd);
	session->auditd_ns = cpu_time_of(settings->daemon_pid);
	session->stats_fd = bpf_enable_stats(BPF_STATS_RUN_TIME);
}

static uint64_t boottime_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return now.tv_sec * 1000000000ull + now.tv_nsec;
}

static uint64_t tick_ns(void)
{
	struct timespec tick;

	clock_getres(CLOCK_REALTIME_COARSE, &tick);
	return tick.tv_sec * 1000000000ull + tick.tv_nsec;
}

/* A call that is under way is over then. */
static void wait_two_ticks(const struct session *session)
{
	struct timespec time = { .tv_nsec = 2 * session->host.tick_ns };

	nanosleep(&time, NULL);
}

/* Reads both streams until audit's records tell of so many changes of rules, or time is up. */
static bool wait_for_marks(struct session *session, const unsigned int *marks, unsigned int wanted)
{
	uint64_t end_ns = runtime_now_ns() + MARK_WAIT_MS * NS_PER_MS;
	struct pollfd fd = { .fd = source_audit_fd(session->source), .events = POLLIN };

	while (*marks < wanted && runtime_now_ns() < end_ns) {
		drain_killsnoop(session);
		if (!drain_audit(session))
			poll(&fd, 1, SOURCE_POLL_MS);
	}
	return *marks >= wanted;
}

/*
 * Restoring needs CAP_AUDIT_CONTROL, and may have to be done at any time from now on: that is kept,
 * and all else is given up.
 */
static int begin(struct session *session, bool is_first)
{
	int err = audit_rules_make(&session->rules, &session->options.filter);

	err = err ? err : audit_control_begin(&session->control, &session->rules);
	if (err)
		return err;
	if (is_first)
		session->host.enabled_ns = boottime_ns();
	runtime_drop_privileges(CAP_AUDIT_CONTROL);
	if (!wait_for_marks(session, &session->added, session->control.n_rules) &&
	    !session->host.has_exclude) {
		log_line("audit does not tell of the rules that were added: its records do not "
			 "come here; run compare in the initial network namespace");
		return -EIO;
	}
	wait_two_ticks(session);
	session->begin_ns = session->host.begin_ns = runtime_now_ns();
	if (session->options.duration_ns)
		session->end_ns = session->begin_ns + session->options.duration_ns;
	runtime_tell_ready(session->options.ready_fd);
	return 0;
}

/* ---- run ---- */

static void take_signals(struct session *session)
{
	struct signalfd_siginfo info;

	while (read(session->signal_fd, &info, sizeof(info)) == sizeof(info))
		if (info.ssi_signo != SIGCHLD)
			session->is_ended = true;
}

static int wait_ms(const struct session *session, bool may_sleep)
{
	uint64_t now = runtime_now_ns();
	uint64_t left_ms = now >= session->end_ns ? 0 : (session->end_ns - now) / NS_PER_MS + 1;
	int most_ms = !may_sleep ? SOURCE_POLL_MS : has_waiting(session) ? LOOK_MS : 1000;

	return left_ms < (uint64_t)most_ms ? (int)left_ms : most_ms;
}

static void wait_for_work(struct session *session, bool may_sleep)
{
	struct pollfd fds[] = {
		{ .fd = session->signal_fd, .events = POLLIN },
		{ .fd = source_audit_fd(session->source), .events = POLLIN },
		{ .fd = may_sleep ? source_fd(session->pipeline.source) : -1, .events = POLLIN },
		{ .fd = session->sink.fd }, /* tells when the reader of a pipe has gone */
	};

	if (poll(fds, sizeof(fds) / sizeof(fds[0]), wait_ms(session, may_sleep)) <= 0)
		return;
	if (fds[0].revents)
		take_signals(session);
	if (fds[3].revents & POLLERR)
		session->err = -EPIPE;
}

static bool has_live_targets(const struct session *session)
{
	return !session->targets.n || session->targets.left;
}

static void run(struct session *session)
{
	while (!session->is_ended && !session->err && runtime_now_ns() < session->end_ns &&
	       has_live_targets(session)) {
		int drained = drain_killsnoop(session) + drain_audit(session);

		look_around(session);
		flush(session);
		if (!drained)
			wait_for_work(session, source_may_sleep(session->pipeline.source));
	}
}

/* ---- end ---- */

/*
 * What audit had to say before the rules were removed has come once its record of that has; a call
 * that was under way then may still be writing.
 */
static void drain_audit_to_the_end(struct session *session)
{
	wait_for_marks(session, &session->removed, session->control.n_rules);
	wait_two_ticks(session);
	while (drain_audit(session))
		;
	source_audit_expire(session->source, UINT64_MAX);
}

static void drain_killsnoop_to_the_end(struct session *session)
{
	pipeline_detach(&session->pipeline);
	while (drain_killsnoop(session))
		flush(session);
	pipeline_finish(&session->pipeline);
	compare_formatted(session);
}

static uint64_t since(uint64_t before, uint64_t now)
{
	return before == CPU_TIME_UNKNOWN || now == CPU_TIME_UNKNOWN ? COMPARE_UNKNOWN
								     : now - before;
}

static void measure_after(struct session *session)
{
	struct compare_totals *totals = &session->totals;

	totals->duration_ns = session->host.end_ns - session->begin_ns;
	totals->kauditd_ns = since(session->kauditd_ns, cpu_time_of(session->kauditd));
	totals->auditd_ns = since(session->auditd_ns, cpu_time_of(session->host.auditd_pid));
	totals->hooks_ns = loader_run_ns(session->pipeline.loader);
	if (session->stats_fd < 0 || !totals->hooks_ns)
		totals->hooks_ns = COMPARE_UNKNOWN;
}

/* Audit first: whatever happens to us then, it is as it was. 0 or -errno. */
static int end(struct session *session)
{
	struct audit_settings settings;
	int err;

	session->host.end_ns = runtime_now_ns();
	wait_two_ticks(session);
	err = audit_control_remove_rules(&session->control);
	if (!err)
		drain_audit_to_the_end(session);
	measure_after(session);
	if (audit_control_restore(&session->control))
		err = -EIO;
	drain_killsnoop_to_the_end(session);
	if (!audit_control_read(&session->control, &settings))
		note_losses(session, &settings);
	compare_finish(&session->compare);
	return err;
}

static int finish(struct session *session)
{
	int err = end(session);

	compare_report_summary(&session->report, &session->compare, &session->totals);
	flush(session);
	if (sink_close(&session->sink) || (session->err && session->err != -EPIPE) || err)
		return STATUS_ERROR;
	return compare_unexplained(&session->compare) ? STATUS_ERROR : STATUS_DONE;
}

static void close_session(struct session *session)
{
	audit_control_close(&session->control);
	audit_rules_clear(&session->rules);
	source_audit_close(session->source);
	pipeline_close(&session->pipeline);
	compare_clear(&session->compare);
	compare_report_clear(&session->report);
	targets_clear(&session->targets);
	strbuf_free(&session->text);
	strbuf_free(&session->out);
	free(session->formatted);
}

/* ---- the command ---- */

static int prepare(struct session *session)
{
	session->report = (struct compare_report){
		.out = &session->out,
		.json = session->options.format == &format_json,
		.utc = session->options.utc,
	};
	session->format.out = &session->text;
	session->host.tick_ns = tick_ns();
	session->host.end_ns = UINT64_MAX;
	session->host.begin_ns = UINT64_MAX;
	pipeline_init(&session->pipeline, on_events, session);
	return compare_init(&session->compare, &session->options.filter, &session->host,
			    compare_report_finding, &session->report);
}

/* 0, or the exit status. */
static int open_session(struct session *session)
{
	struct audit_settings settings;
	bool is_first;
	int status;

	if (audit_control_read(&session->control, &settings) || !check_host(&settings) ||
	    audit_control_find_rules(&session->control, &session->host.has_never_task,
				     &session->host.has_exclude))
		return STATUS_ERROR;
	is_first = is_first_enabling(&settings);
	status = ask(&session->options, what_to_ask(&settings, is_first));
	if (status)
		return status;
	if (open_streams(session))
		return STATUS_ERROR;
	measure_before(session, &settings);
	return begin(session, is_first) ? STATUS_ERROR : 0;
}

static int run_session(struct session *session)
{
	int status = prepare(session) ? STATUS_ERROR : open_session(session);

	if (!status) {
		run(session);
		status = finish(session);
	}
	if (session->control.is_changed && audit_control_restore(&session->control))
		status = STATUS_ERROR;
	return status;
}

int cmd_compare(int argc, char **argv)
{
	static struct session session = {
		.end_ns = UINT64_MAX,
		.signal_fd = -1,
		.stats_fd = -1,
	};
	int status;

	switch (opts_parse(&session.options, argc, argv)) {
	case OPTS_DONE: return fflush(stdout) ? STATUS_ERROR : STATUS_DONE;
	case OPTS_ERROR: return STATUS_USAGE;
	case OPTS_GO: break;
	}
	if (!check_options(&session.options))
		return STATUS_USAGE;
	if (audit_control_open(&session.control))
		status = STATUS_ERROR;
	else
		status = session.options.repair ? STATUS_DONE : run_session(&session);
	close_session(&session);
	return status;
}
