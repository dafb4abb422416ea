/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Single requests to audit, through libaudit. `fd` is the socket of audit_netlink_open(). All
 * return 0 or -errno, and print nothing.
 */
#ifndef KS_AUDIT_NETLINK_H
#define KS_AUDIT_NETLINK_H

#include <stdbool.h>
#include <stdint.h>

#include "audit/rules.h"
#include "audit/saved_state.h"

#define AUDIT_NETLINK_KEY "killsnoop-compare" /* of our rules */

enum { AUDIT_FAILURE_PANIC = 2, AUDIT_ENABLED_LOCKED = 2 }; /* kernel/audit.c */

struct audit_settings {
	uint32_t values[AUDIT_VALUES];
	uint32_t failure, daemon_pid;
	uint32_t lost, backlog; /* records */
};

/* The socket; -EPROTONOSUPPORT: this kernel has no audit. */
int audit_netlink_open(void);

/* -EPERM, -ECONNREFUSED: not allowed, here. */
int audit_netlink_read(int fd, struct audit_settings *ret);

int audit_netlink_set(int fd, enum audit_value value, uint32_t number);

/* Kinds of rules that there are, beside ours. */
struct audit_kinds {
	bool never_task; /* keep new tasks from audit */
	bool exclude;	 /* drop records */
	bool exit;	 /* log system calls, with the titles of those who make them */
};

int audit_netlink_find_rules(int fd, struct audit_kinds *ret);

/* Adds a rule before all others, under our key. -EINVAL: libaudit or the kernel does not know it.
 */
int audit_netlink_add_rule(int fd, const struct audit_rule *rule);

/* Deletes all rules with our key. */
int audit_netlink_delete_rules(int fd);

#endif
