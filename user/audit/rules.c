// SPDX-License-Identifier: GPL-2.0-only
#include "audit/rules.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "event/event_names.h"
#include "lib/array.h"

#define CALL(via) (1u << KS_VIA_##via)

enum {
	SIGNALS = KS_SIGNAL_MAX + 1, /* with 0 */
	/*
	 * So many signals get a rule each; of more, the others are excluded in one rule. The kernel
	 * goes through all rules at the end of every call of any kind, measured: 4 rules add
	 * 30 ns, 64 add 110 ns and 128 add 560 ns. Fields only cost the calls of the kill family.
	 */
	ONE_BY_ONE_MAX = 7,
};
_Static_assert(SIGNALS - ONE_BY_ONE_MAX - 1 + 2 <= AUDIT_RULE_FIELDS_MAX,
	       "all that can be excluded fits into a rule, with a pid and a uid");

static const char *const archs[] = { "b64", "b32" };

/*
 * Calls that have the signal in the same argument. The kernel lists targets only while there is a
 * rule with kill, tkill or tgkill (audit_match_signal() of kernel/auditfilter.c counts them): each
 * kind has one, and so no rule depends on another. kill in both would log nearly every kill where
 * signals are excluded, since its unused third argument is anything.
 */
static const struct kind {
	const char *argument;
	uint32_t calls;
} kinds[] = {
	{ "a1", CALL(KILL) | CALL(TKILL) | CALL(RT_SIGQUEUEINFO) | CALL(PIDFD_SEND_SIGNAL) },
	{ "a2", CALL(TGKILL) | CALL(RT_TGSIGQUEUEINFO) },
};

enum {
	KINDS = ARRAY_SIZE(kinds),
	ARCHS = ARRAY_SIZE(archs),
};

/* ---- one rule ---- */

static void audit_rules_add_field(struct audit_rule *rule, const char *name, const char *comparison,
				  uint32_t number)
{
	snprintf(rule->fields[rule->n_fields++], sizeof(rule->fields[0]), "%s%s%u", name,
		 comparison, number);
}

static int audit_rules_append(struct audit_rules *rules, const struct audit_rule *rule)
{
	struct audit_rule *items;

	if (rules->n == AUDIT_RULES_MAX)
		return -E2BIG;
	items = reallocarray(rules->items, rules->n + 1, sizeof(*items));
	if (!items)
		return -ENOMEM;
	items[rules->n++] = *rule;
	rules->items = items;
	return 0;
}

/* ---- senders ---- */

/* The kernel takes a rule that it has already when it is to be put first, and then has it twice. */
static bool audit_rules_is_repeated(const struct number_list *list, size_t i)
{
	for (size_t before = 0; before < i; before++)
		if (list->items[before] == list->items[i])
			return true;
	return false;
}

/* The fields of a rule must all match, so each number needs a rule; no number: any. */
static int audit_rules_add_for_uids(struct audit_rules *rules, const struct audit_rule *rule,
				    const struct number_list *uids)
{
	int err = uids->n ? 0 : audit_rules_append(rules, rule);

	for (size_t i = 0; i < uids->n && !err; i++) {
		struct audit_rule own = *rule;

		if (audit_rules_is_repeated(uids, i))
			continue;
		audit_rules_add_field(&own, "uid", "=", uids->items[i]);
		err = audit_rules_append(rules, &own);
	}
	return err;
}

static int audit_rules_add_for_senders(struct audit_rules *rules, const struct audit_rule *rule,
				       const struct filter *filter)
{
	const struct number_list *pids = &filter->sender_pids;
	int err = pids->n ? 0 : audit_rules_add_for_uids(rules, rule, &filter->sender_uids);

	for (size_t i = 0; i < pids->n && !err; i++) {
		struct audit_rule own = *rule;

		if (audit_rules_is_repeated(pids, i))
			continue;
		audit_rules_add_field(&own, "pid", "=", pids->items[i]);
		err = audit_rules_add_for_uids(rules, &own, &filter->sender_uids);
	}
	return err;
}

/* ---- signals ---- */

static bool audit_rules_is_wanted(const struct filter *filter, int sig)
{
	return sig ? filter->wanted.bits & signame_bit(sig) : filter->wanted.zero;
}

static int audit_rules_count_wanted(const struct filter *filter)
{
	return __builtin_popcountll(filter->wanted.bits) + filter->wanted.zero;
}

static int audit_rules_add_all_but_unwanted(struct audit_rules *rules, struct audit_rule *rule,
					    const char *argument, const struct filter *filter)
{
	for (int sig = 0; sig < SIGNALS; sig++)
		if (!audit_rules_is_wanted(filter, sig))
			audit_rules_add_field(rule, argument, "!=", sig);
	return audit_rules_add_for_senders(rules, rule, filter);
}

static int audit_rules_add_each_wanted(struct audit_rules *rules, const struct audit_rule *rule,
				       const char *argument, const struct filter *filter)
{
	int err = 0;

	for (int sig = 0; sig < SIGNALS && !err; sig++) {
		struct audit_rule own = *rule;

		if (!audit_rules_is_wanted(filter, sig))
			continue;
		audit_rules_add_field(&own, argument, "=", sig);
		err = audit_rules_add_for_senders(rules, &own, filter);
	}
	return err;
}

static int audit_rules_add_kind(struct audit_rules *rules, const char *arch,
				const struct kind *kind, const struct filter *filter)
{
	struct audit_rule rule = { .arch = arch, .calls = kind->calls };

	return audit_rules_count_wanted(filter) > ONE_BY_ONE_MAX
		   ? audit_rules_add_all_but_unwanted(rules, &rule, kind->argument, filter)
		   : audit_rules_add_each_wanted(rules, &rule, kind->argument, filter);
}

/* ---- all rules ---- */

static int audit_rules_add_arch(struct audit_rules *rules, const char *arch,
				const struct filter *filter)
{
	struct audit_rule any = { .arch = arch };
	int err = 0;

	for (int i = 0; i < KINDS; i++)
		any.calls |= kinds[i].calls;
	if (audit_rules_count_wanted(filter) == SIGNALS)
		return audit_rules_add_for_senders(rules, &any, filter);
	for (int i = 0; i < KINDS && !err; i++)
		err = audit_rules_add_kind(rules, arch, &kinds[i], filter);
	return err;
}

int audit_rules_make(struct audit_rules *rules, const struct filter *filter)
{
	int err = 0;

	*rules = (struct audit_rules){ 0 };
	if (!filter_has_user(filter))
		return 0;
	for (int i = 0; i < ARCHS && !err; i++)
		err = audit_rules_add_arch(rules, archs[i], filter);
	if (err)
		audit_rules_clear(rules);
	return err;
}

void audit_rules_clear(struct audit_rules *rules)
{
	free(rules->items);
	*rules = (struct audit_rules){ 0 };
}

void audit_rule_print(struct strbuf *out, const struct audit_rule *rule, const char *key)
{
	const char *separator = "";

	strbuf_addf(out, "-A always,exit -F arch=%s -S ", rule->arch);
	for (int via = 0; via < KS_VIA_MAX; via++) {
		if (!(rule->calls & 1u << via))
			continue;
		strbuf_addf(out, "%s%s", separator, name_of_via(via));
		separator = ",";
	}
	for (size_t i = 0; i < rule->n_fields; i++)
		strbuf_addf(out, " -F %s", rule->fields[i]);
	strbuf_addf(out, " -k %s", key);
}
