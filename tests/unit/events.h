/* SPDX-License-Identifier: GPL-2.0-only */
/* Events and processes made by hand, for the tests behind decode. */
#ifndef KS_TESTS_EVENTS_H
#define KS_TESTS_EVENTS_H

#include "enrich/enrich.h"
#include "records.h"

static inline struct task make_task(uint32_t pid, const char *comm)
{
	return (struct task){ .present = true,
			      .ids = make_ids(pid, comm),
			      .known = KS_KNOWN_IDS | KS_KNOWN_AUDIT };
}

/* A text that no other event has. */
static inline struct shared_text *new_text(enum ks_text_kind kind, const char *text, size_t bytes)
{
	struct text_table table = { 0 };
	struct shared_text *new;

	assert_int_equal(texts_add(&table, kind, KS_LABEL_FIRST, text, bytes, false), 0);
	new = texts_get(texts_find(&table, kind, KS_LABEL_FIRST));
	texts_clear(&table);
	return new;
}

static inline void set_label(struct task *task, const char *text)
{
	task->label = new_text(KS_TEXT_LABEL, text, strlen(text));
}

static inline void set_file(struct event *event, const char *path)
{
	event->signal.file = new_text(KS_TEXT_FILE, path, strlen(path));
}

/* `names`: each ended by NUL. */
static inline void set_stack(struct event *event, const char *names, size_t bytes)
{
	event->signal.stack = new_text(KS_TEXT_STACK, names, bytes);
}

/* kill(target, number) by `sender`, successful. */
static inline struct event *new_signal(uint32_t sender, uint32_t target, int number)
{
	struct event *event = calloc(1, sizeof(*event));

	assert_non_null(event);
	event->type = EVENT_SIGNAL;
	event->signal.number = number;
	event->signal.sender = make_task(sender, "sender");
	event->signal.target = make_task(target, "target");
	event->signal.call.via = KS_VIA_KILL;
	event->signal.call.arch = 0xc000003e;
	event->signal.call.nr = 62;
	event->signal.call.args[0] = target;
	event->signal.call.args[1] = number;
	event->signal.count = 1;
	event->signal.call.targets = 1;
	event->signal.call.ret_known = true;
	return event;
}

static inline struct event *new_exit(uint32_t pid, uint32_t code)
{
	struct event *event = calloc(1, sizeof(*event));

	assert_non_null(event);
	event->type = EVENT_EXIT;
	event->exit.process = make_task(pid, "ended");
	event->exit.code = code;
	return event;
}

static inline struct event *new_lost(uint64_t count)
{
	struct event *event = calloc(1, sizeof(*event));

	assert_non_null(event);
	event->type = EVENT_LOST;
	event->lost.count = count;
	event->lost.cause = KS_LOST_EVENT;
	return event;
}

/* A process of which only who it is is known, with one reference: the caller's or a table's. */
static inline struct process *new_process(uint32_t pid, const char *comm)
{
	struct process *process = calloc(1, sizeof(*process));

	assert_non_null(process);
	process->ref = make_ref(pid);
	process->ids = make_ids(pid, comm);
	process->known = KS_KNOWN_IDS | KS_KNOWN_AUDIT;
	process->references = 1;
	return process;
}

static inline void set_exe(struct process *process, const char *exe)
{
	process->exe = process->exe_in_root = strdup(exe);
	process->known |= KS_KNOWN_EXE;
}

static inline void set_argv(struct process *process, const char *argv, size_t bytes)
{
	process->argv = calloc(1, bytes + 1);
	assert_non_null(process->argv);
	memcpy(process->argv, argv, bytes);
	process->argv_bytes = bytes;
	process->known |= KS_KNOWN_ARGV;
}

/* Of which the first `arg_area_bytes` are arguments, and the rest environment. */
static inline void set_live_argv(struct task *task, const char *argv, size_t bytes,
				 size_t arg_area_bytes)
{
	task->argv = calloc(1, bytes + 1);
	assert_non_null(task->argv);
	memcpy(task->argv, argv, bytes);
	task->argv_bytes = task->live_argv_bytes = bytes;
	task->arg_area_bytes = arg_area_bytes;
}

/* As the stream does; no time is known. */
static inline void enrich_for_test(struct event *event, struct process_table *table)
{
	static const struct clock clock_at_zero;
	const struct enrich enrich = { &clock_at_zero, table };

	enrich_event(&enrich, event);
	enrich_names(event);
}

#endif
