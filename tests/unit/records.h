/* SPDX-License-Identifier: GPL-2.0-only */
/* Records as the BPF side writes them, and the events made of them: for the tests. */
#ifndef KS_TESTS_RECORDS_H
#define KS_TESTS_RECORDS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "event/decode.h"
#include "event/event.h"
#include "record.h"

/* ---- records ---- */

struct any_record {
	union {
		struct ks_header header;
		struct ks_signal signal;
		struct ks_return returned;
		struct ks_description description;
		struct ks_exit exit;
		struct ks_text text;
		struct ks_repeat repeat;
		struct ks_losses losses;
		char bytes[1 << 16];
	};
};

static inline struct ks_pidref make_ref(uint32_t pid)
{
	return (struct ks_pidref){ .pid = pid, .vpid = pid, .start_ns = pid * UINT64_C(1000000) };
}

static inline struct ks_ids make_ids(uint32_t pid, const char *comm)
{
	struct ks_ids ids = {
		.process = make_ref(pid),
		.tid = pid,
		.vtid = pid,
		.ppid = 1,
		.vppid = 1,
		.auid = UINT32_MAX,
		.ses = UINT32_MAX,
	};

	for (size_t i = 0; i < sizeof(ids.comm) && comm[i]; i++)
		ids.comm[i] = comm[i];
	return ids;
}

static inline void begin_record(struct any_record *record, uint8_t type, size_t bytes)
{
	memset(record, 0, bytes);
	record->header = (struct ks_header){
		.version = KS_RECORD_VERSION,
		.type = type,
		.fixed_bytes = bytes,
		.size = bytes,
		.time_ns = 1000,
	};
}

static inline struct ks_span append(struct any_record *record, const void *bytes, size_t n)
{
	struct ks_span span = { record->header.size, n };

	assert_true(record->header.size + n <= sizeof(record->bytes));
	memcpy(record->bytes + record->header.size, bytes, n);
	record->header.size += n;
	return span;
}

/* A string literal, which may hold NULs, without its last NUL. */
#define APPEND(record, literal) append(record, literal, sizeof(literal) - 1)

static inline void begin_signal(struct any_record *record, uint8_t type, uint32_t sender,
				uint32_t target, int number)
{
	begin_record(record, type, sizeof(struct ks_signal));
	record->signal.signal = number;
	record->signal.call.via = KS_VIA_KILL;
	record->signal.call.arch = 0xc000003e;
	record->signal.call.nr = 62;
	record->signal.call.args[0] = target;
	record->signal.call.args[1] = number;
	record->signal.sender.ids = make_ids(sender, "sender");
	record->signal.sender.known = KS_KNOWN_IDS | KS_KNOWN_AUDIT;
	record->signal.process_directed = 1;
	if (type == KS_REC_CALL)
		record->signal.result = KS_RESULT_NONE;
	if (!target)
		return;
	record->signal.target.ids = make_ids(target, "target");
	record->signal.target.known = KS_KNOWN_IDS | KS_KNOWN_AUDIT;
}

/* Part of the call `id`, whose return will follow. */
static inline void in_call(struct any_record *record, uint64_t id)
{
	record->signal.call.id = id;
	record->signal.call.returns = 1;
}

static inline void begin_return(struct any_record *record, uint32_t sender, uint64_t id,
				int64_t ret)
{
	begin_record(record, KS_REC_RETURN, sizeof(struct ks_return));
	record->returned.call_id = id;
	record->returned.ret = ret;
	record->returned.sender_tid = sender;
}

static inline void begin_process(struct any_record *record, uint32_t pid, const char *comm)
{
	begin_record(record, KS_REC_PROCESS, sizeof(struct ks_description));
	record->description.process.ids = make_ids(pid, comm);
	record->description.process.known = KS_KNOWN_IDS | KS_KNOWN_AUDIT;
}

static inline void begin_exit(struct any_record *record, uint32_t pid, uint32_t code)
{
	begin_record(record, KS_REC_EXIT, sizeof(struct ks_exit));
	record->exit.ids = make_ids(pid, "ended");
	record->exit.known = KS_KNOWN_IDS | KS_KNOWN_AUDIT;
	record->exit.code = code;
}

static inline void begin_text(struct any_record *record, enum ks_text_kind kind, uint64_t id,
			      const char *text, size_t bytes)
{
	begin_record(record, KS_REC_TEXT, sizeof(struct ks_text));
	record->text.id = id;
	record->text.kind = kind;
	record->text.text = append(record, text, bytes);
}

/* An exit by a signal that `sender` sent: it is in the record. */
static inline void begin_killed(struct any_record *record, uint32_t sender, uint32_t pid,
				int number)
{
	begin_exit(record, pid, number);
	record->exit.blow.sender = make_ref(sender);
	memcpy(record->exit.blow.comm, "striker", sizeof("striker"));
	record->exit.blow.tid = sender + 1;
	record->exit.blow.uid = 7;
	record->exit.blow.signal = number;
	record->exit.blow.time_ns = 900;
}

static inline void begin_label(struct any_record *record, uint64_t id, const char *text)
{
	begin_text(record, KS_TEXT_LABEL, id, text, strlen(text));
}

/* ---- events seen ---- */

enum { SEEN_MAX = 256 };

struct seen {
	struct event *events[SEEN_MAX];
	size_t batch[SEEN_MAX]; /* how many came with it */
	size_t n, calls;
};

static inline struct event *copy_event(const struct event *from)
{
	struct event *event = malloc(sizeof(*event));

	assert_non_null(event);
	*event = *from;
	if (from->type == EVENT_SIGNAL) {
		task_copy(&event->signal.sender, &from->signal.sender);
		task_copy(&event->signal.target, &from->signal.target);
		texts_get(event->signal.file);
		texts_get(event->signal.stack);
	} else if (from->type == EVENT_EXIT) {
		task_copy(&event->exit.process, &from->exit.process);
		task_copy(&event->exit.cause.sender, &from->exit.cause.sender);
		task_copy(&event->exit.blow.sender, &from->exit.blow.sender);
		task_copy(&event->exit.blow.context, &from->exit.blow.context);
	}
	return event;
}

/* A correlate_handler that keeps copies. */
static inline void see(void *context, struct event **events, size_t n)
{
	struct seen *seen = context;

	assert_true(n > 0 && seen->n + n <= SEEN_MAX);
	seen->calls++;
	for (size_t i = 0; i < n; i++) {
		seen->batch[seen->n] = n;
		seen->events[seen->n++] = copy_event(events[i]);
	}
}

static inline void forget_seen(struct seen *seen)
{
	for (size_t i = 0; i < seen->n; i++)
		event_free(seen->events[i]);
	memset(seen, 0, sizeof(*seen));
}

/* Decodes a copy of exactly `size` bytes, so that ASan sees a read past its end. */
static inline int feed_bytes(struct decoder *decoder, const void *bytes, size_t size)
{
	void *copy = malloc(size);
	int err;

	assert_non_null(copy);
	memcpy(copy, bytes, size);
	err = decode_record(decoder, copy, size);
	free(copy);
	return err;
}

static inline int feed(struct decoder *decoder, const struct any_record *record)
{
	return feed_bytes(decoder, record, record->header.size);
}

#endif
