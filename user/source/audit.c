// SPDX-License-Identifier: GPL-2.0-only
#include "source/audit.h"

#include <errno.h>
#include <libaudit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uthash.h>

#include "lib/log.h"
#include "lib/clock.h"
#include "lib/strbuf.h"
#include "lib/array.h"

enum {
	RECEIVE_BYTES = 128 << 20, /* a record takes about 2.3 KB of it */
	STAMP_MAX = 48,		   /* "1634658845.864:4294967295" */
};

/* Our event that has begun. Audit's name for an event is its time and serial. */
struct open_event {
	char stamp[STAMP_MAX];
	struct strbuf text;
	uint64_t began_ns;
	UT_hash_handle hh;
};

struct source_audit {
	int fd;
	const char *key;
	struct source_audit_handlers handlers;
	struct open_event *open_events;
	uint64_t overruns;
	char newest[STAMP_MAX]; /* of the records */
	struct audit_message message;
};

/* ---- open ---- */

/* Without CAP_NET_ADMIN, as much as is allowed. */
static void source_audit_grow_buffer(int fd)
{
	int bytes = RECEIVE_BYTES;

	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
}

static int source_audit_open_group(void)
{
	struct sockaddr_nl address = {
		.nl_family = AF_NETLINK,
		.nl_groups = 1u << (AUDIT_NLGRP_READLOG - 1),
	};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_AUDIT);
	int err;

	if (fd < 0)
		return -errno;
	source_audit_grow_buffer(fd);
	if (!bind(fd, (struct sockaddr *)&address, sizeof(address)))
		return fd;
	err = -errno;
	close(fd);
	return err;
}

int source_audit_open(struct source_audit **ret, const char *key,
		      const struct source_audit_handlers *handlers)
{
	struct source_audit *source = calloc(1, sizeof(*source));
	int fd = source ? source_audit_open_group() : -ENOMEM;

	if (fd < 0) {
		log_line("cannot read audit's records: %s%s", strerror(-fd),
			 fd == -EPERM ? "; run as root, with CAP_AUDIT_READ" : "");
		free(source);
		return fd;
	}
	source->fd = fd;
	source->key = key;
	source->handlers = *handlers;
	*ret = source;
	return 0;
}

/* ---- events ---- */

/* Types that this version of libaudit may not know yet. */
static const struct {
	int type;
	const char *name;
} newer_types[] = {
	{ 1425, "MAC_TASK_CONTEXTS" }, /* eb59d494eebd, v6.18 */
	{ 1426, "MAC_OBJ_CONTEXTS" },
};

static void source_audit_add_line(struct strbuf *out, int type, const char *message, size_t bytes)
{
	const char *name = audit_msg_type_to_name(type);

	for (size_t i = 0; !name && i < ARRAY_SIZE(newer_types); i++)
		if (newer_types[i].type == type)
			name = newer_types[i].name;
	if (name)
		strbuf_addf(out, "type=%s msg=", name);
	else
		strbuf_addf(out, "type=UNKNOWN[%d] msg=", type);
	strbuf_add(out, message, bytes);
	strbuf_addc(out, '\n');
}

/* In ms. */
static uint64_t source_audit_time_of(const char *stamp)
{
	char *point;
	uint64_t seconds = strtoull(stamp, &point, 10);

	return seconds * 1000 + (*point == '.' ? strtoull(point + 1, NULL, 10) : 0);
}

static void source_audit_finish(struct source_audit *source, struct open_event *event)
{
	HASH_DEL(source->open_events, event);
	if (!event->text.err)
		source->handlers.event(source->handlers.context, strbuf_str(&event->text),
				       event->text.len, source_audit_time_of(event->stamp),
				       clock_monotonic_ns());
	strbuf_free(&event->text);
	free(event);
}

static struct open_event *source_audit_find(struct source_audit *source, const char *stamp)
{
	struct open_event *event;

	HASH_FIND_STR(source->open_events, stamp, event);
	return event;
}

static struct open_event *source_audit_begin(struct source_audit *source, const char *stamp)
{
	struct open_event *event = source_audit_find(source, stamp);

	if (event)
		return event;
	event = calloc(1, sizeof(*event));
	if (!event)
		return NULL;
	snprintf(event->stamp, sizeof(event->stamp), "%s", stamp);
	event->began_ns = clock_monotonic_ns();
	HASH_ADD_STR(source->open_events, stamp, event);
	return event;
}

