// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kernel audit's records: SYSCALL, OBJ_PID for each target, PROCTITLE. Field order, quoting and the
 * order of the OBJ_PIDs are those of kernel/auditsc.c (audit_log_exit(), audit_log_pid_context(),
 * format_audit_log_proctitle()); enriched lines are those of auditd's log_format = ENRICHED. What
 * the kernel sends by itself has no records there: it gets a KERNEL of our own making.
 */
#include <errno.h>
#include <string.h>

#include "lib/escape.h"
#include "format/audit_enriched.h"
#include "format/audit_option.h"
#include "format/audit_record.h"
#include "format/format.h"
#include "format/value_text.h"
#include "event/event_names.h"
#include "format/proctitle.h"

#define DELETED " (deleted)"

enum {
	PIDS_PER_BLOCK = 16,			  /* AUDIT_AUX_PIDS */
	DPATH_BYTES = 4096 + sizeof(DELETED) - 1, /* audit_log_d_path(), without the NUL */
};

struct audit {
	unsigned int serial;	  /* of the last record; wraps as the kernel's does */
	struct proctitle *titles; /* that audit would have kept */
	struct audit_records last;
};

static inline void format_audit_add_unsigned(struct strbuf *out, const char *key, uint64_t number)
{
	strbuf_adds(out, key);
	strbuf_add_unsigned(out, number);
}

static inline void format_audit_add_signed(struct strbuf *out, const char *key, int64_t number)
{
	strbuf_adds(out, key);
	strbuf_add_signed(out, number);
}

static inline void format_audit_add_hex(struct strbuf *out, const char *key, uint64_t number)
{
	strbuf_adds(out, key);
	strbuf_add_hex(out, number);
}

static void format_audit_begin_record(struct formatter *formatter, const char *type,
				      const struct event *event)
{
	const struct audit *audit = formatter->state;

	audit_record_begin(formatter, type, event, audit->serial);
}

/* An untrusted string; NULL is the kernel's (null). */
static void format_audit_add_untrusted(struct strbuf *out, const char *key, const char *text,
				       size_t bytes)
{
	strbuf_adds(out, key);
	if (text)
		escape_audit(out, text, bytes);
	else
		strbuf_adds(out, "(null)");
}

/* ---- records ---- */

/*
 * format_audit_log_task_context() and audit_log_pid_context() print it as it is, blanks included,
 * which no reader can separate from the next field. So do we; but what could end the line or steer
 * a terminal becomes hex, as other text does.
 */
static void format_audit_add_label(struct strbuf *out, const char *key,
				   const struct shared_text *label)
{
	if (!label)
		return;
	strbuf_adds(out, key);
	escape_audit_label(out, label->text, label->bytes);
}

static void format_audit_add_outcome(struct formatter *formatter, const struct event *event)
{
	const struct event_call *call = &event->signal.call;
	int64_t ret = call->ret;

	if (!call->ret_known && call->id) /* lost: as audit_log_exit() does where there is none */
		return;
	if (!call->ret_known) /* no hook sees such calls return: the result of a target has it */
		ret = event->signal.result == RESULT_OVERFLOW ? -EAGAIN : 0;
	strbuf_adds(formatter->out, ret < 0 ? " success=no" : " success=yes");
	format_audit_add_signed(formatter->out, " exit=", ret);
}

/*
 * As d_path shows it: from the sender's root directory, with a mark if it was deleted. What does
 * not fit the kernel's buffer is no path.
 */
static void format_audit_add_exe(struct strbuf *out, const struct process *process)
{
	const char *exe = process ? process->exe_in_root : NULL;
	bool is_deleted = exe && process->flags & KS_FLAG_EXE_DELETED;
	size_t bytes = exe ? strlen(exe) : 0;

	if (bytes + (is_deleted ? sizeof(DELETED) - 1 : 0) > DPATH_BYTES) {
		strbuf_adds(out, " exe=\"<too_long>\"");
	} else if (is_deleted) { /* the blank in the mark is enough to make all of it hex */
		strbuf_adds(out, " exe=");
		escape_audit_hex(out, exe, bytes);
		escape_audit_hex(out, DELETED, sizeof(DELETED) - 1);
	} else {
		format_audit_add_untrusted(out, " exe=", exe, bytes);
	}
}

