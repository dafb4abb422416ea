/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Secrets in command lines. Whoever starts a program may put a password there, which the system's
 * other users can see while it runs. What is written to a file or a pipe stays, and goes further.
 */
#ifndef KS_REDACT_H
#define KS_REDACT_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/strbuf.h"

#define REDACTED "***"

/*
 * Appends arguments, a NUL after each; the last one may be missing. What follows a name such as
 * --password, token= or Authorization:, the password in a URL, and what begins as known tokens do,
 * is replaced by REDACTED. Rather hides too much: of two ways to read an argument, both count.
 * `names`: more of such names, commas between, NULL: none.
 */
void redact_argv(struct strbuf *out, const char *argv, size_t bytes, const char *names);

/* ---- names: redact_names.c ---- */

/*
 * Whether the value of this option, variable or header is a secret: a name in any case, with or
 * without dashes in front.
 */
bool redact_is_secret_name(const char *name, size_t bytes, const char *names);

/* Whether this is a token that says itself what it is. */
bool redact_is_token(const char *text, size_t bytes);

/* A program that takes secrets in its own way. */
struct redact_program {
	const char *names;   /* blanks around each; one that ends with '*' is a prefix */
	const char *letters; /* of options whose value is a secret */
	bool is_attached;    /* the value is in the same argument, always */
	char behind;	     /* the secret comes behind this character of the value; 0: all of it */
	const char *needs;   /* this word has to come before; NULL: none */
	bool takes_words;    /* names without dashes are followed by values, too */
};

/* Whether it is one of `letters` of any of them. */
bool redact_is_letter(char c);

/* The one of that file name, or NULL. */
const struct redact_program *redact_find_program(const char *name, size_t bytes);

#endif
