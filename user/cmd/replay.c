// SPDX-License-Identifier: GPL-2.0-only
/* Shows what is in a recording of raw records: what a trace would have shown. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>

#include "cmd/cmd.h"
#include "cmd/options.h"
#include "enrich/users.h"
#include "lib/log.h"
#include "lib/stdio.h"
#include "output/output.h"
#include "source/recording.h"
#include "stream/replay.h"

struct replay {
	struct options options;
	struct stream stream;
	struct outputs outputs;
};

static void replay_on_events(void *context, struct event **events, size_t n)
{
	struct replay *replay = context;

	outputs_events(&replay->outputs, events, n);
	replay->stream.is_ended = outputs_err(&replay->outputs) || stream_is_full(&replay->stream);
}

static int replay_open(struct replay *replay)
{
	const struct stream_config config = {
		.filter = &replay->options.filter,
		.finds_causes = true,
		.wants_names = true,
		.sums_repeats = !replay->options.each,
		.finds_blasts = true,
		.count = replay->options.count,
		.handle = replay_on_events,
		.context = replay,
	};
	int err = stream_init(&replay->stream, &config);

	if (err)
		return log_error(err, "read the clocks");
	replay->options.output.text.clock = &replay->stream.clock;
	return outputs_open(&replay->outputs, &output_text, &replay->options.output);
}

/* What does not begin as a recording need not be read to its end, which it may not have. */
static int replay_read_file(FILE *file, struct strbuf *to)
{
	char buffer[65536];
	size_t bytes;

	errno = 0;
	while ((bytes = fread(buffer, 1, sizeof(buffer), file))) {
		strbuf_add(to, buffer, bytes);
		if (to->len >= sizeof(struct recording_mark) && !recording_is(to->data, to->len))
			return 0;
	}
	return ferror(file) ? -errno : to->err;
}

static int replay_read(const char *path, struct strbuf *to)
{
	FILE *file = fopen(path, "re");
	int err;

	if (!file)
		return log_error(-errno, "read %s", path);
	err = replay_read_file(file, to);
	fclose(file);
	if (err)
		return log_error(err, "read %s", path);
	if (recording_is(to->data, to->len))
		return 0;
	log_line("%s is not a recording: --save-records makes one", path);
	return -EBADMSG;
}

static int replay_status(const struct replay *replay, int err)
{
	const char *path = replay->options.recording;
	uint64_t bad = replay->stream.decoder.bad;
	int output_err = outputs_err(&replay->outputs);

	if (err == -EBADMSG)
		log_line("%s is damaged, or its end is missing", path);
	else if (err)
		log_error(err, "replay %s", path);
	if (bad)
		log_line("%llu record%s could not be decoded", (unsigned long long)bad,
			 bad == 1 ? "" : "s");
	if (err || bad || (output_err && output_err != -EPIPE))
		return STATUS_ERROR;
	return replay->stream.is_incomplete ? STATUS_LOST : STATUS_DONE;
}

static int replay_show(struct replay *replay, const struct strbuf *bytes)
{
	int err = replay_open(replay), status;

	if (err)
		return STATUS_ERROR;
	err = stream_replay(&replay->stream, bytes->data, bytes->len);
	outputs_flush(&replay->outputs);
	status = replay_status(replay, err);
	stream_clear(&replay->stream);
	return status;
}

static int replay_run(struct replay *replay)
{
	struct strbuf bytes = { 0 };
	int status = STATUS_ERROR;

	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	if (!replay_read(replay->options.recording, &bytes))
		status = replay_show(replay, &bytes);
	if (outputs_close(&replay->outputs))
		status = STATUS_ERROR;
	users_forget();
	strbuf_free(&bytes);
	return status;
}

int cmd_replay(int argc, char **argv)
{
	static struct replay replay;

	switch (options_parse(&replay.options, SUBCOMMAND_REPLAY, argc, argv)) {
	case OPTIONS_DONE: return stdio_flush() ? STATUS_ERROR : STATUS_DONE;
	case OPTIONS_ERROR: return STATUS_USAGE;
	case OPTIONS_GO: break;
	}
	return replay_run(&replay);
}
