// SPDX-License-Identifier: GPL-2.0-only
/*
 * An argument may be a script, a header, a list, JSON or a URL, and a title has many arguments in
 * one text. So names are searched for everywhere; where the value behind one ends depends on where
 * the name is.
 */
#include "format/redact.h"

#include <ctype.h>
#include <string.h>

struct scan {
	const char *argv;
	size_t bytes, at;
	size_t argument; /* where the one at `at` begins */
	bool is_script;	 /* it is the script of a shell, or a title: words that blanks part */
	bool hides_next; /* the next word is a secret... */
	char behind;	 /* ...behind this character; 0: all of it */
	const char *names;
	struct strbuf *out;
};

static bool redact_is_name_char(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '-' || c == '.';
}

static bool redact_is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

static bool redact_is_quote(char c)
{
	return c == '"' || c == '\'';
}

static char redact_char(const struct scan *scan, size_t at)
{
	return at < scan->bytes ? scan->argv[at] : '\0';
}

static size_t redact_argument_end(const struct scan *scan, size_t at)
{
	const char *end = memchr(scan->argv + at, '\0', scan->bytes - at);

	return end ? (size_t)(end - scan->argv) : scan->bytes;
}

static size_t redact_name_end(const struct scan *scan, size_t at)
{
	while (at < scan->bytes && redact_is_name_char(scan->argv[at]))
		at++;
	return at;
}

/* Whether a word begins there, for a shell, too. */
static bool redact_is_word_start(const struct scan *scan, size_t at)
{
	return at == scan->argument || redact_is_blank(scan->argv[at - 1]) ||
	       strchr("\"';|&(`", scan->argv[at - 1]);
}

/* ---- where values end ---- */

/* Behind what is quoted at `at`: of a shell or of JSON. */
static size_t redact_quoted_end(const struct scan *scan, size_t at, size_t end)
{
	char quote = scan->argv[at];

	for (at++; at < end && scan->argv[at] != quote; at++)
		if (scan->argv[at] == '\\' && quote == '"')
			at++;
	return at < end ? at + 1 : end;
}

/* Of a word that one of `ends` ends, unless that is quoted. */
static size_t redact_word_end(const struct scan *scan, size_t at, const char *ends)
{
	size_t end = redact_argument_end(scan, at);

	while (at < end && !strchr(ends, scan->argv[at])) {
		if (redact_is_quote(scan->argv[at]))
			at = redact_quoted_end(scan, at, end);
		else
			at += scan->argv[at] == '\\' ? 2 : 1;
	}
	return at < end ? at : end;
}

#define ENDS_IN_SCRIPT " \t\n;|&)`"
#define ENDS_IN_LIST " \t\n;|&)`,]}>"

/* Of the value at `at`, whose name begins at `name`. */
static size_t redact_value_end(const struct scan *scan, size_t name, size_t at)
{
	char before = name > scan->argument ? scan->argv[name - 1] : '\0';
	size_t end = redact_argument_end(scan, at);
	const char *quote;

	/* "Authorization: Bearer abc" */
	if (redact_is_quote(before) && !redact_is_quote(redact_char(scan, at)) &&
	    redact_name_end(scan, name) + 1 < at) {
		quote = memchr(scan->argv + at, before, end - at);
		return quote ? (size_t)(quote - scan->argv) : end;
	}
	if (name == scan->argument && !(scan->is_script && scan->argv[name] != '-'))
		return end;
	if (redact_is_blank(scan->argv[at - 1]) && !scan->is_script &&
	    !redact_is_quote(redact_char(scan, at)))
		return end;
	return redact_word_end(scan, at,
			       redact_is_word_start(scan, name) && !redact_is_quote(before)
				   ? ENDS_IN_SCRIPT
				   : ENDS_IN_LIST);
}

/* ---- output ---- */

static void redact_copy(struct scan *scan, size_t end)
{
	strbuf_add(scan->out, scan->argv + scan->at, end - scan->at);
	scan->at = end;
}

static void redact_hide(struct scan *scan, size_t end)
{
	if (end > scan->at)
		strbuf_adds(scan->out, REDACTED);
	scan->at = end;
}

