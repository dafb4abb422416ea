// SPDX-License-Identifier: GPL-2.0-only
/* As kernel and auditd write text into records. */
#include <stdbool.h>

#include "lib/char_class.h"
#include "lib/escape.h"

void escape_audit_hex(struct strbuf *sb, const char *bytes, size_t len)
{
	const unsigned char *p = (const unsigned char *)bytes;
	static const char hex[] = "0123456789ABCDEF";
	char *at = strbuf_reserve(sb, 2 * len);

	if (!at)
		return;
	for (size_t i = 0; i < len; i++) {
		*at++ = hex[p[i] >> 4];
		*at++ = hex[p[i] & 15];
	}
	*at = '\0';
	sb->len += 2 * len;
}

void escape_audit(struct strbuf *sb, const char *bytes, size_t len)
{
	const unsigned char *p = (const unsigned char *)bytes;
	const unsigned int special =
	    CHAR_CONTROL | CHAR_BLANK | CHAR_DOUBLE_QUOTE | CHAR_BEHIND_ASCII;

	if (char_run(p, len, special) < len) {
		escape_audit_hex(sb, bytes, len);
		return;
	}
	strbuf_addc(sb, '"');
	strbuf_add(sb, p, len);
	strbuf_addc(sb, '"');
}

void escape_audit_label(struct strbuf *sb, const char *bytes, size_t len)
{
	const unsigned char *p = (const unsigned char *)bytes;
	size_t i = 0, n = 1;

	while (i < len && n) {
		n = char_printable(p + i, len - i);
		i += n;
	}
	if (n)
		strbuf_add(sb, bytes, len);
	else
		escape_audit_hex(sb, bytes, len);
}

void escape_audit_nv(struct strbuf *sb, const char *bytes, size_t len)
{
	/*
	 * Where plain char is unsigned (arm64), auditd lets bytes above 0x7e pass unquoted as
	 * hex. That is an accident of its build; every reader of the log takes hex.
	 */
	if (!bytes)
		escape_audit(sb, "?", 1);
	else
		escape_audit(sb, bytes, len);
}
