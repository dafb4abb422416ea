/* SPDX-License-Identifier: GPL-2.0-only */
/* The texts that many events have, by id: those of KS_REC_TEXT records. */
#ifndef KS_TEXTS_H
#define KS_TEXTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uthash.h>

#include "record.h"

/* It never changes. A label comes from whoever loads policy, or, by AppArmor, from paths. */
struct shared_text {
	uint64_t id;
	unsigned int references;
	enum ks_text_kind kind;
	bool is_cut; /* the end is missing */
	UT_hash_handle hh;
	size_t bytes;
	char text[]; /* a NUL behind it */
};

struct text_table {
	struct shared_text *texts; /* hash by id, in the order of their last use */
};

/*
 * How many are kept: those used last. The BPF side remembers far fewer that it emitted, likewise
 * by their last use, so that none is forgotten here that will not be emitted again.
 */
enum { TEXTS_MAX = 16384, TEXTS_EMITTED_MAX = 2048 };

/* A text that is in no table, with a reference; `text` is copied. NULL: no memory. */
struct shared_text *texts_new(enum ks_text_kind kind, const char *text, size_t bytes, bool is_cut);

/* Adds a text, if it is a new one; `text` is copied. 0 or -ENOMEM. */
int texts_add(struct text_table *table, enum ks_text_kind kind, uint64_t id, const char *text,
	      size_t bytes, bool is_cut);

/* NULL: there is none, or it is unknown. No reference is taken. */
struct shared_text *texts_find(struct text_table *table, enum ks_text_kind kind, uint64_t id);

/* The label of a KS_LABEL_ id: some have no record. Likewise. */
struct shared_text *texts_find_label(struct text_table *table, uint64_t id);

struct shared_text *texts_get(struct shared_text *text); /* takes a reference; NULL is fine */
void texts_put(struct shared_text *text);		 /* drops it; NULL is fine */
void texts_clear(struct text_table *table);

#endif
