/* SPDX-License-Identifier: GPL-2.0-only */
/* The records of a call, in the terms of the filters. */
#ifndef KS_COMPARE_VIEW_H
#define KS_COMPARE_VIEW_H

#include <stddef.h>
#include <stdint.h>

#include "compare/compare.h"

struct target {
	uint32_t pid, uid;
	char comm[KS_COMM_BYTES + 1];
};

struct view {
	uint32_t pid, uid, euid;
	char comm[KS_COMM_BYTES + 1];
	struct target *targets;
	size_t n, room;
};

/* Whatever can be read of the event's records; compare_view_clear() frees it. */
void compare_view_fill(struct view *view, struct audit_text *parser,
		       const struct compare_event *event);
void compare_view_clear(struct view *view);

int compare_signal_of(const struct audit_key *key);

#endif
