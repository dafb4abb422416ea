// SPDX-License-Identifier: GPL-2.0-only
#include "audit_control.h"

#include <errno.h>
#include <libaudit.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "names.h"

enum {
	REPLY_WAIT_MS = 5000,
	/* Records; beyond it, callers have to wait for kauditd. */
	BACKLOG_LIMIT = 16384,
	KEY_BYTES = sizeof(AUDIT_CONTROL_KEY) - 1,
};

#define HOW_TO_REPAIR "killsnoop compare --repair tries again"

static int report(const char *what, int err)
{
	log_line("cannot %s: %s", what, strerror(-err));
	return err;
}

/* ---- netlink ---- */

static int wait_for_reply(int fd)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
	int n;

	do
		n = poll(&poll_fd, 1, REPLY_WAIT_MS);
	while (n < 0 && errno == EINTR);
	return n > 0 ? 0 : n ? -errno : -ETIMEDOUT;
}

/* The next reply of that type, or the end of a list, or an error. 0 or -errno. */
static int get_reply(int fd, int type, struct audit_reply *reply)
{
	for (;;) {
		int err = wait_for_reply(fd);

		if (err)
			return err;
		err = audit_get_reply(fd, reply, GET_REPLY_NONBLOCKING, 0);
		if (err <= 0)
			return err ? err : -EIO;
		if (reply->type == type || reply->type == NLMSG_DONE)
			return 0;
		if (reply->type == NLMSG_ERROR && reply->error->error)
			return reply->error->error;
	}
}

/* ---- settings ---- */

static int read_settings(int fd, struct audit_settings *ret)
{
	struct audit_reply reply;
	int err = audit_request_status(fd);

	err = err < 0 ? err : get_reply(fd, AUDIT_GET, &reply);
	if (err < 0)
		return err;
	if (reply.type != AUDIT_GET)
		return -EIO;
	ret->values[AUDIT_VALUE_ENABLED] = reply.status->enabled;
	ret->values[AUDIT_VALUE_BACKLOG_LIMIT] = reply.status->backlog_limit;
	ret->values[AUDIT_VALUE_RATE_LIMIT] = reply.status->rate_limit;
	ret->failure = reply.status->failure;
	ret->daemon_pid = reply.status->pid;
	ret->lost = reply.status->lost;
	ret->backlog = reply.status->backlog;
	return 0;
}

int audit_control_read(struct audit_control *control, struct audit_settings *ret)
{
	int err = read_settings(control->fd, ret);

	return err ? report("read audit's settings", err) : 0;
}

static int (*const setters[AUDIT_VALUES])(int fd, uint32_t value) = {
	[AUDIT_VALUE_BACKLOG_LIMIT] = audit_set_backlog_limit,
	[AUDIT_VALUE_RATE_LIMIT] = audit_set_rate_limit,
	[AUDIT_VALUE_ENABLED] = audit_set_enabled,
};

static int set_value(int fd, enum audit_value value, uint32_t number)
{
	int err = setters[value](fd, number);

	return err < 0 ? err : 0;
}

/* What compare needs: no limit that loses records. */
static uint32_t wanted_value(enum audit_value value, uint32_t before)
{
	switch (value) {
	case AUDIT_VALUE_ENABLED: return 1;
	case AUDIT_VALUE_RATE_LIMIT: return 0;
	default: /* 0 is no limit */
		return before && before < BACKLOG_LIMIT ? BACKLOG_LIMIT : before;
	}
}

/* ---- rules ---- */

/* Our rules have one string, the key. */
static bool is_ours(const struct audit_rule_data *rule)
{
	bool has_key = false;

	for (uint32_t i = 0; i < rule->field_count && i < AUDIT_MAX_FIELDS; i++)
		has_key |= rule->fields[i] == AUDIT_FILTERKEY;
	return has_key && rule->buflen == KEY_BYTES &&
	       !memcmp(rule->buf, AUDIT_CONTROL_KEY, rule->buflen);
}

static int for_each_rule(int fd, int (*handle)(void *context, const struct audit_rule_data *rule),
			 void *context)
{
	struct audit_reply reply;
	int err = audit_request_rules_list_data(fd);

	while (err >= 0) {
		err = get_reply(fd, AUDIT_LIST_RULES, &reply);
		if (err)
			return err;
		if (reply.type == NLMSG_DONE)
			return 0;
		err = handle(context, reply.ruledata);
	}
	return err;
}

struct kinds {
	bool never_task, exclude;
};

static int note_kind(void *context, const struct audit_rule_data *rule)
{
	struct kinds *kinds = context;

	if (rule->flags == AUDIT_FILTER_TASK && rule->action == AUDIT_NEVER)
		kinds->never_task = true;
	else if (rule->flags == AUDIT_FILTER_EXCLUDE)
		kinds->exclude = true;
	return 0;
}

