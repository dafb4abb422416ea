// SPDX-License-Identifier: GPL-2.0-only
/* Signals to a trace, and when it ends. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "cmd/trace.h"
#include "lib/log.h"
#include "lib/clock.h"
#include "lib/signals.h"
#include "lib/signame.h"

enum { AGAIN_MIN_MS = 500 }; /* between two signals that are not the same */

/* The file may be moved and opened again, whatever SIGHUP means otherwise. */
int trace_open_signals(struct trace *trace)
{
	trace->had_terminal = signals_have_terminal();
	trace->signal_fd = signals_open(trace->options.output.path != NULL, true);
	return trace->signal_fd < 0 ? log_error(trace->signal_fd, "take signals") : 0;
}

static bool trace_has_command_ended(const struct trace *trace)
{
	return trace->child.pid && watchlist_has_ended(&trace->watchlist, 0);
}

/* timeout(1) sends its signal to us and to our group: that is once. */
static void trace_end(struct trace *trace)
{
	uint64_t now = clock_monotonic_ns();

	if (!trace->asked_ns)
		trace->asked_ns = now;
	else if (now > trace->asked_ns + AGAIN_MIN_MS * 1000000ull)
		trace->is_impatient = true;
}

static void trace_pass_on(struct trace *trace, int number)
{
	char name[SIGNAME_MAX];

	trace->is_passed_on = true;
	if (!kill(trace->child.pid, number))
		return;
	log_line("cannot pass %s on to the command, process %d: %s; it runs on",
		 signame_get(number, name), trace->child.pid, strerror(errno));
	trace_end(trace);
}

/* Not if it says that the terminal has gone, as the kernel and shells do. */
static bool trace_is_for_file(const struct trace *trace, const struct signalfd_siginfo *info)
{
	return info->ssi_signo == SIGHUP && trace->options.output.path && info->ssi_code <= 0 &&
	       (!trace->had_terminal || signals_have_terminal());
}

/* With a command, the terminal's ^C is for that; SIGTERM and SIGHUP are passed on to it. */
static void trace_handle_signal(struct trace *trace, const struct signalfd_siginfo *info)
{
	if (info->ssi_signo == SIGCHLD)
		return;
	if (info->ssi_signo == SIGWINCH) {
		trace->is_resizing = true;
		return;
	}
	if (trace_is_for_file(trace, info))
		trace->is_reopening = true;
	else if (!trace->child.pid || trace_has_command_ended(trace))
		trace_end(trace);
	else if (info->ssi_signo != SIGINT)
		trace_pass_on(trace, info->ssi_signo);
}

void trace_handle_signals(struct trace *trace)
{
	struct signalfd_siginfo info;

	while (read(trace->signal_fd, &info, sizeof(info)) == sizeof(info))
		trace_handle_signal(trace, &info);
}

void trace_notice_end(struct trace *trace)
{
	bool is_time = clock_monotonic_ns() >= trace->end_ns ||
		       (trace->is_passed_on && trace_has_command_ended(trace));

	if (is_time && !trace->asked_ns)
		trace->asked_ns = clock_monotonic_ns();
}

/*
 * Whether to go on writing although the reader does not read: as long as it likes, but once we are
 * asked to end, it must read something every now and then.
 */
bool trace_may_wait(void *context, uint64_t progress_ns)
{
	struct trace *trace = context;

	trace_handle_signals(trace);
	trace_notice_end(trace);
	if (!trace->asked_ns)
		return true;
	return !trace->is_impatient && text_file_is_read(progress_ns, trace->asked_ns);
}
