// SPDX-License-Identifier: GPL-2.0-only
/*
 * record -w FILE [--only-visible] [--lose-signals] [--lose-repeats] [OPTION...]: writes the raw
 * records of the BPF side to FILE, which must not be there, until SIGINT. The options are
 * killsnoop's filters, --ready-fd, --buffer-size and --hook. Needs root.
 *
 * --only-visible leaves out what is about processes that cannot be seen from our pid namespace,
 * --lose-signals all signals, as if there had been no room for them, --lose-repeats those that
 * equal the one before: a recording of a storm is short then. What is sent to this program itself
 * is never recorded.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "kernel/loader.h"
#include "lib/log.h"
#include "cmd/options.h"
#include "record.h"
#include "source/recording.h"
#include "source/ring.h"

/* Times of a recording do not depend on when it was made: the machine started on 2026-11-22. */
#define BOOT_NS (INT64_C(1795305600) * 1000000000)
static const struct clock recording_clock = { BOOT_NS, BOOT_NS };

struct recorder {
	struct recording recording;
	bool only_visible, lose_signals, lose_repeats;
	uint64_t kept, left_out;
};

static bool is_visible(const struct ks_ids *ids)
{
	return ids->process.vpid && ids->process.vpid != (uint32_t)getpid();
}

/* The idle task is visible nowhere and the same everywhere. */
static bool is_visible_signal(const struct ks_signal *signal)
{
	return (is_visible(&signal->sender.ids) || !signal->sender.ids.process.pid) &&
	       (!signal->target.known || is_visible(&signal->target.ids));
}

/* A return names no process: that of a call which is left out does no harm. */
static bool is_visible_record(const struct ks_header *header)
{
	switch (header->type) {
	case KS_REC_SIGNAL:
	case KS_REC_CALL: return is_visible_signal((const void *)header);
	case KS_REC_PROCESS:
	case KS_REC_TITLE: return is_visible(&((const struct ks_description *)header)->process.ids);
	case KS_REC_EXIT: return is_visible(&((const struct ks_exit *)header)->ids);
	}
	return true;
}

static bool is_kept(const struct recorder *recorder, const struct ks_header *header)
{
	bool is_repeat = header->type == KS_REC_REPEAT;

	if (recorder->lose_signals && (header->type == KS_REC_SIGNAL || is_repeat))
		return false;
	if (recorder->lose_repeats && is_repeat)
		return false;
	return !recorder->only_visible || is_visible_record(header);
}

static void on_record(void *context, const void *data, size_t bytes)
{
	struct recorder *recorder = context;

	if (!is_kept(recorder, data)) {
		recorder->left_out++;
		return;
	}
	recorder->kept++;
	recording_add(&recorder->recording, &recording_clock, data, bytes);
}

static int open_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

static void run(struct recorder *recorder, struct source *source, int signal_fd)
{
	struct pollfd fd = { .fd = signal_fd, .events = POLLIN };

	while (!poll(&fd, 1, SOURCE_POLL_MS)) {
		source_drain(source);
		recording_flush(&recorder->recording);
	}
	while (source_drain(source))
		;
}

static int record(struct recorder *recorder, const struct options *options)
{
	struct loader_config config = options_loader_config(options);
	int signal_fd = open_signals();
	struct loader *loader;
	struct source *source;

	if (loader_open(&loader, &config) || source_open(&source, loader, on_record, recorder))
		return 1;
	if (options->ready_fd >= 0 && write(options->ready_fd, "\n", 1) != 1)
		log_line("cannot write to --ready-fd %d", options->ready_fd);
	run(recorder, source, signal_fd);
	log_line("%llu records, %llu left out, %llu events lost",
		 (unsigned long long)recorder->kept, (unsigned long long)recorder->left_out,
		 (unsigned long long)loader_lost(loader)[KS_LOST_EVENT]);
	source_close(source);
	loader_close(loader);
	return 0;
}

/* Whether `option` is among the arguments, from which it is taken. */
static bool take_option(char **argv, int *argc, const char *option)
{
	int n = 0;

	for (int i = 0; i < *argc; i++)
		if (strcmp(argv[i], option) != 0)
			argv[n++] = argv[i];
	argv[n] = NULL;
	n = *argc - n;
	*argc -= n;
	return n > 0;
}

int main(int argc, char **argv)
{
	static struct options options;
	struct recorder recorder = { 0 };
	int err;

	recorder.only_visible = take_option(argv, &argc, "--only-visible");
	recorder.lose_signals = take_option(argv, &argc, "--lose-signals");
	recorder.lose_repeats = take_option(argv, &argc, "--lose-repeats");
	if (options_parse(&options, SUBCOMMAND_TRACE, argc, argv) != OPTIONS_GO ||
	    !options.output.path) {
		log_line("usage: record -w FILE [--only-visible] [--lose-signals] [--lose-repeats] "
			 "[OPTION...]");
		return 2;
	}
	log_libbpf(false);
	if (recording_create(&recorder.recording, options.output.path, &recording_clock))
		return 1;
	err = record(&recorder, &options);
	if (recording_close(&recorder.recording))
		err = 1;
	return err;
}