int audit_control_find_rules(struct audit_control *control, bool *ret_never_task, bool *ret_exclude)
{
	struct kinds kinds = { 0 };
	int err = for_each_rule(control->fd, note_kind, &kinds);

	if (err)
		return report("list audit's rules", err);
	*ret_never_task = kinds.never_task;
	*ret_exclude = kinds.exclude;
	return 0;
}

/* libaudit takes a key only behind calls that auditctl itself has noted: by hand. */
static struct audit_rule_data *add_key(struct audit_rule_data *rule)
{
	struct audit_rule_data *longer = realloc(rule, sizeof(*rule) + KEY_BYTES);

	if (!longer) {
		audit_rule_free_data(rule);
		return NULL;
	}
	longer->fields[longer->field_count] = AUDIT_FILTERKEY;
	longer->fieldflags[longer->field_count] = AUDIT_EQUAL;
	longer->values[longer->field_count] = KEY_BYTES;
	longer->field_count++;
	longer->buflen = KEY_BYTES;
	memcpy(longer->buf, AUDIT_CONTROL_KEY, KEY_BYTES);
	return longer;
}

/* `pair` is taken apart in place. */
static int add_field(struct audit_rule_data **rule, char *pair)
{
	return audit_rule_fieldpair_data(rule, pair, AUDIT_FILTER_EXIT) ? -EINVAL : 0;
}

static int fill_rule(struct audit_rule_data **to, const struct audit_rule *from)
{
	char pair[sizeof(from->fields[0])];
	int err;

	snprintf(pair, sizeof(pair), "arch=%s", from->arch);
	err = add_field(to, pair); /* tells how the calls' names are looked up */
	for (int via = 0; via < KS_VIA_MAX && !err; via++)
		if (from->calls & 1u << via && audit_rule_syscallbyname_data(*to, name_of_via(via)))
			err = -EINVAL;
	for (size_t i = 0; i < from->n_fields && !err; i++) {
		memcpy(pair, from->fields[i], sizeof(pair));
		err = add_field(to, pair);
	}
	return err;
}

static struct audit_rule_data *make_rule(const struct audit_rule *from)
{
	struct audit_rule_data *rule = audit_rule_create_data();

	if (rule && fill_rule(&rule, from)) {
		audit_rule_free_data(rule);
		return NULL;
	}
	return rule ? add_key(rule) : NULL;
}

static int add_rule(int fd, const struct audit_rule *rule)
{
	struct audit_rule_data *data = make_rule(rule);
	int err;

	if (!data)
		return -EINVAL;
	err = audit_add_rule_data(fd, data, AUDIT_FILTER_EXIT | AUDIT_FILTER_PREPEND, AUDIT_ALWAYS);
	audit_rule_free_data(data);
	return err < 0 ? err : 0;
}

/* Copies of rules to delete: the list must end before the socket can be used for that. */
struct own_rules {
	struct audit_rule_data **items;
	size_t n;
};

static int keep_if_ours(void *context, const struct audit_rule_data *rule)
{
	struct own_rules *own = context;
	size_t bytes = sizeof(*rule) + rule->buflen;
	struct audit_rule_data **items;

	if (!is_ours(rule))
		return 0;
	items = realloc(own->items, (own->n + 1) * sizeof(*items));
	if (!items)
		return -ENOMEM;
	own->items = items;
	items[own->n] = malloc(bytes);
	if (!items[own->n])
		return -ENOMEM;
	memcpy(items[own->n++], rule, bytes);
	return 0;
}

static int delete_own_rules(int fd)
{
	struct own_rules own = { 0 };
	int err = for_each_rule(fd, keep_if_ours, &own);

	for (size_t i = 0; i < own.n; i++) {
		int deleted = err ? 0
				  : audit_delete_rule_data(fd, own.items[i], own.items[i]->flags,
							   own.items[i]->action);

		if (deleted < 0 && deleted != -ENOENT)
			err = deleted;
		free(own.items[i]);
	}
	free(own.items);
	return err;
}

int audit_control_remove_rules(struct audit_control *control)
{
	int err = delete_own_rules(control->fd);

	return err ? report("remove the audit rules; " HOW_TO_REPAIR, err) : 0;
}

/* ---- restore ---- */

/*
 * Only what still is as we set it. A daemon that was started in between has enabled audit, too: it
 * needs it so.
 */
static bool is_to_restore(const struct audit_state *state, const struct audit_settings *now,
			  enum audit_value value)
{
	if (state->before[value] == state->ours[value] || now->values[value] != state->ours[value])
		return false;
	return value != AUDIT_VALUE_ENABLED || state->daemon_pid || !now->daemon_pid;
}

static int restore_values(int fd, const struct audit_state *state)
{
	struct audit_settings now;
	int err = read_settings(fd, &now);

	if (err)
		return report("read audit's settings; " HOW_TO_REPAIR, err);
	for (enum audit_value value = AUDIT_VALUES; value-- > 0;) {
		int failed = is_to_restore(state, &now, value)
				 ? set_value(fd, value, state->before[value])
				 : 0;

		if (failed)
			log_line("cannot set audit's %s to %u again: %s; " HOW_TO_REPAIR,
				 audit_state_value_name(value), state->before[value],
				 strerror(-failed));
		err = err ? err : failed;
	}
	return err;
}

