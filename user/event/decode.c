// SPDX-License-Identifier: GPL-2.0-only
#include "event/decode.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "event/decode_loss.h"
#include "event/decode_process.h"
#include "event/decode_text.h"
#include "event/event_names.h"
#include "event/file_calls.h"
#include "event/record_view.h"

void decoder_init(struct decoder *decoder, correlate_handler *handle, void *context)
{
	memset(decoder, 0, sizeof(*decoder));
	decoder->correlator.handle = handle;
	decoder->correlator.context = context;
}

void decoder_clear(struct decoder *decoder)
{
	correlate_expire(&decoder->correlator, UINT64_MAX);
	process_table_clear(&decoder->processes);
	texts_clear(&decoder->texts);
	repeat_clear(&decoder->last_records);
}

/* ---- events ---- */

static void decode_fill_task(struct decoder *decoder, struct task *to, const struct ks_task *from)
{
	to->present = from->known & KS_KNOWN_IDS;
	to->ids = from->ids;
	to->known = from->known;
	to->flags = from->flags;
	to->process = process_get(process_find(&decoder->processes, &from->ids.process));
}

/* A process of which only what its description says is known. */
static void decode_fill_described(struct decoder *decoder, struct task *to,
				  const struct ks_pidref *ref)
{
	const struct process *process = process_find(&decoder->processes, ref);
	struct ks_task task = { .ids.process = *ref, .known = KS_KNOWN_IDS };

	if (process) {
		task.ids = process->ids;
		task.known = process->known & (KS_KNOWN_IDS | KS_KNOWN_AUDIT);
	}
	decode_fill_task(decoder, to, &task);
}

static enum event_scope decode_scope_of(const struct ks_signal *from)
{
	int32_t pid = from->call.args[0];

	switch (from->call.via) {
	case KS_VIA_KILL: return pid > 0 ? SCOPE_PROCESS : pid == -1 ? SCOPE_ALL : SCOPE_GROUP;
	case KS_VIA_TKILL:
	case KS_VIA_TGKILL:
	case KS_VIA_RT_TGSIGQUEUEINFO: return SCOPE_THREAD;
	case KS_VIA_PIDFD_SEND_SIGNAL:
		if ((uint32_t)from->call.args[3] & 4) /* PIDFD_SIGNAL_PROCESS_GROUP */
			return SCOPE_GROUP;
		break;
	case KS_VIA_RT_SIGQUEUEINFO: return SCOPE_PROCESS;
	}
	return from->header.type == KS_REC_CALL || from->process_directed ? SCOPE_PROCESS
									  : SCOPE_THREAD;
}

static enum event_result decode_result_of(const struct ks_signal *from)
{
	if (from->result < KS_RESULT_NONE)
		return (enum event_result)from->result;
	if (from->result == KS_RESULT_RESUMED)
		return RESULT_RESUMED;
	if (from->header.type == KS_REC_SIGNAL)
		return from->signal ? RESULT_DENIED : RESULT_PROBED;
	if (event_is_denial(from->call.ret))
		return RESULT_DENIED;
	switch (event_errno(from->call.ret)) {
	case ESRCH: return RESULT_NO_PROCESS;
	case EINVAL: return RESULT_INVALID;
	case EBADF: return RESULT_BAD_FD;
	}
	return from->call.ret < 0 ? RESULT_FAILED : RESULT_PROBED;
}

static void decode_fill_call(struct event_call *to, const struct ks_signal *from)
{
	to->id = from->call.id;
	memcpy(to->args, from->call.args, sizeof(to->args));
	to->ret = from->call.ret;
	to->ret_known = from->header.type == KS_REC_CALL || from->call.ret_known;
	to->arch = from->call.arch;
	to->nr = from->call.nr;
	to->via = from->call.via;
	to->sigkill_pending = from->call.sigkill_pending;
	to->entry_ns = from->call.entry_ns;
	to->coarse_ns = from->call.coarse_ns;
}

/* Without memory, that of the process takes its place. */
static int decode_fill_argv(struct task *to, const struct record_view *record,
			    const struct ks_signal *from)
{
	to->argv = record_view_copy(record, &from->argv);
	if (!to->argv)
		return -ENOMEM;
	to->argv_bytes = to->live_argv_bytes = from->argv.bytes;
	to->arg_area_bytes = from->argv_area_bytes;
	if (to->flags & KS_FLAG_TITLE)
		to->argv_bytes = strnlen(to->argv, to->argv_bytes);
	return 0;
}

static void decode_fill_former(struct event *event, const struct record_view *record)
{
	const struct ks_span *span = &record->fixed->signal.former;

	event->signal.has_former = span->bytes;
	event->signal.target_number = record->fixed->signal.target_number;
	event->signal.former_session = record->fixed->signal.former_session;
	if (span->bytes)
		memcpy(&event->signal.former, record->bytes + span->offset,
		       sizeof(event->signal.former));
}

