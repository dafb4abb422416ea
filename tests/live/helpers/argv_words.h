/* SPDX-License-Identifier: GPL-2.0-only */
/* The actor's commands come as words, its answers go as JSON. */
#ifndef KS_TESTS_ARGV_WORDS_H
#define KS_TESTS_ARGV_WORDS_H

#include <stdbool.h>

#include "helper.h"

enum { NUMBERS_MAX = 12 };

/* ---- words of a command ---- */

static char *next_word(char **rest)
{
	char *word = strtok_r(NULL, " ", rest);

	if (!word) {
		fputs("actor: a word is missing\n", stderr);
		_exit(EXIT_BROKEN);
	}
	return word;
}

static long next_number(char **rest)
{
	return strtol(next_word(rest), NULL, 0);
}

static int numbers(char **rest, long to[NUMBERS_MAX])
{
	char *word;
	int n = 0;

	while (n < NUMBERS_MAX && (word = strtok_r(NULL, " ", rest)))
		to[n++] = strtol(word, NULL, 0);
	return n;
}

/* The rest of the line, with %XX for any byte. */
static void decode_text(const char *text, char *to, size_t room)
{
	size_t n = 0;

	for (; *text && n + 1 < room; text++) {
		char hex[3] = { text[0] == '%' ? text[1] : 0, text[0] == '%' ? text[2] : 0 };

		to[n++] = hex[0] ? strtol(hex, NULL, 16) : *text;
		text += hex[0] ? 2 : 0;
	}
	to[n] = '\0';
}

/* ---- answers ---- */

static void answer(const char *format, ...)
{
	char line[16384];
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(line, sizeof(line) - 1, format, arguments);
	va_end(arguments);
	line[length++] = '\n';
	say(line, length);
}

static void answer_list(const char *name, const long *list, int n)
{
	char text[8192];
	int length = 0;

	for (int i = 0; i < n; i++)
		length +=
		    snprintf(text + length, sizeof(text) - length, "%s%ld", i ? "," : "", list[i]);
	text[length] = '\0';
	answer("{\"%s\":[%s]}", name, text);
}

static void answer_ok(bool ok, const char *what)
{
	if (!ok)
		die(what);
	answer("{\"ok\":true}");
}

#endif
