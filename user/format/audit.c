// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kernel audit's records: SYSCALL, OBJ_PID for each target, PROCTITLE. Field order, quoting and the
 * order of the OBJ_PIDs are those of kernel/auditsc.c (audit_log_exit(), audit_log_pid_context(),
 * audit_log_proctitle()); enriched lines are those of auditd's log_format = ENRICHED. What the
 * kernel sends by itself has no records there: it gets a KERNEL of our own making.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/escape.h"
#include "format/format.h"
#include "format/text.h"
#include "event/names.h"
#include "format/titles.h"
#include "enrich/users.h"

enum {
	PIDS_PER_BLOCK = 16,			       /* AUDIT_AUX_PIDS */
	DPATH_BYTES = 4096 + sizeof(" (deleted)") - 1, /* audit_log_d_path(), without the NUL */
	NAME_BYTES = 63, /* of a user or group: aulookup_uid(), auparse/interpret.c */
};

/*
 * Audit's times are of CLOCK_REALTIME_COARSE, at the begin of the call. Where that cannot be read:
 * it is the time of the last tick, rounded down to a multiple of ticks with a phase of its own
 * (measured: 3 to 7 ms behind with ticks of 4 ms), so a tick before the true time, we are never off
 * by more than a tick, if that came in time.
 */
static uint64_t audit_time(const struct format_context *context, const struct event *event)
{
	const struct event_call *call = &event->signal.call;
	const struct clock *clock = context->fields.clock;

	if (call->coarse_ns)
		return call->coarse_ns;
	return (call->entry_ns ? clock_mono_to_real(clock, call->entry_ns) : event->real_ns) -
	       clock->tick_ns;
}

static void begin_record(struct format_context *context, const char *type,
			 const struct event *event)
{
	uint64_t real_ns = audit_time(context, event);

	strbuf_addf(context->out, "type=%s msg=audit(%" PRIu64 ".%03u:%u):", type,
		    real_ns / 1000000000, (unsigned int)(real_ns / 1000000 % 1000),
		    context->audit_serial);
}

/* " key=" and an untrusted string; NULL is the kernel's (null). */
static void add_untrusted(struct format_context *context, const char *key, const char *text,
			  size_t bytes)
{
	strbuf_addf(context->out, " %s=", key);
	if (text)
		escape_audit(context->out, text, bytes);
	else
		strbuf_adds(context->out, "(null)");
}

/* ---- enriched ---- */

/* The kernel's fields end with this byte, and auditd's follow. */
#define ENRICHED '\x1d'

/* `name` NULL: there is no such user or group. Its number is printed as if it had a sign. */
static void add_name(struct format_context *context, const char *key, const char *name, uint32_t id)
{
	char number[24];

	if (context->out->len && context->out->data[context->out->len - 1] != ENRICHED)
		strbuf_addc(context->out, ' ');
	strbuf_addf(context->out, "%s=", key);
	if (!name) {
		snprintf(number, sizeof(number), "unknown(%d)", (int)id);
		name = number;
	}
	escape_audit_nv(context->out, name, strnlen(name, NAME_BYTES));
}

/* auditd does not ask what 0 is called here. */
static void add_user(struct format_context *context, const char *key, uint32_t uid)
{
	add_name(context, key, uid ? users_name(uid) : "root", uid);
}

static void add_group(struct format_context *context, const char *key, uint32_t gid)
{
	add_name(context, key, gid ? users_group_name(gid) : "root", gid);
}

/* To audit, x32 is x86_64 with numbers that have no names. */
static void enrich_call(struct format_context *context, const struct event_call *call)
{
	const char *arch = name_of_arch(call->arch, 0);
	const char *via = call->nr & X32_BIT ? NULL : name_of_via(call->via);

	strbuf_addc(context->out, ENRICHED);
	if (arch)
		strbuf_addf(context->out, "ARCH=%s", arch);
	else
		strbuf_addf(context->out, "ARCH=unknown-elf-type(%x)", call->arch);
	if (via)
		strbuf_addf(context->out, " SYSCALL=%s", via);
	else
		strbuf_addf(context->out, " SYSCALL=unknown-syscall(%d)", (int)call->nr);
}

static void enrich_syscall(struct format_context *context, const struct event *event)
{
	const struct ks_ids *ids = &event->signal.sender.ids;

	enrich_call(context, &event->signal.call);
	add_user(context, "AUID", ids->auid);
	add_user(context, "UID", ids->uid);
	add_group(context, "GID", ids->gid);
	add_user(context, "EUID", ids->euid);
	add_user(context, "SUID", ids->suid);
	add_user(context, "FSUID", ids->fsuid);
	add_group(context, "EGID", ids->egid);
	add_group(context, "SGID", ids->sgid);
	add_group(context, "FSGID", ids->fsgid);
}

static void enrich_target(struct format_context *context, const struct event *event)
{
	const struct ks_ids *ids = &event->signal.target.ids;

	strbuf_addc(context->out, ENRICHED);
	add_user(context, "OAUID", ids->auid);
	add_user(context, "OUID", ids->uid);
}

/* ---- records ---- */

