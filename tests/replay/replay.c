// SPDX-License-Identifier: GPL-2.0-only
/*
 * replay FILE [OPTION...]: what killsnoop says to the records of FILE. The options are killsnoop's
 * formats and those filters that user space decides. Times are in UTC, by a clock that always says
 * the same. Needs no privileges. --formats: lists the formats.
 */
#include <errno.h>
#include <stdio.h>

#include "lib/log.h"
#include "recording.h"

static int read_all(const char *path, struct strbuf *to)
{
	FILE *file = fopen(path, "re");
	char buffer[65536];
	size_t bytes;
	int err;

	if (!file)
		return -errno;
	while ((bytes = fread(buffer, 1, sizeof(buffer), file)))
		strbuf_add(to, buffer, bytes);
	err = ferror(file) ? -EIO : to->err;
	fclose(file);
	return err;
}

static int replay(const struct strbuf *recording, const struct options *options)
{
	struct replay replay;
	size_t at = 0;
	int status;

	replay_begin(&replay, options);
	while (replay_next(&replay, recording->data, recording->len, &at))
		;
	replay_drain(&replay);
	fwrite(strbuf_str(&replay.text), 1, replay.text.len, stdout);
	if (replay.stream.decoder.bad)
		log_line("%llu records could not be decoded",
			 (unsigned long long)replay.stream.decoder.bad);
	status =
	    replay.stream.decoder.bad || replay.text.err || at != recording->len || fflush(stdout);
	replay_end(&replay);
	return status;
}

/* Lines: the suffix of golden files, and the option. */
static int list_formats(void)
{
#define LIST(name, letter, option, ...) "\n" #name " --" option
	return puts("table" FORMATS(LIST) "\nenriched --audit-format=enriched") < 0;
#undef LIST
}

int main(int argc, char **argv)
{
	static struct options options;
	struct strbuf recording = { 0 };
	int err;

	if (argc == 2 && !strcmp(argv[1], "--formats"))
		return list_formats();
	if (argc < 2 ||
	    options_parse(&options, SUBCOMMAND_TRACE, argc - 1, argv + 1) != OPTIONS_GO) {
		log_line("usage: replay FILE [OPTION...]");
		return 2;
	}
	err = read_all(argv[1], &recording);
	if (err)
		log_line("%s: %s", argv[1], strerror(-err));
	else
		err = replay(&recording, &options);
	strbuf_free(&recording);
	return err != 0;
}
