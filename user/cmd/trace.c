// SPDX-License-Identifier: GPL-2.0-only
/* The live trace: stream -> format -> output, until something ends it. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/trace.h"
#include "enrich/containers.h"
#include "enrich/pidfiles.h"
#include "enrich/users.h"
#include "format/loss_text.h"
#include "lib/log.h"
#include "lib/clock.h"
#include "lib/stdio.h"

enum {
	WAIT_MAX_MS = 1000, /* what should have woken us is noticed then */
	COUNT_MAX_MS = 200, /* at the end: for what is not going to be written */
};

/* ---- events ---- */

void trace_flush(struct trace *trace)
{
	outputs_flush(&trace->outputs);
	if (outputs_err(&trace->outputs))
		trace->pipeline.stream.is_ended = true;
}

void trace_on_events(void *context, struct event **events, size_t n)
{
	struct trace *trace = context;
	struct stream *stream = &trace->pipeline.stream;

	outputs_events(&trace->outputs, events, n);
	if (outputs_err(&trace->outputs) || (stream_is_full(stream) && !trace->child.pid))
		stream->is_ended = true;
}

void trace_on_end(void *context, const struct event *exit)
{
	struct trace *trace = context;

	watchlist_end(&trace->watchlist, exit);
}

/* ---- run ---- */

static int trace_wait_ms(const struct trace *trace, bool may_sleep)
{
	uint64_t now = clock_monotonic_ns();
	uint64_t blast_ns = pipeline_next_end_ns(&trace->pipeline);
	uint64_t end_ns = blast_ns < trace->end_ns ? blast_ns : trace->end_ns;
	uint64_t left_ms = now >= end_ns ? 0 : (end_ns - now) / 1000000 + 1;
	int most_ms = WAIT_MAX_MS;

	if (!may_sleep)
		most_ms = source_wait_ms(trace->pipeline.source);
	else if (pipeline_waits(&trace->pipeline))
		most_ms = SOURCE_POLL_MS * 5;
	return left_ms < (uint64_t)most_ms ? (int)left_ms : most_ms;
}

/* What trace_wait_for_work() polls. */
enum { FD_SIGNALS, FD_RING, FD_OUTPUTS, FD_TARGETS = FD_OUTPUTS + OUTPUTS_MAX };
enum { FDS_MAX = FD_TARGETS + FILTER_LIST_MAX + 1 };

static size_t trace_fill_fds(const struct trace *trace, bool may_sleep, struct pollfd fds[FDS_MAX])
{
	size_t n = FD_TARGETS;

	fds[FD_SIGNALS] = (struct pollfd){ .fd = trace->signal_fd, .events = POLLIN };
	fds[FD_RING] = (struct pollfd){ .fd = may_sleep ? source_fd(trace->pipeline.source) : -1,
					.events = POLLIN };
	for (size_t i = 0; i < OUTPUTS_MAX; i++)
		fds[FD_OUTPUTS + i] = i < trace->outputs.n ? trace->outputs.items[i].poll
							   : (struct pollfd){ .fd = -1 };
	for (size_t i = 0; may_sleep && i < trace->watchlist.n; i++)
		if (!trace->watchlist.items[i].ended)
			fds[n++] =
			    (struct pollfd){ .fd = trace->watchlist.items[i].fd, .events = POLLIN };
	return n;
}

static void trace_wait_for_work(struct trace *trace, int drained)
{
	bool may_sleep = !drained && source_may_sleep(trace->pipeline.source);
	struct pollfd fds[FDS_MAX];
	size_t n = trace_fill_fds(trace, may_sleep, fds);

	if (poll(fds, n, trace_wait_ms(trace, may_sleep)) <= 0)
		return;
	if (fds[FD_SIGNALS].revents)
		trace_handle_signals(trace);
	for (size_t i = 0; i < trace->outputs.n; i++)
		output_ready(&trace->outputs.items[i], fds[FD_OUTPUTS + i].revents);
}

/* A target that ended without a record, although the ring is empty: that record was lost. */
static void trace_report_lost_exits(struct trace *trace)
{
	if (trace->pipeline.stream.decoder.correlator.pending) /* behind these it may wait */
		return;
	for (size_t i = 0; i < trace->watchlist.n; i++) {
		if (trace->watchlist.items[i].ended || !watchlist_has_ended(&trace->watchlist, i) ||
		    source_drain(trace->pipeline.source))
			continue;
		if (trace->watchlist.items[i].ended)
			continue;
		log_line("process %u has exited; its exit record was lost (ring buffer full?)",
			 trace->watchlist.items[i].pid);
		watchlist_drop(&trace->watchlist, i);
	}
}

/* Paths may have changed since the old file was begun. */
static void trace_reopen(struct trace *trace)
{
	outputs_reopen(&trace->outputs);
	pipeline_describe_again(&trace->pipeline);
	trace->is_reopening = false;
}

