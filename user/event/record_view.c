// SPDX-License-Identifier: GPL-2.0-only
#include "event/record_view.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/array.h"

/* How long the fixed part is now, and was when a record of that type was first written. */
static const struct {
	size_t bytes, least;
} types[] = {
	[KS_REC_SIGNAL] = { sizeof(struct ks_signal), offsetof(struct ks_signal, prior_targets) },
	[KS_REC_CALL] = { sizeof(struct ks_signal), offsetof(struct ks_signal, prior_targets) },
	[KS_REC_RETURN] = { sizeof(struct ks_return), offsetof(struct ks_return, sigkill_pending) },
	[KS_REC_PROCESS] = { sizeof(struct ks_description),
			     offsetof(struct ks_description, exec_ns) },
	[KS_REC_EXIT] = { sizeof(struct ks_exit), offsetof(struct ks_exit, known) },
	[KS_REC_LABEL] = { offsetof(struct ks_text, kind), offsetof(struct ks_text, kind) },
	[KS_REC_TEXT] = { sizeof(struct ks_text), sizeof(struct ks_text) },
	[KS_REC_REPEAT] = { sizeof(struct ks_repeat), sizeof(struct ks_repeat) },
	[KS_REC_LOSSES] = { sizeof(struct ks_losses), sizeof(struct ks_losses) },
	[KS_REC_TITLE] = { sizeof(struct ks_description), sizeof(struct ks_description) },
};

static bool record_view_is_known_type(unsigned int type)
{
	return type < ARRAY_SIZE(types) && types[type].bytes;
}

static bool record_view_is_known(const struct ks_header *header, size_t size)
{
	return header->version == KS_RECORD_VERSION && !header->flags && header->size == size &&
	       header->ring < KS_RINGS && record_view_is_known_type(header->type) &&
	       header->fixed_bytes >= types[header->type].least && header->fixed_bytes <= size;
}

/* ---- version 1 ---- */

/*
 * Had no length of its fixed part, and grew four times, also in the middle. The length is where the
 * strings begin, or the end of the record.
 */
struct header_v1 {
	uint16_t version, type;
	uint32_t size;
	uint64_t lost, time_ns;
};

/* Of KS_REC_SIGNAL and KS_REC_CALL, the newest first. */
static const struct {
	size_t fixed_bytes, call_bytes;
} layouts_v1[] = { { 384, 80 }, { 368, 80 }, { 360, 72 }, { 352, 64 }, { 344, 64 } };

/* Behind the call: info, signal, four numbers of a byte, personality. */
enum { ARGV_V1 = sizeof(struct ks_info) + 12 };

/* Strings are the arguments alone, and end the record. Where there are none, their span is empty.
 */
static bool record_view_has_layout_v1(const char *bytes, size_t size, int layout, bool has_argv)
{
	size_t fixed = layouts_v1[layout].fixed_bytes;
	struct ks_span argv;

	if (size < fixed)
		return false;
	memcpy(&argv, bytes + sizeof(struct header_v1) + layouts_v1[layout].call_bytes + ARGV_V1,
	       sizeof(argv));
	return has_argv ? argv.offset == fixed && argv.offset + argv.bytes == size
			: size == fixed && !argv.bytes;
}

/* A record with arguments may be as long as one without in a newer layout: those first. */
static int record_view_find_layout_v1(const char *bytes, size_t size)
{
	for (int has_argv = 1; has_argv >= 0; has_argv--)
		for (size_t i = 0; i < ARRAY_SIZE(layouts_v1); i++)
			if (record_view_has_layout_v1(bytes, size, i, has_argv))
				return i;
	return -EBADMSG;
}

static int record_view_read_signal_v1(union record_fixed *to, const char *bytes, size_t size)
{
	int layout = record_view_find_layout_v1(bytes, size);
	size_t call_bytes, rest;

	if (layout < 0)
		return layout;
	call_bytes = layouts_v1[layout].call_bytes;
	bytes += sizeof(struct header_v1);
	rest = layouts_v1[layout].fixed_bytes - sizeof(struct header_v1) - call_bytes;
	memcpy(&to->signal.call, bytes, call_bytes);
	memcpy(&to->signal.info, bytes + call_bytes, rest);
	if (layouts_v1[layout].fixed_bytes == 344) /* all of them, as far as was known */
		to->signal.argv_area_bytes = to->signal.argv.bytes;
	return 0;
}

/* The other types grew at their end only. KS_REC_PROCESS did not, and its strings are there. */
static size_t record_view_most_v1(int type)
{
	return type == KS_REC_PROCESS ? types[type].least : types[type].bytes;
}

static int record_view_read_other_v1(union record_fixed *to, const char *bytes, size_t size)
{
	const size_t ours = sizeof(struct ks_header), theirs = sizeof(struct header_v1);
	size_t most = record_view_most_v1(to->header.type) - ours, have = size - theirs;

	if (have < types[to->header.type].least - ours)
		return -EBADMSG;
	memcpy((char *)to + ours, bytes + theirs, have < most ? have : most);
	/* At first, no bit said that the ids of an exit might be unknown. */
	if (to->header.type == KS_REC_EXIT && have == offsetof(struct ks_exit, known) - ours)
		to->exit.known = KS_KNOWN_IDS | KS_KNOWN_AUDIT;
	return 0;
}

static int record_view_open_v1(struct record_view *view)
{
	const struct header_v1 *header = (const void *)view->bytes;
	union record_fixed *to = &view->own;

	if (header->size != view->size || !record_view_is_known_type(header->type))
		return -EBADMSG;
	memset(to, 0, sizeof(*to));
	to->header.version = KS_RECORD_VERSION;
	to->header.type = header->type;
	to->header.fixed_bytes = types[header->type].bytes;
	to->header.size = header->size;
	to->header.lost = header->lost;
	to->header.time_ns = header->time_ns;
	view->fixed = to;
	return header->type == KS_REC_SIGNAL || header->type == KS_REC_CALL
		   ? record_view_read_signal_v1(to, view->bytes, view->size)
		   : record_view_read_other_v1(to, view->bytes, view->size);
}

/* ---- any version ---- */

int record_view_open(struct record_view *view, const void *data, size_t size)
{
	const struct ks_header *header = data;

	view->bytes = data;
	view->size = size;
	if (size >= sizeof(struct header_v1) && ((const struct header_v1 *)data)->version == 1)
		return record_view_open_v1(view);
	if (size < sizeof(*header) || !record_view_is_known(header, size))
		return -EBADMSG;
	view->fixed = data;
	if (header->fixed_bytes < types[header->type].bytes) {
		memset(&view->own, 0, sizeof(view->own));
		memcpy(&view->own, data, header->fixed_bytes);
		view->fixed = &view->own;
	}
	return 0;
}

bool record_view_has(const struct record_view *record, const struct ks_span *span)
{
	return (size_t)span->offset + span->bytes <= record->size;
}

char *record_view_copy(const struct record_view *record, const struct ks_span *span)
{
	char *text;

	if (!record_view_has(record, span))
		return NULL;
	text = malloc(span->bytes + 1);
	if (!text)
		return NULL;
	memcpy(text, record->bytes + span->offset, span->bytes);
	text[span->bytes] = '\0';
	return text;
}
