// SPDX-License-Identifier: GPL-2.0-only
#include "compare/explain.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "compare/targets.h"
#include "compare/view.h"
#include "event/event_names.h"

#define NS_PER_MS 1000000

static const struct {
	const char *name, *text;
} causes[CAUSE_MAX] = {
	[CAUSE_NONE] = { NULL, "unexplained" },
	[CAUSE_KERNEL] = { "kernel", "sent by the kernel itself" },
	[CAUSE_OLDER] = { "older", "the sender is older than audit's first enabling" },
	[CAUSE_NEVER_TASK] = { "never_task", "the sender was created under a never,task rule" },
	[CAUSE_X32] = { "x32", "no audit rule matches calls of x32 programs" },
	[CAUSE_AUDITD] = { "auditd", "audit does not watch its own daemon" },
	[CAUSE_EXCLUDE_RULE] = { "exclude_rule", "an exclude rule of this host drops records" },
	[CAUSE_LOST_BY_AUDIT] = { "lost_by_audit", "lost by audit" },
	[CAUSE_MUTED] = { "muted", "muted by default: see --all" },
	[CAUSE_COMPAT] = { "compat",
			   "what calls of 32-bit programs return is not seen without fexit" },
	[CAUSE_LOST_BY_KILLSNOOP] = { "lost_by_killsnoop", "lost by killsnoop" },
	[CAUSE_OUTSIDE] = { "outside", "while the audit rules were added or removed" },
	[CAUSE_FILTERED] = { "filtered", "audit cannot leave it out, but the filters do" },
	[CAUSE_TITLE] = { "title", "audit keeps the title that it read for an earlier record" },
	[CAUSE_MEMORY] = { "memory", "the arguments are not in memory; audit waits for them" },
	[CAUSE_CLOCK] = { "clock", "audit's clock was late, and killsnoop cannot read it here" },
	[CAUSE_INTERRUPTED] = { "interrupted", "the call was interrupted as it began" },
	[CAUSE_DYING] = { "dying", "the sender was killed after audit had read its title" },
	[CAUSE_SEARCHED] = { "searched",
			     "targets that are searched for after the call came or went" },
};

const char *compare_cause_name(enum compare_cause cause)
{
	return causes[cause].name;
}

const char *compare_cause_text(enum compare_cause cause)
{
	return causes[cause].text;
}

/* Before: a call that may have been entered before the rules; after: one that may have returned
 * then. */
static bool compare_explain_is_outside(const struct compare_host *host,
				       const struct compare_facts *facts)
{
	return facts->begin_ns < host->begin_ns || facts->begin_ns > host->end_ns ||
	       facts->end_ns > host->end_ns;
}

/* ---- 32-bit programs ---- */

static bool compare_explain_is_compat(const struct audit_key *key)
{
	return is_32_bit(key->arch) || key->nr & KS_X32_BIT;
}

bool compare_lacks_return(const struct compare_host *host, const struct compare_event *event)
{
	return !host->has_compat_returns && compare_explain_is_compat(&event->call.key);
}

/* ---- only killsnoop ---- */

/*
 * Why the sender has no audit context. Where there is a never,task rule, it cannot be known when
 * audit was first enabled.
 */
static enum compare_cause compare_explain_unaudited(const struct compare_host *host,
						    const struct compare_event *event)
{
	if (host->others.never_task)
		return CAUSE_NEVER_TASK;
	return !host->enabled_ns || event->facts.sender_start_ns < host->enabled_ns ? CAUSE_OLDER
										    : CAUSE_NONE;
}

enum compare_cause compare_explain_killsnoop(const struct compare_host *host,
					     const struct compare_event *event)
{
	if (compare_explain_is_outside(host, &event->facts))
		return CAUSE_OUTSIDE;
	if (!event->facts.is_audited)
		return compare_explain_unaudited(host, event);
	/* audit_filter_syscall() keeps the bit, and so finds no bit of that number in the mask. */
	if (event->call.key.nr & KS_X32_BIT)
		return CAUSE_X32;
	if (host->auditd_pid && event->call.key.pid == host->auditd_pid)
		return CAUSE_AUDITD;
	if (host->others.exclude)
		return CAUSE_EXCLUDE_RULE;
	return compare_lacks_return(host, event) ? CAUSE_COMPAT : CAUSE_NONE;
}

/* ---- the filters, as far as audit's records show ---- */

static bool compare_explain_match_number(const struct number_list *list, uint32_t number)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->items[i] == number)
			return true;
	return !list->n;
}

static bool compare_explain_match_comm(const struct text_list *list, const char *comm)
{
	for (size_t i = 0; i < list->n; i++)
		if (!fnmatch(list->items[i], comm, 0))
			return true;
	return !list->n;
}

static bool compare_explain_has_target_filter(const struct filter *filter)
{
	return filter->target_pids.n || filter->target_uids.n || filter_names_targets(filter) ||
	       filter->failed_only;
}

