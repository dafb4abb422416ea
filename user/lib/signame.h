/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KS_SIGNAME_H
#define KS_SIGNAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Highest signal number. In a mask of signals, signal n is bit n-1; signal 0 has no bit. */
#define SIGNAME_MAX_SIG 64

/* Room for any signame_get() result: "SIG-2147483648". */
#define SIGNAME_MAX 16

/** signame_bit - the mask bit of signal @sig, 0 for a number outside 1..64 */
static inline uint64_t signame_bit(int sig)
{
	return sig >= 1 && sig <= SIGNAME_MAX_SIG ? UINT64_C(1) << (sig - 1) : 0;
}

/**
 * signame_get - the name of a signal
 * @sig: any number
 * @buf: used when the name has to be composed
 *
 * Real-time signals are named as libc counts them: 34 is SIGRTMIN, 64 is SIGRTMAX, 36 is
 * SIGRTMIN+2. 0 is "0"; a number without a name is "SIG<number>".
 *
 * Returns the name, in @buf or in static memory.
 */
const char *signame_get(int sig, char buf[SIGNAME_MAX]);

/**
 * signame_parse - read one signal
 * @text: a number 0..64 or a name in any case, "SIG" optional: 9, KILL, sigkill, RTMIN+3, SIG33
 *
 * Returns the signal number, or -EINVAL.
 */
int signame_parse(const char *text);

/** signame_is_fatal - does the default action of @sig end the process? */
bool signame_is_fatal(int sig);

/** signame_fatal_mask - all signals whose default action ends the process */
uint64_t signame_fatal_mask(void);

/** A set of signals. Signal 0, the existence probe, has no bit in a mask and so gets a flag. */
struct sigset_mask {
	uint64_t bits;
	bool zero;
};

/** What the --sig options seen so far said; see signame_spec_init(). */
struct sigset_spec {
	struct sigset_mask named;    /* by plain items */
	struct sigset_mask excluded; /* by items with a leading '!' */
};

/** signame_spec_init - start with nothing named and nothing excluded */
void signame_spec_init(struct sigset_spec *spec);

/**
 * signame_parse_list - add one --sig LIST to what earlier ones said
 * @list: signals separated by commas or blanks, see list.h; also "fatal" (all lethal ones) and
 * "all" (every signal and 0); a leading '!' excludes the item. No empty items.
 * @spec: unchanged on error
 * @ret_bad: on error only: the first item that is wrong, inside @list
 * @ret_bad_len: on error only: its length in bytes (0 for an empty item)
 *
 * Returns 0 or -EINVAL.
 */
int signame_parse_list(const char *list, struct sigset_spec *spec, const char **ret_bad,
		       size_t *ret_bad_len);

/**
 * signame_spec_finish - what all the lists together mean
 * @spec: the lists; their order does not matter, an exclusion always wins
 * @defaults: the signals to show when none is named
 * @ret_wanted: signals to show: the named ones, or @defaults if none is; without the excluded
 * @ret_named: those of @ret_wanted that were named, which is what lifts the default mute
 *
 * Returns 0, or -EINVAL if the lists leave no signal at all ("KILL,!KILL").
 */
int signame_spec_finish(const struct sigset_spec *spec, const struct sigset_mask *defaults,
			struct sigset_mask *ret_wanted, struct sigset_mask *ret_named);

#endif /* KS_SIGNAME_H */
