// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/guess.h"

#include <stdio.h>
#include <string.h>

#include "lib/signame.h"
#include "lib/array.h"

enum { WORD_MAX = 32 };

#define NO_RECORD "killsnoop shows signals as they are sent; there is no record of earlier ones yet"
#define ALL_SEEN "all processes are seen; -p, -c and -u choose"

/* A word of other tools, and what to use instead: an option with its metavar, or a sentence. */
struct guess {
	const char *given, *option, *metavar, *sentence;
};

static const struct guess options[] = {
	{ "n", "-c", "NAME" },
	{ "N", "-c", "NAME" },
	{ "name", "-c", "NAME" },
	{ "names", "-c", "NAME" },
	{ "process", "-c", "NAME" },
	{ "process-name", "-c", "NAME" },
	{ "command", "-c", "NAME" },
	{ "cmd", "-c", "NAME" },
	{ "executable", "--exe", "PATTERN" },
	{ "path", "--exe", "PATTERN" },
	{ "binary", "--exe", "PATTERN" },
	{ "sender-exe", "--from-exe", "PATTERN" },
	{ "target", "-c", "NAME" },
	{ "P", "-p", "PID" },
	{ "pids", "-p", "PID" },
	{ "process-id", "-p", "PID" },
	{ "tid", "-p", "PID" },
	{ "ppid", "--from-pid", "PID" },
	{ "sender-pid", "--from-pid", "PID" },
	{ "sender", "--from-comm", "NAME" },
	{ "U", "--uid", "USER" },
	{ "user", "--uid", "USER" },
	{ "users", "--uid", "USER" },
	{ "service", "-u", "UNIT" },
	{ "cgroup", "-u", "UNIT" },
	{ "container", "-u", "PATH" },
	{ "S", "-s", "LIST" },
	{ "k", "-s", "KILL" },
	{ "signal", "-s", "LIST" },
	{ "signals", "-s", "LIST" },
	{ "e", NULL, NULL, "use -s LIST to choose signals, -o FIELD,... for columns" },
	{ "d", "--duration", "TIME" },
	{ "timeout", "--duration", "TIME" },
	{ "time", "--duration", "TIME" },
	{ "interval", "--duration", "TIME" },
	{ "limit", "--count", "N" },
	{ "number", "--count", "N" },
	{ "lines", "--count", "N" },
	{ "l", "--count", "N" },
	{ "W", "-w", "FILE" },
	{ "file", "-w", "FILE" },
	{ "log", "-w", "FILE" },
	{ "log-file", "-w", "FILE" },
	{ "output-file", "-w", "FILE" },
	{ "O", "-o", "FIELD,..." },
	{ "fields", "-o", "FIELD,..." },
	{ "columns", "-o", "FIELD,..." },
	{ "colour", "--color", "" },
	{ "no-color", "--color=never", "" },
	{ "no-colour", "--color=never", "" },
	{ "j", "--json", "" },
	{ "J", "--json", "" },
	{ "audit", "--audit-format", "" },
	{ "A", "-a", "" },
	{ "X", "-x", "" },
	{ "H", "--help", "" },
	{ "?", "--help", "" },
	{ "f", NULL, NULL, ALL_SEEN },
	{ "follow", NULL, NULL, ALL_SEEN },
	{ "F", NULL, NULL, ALL_SEEN },
	{ "t", NULL, NULL, "times are in the table; -o chooses columns" },
	{ "timestamp", NULL, NULL, "times are in the table; -o chooses columns" },
	{ "q", NULL, NULL, "events go to stdout, all else to stderr: 2>/dev/null" },
	{ "quiet", NULL, NULL, "events go to stdout, all else to stderr: 2>/dev/null" },
	{ "since", NULL, NULL, NO_RECORD },
	{ "until", NULL, NULL, NO_RECORD },
	{ "db", NULL, NULL, NO_RECORD },
};

/* Values of -o, of --format, or words alone. */
static const struct guess outputs[] = {
	{ "json", "--json", "" },
	{ "jsonl", "--json", "" },
	{ "ndjson", "--json", "" },
	{ "audit", "--audit-format", "" },
	{ "raw", "--audit-format=raw", "" },
	{ "enriched", "--audit-format=enriched", "" },
	{ "verbose", "-v", "" },
	{ "full", "-v", "" },
	{ "long", "-v", "" },
	{ "table", NULL, NULL, "the table is what is shown without -o" },
	{ "text", NULL, NULL, "the table is what is shown without -o" },
	{ "short", NULL, NULL, "the table is what is shown without -o" },
	{ "csv", NULL, NULL, "use --json, or -o FIELD,... for columns" },
	{ "yaml", NULL, NULL, "use --json" },
	{ "xml", NULL, NULL, "use --json" },
};

static const struct guess words[] = {
	{ "help", "--help", "" },
	{ "version", "--version", "" },
	{ "record", NULL, NULL, NO_RECORD },
	{ "search", NULL, NULL, NO_RECORD },
	{ "report", NULL, NULL, NO_RECORD },
	{ "log", NULL, NULL, NO_RECORD },
	{ "verify", NULL, NULL, NO_RECORD },
	{ "all", "-a", "" },
};