/*
 * audit_log_task_context() and audit_log_pid_context() print it as it is, blanks included, which no
 * reader can tell from the next field. So do we; but what could end the line or steer a terminal
 * becomes hex, as other text does.
 */
static void add_label(struct format_context *context, const char *key, const struct label *label)
{
	if (!label)
		return;
	strbuf_addf(context->out, " %s=", key);
	escape_audit_label(context->out, label->text, label->bytes);
}

static void add_outcome(struct format_context *context, const struct event *event)
{
	const struct event_call *call = &event->signal.call;
	int64_t ret = call->ret;

	if (!call->ret_known && call->id) /* lost: as audit_log_exit() does where there is none */
		return;
	if (!call->ret_known) /* no hook sees returns of such calls: the result of a target tells */
		ret = event->signal.result == RESULT_OVERFLOW ? -EAGAIN : 0;
	strbuf_addf(context->out, " success=%s exit=%" PRId64, ret < 0 ? "no" : "yes", ret);
}

/*
 * As d_path shows it: from the sender's root directory, with a mark if it was deleted. What does
 * not fit the kernel's buffer is no path.
 */
static void add_exe(struct format_context *context, const struct process *process)
{
	struct strbuf exe = { 0 };

	if (!process || !process->exe_in_root) {
		add_untrusted(context, "exe", NULL, 0);
		return;
	}
	strbuf_adds(&exe, process->exe_in_root);
	if (process->flags & KS_FLAG_EXE_DELETED)
		strbuf_adds(&exe, " (deleted)");
	if (exe.len > DPATH_BYTES)
		strbuf_adds(context->out, " exe=\"<too_long>\"");
	else
		add_untrusted(context, "exe", strbuf_str(&exe), exe.len);
	strbuf_free(&exe);
}

static void add_syscall(struct format_context *context, const struct event *event)
{
	const struct event_call *call = &event->signal.call;
	const struct party *sender = &event->signal.sender;
	const struct ks_ids *ids = &sender->ids;

	begin_record(context, "SYSCALL", event);
	strbuf_addf(context->out, " arch=%x syscall=%u", call->arch, call->nr);
	if (event->signal.personality)
		strbuf_addf(context->out, " per=%x", event->signal.personality);
	add_outcome(context, event);
	strbuf_addf(context->out,
		    " a0=%" PRIx64 " a1=%" PRIx64 " a2=%" PRIx64 " a3=%" PRIx64 " items=0",
		    call->args[0], call->args[1], call->args[2], call->args[3]);
	strbuf_addf(context->out,
		    " ppid=%u pid=%u auid=%u uid=%u gid=%u euid=%u suid=%u fsuid=%u"
		    " egid=%u sgid=%u fsgid=%u tty=",
		    ids->ppid, ids->process.pid, ids->auid, ids->uid, ids->gid, ids->euid,
		    ids->suid, ids->fsuid, ids->egid, ids->sgid, ids->fsgid);
	escape_text(context->out, ids->tty[0] ? ids->tty : "(none)",
		    ids->tty[0] ? strnlen(ids->tty, KS_TTY_BYTES) : 6);
	strbuf_addf(context->out, " ses=%u", ids->ses);
	add_untrusted(context, "comm", ids->comm, comm_length(ids->comm));
	add_exe(context, sender->process);
	add_label(context, "subj", sender->label);
	strbuf_adds(context->out, " key=(null)");
	if (context->audit_enriched)
		enrich_syscall(context, event);
	strbuf_addc(context->out, '\n');
}

static void add_target_fields(struct format_context *context, const struct event *event)
{
	const struct ks_ids *ids = &event->signal.target.ids;

	strbuf_addf(context->out, " opid=%u oauid=%d ouid=%d oses=%d", ids->process.pid,
		    (int)ids->auid, (int)ids->uid, (int)ids->ses);
	add_label(context, "obj", event->signal.target.label);
	add_untrusted(context, "ocomm", ids->comm, comm_length(ids->comm));
}

/* `first`: the event of the call's first target, whose time all have. */
static void add_target(struct format_context *context, const struct event *event,
		       const struct event *first)
{
	begin_record(context, "OBJ_PID", first);
	add_target_fields(context, event);
	if (context->audit_enriched)
		enrich_target(context, event);
	strbuf_addc(context->out, '\n');
}

/* The first target has a place of its own, printed last; the others are in blocks, newest first. */
static void add_targets(struct format_context *context, struct event *const *events, size_t n)
{
	size_t others = n - 1;

	for (size_t block = (others + PIDS_PER_BLOCK - 1) / PIDS_PER_BLOCK; block-- > 0;) {
		size_t end = (block + 1) * PIDS_PER_BLOCK;

		for (size_t i = block * PIDS_PER_BLOCK; i < end && i < others; i++)
			add_target(context, events[i + 1], events[0]);
	}
	add_target(context, events[0], events[0]);
}

/* isprint() of lib/ctype.c, which knows Latin-1. */
static bool is_printable(unsigned char c)
{
	return (c >= 0x20 && c < 0x7f) || c >= 0xa0;
}

