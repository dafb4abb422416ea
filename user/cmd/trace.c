// SPDX-License-Identifier: GPL-2.0-only
/* The live trace: stream -> format -> output, until something ends it. */
#include <errno.h>
#include <linux/capability.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "cmd/absent.h"
#include "cmd/cmd.h"
#include "cmd/command.h"
#include "format/format.h"
#include "lib/log.h"
#include "event/names.h"
#include "cmd/opts.h"
#include "output/output.h"
#include "stream/pipeline.h"
#include "lib/runtime.h"
#include "lib/signame.h"
#include "cmd/targets.h"
#include "enrich/users.h"

enum {
	WAIT_MAX_MS = 1000, /* what should have woken us is noticed then */
	AGAIN_MIN_MS = 500, /* between two signals that are not the same */
	COUNT_MAX_MS = 200, /* at the end: for what is not going to be written */
};

struct trace {
	struct options options;
	struct pipeline pipeline;
	struct format_context format;
	struct output output;
	struct targets targets;
	struct command command;
	int signal_fd;
	uint64_t end_ns;   /* as of runtime_now_ns(); UINT64_MAX: open */
	uint64_t asked_ns; /* when it was asked to end; 0: not yet */
	bool had_terminal;
	bool is_passed_on; /* the command was asked to end */
	bool is_impatient; /* it was asked to end twice */
	bool is_reopening; /* the file, as soon as no text is left */
	bool is_resizing;  /* likewise: the terminal has another size */
	bool is_uncounted; /* what is not written are some more */
};

/* ---- events ---- */

static void flush(struct trace *trace)
{
	output_flush(&trace->output);
	if (trace->output.err)
		trace->pipeline.stream.is_ended = true;
}

static void on_events(void *context, struct event **events, size_t n)
{
	struct trace *trace = context;
	struct stream *stream = &trace->pipeline.stream;

	if (!trace->output.is_cut)
		trace->options.format->events(&trace->format, events, n);
	output_add(&trace->output, events[0]->type == EVENT_SIGNAL ? n : 0);
	if (trace->output.err || (stream_is_full(stream) && !trace->command.pid))
		stream->is_ended = true;
}

static void on_end(void *context, const struct event *exit)
{
	struct trace *trace = context;

	targets_end(&trace->targets, exit);
}

/* ---- open ---- */

/* Whether the table is to fit the terminal that it goes to. */
static bool is_for_terminal(const struct options *options)
{
	return options->format == &format_table && !options->wide && !options->file &&
	       isatty(STDOUT_FILENO);
}

/* Returns whether it is another one than before. */
static bool measure_terminal(struct trace *trace)
{
	struct format_context *format = &trace->format;
	struct winsize size;
	int columns = format->terminal.columns;

	if (!is_for_terminal(&trace->options) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size))
		return false;
	format->terminal.columns = size.ws_col;
	format->terminal.rows = size.ws_row;
	return format->terminal.columns != columns;
}

static int open_format(struct trace *trace)
{
	const struct options *options = &trace->options;
	const char *bad;
	size_t bad_bytes;

	trace->format.fields.clock = &trace->pipeline.stream.clock;
	trace->format.fields.utc = options->utc;
	trace->format.out = &trace->output.text;
	trace->format.n_columns =
	    fields_parse_columns(options->columns, trace->format.columns, &bad, &bad_bytes);
	trace->format.audit_enriched = options->audit_enriched;
	trace->format.audit_kinds = options->audit_kinds;
	trace->format.color =
	    options->color == COLOR_ALWAYS || (options->color == COLOR_AUTO && !options->file &&
					       isatty(STDOUT_FILENO) && !getenv("NO_COLOR"));
	measure_terminal(trace);
	return options->format->begin ? options->format->begin(&trace->format) : 0;
}

static int open_targets(struct trace *trace)
{
	const struct number_list *pids = &trace->options.filter.target_pids;
	int err = 0;

	for (size_t i = 0; i < pids->n && !err; i++)
		err = targets_add(&trace->targets, pids->items[i]);
	if (!err && trace->options.command)
		err = command_fork(&trace->command, trace->options.command);
	if (!err && trace->command.pid)
		err = targets_add(&trace->targets, trace->command.pid);
	return err;
}

