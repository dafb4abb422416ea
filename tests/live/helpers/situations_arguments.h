/* SPDX-License-Identifier: GPL-2.0-only */
/* Situations: the arguments of a sender. */
#ifndef KS_TESTS_SITUATIONS_ARGUMENTS_H
#define KS_TESTS_SITUATIONS_ARGUMENTS_H

#include "situations_programs.h"

/* ---- arguments ---- */

static char *repeated(char byte, int n)
{
	char *text = malloc(n + 1);

	if (!text)
		die("memory");
	memset(text, byte, n);
	text[n] = '\0';
	return text;
}

static void run_with_arguments(char **argv, const char *mode, const char *parameter)
{
	run_sender(&(struct start_of){ "/proc/self/exe", 0, argv, mode, parameter });
}

/* One argument of `text`, behind a name. */
static void argument(const struct situation *s)
{
	run_with_arguments((char *[]){ "sender", (char *)s->text, NULL }, NULL, NULL);
	run_with_arguments((char *[]){ (char *)s->text, NULL }, NULL, NULL);
	run_with_arguments((char *[]){ (char *)s->text, "", NULL }, NULL, NULL);
}

/* So many bytes in all, with the NUL at the end. */
static void arguments_of_bytes(const struct situation *s)
{
	run_with_arguments((char *[]){ repeated('x', (int)s->number - 1), NULL }, NULL, NULL);
	run_with_arguments((char *[]){ "s", repeated('y', (int)s->number - 3), NULL }, NULL, NULL);
}

static void no_arguments(const struct situation *s)
{
	(void)s;
	run_with_arguments((char *[]){ NULL }, NULL, NULL);
}

static void many_arguments(const struct situation *s)
{
	char *argv[1001];

	(void)s;
	for (int i = 0; i < 1000; i++)
		argv[i] = i % 2 ? "" : "a";
	argv[1000] = NULL;
	run_with_arguments(argv, NULL, NULL);
}

/* Titles around the length of the arguments, which are `number` bytes. `text`: how. */
static void titled(const struct situation *s)
{
	static const int more[] = { -8, -2, -1, 0, 1, 30, 300 };

	for (size_t i = 0; i < sizeof(more) / sizeof(more[0]); i++) {
		char parameter[16];

		snprintf(parameter, sizeof(parameter), "%d", (int)s->number + more[i]);
		run_with_arguments((char *[]){ repeated('x', (int)s->number - 1), NULL }, s->text,
				   parameter);
	}
}

/* Arguments where they are not expected, or not at all. `text`: the mode. */
static void odd_arguments(const struct situation *s)
{
	run_with_arguments((char *[]){ "sender", repeated('o', (int)s->number), NULL }, s->text,
			   NULL);
}

/* Two calls, and another title at the second. */
static void changing_title(const struct situation *s)
{
	struct process target = start_plain();

	(void)s;
	call_kill(target.pid, SIGUSR1, TARGETS(target.id));
	own_argv[0][0] = 'X';
	call_kill(target.pid, SIGUSR1, TARGETS(target.id));
	call_kill(make_gone(NULL), SIGUSR1, NO_TARGETS);
}

#endif
