// SPDX-License-Identifier: GPL-2.0-only
/*
 * Proves that --audit-format equals kernel audit: installs the rules that our filters come to,
 * reads both streams and joins them. Audit is left as found.
 */
#include <errno.h>
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>
#include <bpf/bpf.h>

#include "lib/clock.h"
#include "cmd/cmd.h"
#include "cmd/compare_session.h"
#include "cmd/confirm.h"
#include "compare/cpu_time.h"
#include "kernel/features.h"
#include "lib/log.h"
#include "lib/privileges.h"
#include "lib/signals.h"
#include "lib/stdio.h"
#include "lib/array.h"

#define NS_PER_MS 1000000ull

enum { SETTLE_POLL_MS = 100 }; /* while something waits for its partner */

/* ---- open ---- */

static bool cmd_compare_check_options(const struct options *options)
{
	if (!filter_has_user(&options->filter))
		log_line("--origin leaves nothing to compare: audit records system calls only");
	else
		return true;
	return false;
}

/* Audit sends its records to the initial network namespace only: kauditd_send_multicast_skb(). */
static bool cmd_compare_is_in_own_network(void)
{
	struct stat ours, first;

	return !stat("/proc/self/ns/net", &ours) && !stat("/proc/1/ns/net", &first) &&
	       ours.st_ino != first.st_ino;
}

static bool cmd_compare_check_host(const struct audit_settings *settings)
{
	if (settings->values[AUDIT_VALUE_ENABLED] == AUDIT_ENABLED_LOCKED)
		log_line("audit is locked (enabled 2): no rule can be added until the next boot");
	else if (cmd_compare_is_in_own_network())
		log_line("audit sends its records to the initial network namespace only: run "
			 "compare there");
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
static const char *cmd_compare_choose_question(const struct audit_settings *settings,
					       bool enables_audit)
{
	if (enables_audit)
		return SLOW_PATH;
	return settings->failure == AUDIT_FAILURE_PANIC ? PANIC : NULL;
}

/* 0, or the exit status. */
static int cmd_compare_ask(const struct options *options, const char *question)
{
	char text[512];

	if (!question || options->yes)
		return 0;
	if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO)) {
		log_line("%s: --yes agrees to it", question);
		return STATUS_USAGE;
	}
	snprintf(text, sizeof(text), "killsnoop: %s. Go on?", question);
	return confirm_ask(stdin, stderr, text) ? 0 : STATUS_ERROR;
}

/* Whether enabling audit now would be for the first time on this boot. */
static bool cmd_compare_is_first_enabling(const struct audit_settings *settings)
{
	struct features features;
	bool enables_audit = !settings->values[AUDIT_VALUE_ENABLED];

	if (enables_audit && !features_open(&features, NULL, 0)) {
		enables_audit = features_audits_new_tasks(&features) <= 0;
		features_close(&features);
	}
	return enables_audit;
}

static bool cmd_compare_may_wait(void *context, uint64_t progress_ns);

static int cmd_compare_open_streams(struct compare_session *session)
{
	struct loader_config config = options_loader_config(&session->options);
	int err;

	config.one_ring = true; /* audit's records are in one order, too */
	session->signal_fd = signals_open(false, false);
	if (session->signal_fd < 0)
		return log_error(session->signal_fd, "take signals");
	err = watchlist_add_all(&session->watchlist, &session->options.filter.target_pids);
	err = err ? err : pipeline_open(&session->pipeline, &config);
	if (err)
		return err;
	session->host.has_compat_returns = loader_sees_compat_returns(session->pipeline.loader);
	session->host.has_labels = loader_has_labels(session->pipeline.loader);
	session->host.has_clock = loader_reads_clock(session->pipeline.loader);
	session->sees_checks = loader_sees_checks(session->pipeline.loader);
	err = compare_session_open_audit(session);
	if (err)
		return err;
	session->file.may_wait = cmd_compare_may_wait;
	session->file.context = session;
	return text_file_open(&session->file, session->options.output.path);
}

static void cmd_compare_measure_before(struct compare_session *session,
				       const struct audit_settings *settings)
{
	session->lost_before = settings->lost;
	session->host.auditd_pid = settings->daemon_pid;
	session->kauditd = cpu_time_find_kthread("kauditd");
	session->kauditd_ns = cpu_time_of(session->kauditd);
	session->auditd_ns = cpu_time_of(settings->daemon_pid);
	session->stats_fd = bpf_enable_stats(BPF_STATS_RUN_TIME);
}

