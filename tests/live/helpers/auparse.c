// SPDX-License-Identifier: GPL-2.0-only
/*
 * auparse FILE: what audit's own library reads in a file of audit records: each event, record and
 * field, with its interpretation. One JSON object for each event.
 */
#include <auparse.h>

#include "helper.h"

static void check(int ret, const char *what)
{
	if (ret < 0)
		die(what);
}

static void add_field(auparse_state_t *parser)
{
	const char *name = auparse_get_field_name(parser);
	const char *value = auparse_get_field_str(parser);
	const char *meaning = auparse_interpret_field(parser);

	if (!name || !value || !meaning)
		die("a field");
	putchar('[');
	add_string(stdout, name);
	putchar(',');
	add_string(stdout, value);
	putchar(',');
	add_string(stdout, meaning);
	putchar(']');
}

static void add_record(auparse_state_t *parser)
{
	int more;

	printf("{\"type\":\"%s\",\"fields\":[", auparse_get_type_name(parser));
	check(auparse_first_field(parser), "auparse_first_field");
	do {
		add_field(parser);
		more = auparse_next_field(parser);
		check(more, "auparse_next_field");
		if (more)
			putchar(',');
	} while (more);
	fputs("]}", stdout);
}

/* normalized: auparse has words for what happened, which ausearch --format text uses. */
static void add_event(auparse_state_t *parser)
{
	int more;

	printf("{\"id\":\"%lld.%03u:%lu\",\"normalized\":%s,\"records\":[",
	       (long long)auparse_get_time(parser), auparse_get_milli(parser),
	       auparse_get_serial(parser),
	       auparse_normalize(parser, NORM_OPT_ALL) ? "false" : "true");
	check(auparse_first_record(parser), "auparse_first_record");
	do {
		add_record(parser);
		more = auparse_next_record(parser);
		check(more, "auparse_next_record");
		if (more)
			putchar(',');
	} while (more);
	puts("]}");
}

int main(int argc, char **argv)
{
	auparse_state_t *parser = argc == 2 ? auparse_init(AUSOURCE_FILE, argv[1]) : NULL;
	int more;

	if (!parser)
		die("auparse_init");
	auparse_set_escape_mode(parser, AUPARSE_ESC_RAW);
	while ((more = auparse_next_event(parser)) > 0)
		add_event(parser);
	check(more, "auparse_next_event");
	auparse_destroy(parser);
	return 0;
}
