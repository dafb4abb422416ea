/* SPDX-License-Identifier: GPL-2.0-only */
/* Descriptions of processes, which go to the table. */
#ifndef KS_DECODE_PROCESS_H
#define KS_DECODE_PROCESS_H

#include "event/decode.h"
#include "event/record_view.h"

/* A KS_REC_PROCESS. 0, -EBADMSG: a string is not in it, or -ENOMEM. */
int decode_process(struct decoder *decoder, const struct record_view *record);

#endif