/* Of a span that is in the record. */
static bool decode_is_former(const struct ks_span *span)
{
	return !span->bytes || span->bytes == sizeof(struct ks_former);
}

/* Of the cause, as much as there is, and as we know. */
static void decode_fill_facts(struct event *event, const struct record_view *record,
			      const struct ks_signal *from)
{
	struct ks_cause *cause = &event->signal.cause;
	size_t bytes = from->cause.bytes < sizeof(*cause) ? from->cause.bytes : sizeof(*cause);

	event->signal.reason = from->info.reason;
	event->signal.info = from->info;
	event->signal.effect = from->effect;
	memcpy(cause, record->bytes + from->cause.offset, bytes);
}

/* Who ran when the kernel sent it: in which call, for which file, and where in the kernel. */
static void decode_fill_context(struct decoder *decoder, struct event *event)
{
	const struct event_call *call = &event->signal.call;
	const struct ks_cause *cause = &event->signal.cause;
	const char *syscall = name_of_syscall(call->arch, call->nr);

	event->signal.sender.syscall = syscall;
	if (is_call_on_file(syscall, cause->file_argument))
		event->signal.file =
		    texts_get(texts_find(&decoder->texts, KS_TEXT_FILE, cause->file));
	event->signal.stack = texts_get(texts_find(&decoder->texts, KS_TEXT_STACK, cause->stack));
}

/* Whether all numbers have a meaning, and all spans are in the record. */
static bool decode_is_signal(const struct record_view *record)
{
	const struct ks_signal *from = &record->fixed->signal;

	return from->result < KS_RESULT_MAX && from->origin < KS_ORIGIN_MAX &&
	       from->call.via < KS_VIA_MAX && from->info.reason < KS_REASON_MAX &&
	       from->info.kind <= KS_INFO_NONE && from->effect.handler < KS_HANDLER_MAX &&
	       record_view_has(record, &from->argv) && record_view_has(record, &from->former) &&
	       decode_is_former(&from->former) && record_view_has(record, &from->cause);
}

static int decode_add_signal(struct decoder *decoder, struct event *event,
			     const struct ks_signal *from)
{
	struct call_source source = { .ring = from->header.ring, .tid = from->sender.ids.tid };

	if (from->call.returns)
		return correlate_add_signal(&decoder->correlator, event, source);
	correlate_add_alone(&decoder->correlator, event);
	return 0;
}

static int decode_new_signal(struct decoder *decoder, const struct record_view *record,
			     struct event_repeat repeat)
{
	const struct ks_signal *from = &record->fixed->signal;
	struct event *event;

	if (!decode_is_signal(record))
		return -EBADMSG;
	event = calloc(1, sizeof(*event));
	if (!event)
		return -ENOMEM;
	event->type = EVENT_SIGNAL;
	event->time_ns = from->header.time_ns;
	event->signal.count = 1;
	event->signal.repeat = repeat;
	event->signal.number = from->signal;
	event->signal.filtered_out = from->filtered_out;
	event->signal.scope = decode_scope_of(from);
	event->signal.result = decode_result_of(from);
	event->signal.origin = from->origin;
	decode_fill_facts(event, record, from);
	event->signal.info_names_sender = from->origin == KS_ORIGIN_USER || from->signal == SIGCHLD;
	event->signal.personality = from->personality;
	event->signal.is_refused =
	    from->result == KS_RESULT_NONE && from->header.type == KS_REC_SIGNAL;
	event->signal.prior_targets = from->prior_targets;
	decoder->failed += decode_process_title(decoder, record) != 0;
	decode_fill_call(&event->signal.call, from);
	decode_fill_former(event, record);
	decode_fill_task(decoder, &event->signal.target, &from->target);
	decode_fill_task(decoder, &event->signal.sender, &from->sender);
	event->signal.target.label =
	    texts_get(texts_find_label(&decoder->texts, from->target_label));
	event->signal.sender.label =
	    texts_get(texts_find_label(&decoder->texts, from->sender_label));
	if (from->sender.known & KS_KNOWN_ARGV &&
	    decode_fill_argv(&event->signal.sender, record, from))
		decoder->failed++;
	if (from->origin == KS_ORIGIN_KERNEL)
		decode_fill_context(decoder, event);
	return decode_add_signal(decoder, event, from);
}

static int decode_signal(struct decoder *decoder, const struct record_view *record)
{
	if (repeat_keep(&decoder->last_records, record))
		decoder->failed++;
	return decode_new_signal(decoder, record, (struct event_repeat){ 0 });
}

