/* SPDX-License-Identifier: GPL-2.0-only */
/* A running trace: what its files share. */
#ifndef KS_TRACE_H
#define KS_TRACE_H

#include <stdbool.h>
#include <stdint.h>

#include "cmd/child.h"
#include "cmd/options.h"
#include "cmd/watchlist.h"
#include "output/output.h"
#include "stream/pipeline.h"

struct trace {
	struct options options;
	struct pipeline pipeline;
	struct outputs outputs;
	struct watchlist watchlist;
	struct child child;
	int signal_fd;
	uint64_t end_ns;   /* as of clock_monotonic_ns(); UINT64_MAX: open */
	uint64_t asked_ns; /* when it was asked to end; 0: not yet */
	bool had_terminal;
	bool is_passed_on; /* the command was asked to end */
	bool is_impatient; /* it was asked to end twice */
	bool is_reopening; /* the file, as soon as no text is left */
	bool is_resizing;  /* likewise: the terminal has another size */
	bool is_uncounted; /* what is not written are some more */
};

/*
 * Attaches the hooks and opens the output, then runs the command, if there is one. 0, or the exit
 * status, reported on stderr. 0, too, if the output has no reader any more: see outputs_err().
 */
int trace_open(struct trace *trace);

/* What the stream calls: with events that are to be shown, and the end of a watched process. */
void trace_on_events(void *context, struct event **events, size_t n);
void trace_on_end(void *context, const struct event *exit);

/* Writes what there is; an error ends the trace. */
void trace_flush(struct trace *trace);

/* ---- signals to us, and time ---- */

/* 0 or -errno reported on stderr. */
int trace_open_signals(struct trace *trace);

/* Handles the signals that have come. */
void trace_handle_signals(struct trace *trace);

/* Sets `asked_ns` once time is up, or a command that was asked to end has. */
void trace_notice_end(struct trace *trace);

/* See text_file_may_wait. */
bool trace_may_wait(void *context, uint64_t progress_ns);

#endif
