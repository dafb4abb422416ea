/* SPDX-License-Identifier: GPL-2.0-only */
/* The audit rules that are equivalent to our filters, as far as audit can express them. */
#ifndef KS_AUDIT_RULES_H
#define KS_AUDIT_RULES_H

#include <stddef.h>
#include <stdint.h>

#include "filter/filter.h"
#include "lib/strbuf.h"

enum {
	AUDIT_RULE_FIELDS_MAX = 60, /* AUDIT_MAX_FIELDS is 64: arch and the key take two */
	AUDIT_RULES_MAX = 1024,	    /* a call then ends microseconds later: see rules.c */
};

/* One rule of the exit filter, always, to be put before all others. */
struct audit_rule {
	const char *arch;			/* as auditctl has it: "b64" or "b32" */
	uint32_t calls;				/* bit n: enum ks_via n */
	char fields[AUDIT_RULE_FIELDS_MAX][24]; /* as auditctl's -F has them: "a1=9", "uid=0" */
	size_t n_fields;
};

struct audit_rules {
	struct audit_rule *items;
	size_t n;
};

/*
 * Rules that log every call that `filter` wants, and no more than audit cannot leave out. None if
 * it wants no call at all, but only what the kernel sends. 0, -ENOMEM, or -E2BIG: it would take
 * more than AUDIT_RULES_MAX. The rules are freed with audit_rules_clear().
 */
int audit_rules_make(struct audit_rules *rules, const struct filter *filter);
void audit_rules_clear(struct audit_rules *rules);

/* The arguments for auditctl that add the rule under `key`, without a line end. */
void audit_rule_print(struct strbuf *out, const struct audit_rule *rule, const char *key);

#endif