/*
 * Restoring needs CAP_AUDIT_CONTROL, and may have to be done at any time from now on: that is kept,
 * and all else is given up.
 */
static int cmd_compare_begin(struct compare_session *session, bool enables_audit)
{
	int err = audit_rules_make(&session->rules, &session->options.filter);

	session->host.first_ns = clock_monotonic_ns();
	err = err ? err : audit_control_begin(&session->control, &session->rules);
	if (err)
		return err;
	if (enables_audit)
		session->host.enabled_ns = clock_boottime_ns();
	privileges_drop(CAP_AUDIT_CONTROL);
	if (!compare_session_wait_added(session) && !session->host.others.exclude) {
		log_line("audit did not confirm the new rules: its records do not reach this "
			 "network namespace; run compare in the initial one");
		return -EIO;
	}
	compare_session_wait_for_calls(session);
	session->begin_ns = session->host.begin_ns = clock_monotonic_ns();
	if (session->options.duration_ns)
		session->end_ns = session->begin_ns + session->options.duration_ns;
	stdio_signal_ready(session->options.ready_fd);
	return 0;
}

/* ---- run ---- */

static void cmd_compare_handle_signals(struct compare_session *session)
{
	struct signalfd_siginfo info;

	while (read(session->signal_fd, &info, sizeof(info)) == sizeof(info))
		if (info.ssi_signo != SIGCHLD)
			session->is_ended = true;
}

/* While the reader does not read: asked to end, we put audit back, whatever becomes of the output.
 */
static bool cmd_compare_may_wait(void *context, uint64_t progress_ns)
{
	struct compare_session *session = context;
	static uint64_t asked_ns;

	cmd_compare_handle_signals(session);
	if (!asked_ns && (session->is_ended || clock_monotonic_ns() >= session->end_ns))
		asked_ns = clock_monotonic_ns();
	if (!asked_ns || text_file_is_read(progress_ns, asked_ns))
		return true;
	log_line("some output was not written: the reader of %s does not read", session->file.name);
	return false;
}

/* What the streams had when they were read last. */
struct drained {
	int killsnoop, audit; /* records */
};

static int cmd_compare_most_ms(const struct compare_session *session, const struct drained *drained)
{
	if (drained->killsnoop >= SOURCE_DRAIN_MAX || drained->audit >= SOURCE_AUDIT_DRAIN_MAX)
		return 0;
	if (drained->killsnoop || !source_may_sleep(session->pipeline.source))
		return SOURCE_POLL_MS;
	return compare_session_has_unmatched(session) ? SETTLE_POLL_MS : 1000;
}

static int cmd_compare_wait_ms(const struct compare_session *session, int most_ms)
{
	uint64_t now = clock_monotonic_ns();
	uint64_t left_ms = now >= session->end_ns ? 0 : (session->end_ns - now) / NS_PER_MS + 1;

	return left_ms < (uint64_t)most_ms ? (int)left_ms : most_ms;
}

/* Looks at signals in any case: a sender that never stops must not keep us from ending. */
static void cmd_compare_wait_for_work(struct compare_session *session,
				      const struct drained *drained)
{
	int most = cmd_compare_most_ms(session, drained);
	bool may_sleep = most > SOURCE_POLL_MS;
	struct pollfd fds[] = {
		{ .fd = session->signal_fd, .events = POLLIN },
		{ .fd = source_audit_fd(session->source), .events = POLLIN },
		{ .fd = may_sleep ? source_fd(session->pipeline.source) : -1, .events = POLLIN },
		{ .fd = session->file.fd }, /* shows when the reader of a pipe has gone */
	};

	if (poll(fds, ARRAY_SIZE(fds), cmd_compare_wait_ms(session, most)) <= 0)
		return;
	if (fds[0].revents)
		cmd_compare_handle_signals(session);
	if (fds[3].revents & POLLERR)
		session->err = -EPIPE;
}

static bool cmd_compare_has_live_targets(const struct compare_session *session)
{
	return !session->watchlist.n || session->watchlist.left;
}

