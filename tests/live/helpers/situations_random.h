/* SPDX-License-Identifier: GPL-2.0-only */
/* Calls in a random mix, by several processes at once. */
#ifndef KS_TESTS_SITUATIONS_RANDOM_H
#define KS_TESTS_SITUATIONS_RANDOM_H

#include "situations_groups.h"

enum { WORKERS = 8, CALLS_OF_A_SENDER = 16 };

struct mix {
	struct process target, zombie;
	struct crowd group;
	pid_t gone;
	int target_fd, gone_fd;
	unsigned int seed;
};

static unsigned int one_of(struct mix *mix, unsigned int n)
{
	return (unsigned int)rand_r(&mix->seed) / 7 % n;
}

static void call_at_target(struct mix *mix, int signal, const struct targets *targets)
{
	enum via via = one_of(mix, VIA_MAX);
	struct aim aim = { mix->target.pid, mix->target.pid, mix->target_fd, signal };

	if (via == QUEUE || via == TGQUEUE)
		aim.info = queue_info(ENTRY_NATIVE, signal);
	call_aimed(ENTRY_NATIVE, via, &aim, targets);
}

static void call_at_gone(struct mix *mix)
{
	enum via via = one_of(mix, VIA_MAX);
	struct aim aim = { mix->gone, mix->gone, mix->gone_fd, SIGTERM };

	if (via == QUEUE || via == TGQUEUE)
		aim.info = queue_info(ENTRY_NATIVE, SIGTERM);
	call_aimed(ENTRY_NATIVE, via, &aim, NO_TARGETS);
}

static void call_at_random(struct mix *mix)
{
	static const int plain[] = { SIGUSR1, SIGUSR2, SIGTERM, SIGHUP, SIGCONT, SIGWINCH };

	switch (one_of(mix, 8)) {
	case 0: call_at_gone(mix); break;
	case 1: call_at_target(mix, 65 + (int)one_of(mix, 100), NO_TARGETS); break;
	case 2: call_at_target(mix, 0, TARGETS(mix->target.id)); break;
	case 3: call_kill(-mix->group.pgid, SIGUSR1, &mix->group.targets); break;
	case 4: call_kill(-mix->group.pgid, 0, &mix->group.targets); break;
	default: call_at_target(mix, plain[one_of(mix, 6)], TARGETS(mix->target.id));
	}
}

/* A fresh sender, which in one of four cases has uid 65534. */
static void play_sender(void *context)
{
	struct mix *mix = context;

	if (one_of(mix, 4) == 0)
		become_nobody();
	for (int i = 0; i < CALLS_OF_A_SENDER; i++)
		call_at_random(mix);
}

static NORETURN void play_worker(unsigned int seed, long number_of_calls)
{
	struct mix mix = { .seed = seed };

	die_with_parent();
	block_signals();
	open_curtain();
	mix.target = start_plain();
	mix.target_fd = open_pidfd(mix.target.pid);
	mix.gone = make_gone(&mix.gone_fd);
	make_crowd(&mix.group, 20, 10);
	for (long made = 0; made < number_of_calls; made += CALLS_OF_A_SENDER) {
		one_of(&mix, 1); /* the sender's own steps are lost with it */
		in_child(play_sender, &mix);
	}
	_exit(0);
}

static int perform_random(long number_of_calls, unsigned int seed)
{
	int status = 0, broken = 0;

	situation_name = "random";
	for (unsigned int i = 0; i < WORKERS; i++)
		if (!fork())
			play_worker(seed * WORKERS + i, number_of_calls / WORKERS);
	for (int i = 0; i < WORKERS; i++) {
		if (wait(&status) < 0)
			die("wait");
		broken |= status;
	}
	return broken ? EXIT_BROKEN : 0;
}

#endif