static int decode_repeat(struct decoder *decoder, const struct record_view *record)
{
	const struct ks_repeat *from = &record->fixed->repeat;
	struct event_repeat repeat;
	struct last_record *last;
	struct record_view view;

	last = repeat_open(&decoder->last_records, from, &view);
	if (!last)
		return -EBADMSG;
	repeat = (struct event_repeat){ .of = last->id, .before_ns = last->time_ns };
	last->time_ns = from->header.time_ns;
	return decode_new_signal(decoder, &view, repeat);
}

static int decode_return(struct decoder *decoder, const struct record_view *record)
{
	const struct ks_return *from = &record->fixed->returned;

	struct call_return returned = {
		.tid = from->sender_tid,
		.id = from->call_id,
		.ret = from->ret,
		.sigkill_pending = from->sigkill_pending,
		.unshown = from->unshown,
		.has_more = from->signals_elsewhere,
	};

	correlate_return(&decoder->correlator, &returned);
	return 0;
}

/* Who sent it: what is not in the record, the description has, if there is one. */
static void decode_fill_blow(struct decoder *decoder, struct event_cause *to,
			     const struct ks_exit *exit)
{
	const struct ks_blow *from = &exit->blow;
	struct task *sender = from->origin == KS_ORIGIN_USER ? &to->sender : &to->context;

	to->known = true;
	to->how = HOW_KILLED;
	to->origin = from->origin == KS_ORIGIN_USER ? ORIGIN_USER : ORIGIN_KERNEL;
	to->signal = from->signal;
	to->time_ns = from->time_ns;
	decode_fill_described(decoder, sender, &from->sender);
	memcpy(sender->ids.comm, from->comm, sizeof(sender->ids.comm));
	sender->ids.tid = from->tid;
	sender->ids.vtid = from->sender.vpid;
	sender->ids.uid = from->uid;
	to->is_own = to->sender.present && pidref_equal(&sender->ids.process, &exit->ids.process);
}

static int decode_exit(struct decoder *decoder, const struct record_view *record)
{
	const struct ks_exit *from = &record->fixed->exit;
	struct ks_task task = { .ids = from->ids, .known = from->known };
	struct event *event;

	if (from->blow.signal > KS_SIGNAL_MAX || from->blow.origin >= KS_ORIGIN_MAX)
		return -EBADMSG;
	event = calloc(1, sizeof(*event));
	if (!event)
		return -ENOMEM;
	event->type = EVENT_EXIT;
	event->time_ns = from->header.time_ns;
	event->exit.code = from->code;
	event->exit.watch = from->watch < KS_WATCH_MAX ? from->watch : KS_WATCH_NOT;
	decode_fill_task(decoder, &event->exit.process, &task);
	if (from->tracer.pid)
		decode_fill_described(decoder, &event->exit.tracer, &from->tracer);
	if (from->blow.signal)
		decode_fill_blow(decoder, &event->exit.blow, from);
	event->exit.blow.target = cause_target_of(&event->exit.process);
	process_end(&decoder->processes, &from->ids.process);
	correlate_add_other(&decoder->correlator, event);
	return 0;
}

/* ---- records ---- */

static int (*const decoders[])(struct decoder *decoder, const struct record_view *record) = {
	[KS_REC_SIGNAL] = decode_signal, [KS_REC_CALL] = decode_signal,
	[KS_REC_RETURN] = decode_return, [KS_REC_PROCESS] = decode_process,
	[KS_REC_EXIT] = decode_exit,	 [KS_REC_LABEL] = decode_label,
	[KS_REC_TEXT] = decode_text,	 [KS_REC_REPEAT] = decode_repeat,
	[KS_REC_LOSSES] = decode_losses, [KS_REC_TITLE] = decode_process,
};

static bool decode_describes(const struct ks_header *header)
{
	return header->type == KS_REC_PROCESS || header->type == KS_REC_TITLE ||
	       header->type == KS_REC_LABEL || header->type == KS_REC_TEXT;
}

static void decode_count_error(struct decoder *decoder, const struct record_view *record, int err)
{
	if (err == -EBADMSG) {
		decoder->bad++;
	} else if (err) {
		decoder->failed++;
		decoder->undescribed += decode_describes(&record->fixed->header);
	}
}

int decode_record(struct decoder *decoder, const void *data, size_t size)
{
	const struct ks_header *header;
	struct record_view record;
	int err = record_view_open(&record, data, size);

	if (!err) {
		header = &record.fixed->header;
		decoder->newest_ns = header->time_ns;
		decode_header_loss(decoder, header);
		err = decoders[header->type](decoder, &record);
		decoder->last_ns[header->ring] = header->time_ns;
	}
	decode_count_error(decoder, &record, err);
	return err;
}
