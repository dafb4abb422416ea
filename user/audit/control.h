/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Audit's settings and rules: read, changed for a while, and put back as they were. Every function
 * that fails has reported it on stderr, in one line.
 */
#ifndef KS_AUDIT_CONTROL_H
#define KS_AUDIT_CONTROL_H

#include <stdbool.h>
#include <stdint.h>

#include "audit/netlink.h"
#include "audit/rules.h"
#include "audit/saved_state.h"

struct audit_control {
	int fd;
	struct saved_state_file file;
	struct saved_state state;
	bool is_changed; /* there is something to restore */
	unsigned int n_rules;
};

/*
 * Opens audit's socket and the state file, and undoes what an earlier compare left behind. 0 or
 * -errno.
 */
int audit_control_open(struct audit_control *control);

/* 0 or -errno. */
int audit_control_read(struct audit_control *control, struct audit_settings *ret);

/* 0 or -errno. */
int audit_control_find_rules(struct audit_control *control, struct audit_kinds *ret);

/*
 * Enables audit, raises its limits and puts the rules before all others, under AUDIT_NETLINK_KEY.
 * What it was before is in the state file first. 0; -errno: what was changed has been restored.
 */
int audit_control_begin(struct audit_control *control, const struct audit_rules *rules);

/* Removes our rules, and nothing else yet. 0, or -errno, not reported: restoring tries again. */
int audit_control_remove_rules(struct audit_control *control);

/*
 * Removes our rules and puts the values back, each unless somebody else has changed it since. 0, or
 * -errno: what could not be restored has been reported, and the state file stays.
 */
int audit_control_restore(struct audit_control *control);

/* To be called whether it could be opened or not; after audit_control_begin(), restore before. */
void audit_control_close(struct audit_control *control);

#endif
