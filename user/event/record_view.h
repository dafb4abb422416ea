/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A record as record.h has it now, in whichever layout it was written: the ring's are always of
 * today, recordings may be older or newer.
 */
#ifndef KS_RECORD_VIEW_H
#define KS_RECORD_VIEW_H

#include <stdbool.h>
#include <stddef.h>

#include "record.h"

/* The fixed part of any record. */
union record_fixed {
	struct ks_header header;
	struct ks_signal signal;
	struct ks_return returned;
	struct ks_description description;
	struct ks_exit exit;
	struct ks_text text;
	struct ks_repeat repeat;
	struct ks_losses losses;
};

struct record_view {
	const char *bytes; /* as written: spans count from here */
	size_t size;
	const union record_fixed *fixed; /* of the record itself, or our own: */
	union record_fixed own;
};

/*
 * Looks at a record, aligned to 8 bytes, which the view points to from then on. Members that its
 * writer did not know are 0, which is unknown or none; those that we do not know are left out. 0,
 * or -EBADMSG: it is none that we can read.
 */
int record_view_open(struct record_view *view, const void *data, size_t size);

/* Whether all of the span is in the record. */
bool record_view_has(const struct record_view *record, const struct ks_span *span);

/* A copy with a NUL behind it; NULL: not in the record, or no memory. */
char *record_view_copy(const struct record_view *record, const struct ks_span *span);

#endif
