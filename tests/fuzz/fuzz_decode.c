// SPDX-License-Identifier: GPL-2.0-only
/*
 * For libFuzzer: any bytes, taken for a recording, through decode and every format. Whatever they
 * are, nothing may crash or leak, and the output must be well-formed: no control bytes, valid
 * UTF-8, and JSON that a parser takes.
 */
#include <grp.h>
#include <json-c/json.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>

#include "enrich/users.h"
#include "format/format.h"
#include "lib/escape.h"
#include "source/recording.h"
#include "stream/replay.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* ---- the system's users, replaced: looking them up is slow ---- */

int getpwuid_r(uid_t uid, struct passwd *entry, char *buffer, size_t bytes, struct passwd **ret)
{
	(void)buffer;
	(void)bytes;
	*entry = (struct passwd){ .pw_name = "a b" };
	*ret = uid % 2 ? entry : NULL;
	return 0;
}

int getgrgid_r(gid_t gid, struct group *entry, char *buffer, size_t bytes, struct group **ret)
{
	(void)buffer;
	(void)bytes;
	*entry = (struct group){ .gr_name = "\"group\n" };
	*ret = gid % 2 ? entry : NULL;
	return 0;
}

/* ---- the input ---- */

/* Set in a record's type: the header stays as it is. */
enum { TYPE_AS_IS = 0x80 };

/* Its version had 16 bits: see record_view.c. */
static bool is_first_version(const struct ks_header *header)
{
	return header->version == 1 && !header->type;
}

/*
 * Mutations seldom leave version and size right, and nothing behind the header would ever be
 * tried: so they are put right, unless the type asks for what it is.
 */
static char *repair(const uint8_t *data, size_t n, size_t *ret_n)
{
	static const struct recording_mark begin = { .bytes = sizeof(begin),
						     .magic = RECORDING_MAGIC,
						     .kind = RECORDING_CLOCK };
	char *bytes = malloc(sizeof(begin) + n);
	size_t at = sizeof(begin);

	if (!bytes)
		abort();
	memcpy(bytes, &begin, at);
	memcpy(bytes + at, data, n);
	*ret_n = n += at;
	while (n - at > sizeof(uint32_t) + sizeof(struct ks_header)) {
		struct ks_header header;
		uint32_t size;

		memcpy(&size, bytes + at, sizeof(size));
		if (!size) { /* a mark */
			at += sizeof(struct recording_mark);
			if (at > n)
				break;
			continue;
		}
		if (size > n - at - sizeof(size))
			size = n - at - sizeof(size);
		memcpy(bytes + at, &size, sizeof(size));
		at += sizeof(size);
		if (size < sizeof(header))
			break;
		memcpy(&header, bytes + at, sizeof(header));
		if (!(header.type & TYPE_AS_IS)) {
			if (!is_first_version(&header))
				header.version = KS_RECORD_VERSION;
			header.size = size;
		}
		header.type &= ~TYPE_AS_IS;
		memcpy(bytes + at, &header, sizeof(header));
		at += size;
	}
	return bytes;
}

/* ---- the output ---- */

static void fail(const char *why, const struct strbuf *text)
{
	fprintf(stderr, "%s:\n%s\n", why, strbuf_str(text));
	abort();
}

static void check_bytes(const struct strbuf *text, bool enriched)
{
	for (size_t i = 0; i < text->len; i++) {
		unsigned char c = text->data[i];
		bool is_allowed = c == '\n' || (c == 0x1d && enriched);

		if ((c < ' ' && !is_allowed) || c == 0x7f)
			fail("a control byte", text);
		if (c == 0xc2 && (unsigned char)text->data[i + 1] < 0xa0)
			fail("a C1 control", text);
	}
	if (text->len && text->data[text->len - 1] != '\n')
		fail("an open line", text);
}

static void check_utf8(const struct strbuf *text)
{
	struct strbuf valid = { 0 };

	escape_json_text(&valid, text->data, text->len);
	if (valid.len != text->len || (valid.len && memcmp(valid.data, text->data, valid.len) != 0))
		fail("not UTF-8", text);
	strbuf_free(&valid);
}

static void check_json(const struct strbuf *text)
{
	struct json_tokener *tokener = json_tokener_new();
	const char *line = strbuf_str(text);

	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	while (*line) {
		size_t bytes = strcspn(line, "\n");
		struct json_object *json = json_tokener_parse_ex(tokener, line, bytes);

		if (!json_object_is_type(json, json_type_object) ||
		    json_tokener_get_parse_end(tokener) != bytes)
			fail("not JSON", text);
		json_object_put(json);
		json_tokener_reset(tokener);
		line += bytes + 1;
	}
	json_tokener_free(tokener);
}

/* Every line of a format begins in one of its ways. */
static void check_audit(const struct strbuf *text)
{
	for (const char *line = strbuf_str(text); *line; line = strchr(line, '\n') + 1)
		if (strncmp(line, "type=SYSCALL msg=audit(", 23) != 0 &&
		    strncmp(line, "type=OBJ_PID msg=audit(", 23) != 0 &&
		    strncmp(line, "type=PROCTITLE msg=audit(", 25) != 0 &&
		    strncmp(line, "type=KERNEL msg=audit(", 22) != 0 &&
		    strncmp(line, "# note: ", 8) != 0)
			fail("not a record", text);
}

/* ---- one run ---- */

struct run {
	struct stream stream;
	struct formatter formatter;
	struct strbuf text;
};

static void on_events(void *context, struct event **events, size_t n)
{
	struct run *run = context;

	formatter_events(&run->formatter, events, n);
}

static void run(const char *bytes, size_t n, const struct format *format,
		struct format_config *config)
{
	static struct run run; /* large */
	static const struct filter filter;
	const struct stream_config stream_config = {
		.filter = &filter,
		.finds_causes = true,
		.wants_names = true,
		.finds_blasts = true,
		.handle = on_events,
		.context = &run,
	};

	run = (struct run){ 0 };
	stream_init(&run.stream, &stream_config);
	config->clock = &run.stream.clock;
	if (formatter_open(&run.formatter, format, config, &run.text))
		abort();
	stream_replay(&run.stream, bytes, n);
	check_bytes(&run.text, config->audit_enriched);
	check_utf8(&run.text);
	if (format == &format_json)
		check_json(&run.text);
	else if (format == &format_audit)
		check_audit(&run.text);
	stream_clear(&run.stream);
	formatter_close(&run.formatter);
	strbuf_free(&run.text);
	users_forget();
}

/* The columns that the table does not show by itself. */
#define COLUMNS                                                                                    \
	"time,seq,signal,signal.number,result,target,sender,context,via,args,origin,scope,error,"  \
	"call.id,call.arch,call.syscall,call.return,call.targets,call.index,info.code,info.pid,"   \
	"info.uid,command,chain,sender.exe,sender.cwd,sender.user,sender.auid,sender.ses,"         \
	"sender.tty,sender.cgroup,sender.unit,sender.container,sender.start_time,"                 \
	"sender.exe_deleted,sender.cut,sender.ancestors,target.cmdline,context.cmdline"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct {
		const struct format *format;
		bool enriched;
	} rows[] = {
		{ &format_table, false }, { &format_verbose, false }, { &format_json, false },
		{ &format_audit, false }, { &format_audit, true },
	};
	struct format_config config = { .utc = true, .columns = COLUMNS };
	size_t n;
	char *bytes = repair(data, size, &n);

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		config.audit_enriched = rows[i].enriched;
		run(bytes, n, rows[i].format, &config);
	}
	free(bytes);
	return 0;
}