static void trace_run(struct trace *trace)
{
	while (!trace->pipeline.stream.is_ended && !outputs_err(&trace->outputs) &&
	       !trace->asked_ns) {
		int drained = pipeline_drain(&trace->pipeline);

		if (!drained)
			trace_report_lost_exits(trace);
		if (trace->is_resizing)
			outputs_resize(&trace->outputs);
		trace->is_resizing = false;
		trace_flush(trace);
		if (trace->is_reopening)
			trace_reopen(trace);
		if (trace->watchlist.n && !trace->watchlist.left)
			break;
		trace_notice_end(trace);
		if (!trace->asked_ns)
			trace_wait_for_work(trace, drained);
	}
}

/* ---- close ---- */

/* What nothing reads is counted, as far as that takes little time. */
static bool trace_may_count(struct trace *trace, uint64_t *end_ns)
{
	if (!outputs_cut(&trace->outputs))
		return true;
	if (!*end_ns)
		*end_ns = clock_monotonic_ns() + COUNT_MAX_MS * 1000000ull;
	trace->is_uncounted = clock_monotonic_ns() >= *end_ns;
	return !trace->is_uncounted;
}

/* What was sent before the end belongs to the answer, however slow our reader is. */
static void trace_drain_rest(struct trace *trace)
{
	struct stream *stream = &trace->pipeline.stream;
	uint64_t count_end_ns = 0;

	pipeline_detach(&trace->pipeline);
	stream->is_ended = outputs_err(&trace->outputs) || stream_is_full(stream);
	while (!stream->is_ended && trace_may_count(trace, &count_end_ns) &&
	       pipeline_drain(&trace->pipeline))
		trace_flush(trace);
	pipeline_finish(&trace->pipeline);
	trace_report_lost_exits(trace);
	trace_flush(trace);
}

static void trace_print_losses(const struct trace *trace)
{
	const struct stream *stream = &trace->pipeline.stream;
	struct strbuf text = { 0 };

	for (unsigned int cause = 0; cause < LOSS_MAX; cause++) {
		if (!stream->losses[cause].count)
			continue;
		strbuf_reset(&text);
		loss_text_add(&text, &stream->losses[cause], "", trace->options.output.text.utc);
		log_line("%s", strbuf_str(&text));
	}
	strbuf_free(&text);
}

static void trace_print_unwritten(const struct trace *trace, const struct output *output)
{
	uint64_t n = output->unwritten;

	log_line("%s%llu event%s not written: the reader of %s does not read",
		 trace->is_uncounted ? "more than " : "", (unsigned long long)n,
		 n == 1 ? " was" : "s were", output->name);
}

static void trace_print_summary(const struct trace *trace)
{
	const struct stream *stream = &trace->pipeline.stream;
	const struct output *cut = outputs_cut(&trace->outputs);
	uint64_t n = stream->signals - (cut ? cut->unwritten : 0);

	trace_print_losses(trace);
	if (cut)
		trace_print_unwritten(trace, cut);
	log_line("%llu event%s, %llu lost", (unsigned long long)n, n == 1 ? "" : "s",
		 (unsigned long long)stream->lost);
}

static int trace_status_of(struct trace *trace)
{
	int status = trace->child.pid ? child_wait(&trace->child, !trace->watchlist.left) : -EAGAIN;
	int err = outputs_err(&trace->outputs);

	if (err == -EPIPE && trace->options.output.path)
		log_line("the reader of %s has gone: later events were not written",
			 trace->options.output.path);
	if (err && (err != -EPIPE || trace->options.output.path))
		return STATUS_ERROR;
	if (status >= 0)
		return status;
	return trace->pipeline.stream.is_incomplete || outputs_cut(&trace->outputs) ? STATUS_LOST
										    : STATUS_DONE;
}

static int trace_close(struct trace *trace)
{
	int err;

	outputs_close(&trace->outputs);
	err = pipeline_close(&trace->pipeline);
	watchlist_clear(&trace->watchlist);
	users_forget();
	containers_forget();
	pidfiles_forget();
	close(trace->signal_fd);
	return err;
}

int cmd_trace(int argc, char **argv)
{
	static struct trace trace = { .end_ns = UINT64_MAX, .signal_fd = -1 };
	int status;

	switch (options_parse(&trace.options, SUBCOMMAND_TRACE, argc, argv)) {
	case OPTIONS_DONE: return stdio_flush() ? STATUS_ERROR : STATUS_DONE;
	case OPTIONS_ERROR: return STATUS_USAGE;
	case OPTIONS_GO: break;
	}
	status = trace_open(&trace);
	if (status)
		pipeline_discard_records(&trace.pipeline);
	if (!status && !outputs_err(&trace.outputs)) {
		trace_run(&trace);
		trace_drain_rest(&trace);
		status = trace_status_of(&trace);
		if (outputs_close(&trace.outputs))
			status = STATUS_ERROR;
		if (!outputs_err(&trace.outputs))
			trace_print_summary(&trace);
	}
	return trace_close(&trace) ? STATUS_ERROR : status;
}
