// SPDX-License-Identifier: GPL-2.0-only
#include "audit/rule_notes.h"

#include <inttypes.h>
#include <string.h>

#include "lib/array.h"

#define SEARCH "ausearch -k " AUDIT_NOTES_KEY

enum {
	MANY_RULES = 16,
	NUMBERS_MAX = 16, /* auditctl reads lines of limited length, comments as well */
	SIGNAL_RT = 32,	  /* SIGRTMIN of the kernel */
};

/* ---- when a note applies, if there are rules ---- */

typedef bool condition(const struct filter *filter, const struct audit_rules *rules);

static bool audit_rule_notes_has_many_rules(const struct filter *filter,
					    const struct audit_rules *rules)
{
	(void)filter;
	return rules->n > MANY_RULES;
}

static bool audit_rule_notes_wants_kernel(const struct filter *filter,
					  const struct audit_rules *rules)
{
	(void)rules;
	return filter_has_kernel(filter);
}

/* Those to oneself are muted unless they are named. */
static bool audit_rule_notes_mutes_real_time(const struct filter *filter,
					     const struct audit_rules *rules)
{
	(void)rules;
	return (filter->wanted.bits & ~filter->named.bits) >> (SIGNAL_RT - 1);
}

/* Who names signals wants no other numbers; exclusions let them pass. */
static bool audit_rule_notes_passes_no_signal(const struct filter *filter,
					      const struct audit_rules *rules)
{
	return filter->named.bits && ~filter->named.bits && strstr(rules->items[0].fields[0], "!=");
}

static bool audit_rule_notes_wants_failed(const struct filter *filter,
					  const struct audit_rules *rules)
{
	(void)rules;
	return filter->failed_only;
}

/* ---- the notes ---- */

static const struct note {
	const char *text;   /* one or more lines */
	condition *applies; /* NULL: always */
	size_t list;	    /* 0, or where the length of a list of the filter is: if it has items */
	const char *field;  /* NULL, or of OBJ_PID: a search for the list's numbers follows */
} notes[] = {
	{ "# Add: grep '^-A' FILE | xargs -L1 auditctl, or auditctl -R FILE.\n"
	  "# Remove: auditctl -D -k " AUDIT_NOTES_KEY "\n"
	  "# Nothing is logged unless audit is enabled: see auditctl -s.\n" },
	{ "# Many rules: the kernel goes through all of them at the end of every call.\n",
	  audit_rule_notes_has_many_rules },
	/* audit_match_signal(), audit_signal_info_syscall() */
	{ "# Targets are in OBJ_PID records. The kernel writes them only while there is a\n"
	  "# rule with kill, tkill or tgkill; each of these has one.\n"
	  "# A call has one result for all targets; those that refused are listed, too.\n" },
	{ "# Never logged: what the kernel sends by itself (out of memory, cgroup.kill,\n"
	  "# terminals, timers).\n",
	  audit_rule_notes_wants_kernel },
	/* audit_alloc(), audit_filter_syscall() of kernel/auditsc.c */
	{ "# Never logged: calls of processes that were there before audit was first\n"
	  "# enabled (boot with audit=1), of those begun under a rule never,task\n"
	  "# (10-no-audit.rules), and of auditd.\n" },
#ifdef __x86_64__
	/* audit_in_mask(): the bit that marks them is beyond the mask */
	{ "# Never logged: x32 calls.\n" },
#endif
	{ "# Logged, too: real-time signals that a process sends to itself.\n",
	  audit_rule_notes_mutes_real_time },
	{ "# Logged, too: calls with a number that is no signal.\n",
	  audit_rule_notes_passes_no_signal },
	{ "# --failed: all calls are logged; success=0 would miss signals that were ignored\n"
	  "# and single targets that refused. Calls that failed: " SEARCH " -sv no\n",
	  audit_rule_notes_wants_failed },
	{ "# --pid: calls for all targets are logged. a0=PID would miss kill of 0, -1 and\n"
	  "# groups, pidfds, threads and senders in other pid namespaces; ausearch -p looks\n"
	  "# for senders. Search for:\n",
	  .list = offsetof(struct filter, target_pids.n), .field = "opid" },
	{ "# --uid: calls for all targets are logged. Search for:\n",
	  .list = offsetof(struct filter, target_uids.n), .field = "ouid" },
	{ "# --comm: calls for all targets are logged. Search for:\n"
	  "#   " SEARCH " | awk -v RS=---- '/ ocomm=\"NAME\"/'\n",
	  .list = offsetof(struct filter, target_comms.n) },
	{ "# --exe: audit has no executables of targets; calls for all targets are logged.\n"
	  "# opid is the target.\n",
	  .list = offsetof(struct filter, target_exes.n) },
	{ "# --unit: audit has no units or cgroups; calls for all targets are logged.\n"
	  "# opid is the target.\n",
	  .list = offsetof(struct filter, target_units.n) },
	{ "# --from-pid: audit means ids in the initial pid namespace.\n",
	  .list = offsetof(struct filter, sender_pids.n) },
	{ "# --from-comm: calls of all senders are logged. Search for:\n"
	  "#   " SEARCH " -w -c NAME\n",
	  .list = offsetof(struct filter, sender_comms.n) },
	{ "# --from-exe: calls of all senders are logged. Search for:\n"
	  "#   " SEARCH " -w -x PATH\n",
	  .list = offsetof(struct filter, sender_exes.n) },
	{ "# --from-unit: audit has no units or cgroups; calls of all senders are logged.\n"
	  "# pid is the sender.\n",
	  .list = offsetof(struct filter, sender_units.n) },
};

static size_t audit_rule_notes_list_length(const struct filter *filter, size_t list)
{
	return *(const size_t *)((const char *)filter + list);
}

static bool audit_rule_notes_is_due(const struct note *note, const struct filter *filter,
				    const struct audit_rules *rules)
{
	if (note->list)
		return audit_rule_notes_list_length(filter, note->list);
	return !note->applies || note->applies(filter, rules);
}

/* ausearch puts a line of dashes between events. */
static void audit_rule_notes_print_search(struct strbuf *out, const struct note *note,
					  const struct filter *filter)
{
	const uint32_t *numbers =
	    (const void *)((const char *)filter + note->list - offsetof(struct number_list, n));
	size_t n = audit_rule_notes_list_length(filter, note->list);

	strbuf_addf(out, "#   " SEARCH " | awk -v RS=---- '/ %s=(", note->field);
	for (size_t i = 0; i < n && n <= NUMBERS_MAX; i++)
		strbuf_addf(out, "%s%" PRIu32, i ? "|" : "", numbers[i]);
	strbuf_adds(out, n > NUMBERS_MAX ? "NUMBER|NUMBER) /'\n" : ") /'\n");
}

void audit_rule_notes_print(struct strbuf *out, const struct filter *filter,
			    const struct audit_rules *rules)
{
	if (!rules->n)
		strbuf_adds(out,
			    "# There is no rule: audit logs calls, and what the kernel sends by "
			    "itself is none.\n");
	for (size_t i = 0; rules->n && i < ARRAY_SIZE(notes); i++) {
		if (!audit_rule_notes_is_due(&notes[i], filter, rules))
			continue;
		strbuf_adds(out, notes[i].text);
		if (notes[i].field)
			audit_rule_notes_print_search(out, &notes[i], filter);
	}
}
