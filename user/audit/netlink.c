// SPDX-License-Identifier: GPL-2.0-only
#include "audit/netlink.h"

#include <errno.h>
#include <libaudit.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "event/event_names.h"

enum {
	REPLY_WAIT_MS = 5000,
	KEY_BYTES = sizeof(AUDIT_NETLINK_KEY) - 1,
};

int audit_netlink_open(void)
{
	int fd;

	set_aumessage_mode(MSG_QUIET, DBG_NO);
	fd = audit_open();
	return fd < 0 ? -errno : fd;
}

/* ---- replies ---- */

static int audit_netlink_wait_for_reply(int fd)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
	int n;

	do
		n = poll(&poll_fd, 1, REPLY_WAIT_MS);
	while (n < 0 && errno == EINTR);
	return n > 0 ? 0 : n ? -errno : -ETIMEDOUT;
}

/* The next reply of that type, or the end of a list, or an error. 0 or -errno. */
static int audit_netlink_get_reply(int fd, int type, struct audit_reply *reply)
{
	for (;;) {
		int err = audit_netlink_wait_for_reply(fd);

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

int audit_netlink_read(int fd, struct audit_settings *ret)
{
	struct audit_reply reply;
	int err = audit_request_status(fd);

	err = err < 0 ? err : audit_netlink_get_reply(fd, AUDIT_GET, &reply);
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

static int (*const setters[AUDIT_VALUES])(int fd, uint32_t value) = {
	[AUDIT_VALUE_BACKLOG_LIMIT] = audit_set_backlog_limit,
	[AUDIT_VALUE_RATE_LIMIT] = audit_set_rate_limit,
	[AUDIT_VALUE_ENABLED] = audit_set_enabled,
};

int audit_netlink_set(int fd, enum audit_value value, uint32_t number)
{
	int err = setters[value](fd, number);

	return err < 0 ? err : 0;
}

/* ---- rules ---- */

/* Our rules have one string, the key. */
static bool audit_netlink_is_ours(const struct audit_rule_data *rule)
{
	bool has_key = false;

	for (uint32_t i = 0; i < rule->field_count && i < AUDIT_MAX_FIELDS; i++)
		has_key |= rule->fields[i] == AUDIT_FILTERKEY;
	return has_key && rule->buflen == KEY_BYTES &&
	       !memcmp(rule->buf, AUDIT_NETLINK_KEY, rule->buflen);
}

static int audit_netlink_for_each_rule(
    int fd, int (*handle)(void *context, const struct audit_rule_data *rule), void *context)
{
	struct audit_reply reply;
	int err = audit_request_rules_list_data(fd);

	while (err >= 0) {
		err = audit_netlink_get_reply(fd, AUDIT_LIST_RULES, &reply);
		if (err)
			return err;
		if (reply.type == NLMSG_DONE)
			return 0;
		err = handle(context, reply.ruledata);
	}
	return err;
}

static int audit_netlink_note_kind(void *context, const struct audit_rule_data *rule)
{
	struct audit_kinds *kinds = context;

	if (rule->flags == AUDIT_FILTER_TASK && rule->action == AUDIT_NEVER)
		kinds->never_task = true;
	else if (rule->flags == AUDIT_FILTER_EXCLUDE)
		kinds->exclude = true;
	else if (rule->flags == AUDIT_FILTER_EXIT)
		kinds->exit = true;
	return 0;
}

int audit_netlink_find_rules(int fd, struct audit_kinds *ret)
{
	memset(ret, 0, sizeof(*ret));
	return audit_netlink_for_each_rule(fd, audit_netlink_note_kind, ret);
}

/* libaudit takes a key only behind calls that auditctl itself has noted: by hand. */
static struct audit_rule_data *audit_netlink_add_key(struct audit_rule_data *rule)
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
	memcpy(longer->buf, AUDIT_NETLINK_KEY, KEY_BYTES);
	return longer;
}

/* `pair` is taken apart in place. */
static int audit_netlink_add_field(struct audit_rule_data **rule, char *pair)
{
	return audit_rule_fieldpair_data(rule, pair, AUDIT_FILTER_EXIT) ? -EINVAL : 0;
}

static int audit_netlink_fill_rule(struct audit_rule_data **to, const struct audit_rule *from)
{
	char pair[sizeof(from->fields[0])];
	int err;

	snprintf(pair, sizeof(pair), "arch=%s", from->arch);
	err = audit_netlink_add_field(to, pair); /* decides how the calls' names are found */
	for (int via = 0; via < KS_VIA_MAX && !err; via++)
		if (from->calls & 1u << via && audit_rule_syscallbyname_data(*to, name_of_via(via)))
			err = -EINVAL;
	for (size_t i = 0; i < from->n_fields && !err; i++) {
		memcpy(pair, from->fields[i], sizeof(pair));
		err = audit_netlink_add_field(to, pair);
	}
	return err;
}

static struct audit_rule_data *audit_netlink_make_rule(const struct audit_rule *from)
{
	struct audit_rule_data *rule = audit_rule_create_data();

	if (rule && audit_netlink_fill_rule(&rule, from)) {
		audit_rule_free_data(rule);
		return NULL;
	}
	return rule ? audit_netlink_add_key(rule) : NULL;
}

int audit_netlink_add_rule(int fd, const struct audit_rule *rule)
{
	struct audit_rule_data *data = audit_netlink_make_rule(rule);
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

static int audit_netlink_keep_if_ours(void *context, const struct audit_rule_data *rule)
{
	struct own_rules *own = context;
	size_t bytes = sizeof(*rule) + rule->buflen;
	struct audit_rule_data **items;

	if (!audit_netlink_is_ours(rule))
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

int audit_netlink_delete_rules(int fd)
{
	struct own_rules own = { 0 };
	int err = audit_netlink_for_each_rule(fd, audit_netlink_keep_if_ours, &own);

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
