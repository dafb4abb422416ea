/* SPDX-License-Identifier: GPL-2.0-only */
/* Where events go. An output has a type, which says how, and private state; several may be open. */
#ifndef KS_OUTPUT_H
#define KS_OUTPUT_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "format/format.h"
#include "output/text_file.h"

/* Auto: colour on a terminal, secrets hidden elsewhere. */
enum when { WHEN_AUTO, WHEN_ALWAYS, WHEN_NEVER };

struct output_config {
	const char *path; /* NULL: stdout */
	const struct format *format;
	struct format_config text; /* color, redacts and terminal are found out */
	enum when color, redact;
	bool is_wide; /* the text need not fit the terminal */
	text_file_may_wait *may_wait;
	void *context; /* of that */
};

struct output_type;

struct output {
	const struct output_type *type;
	const struct output_config *config;
	void *state;	    /* the type's own */
	const char *name;   /* for messages */
	struct pollfd poll; /* fd -1: there is nothing to wait for */
	uint64_t unwritten; /* signal events */
	bool is_cut;	    /* waiting for the reader was ended: from then on nothing is written */
	int err;	    /* nothing can be written any more; -EPIPE: the reader has gone */
};

/* Errors are kept in the output, and were reported on stderr, but for -EPIPE and -ECANCELED. */
struct output_type {
	size_t state_bytes; /* of `state`, which is zero at first */
	/* 0; -ECANCELED: waiting for a reader was ended; or another -errno. */
	int (*open)(struct output *output);
	/* The signal events of one call, or one other event. */
	void (*events)(struct output *output, struct event *const *events, size_t n);
	/* Writes what has come, unless writing has ended. */
	void (*flush)(struct output *output);
	/* poll(2) has returned `revents` for `poll`. */
	void (*ready)(struct output *output, short revents);
	/* The file may have got another name: opens it again. NULL: there is none. */
	void (*reopen)(struct output *output);
	/* The terminal has another size. NULL: that does not matter. */
	void (*resize)(struct output *output);
	/* 0 or -errno. */
	int (*close)(struct output *output);
};

/* A format's text, to a file or stdout. */
extern const struct output_type output_text;

enum { OUTPUTS_MAX = 4 };

/* All that get the events of a trace. All zero, there are none. */
struct outputs {
	struct output items[OUTPUTS_MAX];
	size_t n;
};

/* Opens one more; `config` must outlive it. Returns as `open` does. */
int outputs_open(struct outputs *outputs, const struct output_type *type,
		 const struct output_config *config);
void outputs_events(struct outputs *outputs, struct event *const *events, size_t n);
void outputs_flush(struct outputs *outputs);
void outputs_reopen(struct outputs *outputs);
void outputs_resize(struct outputs *outputs);

/* poll(2) has something to say of `poll`: `revents`. */
void output_ready(struct output *output, short revents);

/* The first error of any; 0: none. */
int outputs_err(const struct outputs *outputs);

/* The first that was cut, or NULL. */
const struct output *outputs_cut(const struct outputs *outputs);

/* The first error, or 0. They are all closed then; what they counted stays. */
int outputs_close(struct outputs *outputs);

#endif