/* The key comes last, and nothing that a process chose can imitate it: audit escapes blanks. */
static bool source_audit_has_key(const struct source_audit *source, const char *message)
{
	char word[AUDIT_MAX_KEY_LEN + 16];

	snprintf(word, sizeof(word), " key=\"%s\"", source->key);
	return strstr(message, word);
}

/* ` op=add_rule key="..." list=4 res=1`: audit_log_rule_change(), kernel/auditfilter.c. */
static void source_audit_take_change(struct source_audit *source, const char *message)
{
	static const char *const ops[] = { "add_rule", "remove_rule" };

	for (size_t i = 0; i < 2; i++) {
		char word[32];

		snprintf(word, sizeof(word), " op=%s ", ops[i]);
		if (strstr(message, word) && source_audit_has_key(source, message))
			source->handlers.rule(source->handlers.context, ops[i]);
	}
}

/* "audit(1634658845.864:100500): ..." */
static bool source_audit_read_stamp(const char *message, char stamp[STAMP_MAX])
{
	return sscanf(message, "audit(%47[0-9.:])", stamp) == 1;
}

static void source_audit_take_record(struct source_audit *source, int type, const char *message,
				     size_t bytes)
{
	struct open_event *event;
	char stamp[STAMP_MAX];

	if (!source_audit_read_stamp(message, stamp))
		return;
	memcpy(source->newest, stamp, sizeof(stamp));
	if (type == AUDIT_CONFIG_CHANGE)
		source_audit_take_change(source, message);
	event = type == AUDIT_SYSCALL && source_audit_has_key(source, message)
		    ? source_audit_begin(source, stamp)
		    : source_audit_find(source, stamp);
	if (!event)
		return;
	if (type == AUDIT_EOE)
		source_audit_finish(source, event);
	else
		source_audit_add_line(&event->text, type, message, bytes);
}

/* ---- drain ---- */

/* A datagram is a record; the length in its header depends on the kernel's version. */
static void source_audit_take_datagram(struct source_audit *source, ssize_t bytes)
{
	char *message = NLMSG_DATA(&source->message.nlh);

	bytes -= NLMSG_HDRLEN;
	if (bytes <= 0)
		return;
	message[bytes] = '\0';
	/* Audit pads with NULs, and ends some records with a blank. */
	bytes = strlen(message);
	source_audit_take_record(source, source->message.nlh.nlmsg_type, message, bytes);
}

static bool source_audit_is_from_kernel(const struct sockaddr_nl *from)
{
	return from->nl_pid == 0;
}

int source_audit_drain(struct source_audit *source)
{
	int n;

	for (n = 0; n < SOURCE_AUDIT_DRAIN_MAX; n++) {
		struct sockaddr_nl from = { 0 };
		socklen_t from_bytes = sizeof(from);
		ssize_t bytes = recvfrom(source->fd, &source->message, sizeof(source->message) - 1,
					 0, (struct sockaddr *)&from, &from_bytes);

		if (bytes < 0 && errno == ENOBUFS)
			source->overruns++;
		else if (bytes < 0 && errno != EINTR)
			break;
		else if (bytes > 0 && source_audit_is_from_kernel(&from))
			source_audit_take_datagram(source, bytes);
	}
	return n;
}

int source_audit_fd(const struct source_audit *source)
{
	return source->fd;
}

uint64_t source_audit_overruns(const struct source_audit *source)
{
	return source->overruns;
}

size_t source_audit_open_events(const struct source_audit *source)
{
	return HASH_COUNT(source->open_events);
}

uint64_t source_audit_complete_ms(const struct source_audit *source)
{
	uint64_t complete_ms = source_audit_time_of(source->newest);
	const struct open_event *event, *next;

	HASH_ITER (hh, source->open_events, event, next) {
		uint64_t ms = source_audit_time_of(event->stamp);

		complete_ms = ms < complete_ms ? ms : complete_ms;
	}
	return complete_ms;
}

void source_audit_expire(struct source_audit *source, uint64_t time_ns)
{
	struct open_event *event, *next;

	HASH_ITER (hh, source->open_events, event, next) {
		if (event->began_ns < time_ns)
			source_audit_finish(source, event);
	}
}

void source_audit_close(struct source_audit *source)
{
	struct open_event *event, *next;

	if (!source)
		return;
	HASH_ITER (hh, source->open_events, event, next) {
		HASH_DEL(source->open_events, event);
		strbuf_free(&event->text);
		free(event);
	}
	close(source->fd);
	free(source);
}
