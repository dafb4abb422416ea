// SPDX-License-Identifier: GPL-2.0-only
#include "event/decode_loss.h"

#include <stdlib.h>
#include <string.h>

#include "event/decode.h"

static struct event *decode_new_loss(struct decoder *decoder, uint64_t count, unsigned int cause)
{
	struct event *event = calloc(1, sizeof(*event));

	if (!event) {
		decoder->failed++;
		return NULL;
	}
	event->type = EVENT_LOST;
	event->time_ns = decoder->newest_ns;
	event->lost.count = count;
	event->lost.cause = cause;
	return event;
}

void decode_lost_events(struct decoder *decoder, uint64_t count, unsigned int cause)
{
	struct event *event = count ? decode_new_loss(decoder, count, cause) : NULL;

	if (event)
		correlate_add_other(&decoder->correlator, event);
}

/* `users`: whose they were, or NULL. */
static void decode_lost_in_ring(struct decoder *decoder, const struct ks_header *header,
				unsigned int cause, uint64_t count, const uint64_t users[KS_USERS])
{
	struct event *event = decode_new_loss(decoder, count, cause);

	decoder->lost[header->ring] += count;
	if (!event)
		return;
	event->lost.from_ns = decoder->last_ns[header->ring];
	event->lost.to_ns = header->time_ns;
	event->lost.has_users = users;
	if (users)
		memcpy(event->lost.users, users, sizeof(event->lost.users));
	correlate_add_other(&decoder->correlator, event);
}

/* What one cause has lost since its last report. On two CPUs, records may overtake each other. */
static void decode_refusal(struct decoder *decoder, const struct ks_losses *from,
			   enum ks_refusal refusal)
{
	uint64_t *seen = decoder->losses[from->header.ring][refusal], users[KS_USERS] = { 0 };
	uint64_t sum = 0;

	for (int user = 0; user < KS_USERS; user++) {
		uint64_t total = from->counts[refusal][user];

		if (total <= seen[user])
			continue;
		users[user] = total - seen[user];
		sum += users[user];
		seen[user] = total;
	}
	if (sum)
		decode_lost_in_ring(decoder, &from->header,
				    refusal == KS_REFUSAL_SHARE
					? KS_LOST_SHARE
					: KS_LOST_OF_RING(from->header.ring),
				    sum, users);
}

int decode_losses(struct decoder *decoder, const struct record_view *record)
{
	for (int refusal = 0; refusal < KS_REFUSALS; refusal++)
		decode_refusal(decoder, &record->fixed->losses, refusal);
	return 0;
}

void decode_header_loss(struct decoder *decoder, const struct ks_header *header)
{
	uint64_t seen = decoder->lost[header->ring];

	if (header->lost > seen)
		decode_lost_in_ring(decoder, header, KS_LOST_OF_RING(header->ring),
				    header->lost - seen, NULL);
}

void decode_tail_loss(struct decoder *decoder, enum ks_ring ring, uint64_t lost)
{
	decode_header_loss(decoder, &(struct ks_header){ .ring = ring, .lost = lost });
}
