/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KS_ESCAPE_H
#define KS_ESCAPE_H

#include <stddef.h>

#include "lib/strbuf.h"

/*
 * Names, arguments and paths are chosen by whoever starts a process, which may be an attacker.
 * Each function appends such bytes in a form that cannot end the line, add a field or steer a
 * terminal in its output format. All take any bytes, NULs included, and never fail but for
 * memory, which the strbuf remembers. @bytes may be NULL when @len is 0.
 */

/**
 * escape_text - for messages and other output that people read
 *
 * Printable UTF-8 passes. A backslash is doubled. Control characters, invalid UTF-8 and
 * characters that hide or reorder text (bidi controls, zero-width, line separators) become
 * \n, \t, \r or \xHH for each byte.
 */
void escape_text(struct strbuf *sb, const char *bytes, size_t len);

/**
 * escape_word - a name, for tables and sentences in which it is a word among others
 *
 * A plain name passes. What could be read as more than one word, as brackets, an arrow or another
 * one of our signs, or as "-" (unknown), is put in '...', or in $'...' if it has a quote or bytes
 * that escape_text() would escape; and so is no text at all.
 */
void escape_word(struct strbuf *sb, const char *bytes, size_t len);

/**
 * escape_argv - an argument vector as one line, in the words of a shell
 * @args: the arguments, a NUL after each; the last NUL may be missing
 *
 * Each is written by the rule of escape_word(), except that commas and, behind the first argument,
 * a "-" are plain. So each vector gives another line, and bash reads the line back as the very same
 * vector.
 */
void escape_argv(struct strbuf *sb, const char *args, size_t len);

/**
 * escape_head - how much of a text fits if its end is cut off
 * @budget: bytes that the longest of its escaped forms, as text and in JSON, may take, without
 * quotes
 *
 * Returns the length of the longest head that fits and ends between two characters.
 */
size_t escape_head(const char *bytes, size_t len, size_t budget);

/** escape_take_head - the same, and takes what that takes from the budget */
size_t escape_take_head(const char *bytes, size_t len, size_t *budget);

/** escape_tail - the same if its start is cut off */
size_t escape_tail(const char *bytes, size_t len, size_t budget);

/** escape_argv_head - as escape_head(), of arguments as escape_argv() takes them, quotes included
 */
size_t escape_argv_head(const char *args, size_t len, size_t budget);

/**
 * escape_json - what is between the quotes of a JSON string
 *
 * Each byte that is not part of valid UTF-8 becomes U+FFFD. DEL and C1, which are legal in JSON
 * and nasty on terminals, are escaped, too.
 */
void escape_json(struct strbuf *sb, const char *bytes, size_t len);

/**
 * escape_json_text - make bytes valid UTF-8, for a JSON library to quote
 *
 * This is not JSON syntax: quotes and control characters, NUL too, pass. Each byte that is not
 * part of valid UTF-8 becomes U+FFFD.
 */
void escape_json_text(struct strbuf *sb, const char *bytes, size_t len);

/**
 * escape_audit - as the kernel's audit writes text that it does not trust
 *
 * "text", or hex in capitals without quotes if any byte is a quote, blank, control or not ASCII.
 */
void escape_audit(struct strbuf *sb, const char *bytes, size_t len);

/** escape_audit_hex - the hex that escape_audit() writes, whatever the bytes are */
void escape_audit_hex(struct strbuf *sb, const char *bytes, size_t len);

/**
 * escape_audit_label - a label, which audit writes as it is
 *
 * Blanks and quotes pass, too. Text that escape_text() would have to escape becomes hex in
 * capitals.
 */
void escape_audit_label(struct strbuf *sb, const char *bytes, size_t len);

/**
 * escape_audit_nv - as auditd writes the names in an enriched record
 *
 * Like escape_audit(), except that no name at all (@bytes is NULL) is "?".
 */
void escape_audit_nv(struct strbuf *sb, const char *bytes, size_t len);

#endif /* KS_ESCAPE_H */
