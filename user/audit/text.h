/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Audit's records of one system call as text, read with audit's own library, whoever wrote them:
 * the kernel or format/audit.c. Each line is "type=NAME msg=audit(SECONDS.MS:SERIAL): FIELDS".
 */
#ifndef KS_AUDIT_TEXT_H
#define KS_AUDIT_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include "lib/strbuf.h"

/* What distinguishes calls, in both streams alike. There is no padding: it is hashed as bytes. */
struct audit_key {
	uint64_t args[4];
	int64_t ret;
	uint32_t pid, arch, nr, is_set; /* is_set: bit n for field n of the table in text.c */
};

struct audit_call {
	struct audit_key key;
	uint64_t time_ms; /* CLOCK_REALTIME, in whole milliseconds as the records have it */
};

/* One field of a record. Valid until the next one. */
struct audit_field {
	const char *record; /* the type's name */
	unsigned int nth;   /* among the records of that type, from 0 */
	const char *name, *value;
};

struct audit_text;

/* A parser, for use one after the other. NULL: no memory. */
struct audit_text *audit_text_new(void);
void audit_text_free(struct audit_text *parser);

/* Calls `handle` for each field of each record. 0, or -EBADMSG: these are no records of one event.
 */
int audit_text_walk(struct audit_text *parser, const char *text, size_t bytes,
		    void (*handle)(void *context, const struct audit_field *field), void *context);

/* Which call the records are of. 0, or -EBADMSG: a field of the key is missing. */
int audit_text_read_call(struct audit_text *parser, const char *text, size_t bytes,
			 struct audit_call *ret);

/*
 * Appends the records without what differs from stream to stream: the time and serial of each, and
 * the key of the rule.
 */
void audit_text_strip(struct strbuf *out, const char *text, size_t bytes);

/* Appends the records without the labels of the security module: subj= and obj=. */
void audit_text_drop_labels(struct strbuf *out, const char *text, size_t bytes);

/*
 * Calls `handle` with the name of each field that is not the same in both events, as in
 * "SYSCALL.comm", or of a record that only one of them has, as in "OBJ_PID"; each name once. At
 * least one name is given: the caller has seen that they differ.
 */
void audit_text_difference(struct audit_text *parser, const struct strbuf *a,
			   const struct strbuf *b, void (*handle)(void *context, const char *name),
			   void *context);

/*
 * Decodes a string that audit writes quoted or in hexadecimal digits; cut to `room` - 1 bytes.
 * Returns `to`, which ends with NUL.
 */
char *audit_text_decode(const char *value, char *to, size_t room);

#endif