/* A target that ended before the hooks were attached has left nothing but its pidfd. */
static void forget_ended(struct trace *trace)
{
	for (size_t i = 0; i < trace->targets.n; i++) {
		if (trace->targets.items[i].ended || !targets_has_ended(&trace->targets, i) ||
		    loader_unwatch(trace->pipeline.loader, trace->targets.items[i].pid))
			continue;
		log_line("process %u ended before it could be watched",
			 trace->targets.items[i].pid);
		trace->targets.items[i].ended = true;
		trace->targets.left--;
	}
}

/* The file may be moved and opened again, whatever SIGHUP means otherwise. */
static int open_signals(struct trace *trace)
{
	trace->had_terminal = runtime_has_terminal();
	trace->signal_fd = runtime_open_signals(trace->options.file != NULL, true);
	return trace->signal_fd < 0 ? trace->signal_fd : 0;
}

static int open_kernel_side(struct trace *trace)
{
	struct loader_config config = opts_loader_config(&trace->options);
	int err = pipeline_open(&trace->pipeline, &config);

	if (err)
		return err;
	if (trace->command.pid)
		loader_watch(trace->pipeline.loader, trace->command.pid);
	forget_ended(trace);
	return 0;
}

static bool may_wait(void *context);

static int open_output(struct trace *trace)
{
	trace->output.sink.may_wait = may_wait;
	trace->output.sink.context = trace;
	return sink_open(&trace->output.sink, trace->options.file);
}

static int init_stream(struct trace *trace)
{
	const struct stream_config config = {
		.filter = &trace->options.filter,
		.finds_causes = trace->targets.n,
		.wants_names = true,
		.count = trace->options.count,
		.handle = on_events,
		.end = on_end,
		.context = trace,
	};

	return pipeline_init(&trace->pipeline, &config);
}

/* 0, or the exit status. */
static int open_trace(struct trace *trace)
{
	int status;

	/* The command first, with the signals as they were. */
	if (open_targets(trace) || init_stream(trace) || open_signals(trace) ||
	    open_kernel_side(trace))
		return STATUS_ERROR;
	trace->output.err = open_output(trace);
	if (trace->output.err == -ECANCELED) {
		if (!trace->command.pid)
			return STATUS_DONE;
		log_line("%s has no reader: the command was not run", trace->options.file);
		return STATUS_ERROR;
	}
	if (trace->output.err || open_format(trace))
		return STATUS_ERROR;
	runtime_drop_privileges(trace->command.pid ? CAP_KILL : RUNTIME_KEEP_NOTHING);
	users_start();
	malloc_trim(0);
	status = trace->command.pid ? command_go(&trace->command, trace->options.command) : 0;
	if (status)
		return status;
	flush(trace);
	if (trace->output.err)
		return trace->output.err == -EPIPE ? STATUS_DONE : STATUS_ERROR;
	if (trace->options.duration_ns)
		trace->end_ns = runtime_now_ns() + trace->options.duration_ns;
	if (!trace->command.pid)
		absent_report(&trace->options.filter);
	runtime_tell_ready(trace->options.ready_fd);
	return 0;
}

/* ---- signals to us ---- */

static bool has_command_ended(const struct trace *trace)
{
	return trace->command.pid && targets_has_ended(&trace->targets, 0);
}

/* timeout(1) sends its signal to us and to our group: that is once. */
static void end(struct trace *trace)
{
	uint64_t now = runtime_now_ns();

	if (!trace->asked_ns)
		trace->asked_ns = now;
	else if (now > trace->asked_ns + AGAIN_MIN_MS * 1000000ull)
		trace->is_impatient = true;
}

static void pass_on(struct trace *trace, int number)
{
	char name[SIGNAME_MAX];

	trace->is_passed_on = true;
	if (!kill(trace->command.pid, number))
		return;
	log_line("cannot pass %s on to the command, process %d: %s; it runs on",
		 signame_get(number, name), trace->command.pid, strerror(errno));
	end(trace);
}

/* Not if it says that the terminal has gone, as the kernel and shells do. */
static bool is_for_file(const struct trace *trace, const struct signalfd_siginfo *info)
{
	return info->ssi_signo == SIGHUP && trace->options.file && info->ssi_code <= 0 &&
	       (!trace->had_terminal || runtime_has_terminal());
}