/* Whether a target must be shown; one that the records do not have need not be. */
static bool compare_explain_is_wanted_target(const struct filter *filter,
					     const struct target *target)
{
	return compare_explain_match_number(&filter->target_pids, target->pid) &&
	       compare_explain_match_number(&filter->target_uids, target->uid) &&
	       compare_explain_match_comm(&filter->target_comms, target->comm) &&
	       !filter->target_exes.n && !filter->target_units.n && !filter->failed_only;
}

static bool compare_explain_has_wanted_target(const struct filter *filter,
					      const struct compare_event *event,
					      const struct view *view)
{
	if (filter->failed_only && event->call.key.ret < 0 && !filter->target_pids.n &&
	    !filter->target_uids.n && !filter_names_targets(filter))
		return true;
	for (size_t i = 0; i < view->n; i++)
		if (compare_explain_is_wanted_target(filter, &view->targets[i]))
			return true;
	return !compare_explain_has_target_filter(filter);
}

static bool compare_explain_is_wanted_sender(const struct filter *filter, const struct view *view)
{
	return compare_explain_match_number(&filter->sender_pids, view->pid) &&
	       compare_explain_match_number(&filter->sender_uids, view->uid) &&
	       compare_explain_match_comm(&filter->sender_comms, view->comm) &&
	       !filter->sender_exes.n && !filter->sender_units.n && filter_has_user(filter);
}

/* As is_wanted_number() of bpf/filter.bpf.h decides. */
static bool compare_explain_is_wanted_signal(const struct filter *filter, int signal)
{
	if (!signal)
		return filter->wanted.zero;
	if (signal < 0 || signal > SIGNAME_MAX_SIG)
		return !filter->named.bits || filter->named.bits == UINT64_MAX;
	return filter->wanted.bits & signame_bit(signal);
}

/* As compare_explain_is_muted() of bpf/filter.bpf.h decides of what a call sent: real-time, to
 * one's own process.
 */
static bool compare_explain_is_muted(const struct filter *filter, int signal,
				     const struct view *view)
{
	enum { FIRST_REALTIME = 32 };

	return signal >= FIRST_REALTIME && !(filter->named.bits & signame_bit(signal)) &&
	       view->n == 1 && view->targets[0].pid == view->pid;
}

static enum compare_cause compare_explain_excluded_by(const struct filter *filter,
						      const struct compare_event *event,
						      const struct view *view)
{
	bool has_named = filter->spec.named.bits || filter->spec.named.zero;
	int signal = compare_signal_of(&event->call.key);

	if (!compare_explain_is_wanted_sender(filter, view) ||
	    !compare_explain_has_wanted_target(filter, event, view))
		return CAUSE_FILTERED;
	if (!compare_explain_is_wanted_signal(filter, signal))
		return has_named ? CAUSE_FILTERED : CAUSE_MUTED;
	return compare_explain_is_muted(filter, signal, view) ? CAUSE_MUTED : CAUSE_NONE;
}

/* ---- only audit ---- */

enum compare_cause compare_explain_audit(struct audit_text *parser, const struct filter *filter,
					 const struct compare_host *host,
					 const struct compare_event *event)
{
	const struct audit_key *key = &event->call.key;
	enum compare_cause cause;
	struct view view;

	compare_view_fill(&view, parser, event);
	cause = compare_explain_excluded_by(filter, event, &view);
	compare_view_clear(&view);
	if (cause)
		return cause;
	if (compare_lacks_return(host, event) && (key->ret < 0 || !compare_signal_of(key)))
		return CAUSE_COMPAT;
	return compare_explain_is_outside(host, &event->facts) ? CAUSE_OUTSIDE : CAUSE_NONE;
}

/* ---- records that one side has ---- */

/* The next line of a body, without its newline; NULL: none. */
static const char *compare_explain_next_line(const char **at, size_t *ret_bytes)
{
	const char *line = *at, *newline = strchr(line, '\n');

	if (!newline)
		return NULL;
	*ret_bytes = newline - line;
	*at = newline + 1;
	return line;
}

static bool compare_explain_is_target_line(const char *line)
{
	static const char type[] = "OBJ_PID:";

	return !strncmp(line, type, strlen(type));
}

/* Whether the first `bytes` of `line` are a line of the body. */
static bool compare_explain_has_line(const struct strbuf *body, const char *line, size_t bytes)
{
	const char *at = strbuf_str(body), *other;
	size_t other_bytes;

	while ((other = compare_explain_next_line(&at, &other_bytes)))
		if (other_bytes == bytes && !memcmp(other, line, bytes))
			return true;
	return false;
}

static bool compare_explain_has_all_lines(const struct strbuf *body, const struct strbuf *of)
{
	const char *at = strbuf_str(of), *line;
	size_t bytes;

	while ((line = compare_explain_next_line(&at, &bytes)))
		if (!compare_explain_has_line(body, line, bytes))
			return false;
	return true;
}

