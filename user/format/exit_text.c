// SPDX-License-Identifier: GPL-2.0-only
/* The sentence of an end: what happened, who brought it about, and how. */
#include "format/value_text.h"

#include <string.h>
#include <sys/wait.h>

#include "lib/escape.h"
#include "format/fields_internal.h"
#include "event/event_names.h"
#include "lib/signame.h"

static void format_target(struct formatter *formatter, const struct cause_target *target)
{
	escape_word(formatter->out, target->comm, comm_length(target->comm));
	strbuf_addf(formatter->out, "[%u]", target->ref.vpid);
}

static void format_task(struct formatter *formatter, const struct task *task)
{
	const struct cause_target target = cause_target_of(task);

	format_target(formatter, &target);
}

static void format_status(struct formatter *formatter, uint32_t code)
{
	char name[SIGNAME_MAX];

	if (WIFEXITED(code))
		strbuf_addf(formatter->out, " exited with status %d", WEXITSTATUS(code));
	else
		strbuf_addf(formatter->out, " was killed by %s%s",
			    signame_get(WTERMSIG(code), name),
			    WCOREDUMP(code) ? " (core dumped)" : "");
}

/* " (sh xdkill.sh 812)", as much of it as the getter gives. */
static void format_argv_of(struct formatter *formatter, const struct task *task, field_getter *get)
{
	struct value argv = { 0 };

	get(&formatter->fields, task, &argv);
	if (argv.kind == VALUE_NULL)
		return;
	strbuf_adds(formatter->out, " (");
	format_value(formatter, &argv);
	strbuf_addc(formatter->out, ')');
}

static void format_command(struct formatter *formatter, const struct task *task)
{
	format_argv_of(formatter, task, field_get_cmdline);
}

static void format_seconds(struct formatter *formatter, uint64_t ns)
{
	strbuf_addf(formatter->out, ns >= 100000000 ? "%.1f s" : "%.4f s", ns / 1e9);
}

/* " 0.200 ms before": `how` is what stands behind. */
static void format_span(struct formatter *formatter, uint64_t ns, const char *how)
{
	if (ns < 1000000000)
		strbuf_addf(formatter->out, " %.3f ms%s", ns / 1e6, how);
	else
		strbuf_addf(formatter->out, " %.1f s%s", ns / 1e9, how);
}

/* Of a time of 0, which is unknown, nothing. */
static void format_between(struct formatter *formatter, uint64_t from_ns, uint64_t to_ns,
			   const char *how)
{
	if (from_ns && to_ns)
		format_span(formatter, to_ns - from_ns, how);
}

static void format_chain(struct formatter *formatter, const struct task *task)
{
	struct value chain = { 0 };

	field_get_ancestors(&formatter->fields, task, &chain);
	if (!chain.n)
		return;
	strbuf_adds(formatter->out, ", started by ");
	format_value(formatter, &chain);
}

/* "while perl[123] (perl x.pl) ran in write, started by sh[120] < init[1]" */
static void format_context(struct formatter *formatter, const struct event_cause *cause,
			   const struct ks_pidref *ended)
{
	const struct task *running = &cause->context;
	bool is_itself = pidref_equal(&running->ids.process, ended);

	strbuf_adds(formatter->out, "while ");
	if (is_itself) {
		strbuf_adds(formatter->out, "it");
	} else {
		if (running->ids.vtid != running->ids.process.vpid)
			strbuf_addf(formatter->out, "thread %u of ", running->ids.vtid);
		format_task(formatter, running);
		format_command(formatter, running);
	}
	strbuf_adds(formatter->out, running->flags & KS_FLAG_EXITING ? " was ending" : " ran");
	if (running->syscall)
		strbuf_addf(formatter->out, " in %s", running->syscall);
	if (!is_itself)
		format_chain(formatter, running);
}

/* What is certain comes before who ran, which may have nothing to do with it. */
static void format_kernel(struct formatter *formatter, const struct event *event)
{
	const struct event_cause *cause = &event->exit.cause;
	const char *words = cause->kernel_cause;
	bool is_certain = words && strncmp(words, "probably", strlen("probably"));

	if (is_certain) {
		format_exit_cause(formatter, event);
		strbuf_adds(formatter->out, "; ");
	}
	strbuf_adds(formatter->out, "no kill call; ");
	format_context(formatter, cause, &event->exit.process.ids.process);
	if (words && !is_certain)
		strbuf_addf(formatter->out, "; %s", words);
}

/* Who had the pid before, `at_ns`: when the signal was sent. */
static void format_former(struct formatter *formatter, const struct ks_former *former,
			  enum event_relation kind, const struct shared_text *file, uint64_t at_ns)
{
	static const char *const of[RELATION_MAX] = {
		[RELATION_CHILD] = ", a child of the sender",
		[RELATION_RELATIVE] = ", which started where the sender did",
		[RELATION_SESSION] = ", which was in the sender's session",
		[RELATION_PROGRAM] = ", which the sender's program had signalled",
		[RELATION_PID_FILE] = ", as in ",
	};