static void format_audit_add_call_fields(struct formatter *formatter, const struct event *event)
{
	const struct event_call *call = &event->signal.call;
	struct strbuf *out = formatter->out;

	format_audit_add_hex(out, " arch=", call->arch);
	format_audit_add_unsigned(out, " syscall=", call->nr);
	if (event->signal.personality)
		format_audit_add_hex(out, " per=", event->signal.personality);
	format_audit_add_outcome(formatter, event);
	format_audit_add_hex(out, " a0=", call->args[0]);
	format_audit_add_hex(out, " a1=", call->args[1]);
	format_audit_add_hex(out, " a2=", call->args[2]);
	format_audit_add_hex(out, " a3=", call->args[3]);
	strbuf_adds(out, " items=0");
}

static void format_audit_add_sender_ids(struct strbuf *out, const struct ks_ids *ids)
{
	format_audit_add_unsigned(out, " ppid=", ids->ppid);
	format_audit_add_unsigned(out, " pid=", ids->process.pid);
	format_audit_add_unsigned(out, " auid=", ids->auid);
	format_audit_add_unsigned(out, " uid=", ids->uid);
	format_audit_add_unsigned(out, " gid=", ids->gid);
	format_audit_add_unsigned(out, " euid=", ids->euid);
	format_audit_add_unsigned(out, " suid=", ids->suid);
	format_audit_add_unsigned(out, " fsuid=", ids->fsuid);
	format_audit_add_unsigned(out, " egid=", ids->egid);
	format_audit_add_unsigned(out, " sgid=", ids->sgid);
	format_audit_add_unsigned(out, " fsgid=", ids->fsgid);
	strbuf_adds(out, " tty=");
	escape_text(out, ids->tty[0] ? ids->tty : "(none)",
		    ids->tty[0] ? strnlen(ids->tty, KS_TTY_BYTES) : 6);
	format_audit_add_unsigned(out, " ses=", ids->ses);
}

static void format_audit_add_syscall(struct formatter *formatter, const struct event *event)
{
	const struct task *sender = &event->signal.sender;
	const struct ks_ids *ids = &sender->ids;
	struct strbuf *out = formatter->out;

	format_audit_begin_record(formatter, "SYSCALL", event);
	format_audit_add_call_fields(formatter, event);
	format_audit_add_sender_ids(out, ids);
	format_audit_add_untrusted(out, " comm=", ids->comm, comm_length(ids->comm));
	format_audit_add_exe(out, sender->process);
	format_audit_add_label(out, " subj=", sender->label);
	strbuf_adds(out, " key=(null)");
	if (formatter->config->audit_enriched)
		format_audit_enrich_syscall(out, event);
	strbuf_addc(out, '\n');
}

static void format_audit_add_target_fields(struct strbuf *out, const struct event *event)
{
	const struct ks_ids *ids = &event->signal.target.ids;

	format_audit_add_unsigned(out, " opid=", ids->process.pid);
	format_audit_add_signed(out, " oauid=", (int)ids->auid);
	format_audit_add_signed(out, " ouid=", (int)ids->uid);
	format_audit_add_signed(out, " oses=", (int)ids->ses);
	format_audit_add_label(out, " obj=", event->signal.target.label);
	format_audit_add_untrusted(out, " ocomm=", ids->comm, comm_length(ids->comm));
}

/* `first`: the event of the call's first target, whose time all have. */
static void format_audit_add_target(struct formatter *formatter, const struct event *event,
				    const struct event *first)
{
	format_audit_begin_record(formatter, "OBJ_PID", first);
	format_audit_add_target_fields(formatter->out, event);
	if (formatter->config->audit_enriched)
		format_audit_enrich_target(formatter->out, event);
	strbuf_addc(formatter->out, '\n');
}

