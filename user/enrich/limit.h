/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KS_LIMIT_H
#define KS_LIMIT_H

#include "event/event.h"

/*
 * Fills in the limit of a signal event of the kernel, whose cause has been found. 0, or -ENOMEM:
 * without the cgroup.
 */
int limit_find(struct event *event);

#endif