	strbuf_adds(formatter->out, " pid was that of ");
	escape_word(formatter->out, former->comm, comm_length(former->comm));
	strbuf_adds(formatter->out, of[kind]);
	if (file)
		escape_word(formatter->out, file->text, file->bytes);
	strbuf_adds(formatter->out, ", until");
	format_span(formatter, at_ns - former->end_ns, " before");
}

void format_reuse(struct formatter *formatter, const struct event *event)
{
	if (event->signal.relation == RELATION_NONE)
		return;
	strbuf_adds(formatter->out, " (the target's");
	format_former(formatter, &event->signal.former, event->signal.relation,
		      event->signal.pid_file, event->time_ns);
	strbuf_addc(formatter->out, ')');
}

static void format_fault(struct formatter *formatter, const struct event_cause *cause)
{
	const char *name = name_of_code(cause->signal, cause->code);

	strbuf_adds(formatter->out, ", a fault");
	if (name)
		strbuf_addf(formatter->out, " (%s)", name);
}

/* ", which svc[812] raised again 0.2 s later", ", which svc[812] raised again through sh[9]..." */
static void format_again(struct formatter *formatter, const struct event *event)
{
	const struct event_cause *cause = &event->exit.cause;

	strbuf_adds(formatter->out, ", which ");
	format_task(formatter, &event->exit.process);
	strbuf_adds(formatter->out, " raised again ");
	if (!pidref_equal(&cause->blow.sender.ids.process, &event->exit.process.ids.process)) {
		strbuf_adds(formatter->out, "through ");
		format_task(formatter, &cause->blow.sender);
		strbuf_addc(formatter->out, ' ');
	}
	format_seconds(formatter, cause->blow.time_ns - cause->time_ns);
	strbuf_adds(formatter->out, " later");
}

/* ": a write to cgroup.kill", of a sender that called nothing of the kill family. */
static void format_means(struct formatter *formatter, const struct event *event)
{
	if (!event->exit.cause.kernel_cause)
		return;
	strbuf_adds(formatter->out, ": ");
	format_exit_cause(formatter, event);
}

/* What ended may be a thread alone: PR_SET_PDEATHSIG is of the thread that was the parent. */
static void format_ending_thread(struct formatter *formatter, const struct task *sender)
{
	if (sender->flags & KS_FLAG_EXITING && sender->ids.vtid != sender->ids.process.vpid)
		strbuf_addf(formatter->out, "thread %u of ", sender->ids.vtid);
}

static void format_sender(struct formatter *formatter, const struct event *event)
{
	const struct event_cause *cause = &event->exit.cause;

	strbuf_adds(formatter->out, ", sent by ");
	format_ending_thread(formatter, &cause->sender);
	format_task(formatter, &cause->sender);
	format_command(formatter, &cause->sender);
	format_between(formatter, cause->time_ns, event->time_ns, " before");
	format_means(formatter, event);
}

/* ", after its child svc[812] was killed by SIGKILL, sent by sh[900] (sh stop.sh) 2.1 ms before" */
static void format_by_child(struct formatter *formatter, const struct event *event)
{
	const struct event_cause *cause = &event->exit.cause;
	char name[SIGNAME_MAX];

	strbuf_adds(formatter->out, ", after its child ");
	format_target(formatter, &cause->target);
	strbuf_addf(formatter->out, " was killed by %s", signame_get(cause->signal, name));
	if (cause->sender.present)
		format_sender(formatter, event);
	else if (cause->kernel_cause)
		strbuf_addf(formatter->out, ", %s", cause->kernel_cause);
}

/* The signal ended the process, at once or when the process sent it to itself again. */
static void format_killer(struct formatter *formatter, const struct event *event)
{
	const struct event_cause *cause = &event->exit.cause;

	if (cause->how == HOW_FAULT) {
		format_fault(formatter, cause);
	} else if (!cause->sender.present) {
		strbuf_adds(formatter->out, ", ");
		format_kernel(formatter, event);
	} else if (cause->how == HOW_INJECTED) {
		strbuf_addf(formatter->out, ", %s ", cause->kernel_cause);
		format_task(formatter, &cause->sender);
		format_command(formatter, &cause->sender);
	} else if (cause->is_own) {
		strbuf_adds(formatter->out, ", which it sent itself");
		format_command(formatter, &cause->sender);
		format_span(formatter, event->time_ns - cause->time_ns, " before");
		format_means(formatter, event);
	} else {
		format_sender(formatter, event);
	}
	if (cause->blow.sender.present)
		format_again(formatter, event);
}

static void format_source(struct formatter *formatter, const struct event *event)
{
	const struct event_cause *cause = &event->exit.cause;

	if (cause->how == HOW_FAULT) {
		format_fault(formatter, cause);
	} else if (cause->sender.present) {
		strbuf_adds(formatter->out, " from ");
		format_task(formatter, &cause->sender);
		format_command(formatter, &cause->sender);
		format_means(formatter, event);
	} else {
		strbuf_adds(formatter->out, " (");
		format_kernel(formatter, event);
		strbuf_addc(formatter->out, ')');
	}
}

