/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What compare changes of audit, kept in a file before it changes it, so that it can be undone by
 * the next one if this one cannot. The file is a lock, too: one compare at a time.
 */
#ifndef KS_SAVED_STATE_H
#define KS_SAVED_STATE_H

#include <stdint.h>

#define AUDIT_STATE_PATH "/run/killsnoop/compare.json"

/* Of struct audit_status, include/uapi/linux/audit.h. The order is that in which they are set. */
enum audit_value {
	AUDIT_VALUE_BACKLOG_LIMIT,
	AUDIT_VALUE_RATE_LIMIT,
	AUDIT_VALUE_ENABLED,
	AUDIT_VALUES,
};

enum { BOOT_ID_MAX = 40 };

struct saved_state {
	char boot_id[BOOT_ID_MAX]; /* /proc/sys/kernel/random/boot_id */
	uint32_t daemon_pid;	   /* audit's daemon before; 0: none */
	uint32_t before[AUDIT_VALUES], ours[AUDIT_VALUES];
};

struct saved_state_file {
	int fd; /* -1: not open */
	const char *path;
};

const char *saved_state_value_name(enum audit_value value);

/* The id of this boot, "" if it cannot be read. */
void saved_state_boot_id(char to[BOOT_ID_MAX]);

/*
 * Opens and locks the file, making it and its folder if there is none. `path` must outlive it. 0;
 * -EBUSY: another process has locked it; -errno.
 */
int saved_state_open(struct saved_state_file *file, const char *path);

/* 0; -ENOENT: nothing had been changed; -EBADMSG: it cannot be understood; -errno. */
int saved_state_read(const struct saved_state_file *file, struct saved_state *ret);

/* Once it returns 0, the file says so even after a power loss. Otherwise -errno. */
int saved_state_write(const struct saved_state_file *file, const struct saved_state *state);

/* All is restored: removes the file, and unlocks. */
void saved_state_remove(struct saved_state_file *file);

/* Unlocks; what the file says stays. Closing twice is fine. */
void saved_state_close(struct saved_state_file *file);

#endif
