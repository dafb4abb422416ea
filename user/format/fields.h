/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The one table of fields: JSON keys, table columns, `-o help` and the documentation come from it.
 * Formats have syntax and no fields; the table has fields and no syntax.
 */
#ifndef KS_FIELDS_H
#define KS_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "lib/clock.h"
#include "event/event.h"
#include "lib/strbuf.h"

struct field_set;

enum value_kind {
	VALUE_NULL, /* unknown, or there is none */
	VALUE_NUMBER,
	VALUE_BOOL,
	VALUE_TEXT,  /* any bytes */
	VALUE_WORDS, /* of our own, which are not quoted */
	VALUE_CAUSE, /* of a signal event of the kernel, in words; column only */
	VALUE_TIME,  /* CLOCK_REALTIME ns: of an event, of which the day is known */
	VALUE_DATE,  /* likewise, of any day */
	VALUE_ARGV,  /* NUL-separated arguments */
	VALUE_ENV,   /* variables as in env_layout.h, one at least */
	VALUE_STACK, /* names of functions, each ended by NUL */
	VALUE_NUMBERS,
	VALUE_NAMES, /* literal names */
	VALUE_OBJECT,
	VALUE_OBJECTS,
	VALUE_STEPS,
};

enum { VALUE_ITEMS_MAX = 6 }; /* numbers, or names */

/* Points into the event, arguments into the context: valid until the next value is asked for.
 * Small, for each field makes one. */
struct value {
	enum value_kind kind;
	bool cut_start, cut_end;     /* more of the text is known than is shown */
	bool has_variables;	     /* VALUE_ENV: one at least is set, or unknown */
	bool is_unknown;	     /* VALUE_NULL: not "none", even where that is not shown */
	const struct field_set *set; /* of the objects */
	const struct task *task;     /* if the value is of it and nothing else; may be NULL */
	union {
		int64_t number; /* VALUE_NUMBER, VALUE_BOOL */
		uint64_t time_ns;
		const void *object;
		struct {
			const char *text;
			size_t bytes; /* of text */
		};
		struct {
			size_t n; /* of what follows */
			union {
				int64_t numbers[VALUE_ITEMS_MAX];
				const char *names[VALUE_ITEMS_MAX];
				const struct ancestor *ancestors; /* VALUE_OBJECTS */
				const struct cause_step *steps;	  /* VALUE_STEPS */
			};
		};
	};
};

/* What the getters need beside the object. */
struct field_context {
	const struct clock *clock;
	struct strbuf *redacted;  /* arguments without secrets, for one value; NULL: as they are */
	const char *secret_names; /* as for redact_argv() */
	struct strbuf *env;	  /* variables as they are shown, for one value */
	bool has_env;		  /* events have environments: they take room from other texts */
};

/* Fills *ret, which is VALUE_NULL, if the object has the field. */
typedef void field_getter(const struct field_context *context, const void *object,
			  struct value *ret);

struct field {
	const char *name; /* the JSON key, and the last part of the column's name */
	struct {
		const char *text; /* as JSON has it behind a comma, colon included */
		size_t bytes;
	} key;
	const char *header; /* of the column; NULL: it is no column */
	int width;	    /* the column's, as long as values fit */
	field_getter *get;
	const char *help;
	const struct field_set *set; /* the fields of the object that it holds */
	bool column_only;	     /* a summary of what JSON has in parts */
	int least;	/* width of the column on a terminal that is too narrow; 0: the usual one */
	bool grows;	/* its column takes what a terminal has left */
	bool is_remark; /* in a block, it is behind the value before it, in brackets */
};

/* A value of the object. All but its items is cleared before: for each field, more would be half of
 * the work. */
static inline void field_get(const struct field *field, const struct field_context *context,
			     const void *object, struct value *ret)
{
	memset(ret, 0, offsetof(struct value, numbers));
	field->get(context, object, ret);
}

struct field_set {
	const struct field *fields;
	size_t n;
	const struct field *title, *detail; /* in short: "title[detail]"; may be NULL */
	bool is_task;	    /* the objects are struct task, of which many events have the same */
	const char *before; /* in short, in front; NULL: nothing */
	const struct field *doing; /* in short, behind, if known: " in DOING"; may be NULL */
};

/* By enum event_type: the fields of an event. */
extern const struct field_set *const field_sets[];

struct column {
	const struct field *path[3]; /* from the event to the value */
	size_t depth;
	char header[32];
};

enum { COLUMNS_MAX = 64 };
#define COLUMNS_DEFAULT "time,signal,result,target,by,means,command,chain"

/* The field of that name, which is not NUL-terminated, or NULL. `set` may be NULL. */
const struct field *fields_find(const struct field_set *set, const char *name, size_t bytes);

/*
 * Parses a list such as "time,sender.pid". Returns the number of columns, or -EINVAL and the item
 * at fault.
 */
int fields_parse_columns(const char *list, struct column columns[COLUMNS_MAX], const char **ret_bad,
			 size_t *ret_bad_bytes);

/* The value of a column, VALUE_NULL where the event has none. */
void fields_get(const struct field_context *context, const struct column *column,
		const struct event *event, struct value *ret);

/* Calls `print` for every column there is, its full name and its help. */
void fields_list(void (*print)(const char *name, const char *help));

#endif
