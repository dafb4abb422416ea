/* SPDX-License-Identifier: GPL-2.0-only */
/* Which program has signalled which process: whoever keeps a pid signals it again. */
#ifndef KS_SENT_H
#define KS_SENT_H

#include "event/event.h"

/*
 * So many processes that were signalled are remembered. Of more, the first of the user is forgotten
 * whose processes have signalled the most: one user cannot push out what others sent.
 */
enum { SENT_MAX = 4096 };

struct sent;
struct sent_user;

struct sent_table {
	struct sent *all;	 /* freed by sent_clear() */
	struct sent_user *users; /* likewise */
};

/* Remembers a signal that a call sent to that one process. 0, or -ENOMEM: it could not. */
int sent_note(struct sent_table *table, const struct event *event);

/*
 * Whether the program of the sender has signalled who had the pid of the target before, and the
 * target is nothing like that: neither its name nor its executable nor who created it is the same.
 * The same program is the same process; a child of it, or another child of the same process with
 * the same executable; or one with the same executable and arguments, if these do not have the
 * number.
 */
bool sent_before(const struct sent_table *table, const struct event *event, bool argv_has_number);

void sent_clear(struct sent_table *table);

#endif