/* As audit_proctitle_rtrim() does: no unprintable bytes at the end. */
static size_t trim(const char *title, size_t bytes)
{
	while (bytes && !is_printable(title[bytes - 1]))
		bytes--;
	return bytes;
}

/*
 * How much of live argv get_cmdline() in mm/util.c gives for TITLE_BYTES: where the NUL behind the
 * last argument was overwritten, it takes a title, which ends at its own NUL.
 */
static size_t live_title_length(const struct party *sender)
{
	size_t area = sender->area_bytes, all = sender->raw_bytes;

	if (area >= TITLE_BYTES || area > all || (area && !sender->argv[area - 1]))
		return area < all ? area : all;
	return strnlen(sender->argv, all);
}

/* What audit would read then, and how much of it: 0 if it would find none. */
static const char *read_title(const struct event *event, bool is_dying, size_t *ret_bytes)
{
	const struct party *sender = &event->signal.sender;
	size_t bytes = 0;
	const char *title = party_argv(sender, &bytes);

	*ret_bytes = 0;
	/* The memory of a dying process is not waited for: access_process_vm(), mm/memory.c. */
	if (!title || is_dying)
		return NULL;
	if (sender->argv)
		bytes = live_title_length(sender);
	*ret_bytes = trim(title, bytes < TITLE_BYTES ? bytes : TITLE_BYTES);
	return title;
}

/* The value of proctitle: of a thread, always what audit read at first. */
static void add_title_text(struct format_context *context, struct strbuf *out,
			   const struct event *event, bool is_dying)
{
	const struct party *sender = &event->signal.sender;
	const struct title *kept = titles_find(context->titles, sender);
	size_t bytes;
	const char *title = read_title(event, is_dying, &bytes);

	if (!kept && bytes && sender->argv) /* what audit has read, too */
		titles_keep(&context->titles, sender, title, bytes);
	if (kept) {
		title = kept->text;
		bytes = kept->bytes;
	}
	escape_audit(out, bytes ? title : "(null)", bytes ? bytes : 6);
}

static void add_title(struct format_context *context, const struct event *event)
{
	begin_record(context, "PROCTITLE", event);
	strbuf_adds(context->out, " proctitle=");
	add_title_text(context, context->out, event, event->signal.call.dying);
	strbuf_addc(context->out, '\n');
}

void format_audit_living_title(struct format_context *context, struct strbuf *out,
			       const struct event *event)
{
	add_title_text(context, out, event, false);
}

/*
 * A signal that the kernel sent by itself. All is in one record: to every reader, a KERNEL is a
 * complete event (audit-userspace: audit_is_last_record(), common/common.c; laurel 0.5:
 * is_multipart(), src/types.rs), so that an OBJ_PID would become another. The names of the fields
 * are those that readers have a type for. As in the kernel's own records, pid and comm are of the
 * process that runs; it has no uid, auid and exe here, for reports would count it as who did it.
 */
static void add_kernel(struct format_context *context, const struct event *event)
{
	const struct ks_ids *ids = &event->signal.sender.ids;

	begin_record(context, "KERNEL", event);
	strbuf_addf(context->out, " op=signal sig=%d origin=%s result=%s", event->signal.number,
		    name_of_origin(event->signal.origin), name_of_result(event->signal.result));
	if (event->signal.target.present)
		add_target_fields(context, event);
	strbuf_addf(context->out, " pid=%u", ids->process.pid);
	add_untrusted(context, "comm", ids->comm, comm_length(ids->comm));
	if (context->audit_enriched && event->signal.target.present)
		enrich_target(context, event);
	strbuf_addc(context->out, '\n');
}

static void add_call(struct format_context *context, struct event *const *events, size_t n)
{
	add_syscall(context, events[0]);
	if (events[0]->signal.target.flags & KS_FLAG_CHECKED)
		add_targets(context, events, n);
	add_title(context, events[0]);
}

static void add_note(struct format_context *context, const struct event *event)
{
	strbuf_adds(context->out, "# note: ");
	(event->type == EVENT_EXIT ? format_exit : format_lost)(context, event);
	strbuf_addc(context->out, '\n');
}

static bool is_left_out(const struct format_context *context, const struct event *event)
{
	unsigned int kind = event->signal.origin == KS_ORIGIN_USER ? AUDIT_USER : AUDIT_KERNEL;

	return context->audit_kinds && !(context->audit_kinds & kind);
}

static void audit_events(struct format_context *context, struct event *const *events, size_t n)
{
	const struct event *event = events[0];

	if (event->type != EVENT_SIGNAL) {
		add_note(context, event);
		return;
	}
	if (is_left_out(context, event))
		return;
	if (event->signal.undecided) {
		strbuf_adds(context->out, "# note: a filter could not be decided");
		format_undecided(context, event);
		strbuf_addc(context->out, '\n');
	}
	context->audit_serial++;
	if (event->signal.origin == KS_ORIGIN_USER)
		add_call(context, events, n);
	else
		add_kernel(context, event);
}

static void audit_end(struct format_context *context)
{
	titles_clear(&context->titles);
}

const struct format format_audit = {
	.option = "--audit-format",
	.events = audit_events,
	.end = audit_end,
	.needs_entries = true,
};
