/* SPDX-License-Identifier: GPL-2.0-only */
/* Events to text. A format appends to a buffer; whoever opened it writes that. */
#ifndef KS_FORMAT_H
#define KS_FORMAT_H

#include <stdbool.h>
#include <stddef.h>

#include "format/ancestor_cache.h"
#include "format/fields.h"
#include "format/task_cache.h"
#include "lib/strbuf.h"

/* Which signals get records in audit's format: those of processes, those of the kernel itself. */
enum { AUDIT_USER = 1 << 0, AUDIT_KERNEL = 1 << 1 };

/* In characters. */
struct terminal {
	int columns, rows; /* 0: there is none, or the text need not fit it */
};

struct format_config {
	const struct clock *clock;
	bool utc, color, redacts;
	bool has_env;		  /* environment variables were asked for */
	const char *secret_names; /* more than those known, as for redact_argv() */
	struct terminal terminal;
	const char *columns; /* of the table: a list of fields that there are */
	bool audit_enriched;
	unsigned int audit_kinds; /* AUDIT_USER, AUDIT_KERNEL; 0: all */
};

struct format;

/* An open format. Several of the same may be open at once. */
struct formatter {
	const struct format *format;
	const struct format_config *config;
	struct field_context fields;
	struct terminal terminal;
	struct strbuf *out;
	struct strbuf redacted, env;
	struct ancestor_cache *ancestors;
	struct task_cache *tasks;
	void *state; /* the format's own */
};

struct format {
	/* Takes the option's argument, or NULL; 0, or -EINVAL reported on stderr. NULL: has none.
	 */
	int (*parse)(struct format_config *config, char *argument);
	size_t state_bytes; /* of `state`, which is zero at first */
	bool shows_each;    /* signal: equal ones are not summed up */
	bool needs_entries; /* when each call began, which takes hooks of their own */
	/* Prepares, and writes what comes first; 0 or -errno. NULL: nothing to do. */
	int (*open)(struct formatter *formatter);
	/* The terminal has another width now. NULL: the format does not fit its text to it. */
	void (*resize)(struct formatter *formatter);
	/* What comes next is in another file. NULL: nothing refers to what came before. */
	void (*restart)(struct formatter *formatter);
	/*
	 * The signal events of one call that are to be shown, or one other event. EVENT_BLAST is
	 * for people: the others leave it out.
	 */
	void (*events)(struct formatter *formatter, struct event *const *events, size_t n);
	/* Frees what it kept. NULL: nothing. */
	void (*close)(struct formatter *formatter);
};

/* `config` and `out` must outlive it. 0 or -errno; then, too, it can be closed. */
int formatter_open(struct formatter *formatter, const struct format *format,
		   const struct format_config *config, struct strbuf *out);
void formatter_resize(struct formatter *formatter, const struct terminal *terminal);
void formatter_restart(struct formatter *formatter);
void formatter_events(struct formatter *formatter, struct event *const *events, size_t n);

/* All zero, it can be closed, too. */
void formatter_close(struct formatter *formatter);

/* The value of audit's proctitle if it was read before the sender was dying. */
void format_audit_living_title(struct formatter *audit, struct strbuf *out,
			       const struct event *event);

/*
 * The formats that an option asks for: X(name, letter, option, argument, commands, help). The name
 * is that of `format_NAME`, in a file of that name; an argument in brackets may be left out.
 * FORMAT_REPORTS: commands print what they found that way, too. Options, --help and the tests are
 * made of this list.
 */
#define FORMATS(X)                                                                                 \
	X(verbose, 'v', "verbose", NULL, FORMAT_EVENTS,                                            \
	  "print every field, a block for each event")                                             \
	X(json, 0, "json", NULL, FORMAT_REPORTS, "print JSON; of events, an object a line")        \
	X(audit, 0, "audit-format", "[=LIST]", FORMAT_EVENTS,                                      \
	  "print records of kernel audit: raw or enriched; user, kernel")

#define FORMAT_DECLARE(name, ...) extern const struct format format_##name;
FORMATS(FORMAT_DECLARE)
extern const struct format format_table; /* without an option */

#endif
