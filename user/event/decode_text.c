// SPDX-License-Identifier: GPL-2.0-only
#include "event/decode_text.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "event/decode_process.h"
#include "lib/array.h"

static int decode_text_add(struct decoder *decoder, const struct ks_text *from,
			   enum ks_text_kind kind, const char *text, size_t bytes)
{
	return texts_add(&decoder->texts, kind, from->id, text, bytes, from->is_cut);
}

/* Each name is ended by NUL. Where the path is cut, a part of one is left. */
static int decode_text_add_path(struct decoder *decoder, const struct record_view *record)
{
	const struct ks_text *from = &record->fixed->text;
	struct ks_span whole = from->text;
	char *path;
	int err;

	while (whole.bytes && record->bytes[whole.offset + whole.bytes - 1])
		whole.bytes--;
	path = decode_process_copy_path(record, &whole, from->is_cut, false);
	if (!path)
		return -ENOMEM;
	err = decode_text_add(decoder, from, KS_TEXT_FILE, path, strlen(path));
	free(path);
	return err;
}

/* Functions of the tracer itself, which may have no names, and by which the kernel calls it: what
 * they begin with. */
static const char *const own_frames[] = { "bpf_", "__bpf_", "trace_", "__traceiter_", "0x" };

static bool decode_text_is_own(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(own_frames); i++)
		if (!strncmp(name, own_frames[i], strlen(own_frames[i])))
			return true;
	return false;
}

/* Names, each ended by NUL: without those of the tracer, which come first. */
static int decode_text_add_stack(struct decoder *decoder, const struct record_view *record)
{
	const struct ks_text *from = &record->fixed->text;
	const char *at = record->bytes + from->text.offset, *end = at + from->text.bytes;

	if (at == end || end[-1])
		return -EBADMSG;
	while (at < end && decode_text_is_own(at))
		at += strlen(at) + 1;
	return decode_text_add(decoder, from, KS_TEXT_STACK, at, end - at);
}

static bool decode_text_is_sound(const struct record_view *record)
{
	const struct ks_text *from = &record->fixed->text;

	return from->id >= KS_LABEL_FIRST && record_view_has(record, &from->text);
}

int decode_label(struct decoder *decoder, const struct record_view *record)
{
	const struct ks_text *from = &record->fixed->text;

	if (!decode_text_is_sound(record))
		return -EBADMSG;
	return decode_text_add(decoder, from, KS_TEXT_LABEL, record->bytes + from->text.offset,
			       from->text.bytes);
}

int decode_text(struct decoder *decoder, const struct record_view *record)
{
	if (!decode_text_is_sound(record))
		return -EBADMSG;
	switch (record->fixed->text.kind) {
	case KS_TEXT_LABEL: return decode_label(decoder, record);
	case KS_TEXT_FILE: return decode_text_add_path(decoder, record);
	case KS_TEXT_STACK: return decode_text_add_stack(decoder, record);
	}
	return -EBADMSG;
}
