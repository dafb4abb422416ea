// SPDX-License-Identifier: GPL-2.0-only
#include "format/fit.h"

#include <locale.h>
#include <stdbool.h>
#include <stdint.h>
#include <wchar.h>

#include "lib/utf8.h"

enum { LEAST = 8 }; /* of a column that says nothing else */

/* ---- text ---- */

/* Without it, each character behind ASCII takes one cell. */
static locale_t fit_utf8_locale(void)
{
	static locale_t locale;
	static bool is_tried;

	if (!is_tried)
		locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	is_tried = true;
	return locale;
}

/* Returns the bytes of the first character, at least 1. */
static size_t fit_read_character(const char *text, size_t bytes, int *ret_cells)
{
	uint32_t character;
	size_t n = utf8_decode((const unsigned char *)text, bytes, &character);

	*ret_cells = n > 1 ? wcwidth(character) : 1;
	if (*ret_cells < 0)
		*ret_cells = 1;
	return n ? n : 1;
}

static size_t fit_find_head(const char *text, size_t bytes, size_t cells, size_t *ret_cells)
{
	size_t at = 0, taken = 0;

	while (at < bytes) {
		int width;
		size_t n = fit_read_character(text + at, bytes - at, &width);

		if (taken + width > cells)
			break;
		taken += width;
		at += n;
	}
	if (ret_cells)
		*ret_cells = taken;
	return at;
}

size_t fit_head(const char *text, size_t bytes, size_t cells, size_t *ret_cells)
{
	locale_t before = fit_utf8_locale() ? uselocale(fit_utf8_locale()) : (locale_t)0;
	size_t head = fit_find_head(text, bytes, cells, ret_cells);

	if (before)
		uselocale(before);
	return head;
}

/* ---- columns ---- */

static const struct field *fit_field_of(const struct column *column)
{
	return column->path[column->depth - 1];
}

static int fit_least_of(const struct column *column)
{
	const struct field *field = fit_field_of(column);
	int least = field->least ? field->least : LEAST;

	return least < field->width ? least : field->width;
}

/* What the columns of that kind can give. */
static int fit_slack_of(const struct column *columns, int n, const int widths[], bool grows)
{
	int slack = 0;

	for (int i = 0; i < n; i++)
		if (fit_field_of(&columns[i])->grows == grows)
			slack += widths[i] - fit_least_of(&columns[i]);
	return slack;
}

/* Takes `cells` of them, in proportion to what each can give. Returns what they could not. */
static int fit_shrink(const struct column *columns, int n, int widths[], bool grows, int cells)
{
	int slack = fit_slack_of(columns, n, widths, grows);

	for (int i = 0; i < n && cells > 0 && slack > 0; i++) {
		int own = widths[i] - fit_least_of(&columns[i]), part;

		if (fit_field_of(&columns[i])->grows != grows)
			continue;
		part = cells >= slack ? own : (cells * own + slack - 1) / slack;
		part = part < own ? part : own;
		widths[i] -= part;
		cells -= part;
		slack -= own;
	}
	return cells;
}

static void fit_grow(const struct column *columns, int n, int widths[], int cells)
{
	int growing = 0;

	for (int i = 0; i < n; i++)
		growing += fit_field_of(&columns[i])->grows;
	for (int i = 0; i < n && growing; i++) {
		if (!fit_field_of(&columns[i])->grows)
			continue;
		widths[i] += cells / growing;
		cells -= cells / growing;
		growing--;
	}
}

void fit_columns(const struct column *columns, int n, int cells, int ret_widths[])
{
	int missing = n - 1 - cells;

	for (int i = 0; i < n; i++) {
		ret_widths[i] = fit_field_of(&columns[i])->width;
		missing += ret_widths[i];
	}
	if (missing <= 0) {
		fit_grow(columns, n, ret_widths, -missing);
		return;
	}
	missing = fit_shrink(columns, n, ret_widths, true, missing);
	fit_shrink(columns, n, ret_widths, false, missing);
}
