// SPDX-License-Identifier: GPL-2.0-only
#include "audit/text.h"

#include <auparse.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/array.h"

struct audit_text {
	auparse_state_t *state;
};

struct audit_text *audit_text_new(void)
{
	struct audit_text *parser = calloc(1, sizeof(*parser));

	if (parser)
		parser->state = auparse_init(AUSOURCE_BUFFER, "");
	if (parser && parser->state)
		return parser;
	free(parser);
	return NULL;
}

void audit_text_free(struct audit_text *parser)
{
	if (!parser)
		return;
	auparse_destroy(parser->state);
	free(parser);
}

/* ---- walk ---- */

struct walk {
	struct audit_field field;
	char record[64];
	void (*handle)(void *context, const struct audit_field *field);
	void *context;
};

static void audit_text_walk_record(auparse_state_t *state, struct walk *walk)
{
	const char *type = auparse_get_type_name(state);
	bool again = type && !strcmp(type, walk->record);

	walk->field.nth = again ? walk->field.nth + 1 : 0;
	snprintf(walk->record, sizeof(walk->record), "%s", type ? type : "");
	walk->field.record = walk->record;
	for (int more = auparse_first_field(state); more > 0; more = auparse_next_field(state)) {
		walk->field.name = auparse_get_field_name(state);
		walk->field.value = auparse_get_field_str(state);
		if (walk->field.name && walk->field.value && strcmp(walk->field.name, "type"))
			walk->handle(walk->context, &walk->field);
	}
}

int audit_text_walk(struct audit_text *parser, const char *text, size_t bytes,
		    void (*handle)(void *context, const struct audit_field *field), void *context)
{
	struct walk walk = { .handle = handle, .context = context };
	auparse_state_t *state = parser->state;

	if (auparse_new_buffer(state, text, bytes) || auparse_next_event(state) <= 0)
		return -EBADMSG;
	for (int more = auparse_first_record(state); more > 0; more = auparse_next_record(state))
		audit_text_walk_record(state, &walk);
	return 0;
}

/* ---- which call ---- */

static void audit_text_set_signed(void *to, const char *value)
{
	*(int64_t *)to = strtoll(value, NULL, 10);
}

static void audit_text_set_hex(void *to, const char *value)
{
	*(uint64_t *)to = strtoull(value, NULL, 16);
}

static void audit_text_set_number(void *to, const char *value)
{
	*(uint32_t *)to = strtoul(value, NULL, 10);
}

static void audit_text_set_hex_number(void *to, const char *value)
{
	*(uint32_t *)to = strtoul(value, NULL, 16);
}

/* Fields of SYSCALL. */
static const struct {
	const char *name;
	size_t offset; /* in struct audit_key */
	void (*set)(void *to, const char *value);
	bool optional; /* not there if the task ended within the call: audit_log_exit() */
} key_fields[] = {
	{ "arch", offsetof(struct audit_key, arch), audit_text_set_hex_number, false },
	{ "syscall", offsetof(struct audit_key, nr), audit_text_set_number, false },
	{ "exit", offsetof(struct audit_key, ret), audit_text_set_signed, true },
	{ "a0", offsetof(struct audit_key, args[0]), audit_text_set_hex, false },
	{ "a1", offsetof(struct audit_key, args[1]), audit_text_set_hex, false },
	{ "a2", offsetof(struct audit_key, args[2]), audit_text_set_hex, false },
	{ "a3", offsetof(struct audit_key, args[3]), audit_text_set_hex, false },
	{ "pid", offsetof(struct audit_key, pid), audit_text_set_number, false },
};

enum { KEY_FIELDS = ARRAY_SIZE(key_fields) };

static void audit_text_take_key_field(void *context, const struct audit_field *field)
{
	struct audit_key *key = context;

	if (strcmp(field->record, "SYSCALL"))
		return;
	for (int i = 0; i < KEY_FIELDS; i++) {
		if (strcmp(field->name, key_fields[i].name) || key->is_set & 1u << i)
			continue;
		key_fields[i].set((char *)key + key_fields[i].offset, field->value);
		key->is_set |= 1u << i;
	}
}

static bool audit_text_is_call(const char *line, const char *end)
{
	static const char call[] = "type=SYSCALL ";

	return (size_t)(end - line) >= strlen(call) && !memcmp(line, call, strlen(call));
}

