/* SPDX-License-Identifier: GPL-2.0-only */
/* What the kernel's stack says about a signal that no other fact explains. */
#ifndef KS_KERNEL_STACK_H
#define KS_KERNEL_STACK_H

#include "event/event.h"

/* Fills in the cause that a function of the stack of a signal event stands for, if one does. */
bool kernel_stack_find(const struct event *event, struct kernel_cause *ret);

/* Whether a cgroup had no memory left, and not the whole system. */
bool kernel_stack_is_of_cgroup(const struct event *event);

#endif