/* Hides a value to its end, or what is behind a character of it. */
static void redact_hide_behind(struct scan *scan, char behind, size_t end)
{
	const char *found = memchr(scan->argv + scan->at, behind, end - scan->at);

	if (!behind)
		redact_hide(scan, end);
	if (behind && found) {
		redact_copy(scan, (size_t)(found - scan->argv) + 1);
		redact_hide(scan, end);
	}
}

/* ---- programs ---- */

/* The program that the word at `at` is an option of, as far as it matters. */
static const struct redact_program *redact_program_at(const struct scan *scan)
{
	const struct redact_program *program = NULL, *found;
	bool has_needed = false;
	size_t start = 0;

	for (size_t at = 0; at <= scan->at; at++) {
		char c = redact_char(scan, at);

		if (c == '/' || !c || redact_is_blank(c) || strchr("\"';|&(`", c)) {
			found = redact_find_program(scan->argv + start, at - start);
			if (found)
				program = found;
			if (program && program->needs && at - start == strlen(program->needs) &&
			    !memcmp(scan->argv + start, program->needs, at - start))
				has_needed = true;
			start = at + 1;
		}
	}
	return program && program->needs && !has_needed ? NULL : program;
}

/* -pVALUE, -p VALUE, of the programs that are known. */
static bool redact_take_letter(struct scan *scan)
{
	const struct redact_program *program;
	size_t end = redact_word_end(scan, scan->at, ENDS_IN_SCRIPT);
	char first = redact_char(scan, scan->at + 1), last = scan->argv[end - 1];

	if (scan->argv[scan->at] != '-' || first == '-' || end < scan->at + 2 ||
	    !(redact_is_letter(first) || redact_is_letter(last)))
		return false;
	program = redact_program_at(scan);
	if (!program)
		return false;
	if (end > scan->at + 2 && strchr(program->letters, first)) {
		redact_copy(scan, scan->at + 2);
		redact_hide_behind(scan, program->behind, end);
		redact_copy(scan, end);
		return true;
	}
	if (program->is_attached || !strchr(program->letters, last))
		return false;
	redact_copy(scan, end);
	scan->hides_next = true;
	scan->behind = program->behind;
	return true;
}

/* ---- names ---- */

/* Where the value of the name that ends at `end` begins; 0: none follows in this argument. */
static size_t redact_value_start(const struct scan *scan, size_t end)
{
	size_t at = end;

	at += redact_char(scan, at) == '\\';
	at += redact_is_quote(redact_char(scan, at));
	while (redact_is_blank(redact_char(scan, at)))
		at++;
	if (redact_char(scan, at) != '=' && redact_char(scan, at) != ':')
		return 0;
	at++;
	at += redact_char(scan, at) == '=' || redact_char(scan, at) == '>';
	while (redact_is_blank(redact_char(scan, at)))
		at++;
	at += redact_char(scan, at) == '\\' && redact_is_quote(redact_char(scan, at + 1));
	return at;
}

static bool redact_is_user_option(const char *name, size_t bytes)
{
	return (bytes == 6 && !memcmp(name, "--user", 6)) ||
	       (bytes == 12 && !memcmp(name, "--proxy-user", 12));
}

/* curl --user NAME:PASSWORD */
static bool redact_take_user(struct scan *scan, size_t end)
{
	const struct redact_program *program;
	size_t value = redact_value_start(scan, end);

	if (!redact_is_user_option(scan->argv + scan->at, end - scan->at))
		return false;
	program = redact_program_at(scan);
	if (!program || program->behind != ':')
		return false;
	redact_copy(scan, value ? value : end);
	if (value)
		redact_hide_behind(scan, ':', redact_value_end(scan, scan->argument, value));
	scan->hides_next = !value;
	scan->behind = ':';
	return true;
}

/* Whether the value is the next word: of an option, or where a program takes names so. */
static bool redact_is_before_value(const struct scan *scan, size_t end)
{
	char next = redact_char(scan, end);
	const struct redact_program *program;

	if (next && !redact_is_blank(next))
		return false;
	if (scan->argv[scan->at] == '-')
		return true;
	program = redact_program_at(scan);
	return program && program->takes_words;
}