/* The SYSCALL record, with its newline; empty: there is none. */
static const char *audit_text_find_call(const char *text, size_t bytes, size_t *ret_bytes)
{
	const char *end = text + bytes;

	while (text < end) {
		const char *newline = memchr(text, '\n', end - text);
		const char *next = newline ? newline + 1 : end;

		if (audit_text_is_call(text, next)) {
			*ret_bytes = next - text;
			return text;
		}
		text = next;
	}
	*ret_bytes = 0;
	return end;
}

/* Of all records only that one is parsed, for each event that comes is. */
int audit_text_read_call(struct audit_text *parser, const char *text, size_t bytes,
			 struct audit_call *ret)
{
	size_t line_bytes;
	const char *line = audit_text_find_call(text, bytes, &line_bytes);
	struct audit_call call = { 0 };
	int err = audit_text_walk(parser, line, line_bytes, audit_text_take_key_field, &call.key);

	for (int i = 0; i < KEY_FIELDS && !err; i++)
		if (!(call.key.is_set & 1u << i) && !key_fields[i].optional)
			err = -EBADMSG;
	if (err)
		return err;
	call.time_ms =
	    (uint64_t)auparse_get_time(parser->state) * 1000 + auparse_get_milli(parser->state);
	*ret = call;
	return 0;
}

/* ---- what is the same in both streams ---- */

/* The last occurrence of `word` in the line, or its end. */
static const char *audit_text_find_last(const char *line, const char *end, const char *word)
{
	size_t bytes = strlen(word);

	for (const char *at = end - bytes; at >= line; at--)
		if (!memcmp(at, word, bytes))
			return at;
	return end;
}

static void audit_text_strip_line(struct strbuf *out, const char *line, const char *end)
{
	static const char type[] = "type=";
	size_t bytes = end - line;
	const char *stamp = memmem(line, bytes, " msg=audit(", 11);
	const char *behind = stamp ? memchr(stamp, ')', end - stamp) : NULL;

	if (audit_text_is_call(line, end))
		end = audit_text_find_last(line, end, " key=");
	if (bytes >= strlen(type) && !memcmp(line, type, strlen(type)))
		line += strlen(type);
	if (behind) {
		strbuf_add(out, line, stamp - line);
		line = behind + 1;
	}
	strbuf_add(out, line, end - line);
	strbuf_addc(out, '\n');
}

/* A label may have blanks: it ends before the field that comes next, the last of the record. */
static void audit_text_drop_label(struct strbuf *out, const char *line, const char *end,
				  const char *label, const char *next)
{
	const char *to = audit_text_find_last(line, end, next);
	const char *from = to < end ? audit_text_find_last(line, to, label) : end;

	strbuf_add(out, line, from - line);
	strbuf_add(out, to, end - to);
}

static void audit_text_drop_labels_of_line(struct strbuf *out, const char *line, const char *end)
{
	bool call = audit_text_is_call(line, end);

	audit_text_drop_label(out, line, end,
			      call ? " subj=" : " obj=", call ? " key=" : " ocomm=");
	strbuf_addc(out, '\n');
}

/* Calls `handle` for each line, without its newline. */
static void audit_text_walk_lines(struct strbuf *out, const char *text, size_t bytes,
				  void (*handle)(struct strbuf *out, const char *line,
						 const char *end))
{
	const char *end = text + bytes;

	while (text < end) {
		const char *newline = memchr(text, '\n', end - text);

		handle(out, text, newline ? newline : end);
		text = newline ? newline + 1 : end;
	}
}

void audit_text_drop_labels(struct strbuf *out, const char *text, size_t bytes)
{
	audit_text_walk_lines(out, text, bytes, audit_text_drop_labels_of_line);
}

void audit_text_strip(struct strbuf *out, const char *text, size_t bytes)
{
	audit_text_walk_lines(out, text, bytes, audit_text_strip_line);
}

/* ---- strings ---- */

static int audit_text_hex_digit(char c)
{
	static const char digits[] = "0123456789ABCDEF";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

static char *audit_text_decode_quoted(const char *value, char *to, size_t room)
{
	size_t bytes = strcspn(value, "\"");

	bytes = bytes < room ? bytes : room - 1;
	memcpy(to, value, bytes);
	to[bytes] = '\0';
	return to;
}

char *audit_text_decode(const char *value, char *to, size_t room)
{
	size_t n = 0;

	if (*value == '"')
		return audit_text_decode_quoted(value + 1, to, room);
	while (n + 1 < room && audit_text_hex_digit(value[0]) >= 0 &&
	       audit_text_hex_digit(value[1]) >= 0) {
		to[n++] = audit_text_hex_digit(value[0]) << 4 | audit_text_hex_digit(value[1]);
		value += 2;
	}
	to[n] = '\0';
	return to;
}