static const char *const commands[] = { "trace", "compare", "rule", "doctor" };

#define N_OF(table) (ARRAY_SIZE(table))

static const struct guess *guess_find(const struct guess *table, size_t n, const char *given,
				      size_t bytes)
{
	for (size_t i = 0; i < n; i++)
		if (strlen(table[i].given) == bytes && !memcmp(table[i].given, given, bytes))
			return &table[i];
	return NULL;
}

static bool guess_answer(const struct guess *guess, const char *value, char ret[GUESS_MAX])
{
	const char *behind;

	if (!guess)
		return false;
	behind = guess->metavar && *guess->metavar && value ? value : guess->metavar;
	if (guess->sentence)
		snprintf(ret, GUESS_MAX, "%s", guess->sentence);
	else
		snprintf(ret, GUESS_MAX, "use %s%s%s", guess->option, *behind ? " " : "", behind);
	return true;
}

/* ---- mistyped ---- */

static size_t guess_least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Optimal string alignment: a row of the table needs the two before it. */
size_t guess_distance(const char *a, const char *b)
{
	size_t m = strlen(a), n = strlen(b), rows[3][WORD_MAX + 1] = { 0 };

	if (m > WORD_MAX || n > WORD_MAX)
		return m > n ? m : n;
	for (size_t j = 0; j <= n; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= m; i++) {
		size_t *row = rows[i % 3], *before = rows[(i + 2) % 3], *second = rows[(i + 1) % 3];

		row[0] = i;
		for (size_t j = 1; j <= n; j++) {
			row[j] = guess_least(before[j - 1] + (a[i - 1] != b[j - 1]),
					     guess_least(before[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = guess_least(row[j], second[j - 2] + 1);
		}
	}
	return rows[m % 3][n];
}

/* ---- options ---- */

bool guess_option(const char *given, const char *next, char ret[GUESS_MAX])
{
	bool is_long = given[0] == '-' && given[1] == '-';
	const char *name = given + 1 + is_long, *equals = strchr(name, '=');
	size_t bytes = !is_long ? 1 : equals ? (size_t)(equals - name) : strlen(name);
	const char *value = equals ? equals + 1 : next && next[0] != '-' ? next : NULL;

	if (!is_long && signame_parse(name) >= 0) { /* as kill(1) has it */
		snprintf(ret, GUESS_MAX, "use -s %.32s", name);
		return true;
	}
	if (is_long && (!strncmp(name, "format", bytes) || !strncmp(name, "output-format", bytes)))
		return (value && guess_output(value, ret)) ||
		       guess_answer(&(struct guess){ "", "--json", "" }, NULL, ret);
	return guess_answer(guess_find(options, N_OF(options), name, bytes), value, ret);
}

bool guess_output(const char *value, char ret[GUESS_MAX])
{
	const char *dot = strrchr(value, '.');
	static const struct guess file = { "", "-w", "FILE" };
	bool is_file =
	    strchr(value, '/') || (dot && (!strcmp(dot, ".log") || !strcmp(dot, ".json") ||
					   !strcmp(dot, ".txt") || !strcmp(dot, ".out")));

	if (is_file)
		return guess_answer(&file, value, ret);
	return guess_answer(guess_find(outputs, N_OF(outputs), value, strlen(value)), NULL, ret);
}

/* ---- words ---- */

static bool guess_is_number(const char *word)
{
	return *word && word[strspn(word, "0123456789,")] == '\0';
}

static bool guess_has_unit_suffix(const char *word)
{
	const char *dot = strrchr(word, '.');

	return dot && (!strcmp(dot, ".service") || !strcmp(dot, ".scope") ||
		       !strcmp(dot, ".slice") || !strcmp(dot, ".socket"));
}

static bool guess_command(const char *word, char ret[GUESS_MAX])
{
	for (size_t i = 0; i < N_OF(commands); i++) {
		if (guess_distance(word, commands[i]) > strlen(commands[i]) / 3)
			continue;
		snprintf(ret, GUESS_MAX, "the command is '%s', as the first word", commands[i]);
		return true;
	}
	return false;
}

void guess_word(const char *word, bool runs_command, char ret[GUESS_MAX])
{
	if (guess_is_number(word))
		snprintf(ret, GUESS_MAX, "use -p %.64s", word);
	else if (guess_has_unit_suffix(word))
		snprintf(ret, GUESS_MAX, "use -u %.64s", word);
	else if (guess_answer(guess_find(words, N_OF(words), word, strlen(word)), NULL, ret) ||
		 guess_answer(guess_find(outputs, N_OF(outputs), word, strlen(word)), NULL, ret) ||
		 guess_command(word, ret))
		return;
	else if (signame_parse(word) >= 0)
		snprintf(ret, GUESS_MAX, "use -s %.64s", word);
	else if (!*word || *word == '-')
		snprintf(ret, GUESS_MAX, "try --help");
	else if (runs_command)
		snprintf(ret, GUESS_MAX,
			 "use -c %.64s for processes of that name, -- %.64s to run it", word, word);
	else
		snprintf(ret, GUESS_MAX, "use -c %.64s for processes of that name", word);
}
