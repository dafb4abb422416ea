/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KS_CLOCK_H
#define KS_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/*
 * The kernel stamps events with CLOCK_MONOTONIC and the start of a process with CLOCK_BOOTTIME;
 * people and audit think in CLOCK_REALTIME. All times are nanoseconds. For one thread only.
 */
struct clock {
	int64_t mono_to_real_ns;
	int64_t boot_to_real_ns;
	int64_t mono_to_boot_ns; /* the time of all suspends; clock_sync() measures it again */
	int64_t tick_ns;	 /* resolution of the coarse clocks: 1/CONFIG_HZ */
};

/* Room for "2026-11-22T16:18:46.123456789+00:00" and for "16:18:46.123456". */
#define CLOCK_RFC3339_MAX 36
#define CLOCK_TIME_MAX 16

/*
 * The kernel's own CLOCK_MONOTONIC and CLOCK_BOOTTIME, as records have them, whatever time
 * namespace we are in.
 */
uint64_t clock_monotonic_ns(void);
uint64_t clock_boottime_ns(void);

/* How much later the starts of processes in /proc are than by the kernel's own clock. */
int64_t clock_boottime_ahead_ns(void);

/* The resolution of the coarse clocks, 1/CONFIG_HZ; or -errno. */
int64_t clock_tick_ns(void);

/** clock_init - measure both offsets; 0 or -errno */
int clock_init(struct clock *clock);

/**
 * clock_sync - measure the monotonic offset again
 *
 * After a suspend or a step of the wall clock it is another one. A change smaller than the
 * measurement is exact is ignored, so that times do not jitter. The boottime offset stays: the
 * start of a process must have the same text for as long as this program runs. Takes about a
 * microsecond; once a second is plenty. Returns 0, or -errno with @clock unchanged.
 */
int clock_sync(struct clock *clock);

/** clock_mono_to_real - the wall clock time of a CLOCK_MONOTONIC time */
static inline uint64_t clock_mono_to_real(const struct clock *clock, uint64_t mono_ns)
{
	return mono_ns + (uint64_t)clock->mono_to_real_ns;
}

/** clock_boot_to_real - the wall clock time of a CLOCK_BOOTTIME time */
static inline uint64_t clock_boot_to_real(const struct clock *clock, uint64_t boot_ns)
{
	return boot_ns + (uint64_t)clock->boot_to_real_ns;
}

/**
 * clock_format_rfc3339 - date, time with nanoseconds, and offset from UTC
 * @real_ns: CLOCK_REALTIME
 * @utc: in UTC, with a Z; else local time with its offset, such as +02:00
 *
 * Returns @buf.
 */
const char *clock_format_rfc3339(uint64_t real_ns, bool utc, char buf[CLOCK_RFC3339_MAX]);

/** clock_format_time - the time of day with microseconds (cut, not rounded); returns @buf */
const char *clock_format_time(uint64_t real_ns, bool utc, char buf[CLOCK_TIME_MAX]);

/**
 * clock_parse_duration - read "10", "1.5s", "500ms", "2m"
 * @text: digits, with a fraction if wanted, then ns, us, ms, s, m, h or d; s if none
 * @ret_ns: more than 0 and not above INT64_MAX
 *
 * Returns 0, or -EINVAL for anything else: zero, overflow, blanks, signs, or finer than 1 ns.
 */
int clock_parse_duration(const char *text, uint64_t *ret_ns);

#endif /* KS_CLOCK_H */
