/* SPDX-License-Identifier: GPL-2.0-only */
/* What people write who know other tools, or mistype: which option they mean. */
#ifndef KS_GUESS_H
#define KS_GUESS_H

#include <stdbool.h>
#include <stddef.h>

enum { GUESS_MAX = 256 };

/*
 * For an option that does not exist, as written: "-n", "--name" or "--name=nginx". `next`:
 * the word behind it, or NULL. False: nothing is known of it.
 */
bool guess_option(const char *given, const char *next, char ret[GUESS_MAX]);

/* For a value of --output that is no list of fields. */
bool guess_output(const char *value, char ret[GUESS_MAX]);

/* For a word that is no option; `runs_command`: one could be meant. There is always an answer. */
void guess_word(const char *word, bool runs_command, char ret[GUESS_MAX]);

/* How many letters are to be changed, added, left out or swapped to make one of the other. */
size_t guess_distance(const char *a, const char *b);

#endif
