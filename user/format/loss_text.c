// SPDX-License-Identifier: GPL-2.0-only
#include "format/loss_text.h"

#include <inttypes.h>

#include "event/event_names.h"
#include "lib/clock.h"

static void loss_text_add_time(struct strbuf *out, const char *before, uint64_t real_ns, bool utc)
{
	char text[CLOCK_RFC3339_MAX];

	if (!real_ns)
		return;
	strbuf_adds(out, before);
	strbuf_adds(out, clock_format_rfc3339(real_ns, utc, text));
}

/* ", 2 of root, 300 of other users", or ", all of other users" */
static void loss_text_add_users(struct strbuf *out, const struct event_loss *loss)
{
	static const char *const whose[] = { "root", "system users", "other users" };

	for (int user = 0; user < KS_USERS; user++) {
		uint64_t n = loss->users[user];

		if (n && n == loss->count)
			strbuf_addf(out, ", all of %s", whose[user]);
		else if (n)
			strbuf_addf(out, ", %" PRIu64 " of %s", n, whose[user]);
	}
}

void loss_text_add(struct strbuf *out, const struct event_loss *loss, const char *here, bool utc)
{
	const struct loss_words *words = loss_words(loss->cause);
	const char *ring = name_of_ring(ring_of_loss(loss->cause));

	strbuf_addf(out, "%" PRIu64 " %s lost%s (%s)", loss->count,
		    loss->count == 1 ? words->one : words->many, here, words->name);
	if (ring)
		strbuf_addf(out, ", in the ring %s", ring);
	if (loss->has_users)
		loss_text_add_users(out, loss);
	if (loss->cause == KS_LOST_SHARE)
		strbuf_adds(out, ", who had had their share of it");
	loss_text_add_time(out, ", after ", loss->from_real_ns, utc);
	loss_text_add_time(out, ", before ", loss->to_real_ns, utc);
}