static bool redact_take_named(struct scan *scan, size_t end)
{
	const char *name = scan->argv + scan->at;
	size_t start = scan->at, value = redact_value_start(scan, end);
	bool is_bearer = end - start == 6 && !strncasecmp(name, "bearer", 6);

	if (!is_bearer && !redact_is_secret_name(name, end - start, scan->names))
		return false;
	if (value) {
		redact_copy(scan, value);
		redact_hide(scan, redact_value_end(scan, start, value));
		return true;
	}
	scan->hides_next = is_bearer || redact_is_before_value(scan, end);
	scan->behind = '\0';
	redact_copy(scan, end);
	return true;
}

/* ---- what says itself that it is a secret ---- */

/* user:PASSWORD@, behind "://" and without: an image's repo:tag@sha256: is none. */
static bool redact_take_userinfo(struct scan *scan)
{
	size_t end = redact_word_end(scan, scan->at, " \t\n/?#\"'");
	const char *start = scan->argv + scan->at;
	const char *colon = memchr(start, ':', end - scan->at), *at;

	at = colon ? memrchr(colon, '@', (size_t)(scan->argv + end - colon)) : NULL;
	if (!at || at == colon + 1 ||
	    (scan->bytes - (size_t)(at - scan->argv) > 8 && !memcmp(at, "@sha256:", 8)))
		return false;
	redact_copy(scan, (size_t)(colon - scan->argv) + 1);
	redact_hide(scan, (size_t)(at - scan->argv));
	return true;
}

static bool redact_take_token(struct scan *scan)
{
	size_t end = scan->at;

	while (end < scan->bytes && (redact_is_name_char(scan->argv[end]) ||
				     (scan->argv[end] && strchr("+/=~", scan->argv[end]))))
		end++;
	if (!redact_is_token(scan->argv + scan->at, end - scan->at))
		return false;
	redact_hide(scan, end);
	return true;
}

/* ---- words ---- */

/* The next argument: the script of a shell is the one behind -c, with other letters or without. */
static void redact_next_argument(struct scan *scan)
{
	const char *argument = scan->argv + scan->argument;
	size_t bytes = scan->at - scan->argument;

	scan->is_script = bytes >= 2 && bytes <= 5 && argument[0] == '-' && argument[1] != '-' &&
			  argument[bytes - 1] == 'c';
	redact_copy(scan, scan->at + 1);
	scan->argument = scan->at;
}

/* The word that was announced. It may be an option itself, whose value is a secret, too. */
static void redact_take_announced(struct scan *scan)
{
	size_t end = scan->at == scan->argument ? redact_argument_end(scan, scan->at)
						: redact_word_end(scan, scan->at, ENDS_IN_SCRIPT);
	const char *word = scan->argv + scan->at;
	bool is_option = *word == '-' && redact_is_secret_name(word, end - scan->at, scan->names);
	char behind = scan->behind;

	redact_hide_behind(scan, behind, end);
	redact_copy(scan, end);
	scan->hides_next = is_option;
	scan->behind = '\0';
}

static void redact_take_word(struct scan *scan)
{
	size_t end = redact_name_end(scan, scan->at);

	if (redact_take_token(scan) || redact_take_userinfo(scan))
		return;
	if (redact_is_word_start(scan, scan->at) &&
	    (redact_take_letter(scan) || redact_take_user(scan, end)))
		return;
	if (!redact_take_named(scan, end))
		redact_copy(scan, end);
}

void redact_argv(struct strbuf *out, const char *argv, size_t bytes, const char *names)
{
	struct scan scan = { .argv = argv, .bytes = bytes, .names = names, .out = out };

	scan.is_script = redact_argument_end(&scan, 0) + 1 >= bytes;
	while (scan.at < bytes) {
		char c = argv[scan.at];

		if (!c)
			redact_next_argument(&scan);
		else if (scan.hides_next && !redact_is_blank(c))
			redact_take_announced(&scan);
		else if (redact_is_name_char(c))
			redact_take_word(&scan);
		else if (c != ':' || !scan.at || argv[scan.at - 1] != '/' ||
			 !redact_take_userinfo(&scan))
			redact_copy(&scan, scan.at + 1);
	}
}
