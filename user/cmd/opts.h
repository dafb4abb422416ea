/* SPDX-License-Identifier: GPL-2.0-only */
/* The command line, as data: one table gives parsing, --help and what the tests compare. */
#ifndef KS_OPTS_H
#define KS_OPTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/features.h"
#include "filter/filter.h"
#include "format/format.h"
#include "output/output.h"
#include "kernel/loader.h"

/* The commands of killsnoop that take options. */
enum verb { VERB_TRACE, VERB_RULE, VERB_COMPARE, VERB_DOCTOR, VERB_MAX };

struct options {
	enum verb verb;
	struct filter filter;
	struct output_config output;
	uint64_t count;	      /* 0: no limit */
	uint64_t duration_ns; /* 0: no limit */
	int ready_fd;	      /* -1: none */
	uint64_t ring_bytes;
	const char *btf; /* a file that describes the kernel's types; NULL: the kernel does */
	enum return_hook hook;
	uint32_t without; /* features of the kernel not to use; bit n: enum feature n */
	bool entries;	  /* when each call began is wanted: that takes hooks of their own */
	bool yes, repair; /* of compare */
	char **command;	  /* NULL: none */
};

enum opts_outcome { OPTS_GO, OPTS_DONE, OPTS_ERROR };

/*
 * Parses the arguments behind argv[0], the name of `verb`, which takes its part of the table's
 * options and no other. OPTS_DONE: the answer (--help…) has been printed. OPTS_ERROR: one line on
 * stderr has told what is wrong.
 */
enum opts_outcome opts_parse(struct options *options, enum verb verb, int argc, char **argv);

/* What of them is the loader's. It points to their filter. */
struct loader_config opts_loader_config(const struct options *options);

#endif
