// SPDX-License-Identifier: GPL-2.0-only
#include "lib/signame.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "lib/list.h"
#include "lib/array.h"

/*
 * Not SIGRTMIN: it is a function call, and musl keeps one signal more for itself than glibc
 * does. Names must not depend on the libc this program happens to be built with.
 */
#define RT_FIRST 34
#define RT_LAST SIGNAME_MAX_SIG

/* The default action of a signal. */
enum action {
	ACT_TERM,
	ACT_CORE,
	ACT_IGNORE,
	ACT_STOP,
};

static const struct {
	const char *name;
	enum action action;
} signals[] = {
	[SIGHUP] = { "SIGHUP", ACT_TERM },     [SIGINT] = { "SIGINT", ACT_TERM },
	[SIGQUIT] = { "SIGQUIT", ACT_CORE },   [SIGILL] = { "SIGILL", ACT_CORE },
	[SIGTRAP] = { "SIGTRAP", ACT_CORE },   [SIGABRT] = { "SIGABRT", ACT_CORE },
	[SIGBUS] = { "SIGBUS", ACT_CORE },     [SIGFPE] = { "SIGFPE", ACT_CORE },
	[SIGKILL] = { "SIGKILL", ACT_TERM },   [SIGUSR1] = { "SIGUSR1", ACT_TERM },
	[SIGSEGV] = { "SIGSEGV", ACT_CORE },   [SIGUSR2] = { "SIGUSR2", ACT_TERM },
	[SIGPIPE] = { "SIGPIPE", ACT_TERM },   [SIGALRM] = { "SIGALRM", ACT_TERM },
	[SIGTERM] = { "SIGTERM", ACT_TERM },   [SIGSTKFLT] = { "SIGSTKFLT", ACT_TERM },
	[SIGCHLD] = { "SIGCHLD", ACT_IGNORE }, [SIGCONT] = { "SIGCONT", ACT_IGNORE },
	[SIGSTOP] = { "SIGSTOP", ACT_STOP },   [SIGTSTP] = { "SIGTSTP", ACT_STOP },
	[SIGTTIN] = { "SIGTTIN", ACT_STOP },   [SIGTTOU] = { "SIGTTOU", ACT_STOP },
	[SIGURG] = { "SIGURG", ACT_IGNORE },   [SIGXCPU] = { "SIGXCPU", ACT_CORE },
	[SIGXFSZ] = { "SIGXFSZ", ACT_CORE },   [SIGVTALRM] = { "SIGVTALRM", ACT_TERM },
	[SIGPROF] = { "SIGPROF", ACT_TERM },   [SIGWINCH] = { "SIGWINCH", ACT_IGNORE },
	[SIGIO] = { "SIGIO", ACT_TERM },       [SIGPWR] = { "SIGPWR", ACT_TERM },
	[SIGSYS] = { "SIGSYS", ACT_CORE },
};

#define N_SIGNALS ((int)(ARRAY_SIZE(signals)))

_Static_assert(ARRAY_SIZE(signals) == 32, "a signal number is missing");

static const struct {
	const char *name;
	int sig;
} aliases[] = {
	{ "POLL", SIGIO },
	{ "IOT", SIGABRT },
	{ "CLD", SIGCHLD },
};

const char *signame_get(int sig, char buf[SIGNAME_MAX])
{
	if (sig == 0)
		return "0";
	if (sig > 0 && sig < N_SIGNALS)
		return signals[sig].name;
	if (sig == RT_FIRST)
		return "SIGRTMIN";
	if (sig == RT_LAST)
		return "SIGRTMAX";
	if (sig > RT_FIRST && sig < RT_LAST)
		snprintf(buf, SIGNAME_MAX, "SIGRTMIN+%d", sig - RT_FIRST);
	else
		snprintf(buf, SIGNAME_MAX, "SIG%d", sig);
	return buf;
}

/* Digits only, up to @max; strtol() would also take blanks and signs. */
static int signame_parse_number(const char *text, int max)
{
	int n = 0;

	if (!*text)
		return -EINVAL;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return -EINVAL;
		n = n * 10 + (*text - '0');
		if (n > max)
			return -EINVAL;
	}
	return n;
}

/* The k of RTMIN+k or RTMAX-k; @text is what follows the word and may be empty. */
static int signame_parse_rt_distance(const char *text, char sign)
{
	if (!*text)
		return 0;
	return *text == sign ? signame_parse_number(text + 1, RT_LAST - RT_FIRST) : -EINVAL;
}