static void cmd_compare_run(struct compare_session *session)
{
	while (!session->is_ended && !session->err && clock_monotonic_ns() < session->end_ns &&
	       cmd_compare_has_live_targets(session)) {
		struct drained drained = {
			.killsnoop = compare_session_drain_killsnoop(session),
			.audit = compare_session_drain_audit(session),
		};

		compare_session_poll_audit_status(session);
		compare_session_flush(session);
		cmd_compare_wait_for_work(session, &drained);
	}
}

/* ---- end ---- */

static uint64_t cmd_compare_since(uint64_t before, uint64_t now)
{
	return before == CPU_TIME_UNKNOWN || now == CPU_TIME_UNKNOWN ? COMPARE_UNKNOWN
								     : now - before;
}

static void cmd_compare_measure_after(struct compare_session *session)
{
	struct compare_totals *totals = &session->totals;

	totals->duration_ns = session->host.end_ns - session->begin_ns;
	totals->kauditd_ns = cmd_compare_since(session->kauditd_ns, cpu_time_of(session->kauditd));
	totals->auditd_ns =
	    cmd_compare_since(session->auditd_ns, cpu_time_of(session->host.auditd_pid));
	totals->hooks_ns = loader_run_ns(session->pipeline.loader);
	if (session->stats_fd < 0 || !totals->hooks_ns)
		totals->hooks_ns = COMPARE_UNKNOWN;
}

/* Audit first: whatever happens to us then, it is restored. 0 or -errno. */
static int cmd_compare_end(struct compare_session *session)
{
	struct audit_settings settings;
	int err;

	session->host.end_ns = clock_monotonic_ns();
	compare_session_wait_for_calls(session);
	if (!audit_control_remove_rules(&session->control))
		compare_session_finish_audit(session);
	cmd_compare_measure_after(session);
	err = audit_control_restore(&session->control);
	compare_session_finish_killsnoop(session);
	if (!audit_control_read(&session->control, &settings))
		compare_session_note_losses(session, &settings);
	compare_finish(&session->compare);
	return err;
}

static int cmd_compare_finish(struct compare_session *session)
{
	int err = cmd_compare_end(session);

	compare_report_summary(&session->report, &session->compare, &session->totals);
	compare_session_flush(session);
	if (text_file_close(&session->file) || (session->err && session->err != -EPIPE) || err)
		return STATUS_ERROR;
	return compare_unexplained(&session->compare) ? STATUS_ERROR : STATUS_DONE;
}

/* ---- the command ---- */

/* 0, or the exit status. */
static int cmd_compare_open_session(struct compare_session *session)
{
	struct audit_settings settings;
	bool enables_audit;
	int status;

	if (audit_control_read(&session->control, &settings) ||
	    !cmd_compare_check_host(&settings) ||
	    audit_control_find_rules(&session->control, &session->host.others))
		return STATUS_ERROR;
	enables_audit = cmd_compare_is_first_enabling(&settings);
	status = cmd_compare_ask(&session->options,
				 cmd_compare_choose_question(&settings, enables_audit));
	if (status)
		return status;
	session->host.open_ns = clock_boottime_ns();
	if (cmd_compare_open_streams(session))
		return STATUS_ERROR;
	cmd_compare_measure_before(session, &settings);
	return cmd_compare_begin(session, enables_audit) ? STATUS_ERROR : 0;
}

static int cmd_compare_run_session(struct compare_session *session)
{
	int status =
	    compare_session_init(session) ? STATUS_ERROR : cmd_compare_open_session(session);

	if (!status) {
		cmd_compare_run(session);
		return cmd_compare_finish(session);
	}
	audit_control_restore(&session->control);
	return status;
}

int cmd_compare(int argc, char **argv)
{
	static struct compare_session session = {
		.end_ns = UINT64_MAX,
		.signal_fd = -1,
		.stats_fd = -1,
	};
	int status;

	switch (options_parse(&session.options, SUBCOMMAND_COMPARE, argc, argv)) {
	case OPTIONS_DONE: return stdio_flush() ? STATUS_ERROR : STATUS_DONE;
	case OPTIONS_ERROR: return STATUS_USAGE;
	case OPTIONS_GO: break;
	}
	if (!cmd_compare_check_options(&session.options))
		return STATUS_USAGE;
	if (audit_control_open(&session.control))
		status = STATUS_ERROR;
	else
		status = session.options.repair ? STATUS_DONE : cmd_compare_run_session(&session);
	compare_session_clear(&session);
	return status;
}