/* The first target has a separate place, printed last; the others are in blocks, newest first. */
static void format_audit_add_targets(struct formatter *formatter, struct event *const *events,
				     size_t n)
{
	size_t others = n - 1;

	for (size_t block = (others + PIDS_PER_BLOCK - 1) / PIDS_PER_BLOCK; block-- > 0;) {
		size_t end = (block + 1) * PIDS_PER_BLOCK;

		for (size_t i = block * PIDS_PER_BLOCK; i < end && i < others; i++)
			format_audit_add_target(formatter, events[i + 1], events[0]);
	}
	format_audit_add_target(formatter, events[0], events[0]);
}

/* isprint() of lib/ctype.c, which has Latin-1. */
static bool format_audit_is_printable(unsigned char c)
{
	return (c >= 0x20 && c < 0x7f) || c >= 0xa0;
}

/* As audit_proctitle_rtrim() does: no unprintable bytes at the end. */
static size_t format_audit_trim(const char *title, size_t bytes)
{
	while (bytes && !format_audit_is_printable(title[bytes - 1]))
		bytes--;
	return bytes;
}

/*
 * How much of live argv get_cmdline() in mm/util.c gives for PROCTITLE_BYTES: where the NUL behind
 * the last argument was overwritten, it takes a title, which ends at its own NUL.
 */
static size_t format_audit_live_title_length(const struct task *sender)
{
	size_t area = sender->arg_area_bytes, all = sender->live_argv_bytes;

	if (area >= PROCTITLE_BYTES || area > all || (area && !sender->argv[area - 1]))
		return area < all ? area : all;
	return strnlen(sender->argv, all);
}

/* What audit would read then, and how much of it: 0 if it would find none. */
static const char *format_audit_read_title(const struct event *event, bool is_dying,
					   size_t *ret_bytes)
{
	const struct task *sender = &event->signal.sender;
	size_t bytes = 0;
	const char *title = task_argv(sender, &bytes);

	*ret_bytes = 0;
	/* The memory of a dying process is not waited for: access_process_vm(), mm/memory.c. */
	if (!title || is_dying)
		return NULL;
	if (sender->argv)
		bytes = format_audit_live_title_length(sender);
	*ret_bytes = format_audit_trim(title, bytes < PROCTITLE_BYTES ? bytes : PROCTITLE_BYTES);
	return title;
}

/* The value of proctitle: of a thread, always what audit read at first. */
static void format_audit_add_title_text(struct formatter *formatter, struct strbuf *out,
					const struct event *event, bool is_dying)
{
	struct audit *audit = formatter->state;
	const struct task *sender = &event->signal.sender;
	const struct proctitle *kept = proctitle_find(audit->titles, sender);
	size_t bytes;
	const char *title = format_audit_read_title(event, is_dying, &bytes);

	if (!kept && bytes && sender->argv) /* what audit has read, too */
		proctitle_keep(&audit->titles, sender, title, bytes);
	if (kept) {
		title = kept->text;
		bytes = kept->bytes;
	}
	escape_audit(out, bytes ? title : "(null)", bytes ? bytes : 6);
}

static void format_audit_add_title(struct formatter *formatter, const struct event *event)
{
	format_audit_begin_record(formatter, "PROCTITLE", event);
	strbuf_adds(formatter->out, " proctitle=");
	format_audit_add_title_text(formatter, formatter->out, event,
				    event->signal.call.sigkill_pending);
	strbuf_addc(formatter->out, '\n');
}

void format_audit_living_title(struct formatter *formatter, struct strbuf *out,
			       const struct event *event)
{
	format_audit_add_title_text(formatter, out, event, false);
}

/*
 * A signal that the kernel sent by itself. All is in one record: to every reader, a KERNEL is a
 * complete event (audit-userspace: audit_is_last_record(), common/common.c; laurel 0.5:
 * is_multipart(), src/types.rs), so that an OBJ_PID would become another. The names of the fields
 * are those that readers have a type for. As in the kernel's own records, pid and comm are of the
 * process that runs; it has no uid, auid and exe here, for reports would count it as who did it.
 */
