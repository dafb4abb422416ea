/* SPDX-License-Identifier: GPL-2.0-only */
/* Whether a sender may have meant who had the pid of its target before. */
#ifndef KS_RELATION_H
#define KS_RELATION_H

#include "event/event.h"

/*
 * What the former owner was of the sender: a child; or a child of one of its ancestors, but the
 * first process, while the target does not descend from that ancestor: then the sender may well
 * mean the target.
 */
enum event_relation relation_find(const struct event *event);

#endif