static int signame_parse_rt(const char *name)
{
	bool from_min = !strncmp(name, "RTMIN", 5);
	int k;

	if (!from_min && strncmp(name, "RTMAX", 5) != 0)
		return -EINVAL;
	k = signame_parse_rt_distance(name + 5, from_min ? '+' : '-');
	if (k < 0)
		return k;
	return from_min ? RT_FIRST + k : RT_LAST - k;
}

/* @name in capitals, without SIG. */
static int signame_parse_name(const char *name)
{
	for (int sig = 1; sig < N_SIGNALS; sig++)
		if (!strcmp(name, signals[sig].name + 3))
			return sig;
	for (size_t i = 0; i < ARRAY_SIZE(aliases); i++)
		if (!strcmp(name, aliases[i].name))
			return aliases[i].sig;
	return signame_parse_rt(name);
}

/* An item in capitals: with toupper() the answer would depend on the locale. */
struct word {
	char text[SIGNAME_MAX];
};

static bool signame_word_set(struct word *word, const char *text, size_t len)
{
	if (len >= sizeof(word->text))
		return false;
	for (size_t i = 0; i < len; i++)
		word->text[i] = text[i] >= 'a' && text[i] <= 'z' ? text[i] - 'a' + 'A' : text[i];
	word->text[len] = '\0';
	return true;
}

static int signame_parse_word(const struct word *word)
{
	const char *text = word->text;
	bool prefixed = !strncmp(text, "SIG", 3);

	if (prefixed)
		text += 3;
	if (*text >= '0' && *text <= '9')
		return signame_parse_number(text, SIGNAME_MAX_SIG);
	return signame_parse_name(text);
}

int signame_parse(const char *text)
{
	struct word word;

	return signame_word_set(&word, text, strlen(text)) ? signame_parse_word(&word) : -EINVAL;
}

bool signame_is_fatal(int sig)
{
	if (sig < 1 || sig > SIGNAME_MAX_SIG)
		return false;
	return sig >= N_SIGNALS || signals[sig].action == ACT_TERM ||
	       signals[sig].action == ACT_CORE;
}

uint64_t signame_fatal_mask(void)
{
	uint64_t mask = 0;

	for (int sig = 1; sig <= SIGNAME_MAX_SIG; sig++)
		if (signame_is_fatal(sig))
			mask |= signame_bit(sig);
	return mask;
}

void signame_spec_init(struct sigset_spec *spec)
{
	*spec = (struct sigset_spec){ 0 };
}

static int signame_parse_item(const char *item, size_t len, struct sigset_spec *spec)
{
	bool exclude = len && item[0] == '!';
	struct sigset_mask *set = exclude ? &spec->excluded : &spec->named;
	struct word word;
	int sig;

	if (!signame_word_set(&word, item + exclude, len - exclude))
		return -EINVAL;
	if (!strcmp(word.text, "FATAL")) {
		set->bits |= signame_fatal_mask();
	} else if (!strcmp(word.text, "ALL")) {
		set->bits = UINT64_MAX;
		set->zero = true;
	} else {
		sig = signame_parse_word(&word);
		if (sig < 0)
			return sig;
		set->bits |= signame_bit(sig);
		set->zero |= sig == 0;
	}
	return 0;
}

int signame_parse_list(const char *list, struct sigset_spec *spec, const char **ret_bad,
		       size_t *ret_bad_len)
{
	struct sigset_spec sum = *spec;
	struct list items = list_begin(list);
	const char *item;
	size_t len;

	while (list_next(&items, &item, &len)) {
		if (signame_parse_item(item, len, &sum) < 0) {
			*ret_bad = item;
			*ret_bad_len = len;
			return -EINVAL;
		}
	}
	*spec = sum;
	return 0;
}

int signame_spec_finish(const struct sigset_spec *spec, const struct sigset_mask *defaults,
			struct sigset_mask *ret_wanted, struct sigset_mask *ret_named)
{
	bool any = spec->named.bits || spec->named.zero;
	const struct sigset_mask *from = any ? &spec->named : defaults;
	struct sigset_mask wanted = {
		.bits = from->bits & ~spec->excluded.bits,
		.zero = from->zero && !spec->excluded.zero,
	};

	if (!wanted.bits && !wanted.zero)
		return -EINVAL;
	*ret_wanted = wanted;
	*ret_named = any ? wanted : (struct sigset_mask){ 0 };
	return 0;
}