/* With a command, the terminal's ^C is for that; SIGTERM and SIGHUP are passed on to it. */
static void take_signal(struct trace *trace, const struct signalfd_siginfo *info)
{
	if (info->ssi_signo == SIGCHLD)
		return;
	if (info->ssi_signo == SIGWINCH) {
		trace->is_resizing = true;
		return;
	}
	if (is_for_file(trace, info))
		trace->is_reopening = true;
	else if (!trace->command.pid || has_command_ended(trace))
		end(trace);
	else if (info->ssi_signo != SIGINT)
		pass_on(trace, info->ssi_signo);
}

static void take_signals(struct trace *trace)
{
	struct signalfd_siginfo info;

	while (read(trace->signal_fd, &info, sizeof(info)) == sizeof(info))
		take_signal(trace, &info);
}

static void notice_end(struct trace *trace)
{
	bool is_time =
	    runtime_now_ns() >= trace->end_ns || (trace->is_passed_on && has_command_ended(trace));

	if (is_time && !trace->asked_ns)
		trace->asked_ns = runtime_now_ns();
}

/*
 * Whether to go on writing although the reader does not read: as long as it likes, but once we are
 * asked to end, it must read something every now and then.
 */
static bool may_wait(void *context)
{
	struct trace *trace = context;

	take_signals(trace);
	notice_end(trace);
	if (!trace->asked_ns)
		return true;
	return !trace->is_impatient && sink_is_read(&trace->output.sink, trace->asked_ns);
}

/* ---- run ---- */

/* `drained` records were handled just now. */
static int wait_ms(const struct trace *trace, int drained, bool may_sleep)
{
	uint64_t now = runtime_now_ns();
	uint64_t left_ms = now >= trace->end_ns ? 0 : (trace->end_ns - now) / 1000000 + 1;
	int most_ms = WAIT_MAX_MS;

	if (drained >= SOURCE_DRAIN_MAX)
		most_ms = 0;
	else if (!may_sleep)
		most_ms = SOURCE_POLL_MS;
	else if (trace->pipeline.stream.decoder.calls.pending)
		most_ms = SOURCE_POLL_MS * 10; /* a lost return is noticed by time alone */
	return left_ms < (uint64_t)most_ms ? (int)left_ms : most_ms;
}

static void wait_for_work(struct trace *trace, int drained)
{
	bool may_sleep = !drained && source_may_sleep(trace->pipeline.source);
	struct pollfd fds[3 + FILTER_LIST_MAX + 1] = {
		{ .fd = trace->signal_fd, .events = POLLIN },
		{ .fd = may_sleep ? source_fd(trace->pipeline.source) : -1, .events = POLLIN },
		{ .fd = trace->output.sink.fd }, /* shows when the reader of a pipe has gone */
	};
	size_t n = 3;

	for (size_t i = 0; may_sleep && i < trace->targets.n; i++)
		if (!trace->targets.items[i].ended)
			fds[n++] =
			    (struct pollfd){ .fd = trace->targets.items[i].fd, .events = POLLIN };
	if (poll(fds, n, wait_ms(trace, drained, may_sleep)) <= 0)
		return;
	if (fds[0].revents)
		take_signals(trace);
	if (fds[2].revents & POLLERR)
		trace->output.err = -EPIPE;
}

/* A target whose end no record told, although the ring is empty: that record was lost. */
static void notice_ended(struct trace *trace)
{
	if (trace->pipeline.stream.decoder.calls.pending) /* behind these it may wait */
		return;
	for (size_t i = 0; i < trace->targets.n; i++) {
		if (trace->targets.items[i].ended || !targets_has_ended(&trace->targets, i) ||
		    source_drain(trace->pipeline.source))
			continue;
		if (trace->targets.items[i].ended)
			continue;
		log_line("process %u has exited; its exit record was lost (ring buffer full?)",
			 trace->targets.items[i].pid);
		trace->targets.items[i].ended = true;
		trace->targets.left--;
	}
}

static void reopen(struct trace *trace)
{
	trace->is_reopening = false;
	sink_reopen(&trace->output.sink);
}

static void resize(struct trace *trace)
{
	trace->is_resizing = false;
	if (measure_terminal(trace))
		trace->options.format->resize(&trace->format);
}

