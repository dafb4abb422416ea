/* SPDX-License-Identifier: GPL-2.0-only */
/* Descriptions of processes, which go to the table. */
#ifndef KS_DECODE_PROCESS_H
#define KS_DECODE_PROCESS_H

#include "event/decode.h"
#include "event/record_view.h"

/* A KS_REC_PROCESS or KS_REC_TITLE. 0, -EBADMSG: a string is not in it, or -ENOMEM. */
int decode_process(struct decoder *decoder, const struct record_view *record);

/*
 * The sender of a sound KS_REC_SIGNAL or KS_REC_CALL: if it is known by what it was forked with,
 * what the record has of its memory takes that place, for other events. 0 or -ENOMEM.
 */
int decode_process_title(struct decoder *decoder, const struct record_view *record);

/*
 * "bash\0bin\0usr\0" to "/usr/bin/bash". Dots stand for what is missing: ".../bin/bash" lacks its
 * root, "/usr/bin/..." its leaf, of which the first name in the record is only the rest. NULL: it
 * is not in the record, or there is no memory.
 */
char *decode_process_copy_path(const struct record_view *record, const struct ks_span *span,
			       bool lacks_root, bool lacks_leaf);

#endif
