/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The blast radius: whom a process has signalled, as one story. One kill(-1), or one run of pkill
 * or of a loop, is one blast: the signals of one process that follow each other without a pause of
 * BLAST_PAUSE_NS. Of those that are shown, each has what was reached so far.
 */
#ifndef KS_BLAST_H
#define KS_BLAST_H

#include <stdbool.h>
#include <stdint.h>

#include "event/event.h"

/* A process that goes on without a pause begins a new blast after BLAST_LENGTH_NS. */
#define BLAST_PAUSE_NS UINT64_C(1000000000)
#define BLAST_LENGTH_NS UINT64_C(60000000000)

/*
 * What is kept: so many blasts, and so much memory for what they have reached. Of more, the oldest
 * of the same user ends early, or else the oldest of any but root. Of one blast, so many processes
 * and so many of each other kind are counted: of more, it is said that there are more.
 */
enum {
	BLASTS_MAX = 256,
	BLAST_BYTES_MAX = 4 << 20,
	BLAST_PROCESSES_MAX = 4096,
	BLAST_OTHERS_MAX = 256,
};

struct blast;

struct blasts {
	struct blast *by_sender; /* hash; freed by blast_clear() */
	struct blast *oldest;	 /* list of the same, by their last signal */
	struct blast *ended;	 /* list of those that have not been taken */
	size_t bytes;		 /* of what they have reached */
	size_t wide;		 /* how many have reached several processes */
	uint64_t count;		 /* there have ever been */
};

/*
 * Adds an enriched and numbered signal event to the blast of its sender, and fills in its `reach`.
 * Blasts may end by that. 0, or -ENOMEM: it is in none.
 */
int blast_note(struct blasts *blasts, struct event *event);

/* Ends those without a signal since BLAST_PAUSE_NS before `time_ns`. UINT64_MAX: all. */
void blast_expire(struct blasts *blasts, uint64_t time_ns);

/* When the next may end that has reached several processes, as of then. UINT64_MAX: there is none.
 */
uint64_t blast_next_end_ns(const struct blasts *blasts);

/*
 * Takes one that has ended and reached several processes, the first first, as an event of type
 * EVENT_BLAST, which holds no references. False: there is none.
 */
bool blast_take_ended(struct blasts *blasts, struct event *ret);

void blast_clear(struct blasts *blasts);

#endif