/*
 * The title of a thread is read once, for its first record under any rule: see proctitle.h. We know
 * of those since we began.
 */
static bool compare_explain_may_have_title(const struct compare_host *host,
					   const struct compare_event *ours)
{
	return host->others.exit || ours->facts.sender_start_ns < host->open_ns;
}

/* Audit's time is one of the call, though not of its begin as we saw it. */
static bool compare_explain_is_within(const struct compare_event *ours,
				      const struct compare_event *audit)
{
	return audit->call.time_ms >= ours->call.time_ms &&
	       audit->facts.begin_ns <= ours->facts.end_ns;
}

/*
 * Ours is an estimate then, a tick before the call: audit's clock was late by as much as a clock
 * can be, or was seen to stand still at that time.
 */
static bool compare_explain_is_clock_late(const struct compare_host *host,
					  const struct compare_event *ours,
					  const struct compare_event *audit)
{
	uint64_t most_ms = (compare_clock_lag_ns(host) - host->tick_ns) / NS_PER_MS + 1;

	if (host->has_clock || audit->call.time_ms >= ours->call.time_ms)
		return false;
	return ours->call.time_ms - audit->call.time_ms <= most_ms ||
	       stalls_has(host->stalls, audit->call.time_ms, ours->facts.begin_ns);
}

/* Its return was lost, which would have shown how long it lasted. */
static bool compare_explain_lost_return(const struct compare_host *host,
					const struct compare_event *ours,
					const struct compare_event *audit)
{
	return !ours->facts.end_ns && !compare_lacks_return(host, ours) &&
	       audit->call.time_ms >= ours->call.time_ms;
}

static enum compare_cause compare_explain_time(const struct compare_host *host,
					       const struct compare_event *ours,
					       const struct compare_event *audit)
{
	if (compare_explain_is_within(ours, audit))
		return CAUSE_INTERRUPTED;
	if (compare_explain_lost_return(host, ours, audit))
		return CAUSE_LOST_BY_KILLSNOOP;
	return compare_explain_is_clock_late(host, ours, audit) ? CAUSE_CLOCK : CAUSE_NONE;
}

/*
 * Audit reads the title before we see the call return, and a signal that kills the sender may come
 * in between: we take it for dying, and audit shows what it is called.
 */
static bool compare_explain_has_living_title(const struct compare_event *ours,
					     const struct compare_event *audit)
{
	struct strbuf line = { 0 };
	bool has;

	if (!ours->facts.living_title)
		return false;
	strbuf_addf(&line, "PROCTITLE: proctitle=%s", ours->facts.living_title);
	has = !line.err && compare_explain_has_line(&audit->body, strbuf_str(&line), line.len);
	strbuf_free(&line);
	return has;
}

static enum compare_cause compare_explain_title(const struct compare_host *host,
						const struct compare_event *ours,
						const struct compare_event *audit)
{
	if (compare_explain_has_living_title(ours, audit))
		return CAUSE_DYING;
	if (ours->facts.lacks_title)
		return CAUSE_MEMORY;
	return compare_explain_may_have_title(host, ours) ? CAUSE_TITLE : CAUSE_NONE;
}

enum compare_cause compare_explain_field(struct audit_text *parser, const struct compare_host *host,
					 const struct compare_event *ours,
					 const struct compare_event *audit, const char *name)
{
	if (!strcmp(name, "time"))
		return compare_explain_time(host, ours, audit);
	if (!strcmp(name, "PROCTITLE.proctitle"))
		return compare_explain_title(host, ours, audit);
	if (!strcmp(name, "SYSCALL.exe") && ours->facts.lacks_process)
		return CAUSE_LOST_BY_KILLSNOOP;
	if (!strncmp(name, "OBJ_PID", 7) && compare_is_searched(parser, host, ours, audit))
		return CAUSE_SEARCHED;
	return CAUSE_NONE;
}

bool compare_lacks_records(const struct compare_event *less, const struct compare_event *more)
{
	return less->body.len < more->body.len &&
	       compare_explain_has_all_lines(&more->body, &less->body);
}

bool compare_is_superset(struct audit_text *parser, const struct filter *filter,
			 const struct compare_event *ours, const struct compare_event *audit)
{
	const char *at = strbuf_str(&audit->body), *line;
	size_t bytes, target = 0;
	struct view view;
	bool is_superset;

	if (!compare_explain_has_target_filter(filter) || !compare_lacks_records(ours, audit))
		return false;
	compare_view_fill(&view, parser, audit);
	is_superset = true;
	while (is_superset && (line = compare_explain_next_line(&at, &bytes))) {
		bool is_target = compare_explain_is_target_line(line);

		if (!compare_explain_has_line(&ours->body, line, bytes))
			is_superset =
			    is_target && target < view.n &&
			    !compare_explain_is_wanted_target(filter, &view.targets[target]);
		target += is_target;
	}
	compare_view_clear(&view);
	return is_superset;
}
