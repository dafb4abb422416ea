/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The text of ancestors that were shown lately. Most senders are new, but their ancestors are not,
 * and these are most of a line. A description never changes, and so neither does its text.
 */
#ifndef KS_ANCESTOR_CACHE_H
#define KS_ANCESTOR_CACHE_H

#include <stdbool.h>

#include "event/process.h"
#include "lib/strbuf.h"

struct ancestor_cache;

/* NULL: there is no memory. Once it is full, newer ones replace older ones. */
struct ancestor_cache *ancestor_cache_new(void);
void ancestor_cache_free(struct ancestor_cache *cache); /* NULL is fine */

/* Appends the text of `ancestor` if it is known; returns whether it is. */
bool ancestor_cache_add(const struct ancestor_cache *cache, const struct ancestor *ancestor,
			struct strbuf *out);

/* What `out` has from its byte `start` on is the text of `ancestor`. */
void ancestor_cache_keep(struct ancestor_cache *cache, const struct ancestor *ancestor,
			 const struct strbuf *out, size_t start);

#endif
