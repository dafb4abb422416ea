/* SPDX-License-Identifier: GPL-2.0-only */
/* A running compare: both streams, and what is made of them. */
#ifndef KS_COMPARE_SESSION_H
#define KS_COMPARE_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "audit/control.h"
#include "compare/compare.h"
#include "compare/report.h"
#include "format/format.h"
#include "cmd/options.h"
#include "stream/pipeline.h"
#include "output/text_file.h"
#include "source/audit.h"
#include "cmd/watchlist.h"

/* Our event, formatted: where its records are in the text of all. */
struct formatted {
	size_t from, bytes;
	struct compare_facts facts;
};

struct compare_session {
	struct options options;
	struct pipeline pipeline;
	struct format_config format;
	struct formatter formatter;
	struct strbuf text; /* of what is formatted, but not compared yet */
	struct formatted *formatted;
	size_t n_formatted, room;

	struct audit_control control;
	struct audit_rules rules;
	struct source_audit *source;
	unsigned int added, removed; /* rules, as audit's records say */

	struct compare_host host;
	struct stalls stalls;
	bool sees_checks; /* see loader_sees_checks() */
	struct compare compare;
	struct compare_report report;
	struct compare_totals totals;
	struct strbuf without_labels; /* an event of audit, for lack of labels of our own */
	struct strbuf out;
	struct text_file file;
	struct watchlist watchlist;
	int signal_fd, stats_fd;
	uint64_t begin_ns, end_ns, polled_ns; /* CLOCK_MONOTONIC */
	uint32_t lost_before;		      /* by audit */
	uint64_t kauditd_ns, auditd_ns;	      /* at the beginning */
	pid_t kauditd;
	bool is_ended;
	bool is_past_end; /* our stream has come to where nothing has to be compared */
	bool is_cut;	  /* the window ends before what of audit's stream is not read */
	int err;	  /* of the file */
};

/* Prepares what needs no kernel; `options` are set. 0 or -errno. */
int compare_session_init(struct compare_session *session);

/* Opens audit's stream. 0, or -errno reported on stderr. */
int compare_session_open_audit(struct compare_session *session);

/* Handle what has come on one side. Return how many records there were. */
int compare_session_drain_killsnoop(struct compare_session *session);
int compare_session_drain_audit(struct compare_session *session);

/* While something waits: what was lost meanwhile, and whether audit has nothing more to say. */
void compare_session_poll_audit_status(struct compare_session *session);
bool compare_session_has_unmatched(const struct compare_session *session);

/* What has been lost until now, given audit's counter. */
void compare_session_note_losses(struct compare_session *session, const struct audit_settings *now);

/* Writes what there is to say; an error is kept, and ends the session. */
void compare_session_flush(struct compare_session *session);

/*
 * Reads both streams until audit has a record of each rule that we added; false if it has
 * not in time.
 */
bool compare_session_wait_added(struct compare_session *session);

/* Waits until every call is over that is under way now, but for one that has to wait. */
void compare_session_wait_for_calls(const struct compare_session *session);

/*
 * The rules have been removed: reads the rest of audit's stream. If that takes too long, the window
 * ends earlier than at `host.end_ns`, which is changed and reported on stderr.
 */
void compare_session_finish_audit(struct compare_session *session);

/* Detaches our hooks and reads the rest of our stream. */
void compare_session_finish_killsnoop(struct compare_session *session);

/* Frees all but audit's settings, which are to be restored before. */
void compare_session_clear(struct compare_session *session);

#endif
