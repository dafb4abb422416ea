/* SPDX-License-Identifier: GPL-2.0-only */
/* What the rules for some filters log too much, too little or otherwise than we would show it. */
#ifndef KS_AUDIT_RULE_NOTES_H
#define KS_AUDIT_RULE_NOTES_H

#include "audit/rules.h"

#define AUDIT_NOTES_KEY "killsnoop" /* of the rules, which the notes name */

/*
 * Adds comment lines, as auditctl's files have them, on the rules that audit_rules_make() made of
 * `filter`: those that apply, and no others.
 */
void audit_rule_notes_print(struct strbuf *out, const struct filter *filter,
			    const struct audit_rules *rules);

#endif