/* ", 1.5 s after SIGTERM from sh[9] (sh stop.sh), which it handled" */
static void format_handled(struct formatter *formatter, const struct event *event)
{
	const struct event_cause *cause = &event->exit.cause;
	bool has_blow = cause->blow.sender.present;
	uint64_t end_ns = has_blow ? cause->blow.time_ns : event->time_ns;
	char name[SIGNAME_MAX];

	strbuf_adds(formatter->out, has_blow ? ", which it sent itself " : ", ");
	format_seconds(formatter, end_ns - cause->time_ns);
	strbuf_addf(formatter->out, " after %s", signame_get(cause->signal, name));
	format_source(formatter, event);
	strbuf_adds(formatter->out,
		    cause->has_handler ? ", which it handled" : ", which it handled or blocked");
}

/* What no process sent: "SIGINT (^C on its terminal)" */
static void format_step_signal(struct formatter *formatter, const struct cause_step *step)
{
	char name[SIGNAME_MAX];

	strbuf_adds(formatter->out, signame_get(step->signal, name));
	if (step->kernel_cause)
		strbuf_addf(formatter->out, " (%s)", step->kernel_cause);
}

/* "; sh[700] (sh stop.sh) had sent SIGTERM to timeout[812] 0.200 ms earlier" */
static void format_path(struct formatter *formatter, const struct cause_steps *path)
{
	for (size_t i = 1; path && i < path->n; i++) {
		const struct cause_step *step = &path->items[i], *sent = &path->items[i - 1];

		strbuf_adds(formatter->out, "; ");
		if (step->sender.present) {
			format_task(formatter, &step->sender);
			format_argv_of(formatter, &step->sender, field_get_step_cmdline);
			strbuf_adds(formatter->out, " had sent ");
			format_step_signal(formatter, step);
			strbuf_adds(formatter->out, " to ");
			format_target(formatter, &step->target);
		} else {
			format_target(formatter, &step->target);
			strbuf_adds(formatter->out, " had got ");
			format_step_signal(formatter, step);
		}
		format_between(formatter, step->time_ns, sent->time_ns, " earlier");
		if (!step->sender.present)
			break;
	}
}

/* "; SIGTERM from sh[700] (sh stop.sh) 10.0 s earlier"; later, of a process that was stopping */
static void format_earlier(struct formatter *formatter, const struct event *event)
{
	const struct cause_step *step = event->exit.before ? event->exit.before->items : NULL;
	const struct event_cause *cause = &event->exit.cause;

	if (!step || !cause->time_ns)
		return;
	strbuf_adds(formatter->out, "; ");
	format_step_signal(formatter, step);
	if (step->sender.present &&
	    pidref_equal(&step->sender.ids.process, &cause->sender.ids.process)) {
		strbuf_adds(formatter->out, " from the same process");
	} else if (step->sender.present) {
		strbuf_adds(formatter->out, " from ");
		format_task(formatter, &step->sender);
		format_argv_of(formatter, &step->sender, field_get_step_cmdline);
	}
	if (step->time_ns > cause->time_ns)
		format_span(formatter, step->time_ns - cause->time_ns, " later");
	else
		format_span(formatter, cause->time_ns - step->time_ns, " earlier");
	if (step->result == RESULT_IGNORED)
		strbuf_adds(formatter->out, ", which it ignored");
}

static void format_unseen(struct formatter *formatter, const struct event *event)
{
	const struct task *tracer = &event->exit.tracer;

	strbuf_adds(formatter->out, "; no signal was seen that did it");
	if (!tracer->present)
		return;
	strbuf_adds(formatter->out, ": probably injected by its tracer ");
	format_task(formatter, tracer);
	format_command(formatter, tracer);
}

/* The process did not end by the signal of the cause. */
static bool format_is_other_end(const struct event *event)
{
	return WIFEXITED(event->exit.code) ||
	       (int)WTERMSIG(event->exit.code) != event->exit.cause.signal;
}

static void format_cause(struct formatter *formatter, const struct event *event)
{
	const struct ks_pidref *target = &event->exit.cause.target.ref;

	if (target->pid && !pidref_equal(target, &event->exit.process.ids.process))
		format_by_child(formatter, event);
	else if (format_is_other_end(event))
		format_handled(formatter, event);
	else
		format_killer(formatter, event);
}

void format_exit(struct formatter *formatter, const struct event *event)
{
	const struct event_cause *cause = &event->exit.cause;

	format_task(formatter, &event->exit.process);
	format_status(formatter, event->exit.code);
	if (cause->known && (cause->how != HOW_INJECTED || cause->time_ns)) {
		format_cause(formatter, event);
		format_path(formatter, cause->path);
		if (cause->relation != RELATION_NONE) {
			strbuf_adds(formatter->out, "; its");
			format_former(formatter, &cause->former, cause->relation, cause->pid_file,
				      cause->time_ns);
		}
		format_earlier(formatter, event);
	} else if (!WIFEXITED(event->exit.code)) {
		format_unseen(formatter, event);
	}
	format_undecided(formatter, event);
}
