/* SPDX-License-Identifier: GPL-2.0-only */
/* Whether a sender may have meant who had the pid of its target before. */
#ifndef KS_RELATION_H
#define KS_RELATION_H

#include "enrich/sent.h"
#include "event/event.h"
#include "lib/clock.h"

/*
 * What the former owner was of the sender, the first that holds:
 *
 * - its child;
 * - a child of one of its ancestors, but the first process, from which the target does not descend;
 * - of its session, from whose leader the target does not descend, nor is it in the session;
 * - signalled by the same program before: see sent_before().
 *
 * Nothing of that is claimed if the sender may well mean the target, or cannot mean another:
 *
 * - it signalled a group that has other leaders, or by a pidfd, which stands for one process;
 * - the target is the sender, an ancestor of it, or descends from it;
 * - the program finds processes by other means than their pid;
 * - but for the last of the relations: it executed its program after the target had started, and
 * the number is not among its arguments. So it found the target.
 */
enum event_relation relation_find(const struct event *event, const struct sent_table *sent);

/*
 * The pid file that named the former owner, as above, where the sender counts pids as we do: it was
 * written while that lived, or after, but before the target started; by root or the user of either.
 * The caller has a reference. NULL: there is none. May wait: see pidfiles_find().
 */
struct shared_text *relation_find_file(const struct event *event, const struct clock *clock);

#endif
