// SPDX-License-Identifier: GPL-2.0-only
#include "audit/control.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "lib/log.h"

enum { BACKLOG_LIMIT = 16384 }; /* records; beyond it, callers have to wait for kauditd */

#define HOW_TO_REPAIR "killsnoop compare --repair tries again"

int audit_control_read(struct audit_control *control, struct audit_settings *ret)
{
	int err = audit_netlink_read(control->fd, ret);

	return err ? log_error(err, "read audit's settings") : 0;
}

int audit_control_find_rules(struct audit_control *control, struct audit_kinds *ret)
{
	int err = audit_netlink_find_rules(control->fd, ret);

	return err ? log_error(err, "list audit's rules") : 0;
}

int audit_control_remove_rules(struct audit_control *control)
{
	return audit_netlink_delete_rules(control->fd);
}

/* What compare needs: no limit that loses records. */
static uint32_t audit_control_wanted_value(enum audit_value value, uint32_t before)
{
	switch (value) {
	case AUDIT_VALUE_ENABLED: return 1;
	case AUDIT_VALUE_RATE_LIMIT: return 0;
	default: /* 0 is no limit */
		return before && before < BACKLOG_LIMIT ? BACKLOG_LIMIT : before;
	}
}

/* ---- restore ---- */

/*
 * Only what still is as we set it. A daemon that was started in between has enabled audit, too: it
 * needs it so.
 */
static bool audit_control_is_to_restore(const struct saved_state *state,
					const struct audit_settings *now, enum audit_value value)
{
	if (state->before[value] == state->ours[value] || now->values[value] != state->ours[value])
		return false;
	return value != AUDIT_VALUE_ENABLED || state->daemon_pid || !now->daemon_pid;
}

static int audit_control_restore_values(int fd, const struct saved_state *state)
{
	struct audit_settings now;
	int err = audit_netlink_read(fd, &now);

	if (err) {
		log_line("cannot read audit's settings: %s; " HOW_TO_REPAIR, strerror(-err));
		return err;
	}
	for (enum audit_value value = AUDIT_VALUES; value-- > 0;) {
		int failed = audit_control_is_to_restore(state, &now, value)
				 ? audit_netlink_set(fd, value, state->before[value])
				 : 0;

		if (failed)
			log_line("cannot set audit's %s to %u again: %s; " HOW_TO_REPAIR,
				 saved_state_value_name(value), state->before[value],
				 strerror(-failed));
		err = err ? err : failed;
	}
	return err;
}

static int audit_control_drop_rules(struct audit_control *control)
{
	int err = audit_control_remove_rules(control);

	if (err)
		log_line("cannot remove the audit rules: %s; " HOW_TO_REPAIR, strerror(-err));
	return err;
}

static int audit_control_undo(struct audit_control *control, const struct saved_state *state)
{
	int err = audit_control_drop_rules(control);
	int failed = audit_control_restore_values(control->fd, state);

	return err ? err : failed;
}

int audit_control_restore(struct audit_control *control)
{
	int err = control->is_changed ? audit_control_undo(control, &control->state) : 0;

	if (err)
		return err;
	control->is_changed = false;
	saved_state_remove(&control->file);
	return 0;
}

/* ---- what an earlier one left ---- */

/* A boot forgets all of it. */
static bool audit_control_is_of_this_boot(const struct saved_state *state)
{
	char boot_id[BOOT_ID_MAX];

	saved_state_boot_id(boot_id);
	return !strcmp(state->boot_id, boot_id);
}

static int audit_control_repair(struct audit_control *control)
{
	struct saved_state state;
	int err = saved_state_read(&control->file, &state);

	if (err == -EBADMSG)
		log_line("%s cannot be understood: only rules are removed", control->file.path);
	else if (err && err != -ENOENT)
		return log_error(err, "read " AUDIT_STATE_PATH);
	if (err || !audit_control_is_of_this_boot(&state))
		return audit_control_drop_rules(control);
	err = audit_control_undo(control, &state);
	if (!err)
		log_line("restored audit's settings, which an earlier compare had left changed");
	return err;
}

