/* SPDX-License-Identifier: GPL-2.0-only */
/* How audit's records begin, and those of a call that repeats the one before. */
#ifndef KS_AUDIT_RECORD_H
#define KS_AUDIT_RECORD_H

#include <stdbool.h>

#include "format/format.h"

/* Appends "type=TYPE msg=audit(TIME:SERIAL):" */
void audit_record_begin(struct formatter *formatter, const char *type, const struct event *event,
			unsigned int serial);

/* The records of a call with one target. */
struct audit_records {
	struct event_repeat repeat;
	struct event_call call;
	struct task sender, target; /* without arguments */
	struct strbuf text;	    /* without times and serials... */
	size_t places[3];	    /* ...which go here */
	size_t n_places;
};

/*
 * Appends the records of `event` if they are those that were kept but for time and serial. They
 * are, if the record of the kernel repeats the one before and the call ended in the same way.
 */
bool audit_record_add_again(struct formatter *formatter, const struct audit_records *kept,
			    const struct event *event, unsigned int serial);

/* Keeps what has been appended since `start` for `event`. Without memory, nothing is kept. */
void audit_record_keep(struct audit_records *kept, const struct event *event,
		       const struct strbuf *out, size_t start);

void audit_record_forget(struct audit_records *kept);

#endif
