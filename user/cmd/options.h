/* SPDX-License-Identifier: GPL-2.0-only */
/* The command line, as data: one table gives parsing, --help and what the tests compare. */
#ifndef KS_OPTIONS_H
#define KS_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/features.h"
#include "filter/filter.h"
#include "format/format.h"
#include "output/output.h"
#include "kernel/loader.h"

/* The commands of killsnoop that take options. */
enum subcommand {
	SUBCOMMAND_TRACE,
	SUBCOMMAND_RULE,
	SUBCOMMAND_COMPARE,
	SUBCOMMAND_DOCTOR,
	SUBCOMMAND_REPLAY,
	SUBCOMMAND_MAX
};

struct options {
	enum subcommand subcommand;
	struct filter filter;
	struct output_config output;
	uint64_t count;	      /* 0: no limit */
	uint64_t duration_ns; /* 0: no limit */
	bool each;	      /* equal signals are not summed up */
	bool follows_none;    /* of a command: its descendants are no targets */
	int ready_fd;	      /* -1: none */
	uint64_t ring_bytes;
	struct env_names env; /* environment variables that are shown */
	const char *btf;      /* a file that describes the kernel's types; NULL: the kernel does */
	enum return_hook hook;
	uint32_t without;      /* features of the kernel not to use; bit n: enum feature n */
	bool entries;	       /* when each call began is wanted: that takes hooks of their own */
	bool yes, repair;      /* of compare */
	char **command;	       /* NULL: none */
	const char *recording; /* of raw records: to be made, or to be replayed; NULL: none */
};

enum options_outcome { OPTIONS_GO, OPTIONS_DONE, OPTIONS_ERROR };

/*
 * Parses the arguments behind argv[0], the name of `subcommand`, which takes its part of the
 * table's options and no other. OPTIONS_DONE: the answer (--help…) has been printed. OPTIONS_ERROR:
 * one line on stderr has said what is wrong.
 */
enum options_outcome options_parse(struct options *options, enum subcommand subcommand, int argc,
				   char **argv);

/* What of them is the loader's. It points to their filter. */
struct loader_config options_loader_config(const struct options *options);

#endif
