/* SPDX-License-Identifier: GPL-2.0-only */
/* A loss as a sentence. */
#ifndef KS_LOSS_TEXT_H
#define KS_LOSS_TEXT_H

#include <stdbool.h>

#include "event/event.h"
#include "lib/strbuf.h"

/*
 * "3 events lost (ring_full), in the ring bulk, all of other users, after TIME, before TIME";
 * `here` comes behind "lost". Times in UTC or in local time.
 */
void loss_text_add(struct strbuf *out, const struct event_loss *loss, const char *here, bool utc);

#endif
