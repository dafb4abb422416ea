/* SPDX-License-Identifier: GPL-2.0-only */
/* The labels that security modules give tasks: the texts of KS_REC_LABEL records, by id. */
#ifndef KS_LABELS_H
#define KS_LABELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uthash.h>

#include "record.h"

/* It never changes. Its text comes from whoever loads policy, or, by AppArmor, from paths. */
struct label {
	uint64_t id;
	unsigned int references;
	bool is_cut; /* the end of the text is missing */
	UT_hash_handle hh;
	size_t bytes;
	char text[]; /* a NUL behind it */
};

struct label_table {
	struct label *labels; /* hash by id, in the order of their last use */
};

/*
 * How many are kept: those used last. The BPF side remembers far fewer that it emitted, likewise
 * by their last use, so that none is forgotten here that will not be emitted again.
 */
enum { LABELS_MAX = 8192, LABELS_EMITTED_MAX = 1024 };

/* Adds a label, if it is a new one; `text` is copied. 0 or -ENOMEM. */
int label_add(struct label_table *table, uint64_t id, const char *text, size_t bytes, bool is_cut);

/* NULL: there is no label, or it is unknown. No reference is taken. */
struct label *label_find(struct label_table *table, uint64_t id);

struct label *label_get(struct label *label); /* takes a reference; NULL is fine */
void label_put(struct label *label);	      /* drops it; NULL is fine */
void label_table_clear(struct label_table *table);

#endif
