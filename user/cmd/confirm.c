// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/confirm.h"

#include <string.h>
#include <strings.h>

static bool confirm_is_one_of(const char *answer, const char *const words[2])
{
	return !strcasecmp(answer, words[0]) || !strcasecmp(answer, words[1]);
}

bool confirm_ask(FILE *answers, FILE *questions, const char *question)
{
	static const char *const yes[] = { "y", "yes" }, *const no[] = { "n", "no" };
	char line[64];

	for (;;) {
		fprintf(questions, "%s [y/N] ", question);
		fflush(questions);
		if (!fgets(line, sizeof(line), answers))
			return false;
		line[strcspn(line, "\n")] = '\0';
		if (!*line || confirm_is_one_of(line, no))
			return false;
		if (confirm_is_one_of(line, yes))
			return true;
	}
}
