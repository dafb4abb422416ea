/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What brought the end of a process about: the signal from outside, also if the process handled it
 * and then sent it itself, or ended by itself.
 */
#ifndef KS_VERDICT_H
#define KS_VERDICT_H

#include <stdint.h>

#include "lib/clock.h"
#include "event/event.h"

/*
 * How long after a signal that a process handled its end counts as the consequence. SIGTERM, SIGINT
 * and SIGQUIT, and what a status names: as long as service managers wait for an orderly stop. Other
 * signals from others. Faults and limits: if the end is a failure.
 */
#define VERDICT_HANDLED_NS UINT64_C(3000000000)
#define VERDICT_STOPPED_NS UINT64_C(100000000000)
#define VERDICT_FAULT_NS UINT64_C(100000000)

/*
 * A process that is asked to stop again while it stops was asked by the first, if no request came
 * so long after the one before; unless it ends at once after the last one, which came a while after
 * the first: that one made it hurry, or the others were handled and nothing more.
 */
#define VERDICT_FIRST_NS UINT64_C(30000000000)
#define VERDICT_ANSWER_NS UINT64_C(1000000000)
#define VERDICT_AT_ONCE_NS UINT64_C(100000000)

/*
 * So many are remembered, of each process by signal. Of more, the first of the same user is
 * forgotten, or else of any but root. An end takes some walks through all of them.
 */
enum { VERDICTS_MAX = 2048 };

/*
 * So many ends are remembered, and so long for the signals that they make the kernel send. Of more,
 * as of signals.
 */
enum { VERDICTS_ENDED_MAX = 64 };
#define VERDICT_ENDED_NS UINT64_C(1000000000)

struct verdict;

/* Why a process ended: the signal that did it, then as the path of an event_cause. */
struct verdict_ended {
	struct ks_pidref ref, parent;
	struct process *process; /* with a reference; NULL: never described */
	uint32_t uid;
	uint64_t time_ns;
	int signal;		   /* that killed it; 0: it ended by itself */
	struct cause_steps *steps; /* NULL: no process is here */
	struct event_limit limit;  /* with a reference */
};

/*
 * How long after a signal that a process got what it sends may be that signal, passed on. SIGTERM:
 * VERDICT_STOPPED_NS, for it may have something to do first.
 */
#define VERDICT_RELAYED_NS UINT64_C(3000000000)

/* SIGUSR1 and SIGUSR2 as another one: by a trap that stops a child. They are for much else, too. */
#define VERDICT_TRAP_NS UINT64_C(100000000)

struct verdicts {
	struct verdict *all; /* freed by verdict_clear() */
	struct verdict_ended ended[VERDICTS_ENDED_MAX];
	const struct clock *clock;
};

/*
 * Remembers an enriched signal event that may end its target: of each number, the last one from
 * outside, and the last one that the process or a child of it sent. Once a process is being killed,
 * what comes later is ignored: prepare_signal(), kernel/signal.c, since v6.1 (9a95f78eab70).
 * Before, most of it is already pending, but real-time signals, and those to another thread, are
 * delivered. 0, or -ENOMEM: it is not remembered, or without the arguments of its sender.
 */
int verdict_note(struct verdicts *verdicts, const struct event *event);

/* The event now has a number: so have the signals that were noted and that it stands for. */
void verdict_number(struct verdicts *verdicts, const struct event *event);

/*
 * Fills in the cause of an exit event, if it was noted, with its path, and what came before; and
 * forgets the process, but for that cause. 0, or -ENOMEM: some of that is missing.
 */
int verdict_reach(struct verdicts *verdicts, struct event *exit);

void verdict_clear(struct verdicts *verdicts);

#endif
