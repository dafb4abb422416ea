/* SPDX-License-Identifier: GPL-2.0-only */
/* The table on a terminal: widths of its columns, and texts cut to them. In cells. */
#ifndef KS_FORMAT_FIT_H
#define KS_FORMAT_FIT_H

#include <stddef.h>

#include "format/fields.h"

/*
 * Return how many bytes of a printable text take at most that many cells. Characters of East Asia
 * and emojis take two, combining ones none. `ret_cells`: those that the bytes take; may be NULL.
 */
size_t fit_head(const char *text, size_t bytes, size_t cells, size_t *ret_cells);

/*
 * Give each column a width, so that all of them, with a blank between two, fill `cells`. Columns
 * that grow share what is left, and are the first to shrink. Where even the least widths are too
 * much, the table is wider than the terminal.
 */
void fit_columns(const struct column *columns, int n, int cells, int ret_widths[]);

#endif
