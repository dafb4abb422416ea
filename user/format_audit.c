// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kernel audit's records: SYSCALL, OBJ_PID for each target, PROCTITLE. Field order, quoting and the
 * order of the OBJ_PIDs are those of kernel/auditsc.c (audit_log_exit(), audit_log_pid_context(),
 * audit_log_proctitle()); enriched lines are those of auditd's log_format = ENRICHED.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "escape.h"
#include "format.h"
#include "format_text.h"
#include "names.h"
#include "users.h"

enum {
	PROCTITLE_BYTES = 128, /* MAX_PROCTITLE_AUDIT_LEN */
	PIDS_PER_BLOCK = 16,   /* AUDIT_AUX_PIDS */
};

static void begin_record(struct format_context *context, const char *type, uint64_t real_ns)
{
	strbuf_addf(context->out, "type=%s msg=audit(%" PRIu64 ".%03u:%lu):", type,
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

/* `name` NULL: there is no such user or group. */
static void add_name(struct format_context *context, const char *key, const char *name, uint32_t id)
{
	char number[24];

	if (context->out->len && context->out->data[context->out->len - 1] != ENRICHED)
		strbuf_addc(context->out, ' ');
	strbuf_addf(context->out, "%s=", key);
	if (!name) {
		snprintf(number, sizeof(number), "unknown(%u)", id);
		name = number;
	}
	escape_audit_nv(context->out, name, strlen(name));
}

static void add_user(struct format_context *context, const char *key, uint32_t uid)
{
	add_name(context, key, users_name(uid), uid);
}

static void add_group(struct format_context *context, const char *key, uint32_t gid)
{
	add_name(context, key, users_group_name(gid), gid);
}

static void enrich_syscall(struct format_context *context, const struct event *event)
{
	const struct ks_ids *ids = &event->signal.sender.ids;
	const char *arch = name_of_arch(event->signal.call.arch, 0);
	const char *via = name_of_via(event->signal.call.via);

	strbuf_addc(context->out, ENRICHED);
	strbuf_addf(context->out, "ARCH=%s SYSCALL=%s", arch ? arch : "unknown",
		    via ? via : "unknown");
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
	/* A return that nobody saw: a signal was generated, and with one target that is success. */
	int64_t ret = call->ret_known ? call->ret : 0;

	strbuf_addf(context->out, " success=%s exit=%" PRId64, ret < 0 ? "no" : "yes", ret);
}

/* As d_path shows it: from the sender's root directory, with a mark if it was deleted. */
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
	add_untrusted(context, "exe", strbuf_str(&exe), exe.len);
	strbuf_free(&exe);
}

static void add_syscall(struct format_context *context, const struct event *event)
{
	const struct event_call *call = &event->signal.call;
	const struct party *sender = &event->signal.sender;
	const struct ks_ids *ids = &sender->ids;

	begin_record(context, "SYSCALL", event->real_ns);
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
	add_untrusted(context, "comm", ids->comm, enrich_comm_length(ids->comm));
	add_exe(context, sender->process);
	add_label(context, "subj", sender->label);
	strbuf_adds(context->out, " key=(null)");
	if (context->audit_enriched)
		enrich_syscall(context, event);
	strbuf_addc(context->out, '\n');
}

/* `real_ns` is that of the call: its records have one time. */
static void add_target(struct format_context *context, const struct event *event, uint64_t real_ns)
{
	const struct ks_ids *ids = &event->signal.target.ids;

	begin_record(context, "OBJ_PID", real_ns);
	strbuf_addf(context->out, " opid=%u oauid=%d ouid=%d oses=%d", ids->process.pid,
		    (int)ids->auid, (int)ids->uid, (int)ids->ses);
	add_label(context, "obj", event->signal.target.label);
	add_untrusted(context, "ocomm", ids->comm, enrich_comm_length(ids->comm));
	if (context->audit_enriched) {
		strbuf_addc(context->out, ENRICHED);
		add_user(context, "OAUID", ids->auid);
		add_user(context, "OUID", ids->uid);
	}
	strbuf_addc(context->out, '\n');
}

/* The first target has a place of its own, printed last; the others are in blocks, newest first. */
static void add_targets(struct format_context *context, struct event *const *events, size_t n)
{
	size_t others = n - 1;

	for (size_t block = (others + PIDS_PER_BLOCK - 1) / PIDS_PER_BLOCK; block-- > 0;) {
		size_t end = (block + 1) * PIDS_PER_BLOCK;

		for (size_t i = block * PIDS_PER_BLOCK; i < end && i < others; i++)
			add_target(context, events[i + 1], events[0]->real_ns);
	}
	add_target(context, events[0], events[0]->real_ns);
}

/* isprint() of lib/ctype.c, which knows Latin-1. */
static bool is_printable(unsigned char c)
{
	return (c >= 0x20 && c < 0x7f) || c >= 0xa0;
}

/* As audit_proctitle_rtrim() does: no unprintable bytes at the end. */
static size_t title_length(const char *title, size_t bytes)
{
	if (bytes > PROCTITLE_BYTES)
		bytes = PROCTITLE_BYTES;
	while (bytes && !is_printable(title[bytes - 1]))
		bytes--;
	return bytes;
}

static void add_title(struct format_context *context, const struct event *event)
{
	size_t bytes = 0;
	const char *title = enrich_argv(&event->signal.sender, &bytes);

	begin_record(context, "PROCTITLE", event->real_ns);
	if (title)
		bytes = title_length(title, bytes);
	add_untrusted(context, "proctitle", title && bytes ? title : "(null)",
		      title && bytes ? bytes : 6);
	strbuf_addc(context->out, '\n');
}

static void add_note(struct format_context *context, const struct event *event)
{
	strbuf_adds(context->out, "# note: ");
	(event->type == EVENT_EXIT ? format_exit : format_lost)(context, event);
	strbuf_addc(context->out, '\n');
}

static void audit_events(struct format_context *context, struct event *const *events, size_t n)
{
	const struct event *event = events[0];

	if (event->type != EVENT_SIGNAL) {
		add_note(context, event);
		return;
	}
	if (event->signal.origin != KS_ORIGIN_USER)
		return; /* audit records system calls only */
	context->audit_serial++;
	add_syscall(context, event);
	if (event->signal.target.present)
		add_targets(context, events, n);
	add_title(context, event);
}

const struct format format_audit = { "--audit-format", NULL, audit_events };