static int undo(struct audit_control *control, const struct audit_state *state)
{
	int err = audit_control_remove_rules(control);
	int failed = restore_values(control->fd, state);

	return err ? err : failed;
}

int audit_control_restore(struct audit_control *control)
{
	int err = control->is_changed ? undo(control, &control->state) : 0;

	if (err)
		return err;
	control->is_changed = false;
	audit_state_remove(&control->file);
	return 0;
}

/* ---- what an earlier one left ---- */

/* A boot forgets all of it. */
static bool is_of_this_boot(const struct audit_state *state)
{
	char boot_id[BOOT_ID_MAX];

	audit_state_boot_id(boot_id);
	return !strcmp(state->boot_id, boot_id);
}

static int repair(struct audit_control *control)
{
	struct audit_state state;
	int err = audit_state_read(&control->file, &state);

	if (err == -EBADMSG)
		log_line("%s cannot be understood: only rules are removed", control->file.path);
	else if (err && err != -ENOENT)
		return report("read " AUDIT_STATE_PATH, err);
	if (err || !is_of_this_boot(&state))
		return audit_control_remove_rules(control);
	err = undo(control, &state);
	if (!err)
		log_line("audit is as it was before an earlier compare that did not end properly");
	return err;
}

/* ---- open, begin, close ---- */

static int open_socket(void)
{
	int fd;

	set_aumessage_mode(MSG_QUIET, DBG_NO);
	fd = audit_open();
	if (fd >= 0)
		return fd;
	if (errno != EPROTONOSUPPORT)
		return report("reach audit", -errno);
	log_line("this kernel has no audit (CONFIG_AUDIT), or was started with audit=0");
	return -EPROTONOSUPPORT;
}

static int open_file(struct audit_state_file *file)
{
	int err = audit_state_open(file, AUDIT_STATE_PATH);

	if (err == -EBUSY)
		log_line("another killsnoop compare is running: one at a time");
	else if (err)
		report("open " AUDIT_STATE_PATH, err);
	return err;
}

/* The kernel says no in its own way to each kind of not being allowed. */
static int check_permission(int fd)
{
	struct audit_settings settings;
	int err = read_settings(fd, &settings);

	if (err == -EPERM || err == -ECONNREFUSED)
		log_line("not permitted to control audit: run as root with CAP_AUDIT_CONTROL, in "
			 "the initial user and pid namespaces");
	else if (err)
		report("read audit's settings", err);
	return err;
}

int audit_control_open(struct audit_control *control)
{
	int err;

	*control = (struct audit_control){ .file.fd = -1 };
	control->fd = open_socket();
	if (control->fd < 0)
		return control->fd;
	err = check_permission(control->fd);
	err = err ? err : open_file(&control->file);
	if (err)
		return err;
	err = repair(control);
	if (err)
		audit_state_close(&control->file); /* what it says is still to be done */
	return err;
}

static int prepare_state(struct audit_control *control)
{
	struct audit_settings now;
	int err = audit_control_read(control, &now);

	if (err)
		return err;
	audit_state_boot_id(control->state.boot_id);
	control->state.daemon_pid = now.daemon_pid;
	for (enum audit_value value = 0; value < AUDIT_VALUES; value++) {
		control->state.before[value] = now.values[value];
		control->state.ours[value] = wanted_value(value, now.values[value]);
	}
	err = audit_state_write(&control->file, &control->state);
	return err ? report("write " AUDIT_STATE_PATH, err) : 0;
}

static int change_values(struct audit_control *control)
{
	const struct audit_state *state = &control->state;

	for (enum audit_value value = 0; value < AUDIT_VALUES; value++) {
		int err = state->before[value] == state->ours[value]
			      ? 0
			      : set_value(control->fd, value, state->ours[value]);

		if (err) {
			log_line("cannot set audit's %s to %u: %s", audit_state_value_name(value),
				 state->ours[value], strerror(-err));
			return err;
		}
	}
	return 0;
}

/* The last one first, so that they come in their order. */
static int add_rules(struct audit_control *control, const struct audit_rules *rules)
{
	for (size_t i = rules->n; i-- > 0;) {
		int err = add_rule(control->fd, &rules->items[i]);

		if (err)
			return report("add an audit rule", err);
		control->n_rules++;
	}
	return 0;
}

int audit_control_begin(struct audit_control *control, const struct audit_rules *rules)
{
	int err = prepare_state(control);

	if (err)
		return err;
	control->is_changed = true;
	err = change_values(control);
	err = err ? err : add_rules(control, rules);
	if (err)
		audit_control_restore(control);
	return err;
}

void audit_control_close(struct audit_control *control)
{
	if (control->is_changed)
		audit_state_close(&control->file);
	else
		audit_state_remove(&control->file);
	if (control->fd >= 0)
		audit_close(control->fd);
	control->fd = -1;
}
