// SPDX-License-Identifier: GPL-2.0-only
/* The argument of --audit-format. */
#include "format/audit_option.h"

#include <errno.h>
#include <string.h>

#include "lib/array.h"
#include "lib/log.h"

static const struct audit_word {
	const char *word;
	bool enriched;
	unsigned int kind; /* 0: a form, in which `enriched` counts */
} audit_words[] = {
	{ "raw", false, 0 },
	{ "enriched", true, 0 },
	{ "user", false, AUDIT_USER },
	{ "kernel", false, AUDIT_KERNEL },
};

static const struct audit_word *format_audit_find_word(const char *word)
{
	for (size_t i = 0; i < ARRAY_SIZE(audit_words); i++)
		if (!strcmp(audit_words[i].word, word))
			return &audit_words[i];
	log_line("'%s' is not an audit format: use raw or enriched, user, kernel", word);
	return NULL;
}

/* The last one counts, as a whole. */
int format_audit_parse(struct format_config *config, char *argument)
{
	const char *form = NULL;
	char *item;

	config->audit_enriched = false;
	config->audit_kinds = 0;
	while (argument && (item = strsep(&argument, ","))) {
		const struct audit_word *word = format_audit_find_word(item);

		if (!word)
			return -EINVAL;
		if (word->kind) {
			config->audit_kinds |= word->kind;
			continue;
		}
		if (form && form != word->word) {
			log_line("an audit format is %s or %s, not both", form, word->word);
			return -EINVAL;
		}
		form = word->word;
		config->audit_enriched = word->enriched;
	}
	return 0;
}
