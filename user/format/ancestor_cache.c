// SPDX-License-Identifier: GPL-2.0-only
#include "format/ancestor_cache.h"

#include <stdlib.h>
#include <string.h>

struct ancestor_text {
	struct ancestor ancestor; /* holds a reference; process NULL: nothing is kept here */
	struct strbuf text;
};

enum { ANCESTOR_SLOTS = 256 };

struct ancestor_cache {
	struct ancestor_text slots[ANCESTOR_SLOTS]; /* by pid: those of a chain are neighbours */
};

struct ancestor_cache *ancestor_cache_new(void)
{
	return calloc(1, sizeof(struct ancestor_cache));
}

void ancestor_cache_free(struct ancestor_cache *cache)
{
	for (int i = 0; cache && i < ANCESTOR_SLOTS; i++) {
		process_put(cache->slots[i].ancestor.process);
		strbuf_free(&cache->slots[i].text);
	}
	free(cache);
}

bool ancestor_cache_add(const struct ancestor_cache *cache, const struct ancestor *ancestor,
			struct strbuf *out)
{
	const struct ancestor_text *slot = &cache->slots[ancestor->ref.pid % ANCESTOR_SLOTS];

	if (!ancestor->process || slot->ancestor.process != ancestor->process ||
	    memcmp(&slot->ancestor.ref, &ancestor->ref, sizeof(ancestor->ref)) != 0)
		return false;
	strbuf_add(out, slot->text.data, slot->text.len);
	return true;
}

void ancestor_cache_keep(struct ancestor_cache *cache, const struct ancestor *ancestor,
			 const struct strbuf *out, size_t start)
{
	struct ancestor_text *slot = &cache->slots[ancestor->ref.pid % ANCESTOR_SLOTS];

	if (!ancestor->process || out->err)
		return;
	strbuf_reset(&slot->text);
	strbuf_add(&slot->text, out->data + start, out->len - start);
	process_put(slot->ancestor.process);
	slot->ancestor = (struct ancestor){ 0 };
	if (slot->text.err)
		return;
	slot->ancestor = *ancestor;
	process_get(slot->ancestor.process);
}
