/* SPDX-License-Identifier: GPL-2.0-only */
/* What a trace writes: the text of its events, and how many of them did not reach the reader. */
#ifndef KS_OUTPUT_H
#define KS_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "output/sink.h"
#include "lib/strbuf.h"

enum { OUTPUT_MARKS_MAX = 1024 };

struct output {
	struct sink sink;
	struct strbuf text; /* not written yet */
	struct {
		size_t end; /* in `text` */
		size_t n;   /* events before it, since the mark before */
	} marks[OUTPUT_MARKS_MAX];
	size_t n_marks;
	uint64_t unwritten; /* events */
	bool is_cut;	    /* waiting for the reader was ended: from then on nothing is written */
	int err;	    /* of the sink; -EPIPE: the reader has gone */
};

/* `n` events more have their text at the end of `text`; writes if that is much. */
void output_add(struct output *output, size_t n);

/* Writes the text, unless writing has ended. */
void output_flush(struct output *output);

/* 0, or -errno reported on stderr. */
int output_close(struct output *output);

#endif
