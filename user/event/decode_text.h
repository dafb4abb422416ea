/* SPDX-License-Identifier: GPL-2.0-only */
/* Texts that many events have, which go to the table. */
#ifndef KS_DECODE_TEXT_H
#define KS_DECODE_TEXT_H

#include "event/decode.h"
#include "event/record_view.h"

/* A KS_REC_TEXT, a KS_REC_LABEL. 0, -EBADMSG: it is not as they are, or -ENOMEM. */
int decode_text(struct decoder *decoder, const struct record_view *record);
int decode_label(struct decoder *decoder, const struct record_view *record);

#endif
