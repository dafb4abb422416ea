// SPDX-License-Identifier: GPL-2.0-only
#include "format/audit_enriched.h"

#include <string.h>

#include "enrich/users.h"
#include "event/event_names.h"
#include "lib/escape.h"

enum { NAME_BYTES = 63 }; /* of a user or group: aulookup_uid(), auparse/interpret.c */

/* The kernel's fields end with this byte, and auditd's follow. */
#define ENRICHED "\x1d"

/* `name` NULL: there is no such user or group. Its number is printed as if it had a sign. */
static void format_audit_add_name(struct strbuf *out, const char *key, const char *name,
				  uint32_t id)
{
	strbuf_adds(out, key);
	if (name) {
		escape_audit_nv(out, name, strnlen(name, NAME_BYTES));
		return;
	}
	strbuf_adds(out, "\"unknown(");
	strbuf_add_signed(out, (int)id);
	strbuf_adds(out, ")\"");
}

/* auditd does not ask what 0 is called here. */
static void format_audit_add_user(struct strbuf *out, const char *key, uint32_t uid)
{
	format_audit_add_name(out, key, uid ? users_name(uid) : "root", uid);
}

static void format_audit_add_group(struct strbuf *out, const char *key, uint32_t gid)
{
	format_audit_add_name(out, key, gid ? users_group_name(gid) : "root", gid);
}

/* To audit, x32 is x86_64 with numbers that have no names. */
static void format_audit_enrich_call(struct strbuf *out, const struct event_call *call)
{
	const char *arch = name_of_arch(call->arch, 0);
	const char *via = call->nr & KS_X32_BIT ? NULL : name_of_via(call->via);

	strbuf_adds(out, ENRICHED "ARCH=");
	if (arch)
		strbuf_adds(out, arch);
	else
		strbuf_addf(out, "unknown-elf-type(%x)", call->arch);
	strbuf_adds(out, " SYSCALL=");
	if (via)
		strbuf_adds(out, via);
	else
		strbuf_addf(out, "unknown-syscall(%d)", (int)call->nr);
}

void format_audit_enrich_syscall(struct strbuf *out, const struct event *event)
{
	const struct ks_ids *ids = &event->signal.sender.ids;

	format_audit_enrich_call(out, &event->signal.call);
	format_audit_add_user(out, " AUID=", ids->auid);
	format_audit_add_user(out, " UID=", ids->uid);
	format_audit_add_group(out, " GID=", ids->gid);
	format_audit_add_user(out, " EUID=", ids->euid);
	format_audit_add_user(out, " SUID=", ids->suid);
	format_audit_add_user(out, " FSUID=", ids->fsuid);
	format_audit_add_group(out, " EGID=", ids->egid);
	format_audit_add_group(out, " SGID=", ids->sgid);
	format_audit_add_group(out, " FSGID=", ids->fsgid);
}

void format_audit_enrich_target(struct strbuf *out, const struct event *event)
{
	const struct ks_ids *ids = &event->signal.target.ids;

	format_audit_add_user(out, ENRICHED "OAUID=", ids->auid);
	format_audit_add_user(out, " OUID=", ids->uid);
}
