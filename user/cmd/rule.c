// SPDX-License-Identifier: GPL-2.0-only
/* The filters as rules of the kernel's audit, printed for auditctl. */
#include <errno.h>
#include <stdio.h>

#include "audit/rule_notes.h"
#include "audit/rules.h"
#include "cmd/cmd.h"
#include "lib/log.h"
#include "cmd/options.h"
#include "lib/stdio.h"
#include "output/text_file.h"

static int cmd_rule_make(struct audit_rules *rules, const struct filter *filter)
{
	int err = audit_rules_make(rules, filter);

	if (err == -E2BIG)
		log_line("more than %d rules are needed: name fewer signals, processes or users",
			 AUDIT_RULES_MAX);
	else if (err)
		log_line("out of memory");
	return err;
}

static int cmd_rule_print(const struct audit_rules *rules, const struct filter *filter)
{
	struct strbuf text = { 0 };
	struct text_file file;
	int err;

	audit_rule_notes_print(&text, filter, rules);
	for (size_t i = 0; i < rules->n; i++) {
		audit_rule_print(&text, &rules->items[i], AUDIT_NOTES_KEY);
		strbuf_addc(&text, '\n');
	}
	err = text_file_open(&file, NULL);
	err = err ? err : text_file_write(&file, &text);
	strbuf_free(&text);
	return err == -EPIPE ? 0 : err;
}

int cmd_rule(int argc, char **argv)
{
	static struct options options;
	struct audit_rules rules;
	int err;

	switch (options_parse(&options, SUBCOMMAND_RULE, argc, argv)) {
	case OPTIONS_DONE: return stdio_flush() ? STATUS_ERROR : STATUS_DONE;
	case OPTIONS_ERROR: return STATUS_USAGE;
	case OPTIONS_GO: break;
	}
	if (cmd_rule_make(&rules, &options.filter))
		return STATUS_ERROR;
	err = cmd_rule_print(&rules, &options.filter);
	audit_rules_clear(&rules);
	return err ? STATUS_ERROR : STATUS_DONE;
}