/* ---- open, begin, close ---- */

static int audit_control_open_socket(void)
{
	int fd = audit_netlink_open();

	if (fd == -EPROTONOSUPPORT)
		log_line("this kernel has no audit (CONFIG_AUDIT), or was started with audit=0");
	else if (fd < 0)
		log_error(fd, "reach audit");
	return fd;
}

static int audit_control_open_file(struct saved_state_file *file)
{
	int err = saved_state_open(file, AUDIT_STATE_PATH);

	if (err == -EBUSY)
		log_line("another killsnoop compare is running: one at a time");
	else if (err)
		log_error(err, "open " AUDIT_STATE_PATH);
	return err;
}

/* The kernel says no in its own way to each kind of not being allowed. */
static int audit_control_check_permission(int fd)
{
	struct audit_settings settings;
	int err = audit_netlink_read(fd, &settings);

	if (err == -EPERM || err == -ECONNREFUSED)
		log_line("not permitted to control audit: run as root with CAP_AUDIT_CONTROL, in "
			 "the initial user and pid namespaces");
	else if (err)
		log_error(err, "read audit's settings");
	return err;
}

int audit_control_open(struct audit_control *control)
{
	int err;

	*control = (struct audit_control){ .file.fd = -1 };
	control->fd = audit_control_open_socket();
	if (control->fd < 0)
		return control->fd;
	err = audit_control_check_permission(control->fd);
	err = err ? err : audit_control_open_file(&control->file);
	if (err)
		return err;
	err = audit_control_repair(control);
	if (err)
		saved_state_close(&control->file); /* what it says is still to be done */
	return err;
}

static int audit_control_prepare_state(struct audit_control *control)
{
	struct audit_settings now;
	int err = audit_control_read(control, &now);

	if (err)
		return err;
	saved_state_boot_id(control->state.boot_id);
	control->state.daemon_pid = now.daemon_pid;
	for (enum audit_value value = 0; value < AUDIT_VALUES; value++) {
		control->state.before[value] = now.values[value];
		control->state.ours[value] = audit_control_wanted_value(value, now.values[value]);
	}
	err = saved_state_write(&control->file, &control->state);
	return err ? log_error(err, "write " AUDIT_STATE_PATH) : 0;
}

static int audit_control_change_values(struct audit_control *control)
{
	const struct saved_state *state = &control->state;

	for (enum audit_value value = 0; value < AUDIT_VALUES; value++) {
		int err = state->before[value] == state->ours[value]
			      ? 0
			      : audit_netlink_set(control->fd, value, state->ours[value]);

		if (err)
			return log_error(err, "set audit's %s to %u", saved_state_value_name(value),
					 state->ours[value]);
	}
	return 0;
}

/* The last one first, so that they come in their order. */
static int audit_control_add_rules(struct audit_control *control, const struct audit_rules *rules)
{
	for (size_t i = rules->n; i-- > 0;) {
		int err = audit_netlink_add_rule(control->fd, &rules->items[i]);

		if (err)
			return log_error(err, "add an audit rule");
		control->n_rules++;
	}
	return 0;
}

int audit_control_begin(struct audit_control *control, const struct audit_rules *rules)
{
	int err = audit_control_prepare_state(control);

	if (err)
		return err;
	control->is_changed = true;
	err = audit_control_change_values(control);
	err = err ? err : audit_control_add_rules(control, rules);
	if (err)
		audit_control_restore(control);
	return err;
}

void audit_control_close(struct audit_control *control)
{
	if (control->is_changed)
		saved_state_close(&control->file);
	else
		saved_state_remove(&control->file);
	if (control->fd >= 0)
		close(control->fd);
	control->fd = -1;
}
