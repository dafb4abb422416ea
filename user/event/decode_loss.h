/* SPDX-License-Identifier: GPL-2.0-only */
/* Events that a ring had no room for: for decode.c. */
#ifndef KS_DECODE_LOSS_H
#define KS_DECODE_LOSS_H

#include "event/record_view.h"

struct decoder;

/* A KS_REC_LOSSES. Returns 0. */
int decode_losses(struct decoder *decoder, const struct record_view *record);

/*
 * What the header counts and no KS_REC_LOSSES has reported: in recordings from before there was
 * one. Whose events these were is not known.
 */
void decode_header_loss(struct decoder *decoder, const struct ks_header *header);

#endif
