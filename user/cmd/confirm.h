/* SPDX-License-Identifier: GPL-2.0-only */
/* Asking before something is done that cannot be undone. */
#ifndef KS_CONFIRM_H
#define KS_CONFIRM_H

#include <stdbool.h>
#include <stdio.h>

/*
 * Asks until there is an answer; the end of the input is no. True only for "y" or "yes", in any
 * case.
 */
bool confirm_ask(FILE *answers, FILE *questions, const char *question);

#endif
