// SPDX-License-Identifier: GPL-2.0-only
/* What a trace needs before its first event. */
#include <errno.h>
#include <linux/capability.h>
#include <malloc.h>
#include <stdio.h>
#include <sys/stat.h>

#include "cmd/absent.h"
#include "cmd/cmd.h"
#include "cmd/trace.h"
#include "enrich/containers.h"
#include "enrich/pidfiles.h"
#include "enrich/users.h"
#include "lib/log.h"
#include "lib/clock.h"
#include "lib/privileges.h"
#include "lib/procfs.h"
#include "lib/stdio.h"

static int trace_open_targets(struct trace *trace)
{
	int err = watchlist_add_all(&trace->watchlist, &trace->options.filter.target_pids);

	if (!err && trace->options.command)
		err = child_fork(&trace->child, trace->options.command);
	if (!err && trace->child.pid)
		err = watchlist_add(&trace->watchlist, trace->child.pid);
	return err;
}

/* A target that ended before the hooks were attached has left nothing but its pidfd. */
static void trace_drop_exited_targets(struct trace *trace)
{
	for (size_t i = 0; i < trace->watchlist.n; i++) {
		if (trace->watchlist.items[i].ended || !watchlist_has_ended(&trace->watchlist, i) ||
		    loader_unwatch(trace->pipeline.loader, trace->watchlist.items[i].pid))
			continue;
		log_line("process %u ended before it could be watched",
			 trace->watchlist.items[i].pid);
		watchlist_drop(&trace->watchlist, i);
	}
}

static int trace_watch_child(void *context, int dir, uint32_t pid)
{
	(void)dir;
	loader_watch(context, pid, KS_WATCH_RELAY);
	return 0;
}

/*
 * Who started a target may pass signals on to it, as timeout(1) and the init of a container do. A
 * wrapper ends when its child does.
 */
static void trace_watch_relays(struct trace *trace)
{
	enum { GENERATIONS_MAX = 16 };

	if (procfs_try() == -ESRCH)
		return;
	for (size_t i = 0; i < trace->watchlist.n; i++) {
		uint32_t pid = trace->watchlist.items[i].pid;

		for (int n = 0; n < GENERATIONS_MAX && (pid = procfs_parent(pid)); n++)
			loader_watch(trace->pipeline.loader, pid, KS_WATCH_RELAY);
		procfs_visit_children(trace->watchlist.items[i].pid, trace_watch_child,
				      trace->pipeline.loader);
	}
}

static int trace_open_bpf_side(struct trace *trace)
{
	struct loader_config config = options_loader_config(&trace->options);
	const char *saved = trace->options.recording;
	int err = saved ? pipeline_save_records(&trace->pipeline, saved) : 0;

	err = err ? err : pipeline_open(&trace->pipeline, &config);
	if (err)
		return err;
	if (trace->child.pid)
		loader_watch(trace->pipeline.loader, trace->child.pid, KS_WATCH_TARGET);
	trace_watch_relays(trace);
	trace_drop_exited_targets(trace);
	return 0;
}

/* Output in the middle of the records would hide those behind it. */
static bool trace_is_saved_to(const struct trace *trace, int fd)
{
	FILE *saved = trace->pipeline.saved.file;
	struct stat a, b;

	return saved && !fstat(fileno(saved), &a) && !fstat(fd, &b) && a.st_dev == b.st_dev &&
	       a.st_ino == b.st_ino;
}

static int trace_open_output(struct trace *trace)
{
	struct output_config *config = &trace->options.output;
	int err;

	config->text.clock = &trace->pipeline.stream.clock;
	config->may_wait = trace_may_wait;
	config->context = trace;
	err = outputs_open(&trace->outputs, &output_text, config);
	if (err || !trace_is_saved_to(trace, trace->outputs.items[0].poll.fd))
		return err;
	log_line("--write and --save-records name the same file: choose another one");
	return -EINVAL;
}

/* 0, or the exit status. */
static int trace_run_command(struct trace *trace)
{
	int status =
	    trace->child.pid ? child_go(&trace->child, trace->options.command) : STATUS_DONE;

	if (status)
		return status;
	trace_flush(trace);
	if (outputs_err(&trace->outputs))
		return outputs_err(&trace->outputs) == -EPIPE ? STATUS_DONE : STATUS_ERROR;
	return 0;
}

static void trace_begin(struct trace *trace)
{
	if (trace->options.duration_ns)
		trace->end_ns = clock_monotonic_ns() + trace->options.duration_ns;
	stdio_signal_ready(trace->options.ready_fd);
}

static int trace_refuse_output(const struct trace *trace, int err)
{
	if (err != -ECANCELED)
		return STATUS_ERROR;
	if (!trace->child.pid)
		return STATUS_DONE;
	log_line("%s has no reader: the command was not run", trace->options.output.path);
	return STATUS_ERROR;
}

static int trace_init_stream(struct trace *trace)
{
	const struct stream_config config = {
		.filter = &trace->options.filter,
		.finds_causes = trace->watchlist.n || filter_names_targets(&trace->options.filter),
		.wants_names = true,
		.sums_repeats = !trace->options.each,
		.finds_blasts = true,
		.count = trace->options.count,
		.handle = trace_on_events,
		.end = trace_on_end,
		.context = trace,
	};

	return pipeline_init(&trace->pipeline, &config);
}

int trace_open(struct trace *trace)
{
	int err, status;

	/* The command first, with the signals as they were. */
	if (trace_open_targets(trace) || trace_init_stream(trace) || trace_open_signals(trace) ||
	    trace_open_bpf_side(trace))
		return STATUS_ERROR;
	err = trace_open_output(trace);
	if (err)
		return trace_refuse_output(trace, err);
	if (!trace->child.pid) /* while it may see the executables of all */
		absent_report(&trace->options.filter);
	privileges_drop(trace->child.pid ? CAP_KILL : PRIVILEGES_KEEP_NOTHING);
	users_start();
	containers_start("");
	pidfiles_start("");
	malloc_trim(0);
	status = trace_run_command(trace);
	if (!status && !outputs_err(&trace->outputs))
		trace_begin(trace);
	return status;
}