static void run(struct trace *trace)
{
	while (!trace->pipeline.stream.is_ended && !trace->output.err && !trace->asked_ns) {
		int drained = pipeline_drain(&trace->pipeline);

		if (!drained)
			notice_ended(trace);
		if (trace->is_resizing)
			resize(trace);
		flush(trace);
		if (trace->is_reopening)
			reopen(trace);
		if (trace->targets.n && !trace->targets.left)
			break;
		notice_end(trace);
		if (!trace->asked_ns)
			wait_for_work(trace, drained);
	}
}

/* ---- close ---- */

/* What nothing reads is counted, as far as that takes little time. */
static bool may_count(struct trace *trace, uint64_t *end_ns)
{
	if (!trace->output.is_cut)
		return true;
	if (!*end_ns)
		*end_ns = runtime_now_ns() + COUNT_MAX_MS * 1000000ull;
	trace->is_uncounted = runtime_now_ns() >= *end_ns;
	return !trace->is_uncounted;
}

/* What was sent before the end belongs to the answer, however slow our reader is. */
static void drain_rest(struct trace *trace)
{
	struct stream *stream = &trace->pipeline.stream;
	uint64_t count_end_ns = 0;

	pipeline_detach(&trace->pipeline);
	stream->is_ended = trace->output.err || stream_is_full(stream);
	while (!stream->is_ended && may_count(trace, &count_end_ns) &&
	       pipeline_drain(&trace->pipeline))
		flush(trace);
	pipeline_finish(&trace->pipeline);
	notice_ended(trace);
	flush(trace);
}

static void print_losses(const struct stream *stream)
{
	for (unsigned int cause = 0; cause < LOSS_MAX; cause++) {
		const struct loss_words *words = loss_words(cause);
		uint64_t n = stream->losses[cause];

		if (n && cause != KS_LOST_EVENT)
			log_line("%llu %s lost (%s)", (unsigned long long)n,
				 n == 1 ? words->one : words->many, words->name);
	}
}

static void print_unwritten(const struct trace *trace)
{
	uint64_t n = trace->output.unwritten;

	if (trace->output.is_cut)
		log_line("%s%llu event%s not written: the reader of %s does not read",
			 trace->is_uncounted ? "more than " : "", (unsigned long long)n,
			 n == 1 ? " was" : "s were", trace->output.sink.name);
}

static void print_summary(const struct trace *trace)
{
	const struct stream *stream = &trace->pipeline.stream;
	uint64_t n = stream->signals - trace->output.unwritten;

	print_losses(stream);
	print_unwritten(trace);
	log_line("%llu event%s, %llu lost", (unsigned long long)n, n == 1 ? "" : "s",
		 (unsigned long long)stream->lost);
}

static int status_of(struct trace *trace)
{
	int status =
	    trace->command.pid ? command_wait(&trace->command, !trace->targets.left) : -EAGAIN;

	if (trace->output.err == -EPIPE && trace->options.file)
		log_line("the reader of %s has gone: later events were not written",
			 trace->options.file);
	if (trace->output.err && (trace->output.err != -EPIPE || trace->options.file))
		return STATUS_ERROR;
	if (status >= 0)
		return status;
	return trace->pipeline.stream.is_incomplete || trace->output.is_cut ? STATUS_LOST
									    : STATUS_DONE;
}

static void close_trace(struct trace *trace)
{
	if (trace->options.format->end)
		trace->options.format->end(&trace->format);
	pipeline_close(&trace->pipeline);
	targets_clear(&trace->targets);
	users_forget();
	close(trace->signal_fd);
}

int cmd_trace(int argc, char **argv)
{
	static struct trace trace = { .end_ns = UINT64_MAX, .signal_fd = -1 };
	int status;

	switch (opts_parse(&trace.options, VERB_TRACE, argc, argv)) {
	case OPTS_DONE: return runtime_flush_stdout() ? STATUS_ERROR : STATUS_DONE;
	case OPTS_ERROR: return STATUS_USAGE;
	case OPTS_GO: break;
	}
	status = open_trace(&trace);
	if (!status && !trace.output.err) {
		run(&trace);
		drain_rest(&trace);
		status = status_of(&trace);
		if (output_close(&trace.output))
			status = STATUS_ERROR;
		if (!trace.output.err)
			print_summary(&trace);
	}
	close_trace(&trace);
	return status;
}
