// SPDX-License-Identifier: GPL-2.0-only
#include "lib/char_class.h"
#include "lib/escape.h"
#include "lib/utf8.h"

static const char digits[] = "0123456789abcdef";

/* @cp is below U+00A0. */
static void escape_add_json_escape(struct strbuf *sb, uint32_t cp)
{
	static const char names[] = { ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f',
				      ['\r'] = 'r', ['"'] = '"',  ['\\'] = '\\' };

	if (cp < sizeof(names) && names[cp])
		strbuf_add(sb, (char[]){ '\\', names[cp] }, 2);
	else
		strbuf_add(sb, (char[]){ '\\', 'u', '0', '0', digits[cp >> 4], digits[cp & 15] },
			   6);
}

void escape_json(struct strbuf *sb, const char *bytes, size_t len)
{
	const unsigned char *p = (const unsigned char *)bytes;
	const unsigned int stop =
	    CHAR_CONTROL | CHAR_BEHIND_ASCII | CHAR_BACKSLASH | CHAR_DOUBLE_QUOTE;
	size_t done = 0;

	for (size_t i = char_run(p, len, stop); i < len; i += char_run(p + i, len - i, stop)) {
		uint32_t cp;
		size_t n = utf8_decode(p + i, len - i, &cp);

		if (n && cp >= 0xa0) {
			i += n;
			continue;
		}
		strbuf_add(sb, p + done, i - done);
		if (n)
			escape_add_json_escape(sb, cp);
		else
			strbuf_add(sb, "\xef\xbf\xbd", 3);
		i += n ? n : 1;
		done = i;
	}
	if (len)
		strbuf_add(sb, p + done, len - done);
}

void escape_json_text(struct strbuf *sb, const char *bytes, size_t len)
{
	const unsigned char *p = (const unsigned char *)bytes;
	size_t done = 0, i = 0;
	uint32_t cp;

	while (i < len) {
		size_t n = utf8_decode(p + i, len - i, &cp);

		if (n) {
			i += n;
			continue;
		}
		strbuf_add(sb, p + done, i - done);
		strbuf_add(sb, "\xef\xbf\xbd", 3);
		done = ++i;
	}
	if (len)
		strbuf_add(sb, p + done, len - done);
}