static void format_audit_add_kernel(struct formatter *formatter, const struct event *event)
{
	const struct ks_ids *ids = &event->signal.sender.ids;
	struct strbuf *out = formatter->out;

	format_audit_begin_record(formatter, "KERNEL", event);
	format_audit_add_signed(out, " op=signal sig=", event->signal.number);
	strbuf_adds(out, " origin=");
	strbuf_adds(out, name_of_origin(event_origin(event)));
	strbuf_adds(out, " result=");
	strbuf_adds(out, name_of_result(event->signal.result));
	if (event->signal.target.present)
		format_audit_add_target_fields(out, event);
	format_audit_add_unsigned(out, " pid=", ids->process.pid);
	format_audit_add_untrusted(out, " comm=", ids->comm, comm_length(ids->comm));
	if (formatter->config->audit_enriched && event->signal.target.present)
		format_audit_enrich_target(out, event);
	strbuf_addc(out, '\n');
}

static void format_audit_add_call(struct formatter *formatter, struct event *const *events,
				  size_t n)
{
	format_audit_add_syscall(formatter, events[0]);
	if (events[0]->signal.target.flags & KS_FLAG_PERMISSION_CHECKED)
		format_audit_add_targets(formatter, events, n);
	format_audit_add_title(formatter, events[0]);
}

/* A storm has equal records; but names of users may be found out meanwhile. */
static void format_audit_add_single(struct formatter *formatter, struct event *const *events)
{
	struct audit *audit = formatter->state;
	size_t start = formatter->out->len;

	if (!formatter->config->audit_enriched &&
	    audit_record_add_again(formatter, &audit->last, events[0], audit->serial))
		return;
	format_audit_add_call(formatter, events, 1);
	audit_record_keep(&audit->last, events[0], formatter->out, start);
}

static void format_audit_add_note(struct formatter *formatter, const struct event *event)
{
	strbuf_adds(formatter->out, "# note: ");
	(event->type == EVENT_EXIT ? format_exit : format_lost)(formatter, event);
	strbuf_addc(formatter->out, '\n');
}

static bool format_audit_is_left_out(const struct formatter *formatter, const struct event *event)
{
	unsigned int kind = event->signal.origin == KS_ORIGIN_USER ? AUDIT_USER : AUDIT_KERNEL;

	return formatter->config->audit_kinds && !(formatter->config->audit_kinds & kind);
}

static void format_audit_events(struct formatter *formatter, struct event *const *events, size_t n)
{
	const struct event *event = events[0];
	struct audit *audit = formatter->state;

	if (event->type == EVENT_BLAST)
		return;
	if (event->type != EVENT_SIGNAL) {
		format_audit_add_note(formatter, event);
		return;
	}
	if (format_audit_is_left_out(formatter, event))
		return;
	if (event->signal.undecided) {
		strbuf_adds(formatter->out, "# note: a filter could not be decided");
		format_undecided(formatter, event);
		strbuf_addc(formatter->out, '\n');
	}
	audit->serial++;
	if (event->signal.origin == KS_ORIGIN_USER && n == 1)
		format_audit_add_single(formatter, events);
	else if (event->signal.origin == KS_ORIGIN_USER)
		format_audit_add_call(formatter, events, n);
	else
		format_audit_add_kernel(formatter, event);
}

static void format_audit_close(struct formatter *formatter)
{
	struct audit *audit = formatter->state;

	audit_record_forget(&audit->last);
	strbuf_free(&audit->last.text);
	proctitle_clear(&audit->titles);
}

const struct format format_audit = {
	.parse = format_audit_parse,
	.state_bytes = sizeof(struct audit),
	.events = format_audit_events,
	.close = format_audit_close,
	.shows_each = true,
	.needs_entries = true,
};
