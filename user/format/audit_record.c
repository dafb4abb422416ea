// SPDX-License-Identifier: GPL-2.0-only
#include "format/audit_record.h"

#include <string.h>

#include "lib/array.h"

#define MARK " msg=audit("

/*
 * Audit's times are of CLOCK_REALTIME_COARSE, at the begin of the call. Where that cannot be read:
 * it is the time of the last tick, rounded down to a multiple of ticks with another phase
 * (measured: 3 to 7 ms behind with ticks of 4 ms), so a tick before the true time, we are never off
 * by more than a tick, if that came in time.
 */
static uint64_t audit_record_time(const struct formatter *formatter, const struct event *event)
{
	const struct event_call *call = &event->signal.call;
	const struct clock *clock = formatter->fields.clock;

	if (call->coarse_ns)
		return call->coarse_ns;
	return (call->entry_ns ? clock_mono_to_real(clock, call->entry_ns) : event->real_ns) -
	       clock->tick_ns;
}

static void audit_record_add_stamp(struct formatter *formatter, const struct event *event,
				   unsigned int serial)
{
	uint64_t real_ms = audit_record_time(formatter, event) / 1000000;
	const char ms[] = { '.', '0' + real_ms / 100 % 10, '0' + real_ms / 10 % 10,
			    '0' + real_ms % 10, ':' };
	struct strbuf *out = formatter->out;

	strbuf_add_unsigned(out, real_ms / 1000);
	strbuf_add(out, ms, sizeof(ms));
	strbuf_add_unsigned(out, serial);
}

void audit_record_begin(struct formatter *formatter, const char *type, const struct event *event,
			unsigned int serial)
{
	struct strbuf *out = formatter->out;

	strbuf_adds(out, "type=");
	strbuf_adds(out, type);
	strbuf_adds(out, MARK);
	audit_record_add_stamp(formatter, event, serial);
	strbuf_adds(out, "):");
}

/* ---- again ---- */

static bool audit_record_is_same_task(const struct task *a, const struct task *b)
{
	return a->process == b->process && a->label == b->label;
}

static bool audit_record_is_same(const struct audit_records *kept, const struct event *event)
{
	const struct event_call *a = &kept->call, *b = &event->signal.call;

	return kept->repeat.of && kept->repeat.of == event->signal.repeat.of && a->ret == b->ret &&
	       a->ret_known == b->ret_known && a->sigkill_pending == b->sigkill_pending &&
	       audit_record_is_same_task(&kept->sender, &event->signal.sender) &&
	       audit_record_is_same_task(&kept->target, &event->signal.target);
}

bool audit_record_add_again(struct formatter *formatter, const struct audit_records *kept,
			    const struct event *event, unsigned int serial)
{
	size_t start = formatter->out->len, done = 0, stamp_bytes;
	struct strbuf *out = formatter->out;
	char stamp[64];

	if (!audit_record_is_same(kept, event))
		return false;
	audit_record_add_stamp(formatter, event, serial);
	stamp_bytes = out->len - start;
	if (out->err || stamp_bytes > sizeof(stamp))
		return false;
	memcpy(stamp, out->data + start, stamp_bytes);
	strbuf_cut(out, start);
	for (size_t i = 0; i < kept->n_places; i++) {
		strbuf_add(out, kept->text.data + done, kept->places[i] - done);
		strbuf_add(out, stamp, stamp_bytes);
		done = kept->places[i];
	}
	strbuf_add(out, kept->text.data + done, kept->text.len - done);
	return true;
}

/* A line is a record: the first mark in it is that of its begin, whatever names there are. */
static void audit_record_keep_line(struct audit_records *kept, const char *line, size_t bytes)
{
	const char *mark = memmem(line, bytes, MARK, sizeof(MARK) - 1), *behind;

	if (!mark)
		return;
	mark += sizeof(MARK) - 1;
	behind = memchr(mark, ')', line + bytes - mark);
	if (!behind)
		return;
	strbuf_add(&kept->text, line, mark - line);
	kept->places[kept->n_places++] = kept->text.len;
	strbuf_add(&kept->text, behind, line + bytes - behind);
}

void audit_record_forget(struct audit_records *kept)
{
	struct strbuf text = kept->text;

	task_clear(&kept->sender);
	task_clear(&kept->target);
	strbuf_reset(&text);
	*kept = (struct audit_records){ .text = text };
}

static void audit_record_keep_task(struct task *to, const struct task *from)
{
	to->process = process_get(from->process);
	to->label = texts_get(from->label);
}

void audit_record_keep(struct audit_records *kept, const struct event *event,
		       const struct strbuf *out, size_t start)
{
	const char *line = strbuf_str(out) + start, *end = strbuf_str(out) + out->len, *behind;

	audit_record_forget(kept);
	if (!event->signal.repeat.of)
		return;
	for (; (behind = memchr(line, '\n', end - line)); line = behind + 1)
		if (kept->n_places < ARRAY_SIZE(kept->places))
			audit_record_keep_line(kept, line, behind + 1 - line);
	if (kept->text.err)
		return;
	audit_record_keep_task(&kept->sender, &event->signal.sender);
	audit_record_keep_task(&kept->target, &event->signal.target);
	kept->call = event->signal.call;
	kept->repeat = event->signal.repeat;
}
