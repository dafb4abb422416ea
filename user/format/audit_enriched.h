/* SPDX-License-Identifier: GPL-2.0-only */
/* What auditd appends to records with log_format = ENRICHED: names in place of numbers. */
#ifndef KS_AUDIT_ENRICHED_H
#define KS_AUDIT_ENRICHED_H

#include "event/event.h"
#include "lib/strbuf.h"

/* Of a signal event: behind its SYSCALL, and behind a record that has its target. */
void format_audit_enrich_syscall(struct strbuf *out, const struct event *event);
void format_audit_enrich_target(struct strbuf *out, const struct event *event);

#endif
