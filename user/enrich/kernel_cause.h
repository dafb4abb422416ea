/* SPDX-License-Identifier: GPL-2.0-only */
/* What made the kernel send a signal without a kill call, as far as siginfo and the context say. */
#ifndef KS_KERNEL_CAUSE_H
#define KS_KERNEL_CAUSE_H

#include "event/event.h"

/* The cause of a signal event of kernel origin. */
struct kernel_cause kernel_cause_find(const struct event *event);

#endif
