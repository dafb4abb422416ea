/* SPDX-License-Identifier: GPL-2.0-only */
/* Events to text. A format appends to a buffer; sink.c writes that. */
#ifndef KS_FORMAT_H
#define KS_FORMAT_H

#include <stdbool.h>
#include <stddef.h>

#include "format/fields.h"
#include "lib/strbuf.h"

/* Which signals get records in audit's format: those of processes, those of the kernel itself. */
enum { AUDIT_USER = 1 << 0, AUDIT_KERNEL = 1 << 1 };

struct format_context {
	struct field_context fields;
	struct strbuf *out;
	struct column columns[COLUMNS_MAX]; /* of the table */
	int n_columns;
	int widths[COLUMNS_MAX]; /* of them, as they fit the terminal */
	struct {
		int columns, rows; /* 0: it is none, or the table need not fit it */
	} terminal;
	int lines; /* of the terminal since the header */
	bool color;
	bool audit_enriched;
	unsigned int audit_kinds;  /* AUDIT_USER, AUDIT_KERNEL; 0: all */
	unsigned int audit_serial; /* of the last record; wraps as the kernel's does */
	struct title *titles;	   /* that audit would have kept */
};

struct format {
	const char *option; /* that asks for it */
	/* Prepares; 0 or -errno. NULL: nothing to do. */
	int (*begin)(struct format_context *context);
	/* The terminal has another size now. NULL: that does not matter. */
	void (*resize)(struct format_context *context);
	/* The signal events of one call that are to be shown, or one other event. */
	void (*events)(struct format_context *context, struct event *const *events, size_t n);
	/* Frees what it kept. NULL: nothing. */
	void (*end)(struct format_context *context);
	bool needs_entries; /* when each call began, which takes hooks of their own */
};

/* The value of audit's proctitle if it was read before the sender was dying. */
void format_audit_living_title(struct format_context *context, struct strbuf *out,
			       const struct event *event);

extern const struct format format_table, format_verbose, format_json, format_audit;

#endif
