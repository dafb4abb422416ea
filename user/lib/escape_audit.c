// SPDX-License-Identifier: GPL-2.0-only
/* As kernel and auditd write text into records. */
#include <stdbool.h>

#include "lib/char_class.h"
#include "lib/escape.h"

static bool escape_audit_is_plain(const unsigned char *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (p[i] == '"' || p[i] < 0x21 || p[i] > 0x7e)
			return false;
	return true;
}

static void escape_add_hex(struct strbuf *sb, const unsigned char *p, size_t len)
{
	static const char hex[] = "0123456789ABCDEF";

	for (size_t i = 0; i < len; i++) {
		strbuf_addc(sb, hex[p[i] >> 4]);
		strbuf_addc(sb, hex[p[i] & 15]);
	}
}

void escape_audit(struct strbuf *sb, const char *bytes, size_t len)
{
	const unsigned char *p = (const unsigned char *)bytes;

	if (!escape_audit_is_plain(p, len)) {
		escape_add_hex(sb, p, len);
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
		escape_add_hex(sb, p, len);
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
