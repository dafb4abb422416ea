// SPDX-License-Identifier: GPL-2.0-only
#include "lib/clock.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/timens.h"
#include "lib/array.h"

#define NS_PER_SEC UINT64_C(1000000000)

/* Once and for all: a process that executes stays in its namespace. */
static const struct timens *clock_own_namespace(void)
{
	static struct timens found;
	static bool is_known;

	if (!is_known)
		timens_find(&found);
	is_known = true;
	return &found;
}

/* What clock @id shows here more than the kernel's own. */
static int64_t clock_ahead_ns(clockid_t id)
{
	switch (id) {
	case CLOCK_MONOTONIC: return clock_own_namespace()->monotonic_ns;
	case CLOCK_BOOTTIME: return clock_own_namespace()->boottime_ns;
	default: return 0;
	}
}

static int clock_read_ns(clockid_t id, int64_t *ret_ns)
{
	struct timespec ts;

	if (clock_gettime(id, &ts) < 0)
		return -errno;
	*ret_ns = (int64_t)ts.tv_sec * (int64_t)NS_PER_SEC + ts.tv_nsec - clock_ahead_ns(id);
	return 0;
}

uint64_t clock_monotonic_ns(void)
{
	int64_t ns = 0;

	clock_read_ns(CLOCK_MONOTONIC, &ns);
	return ns;
}

uint64_t clock_boottime_ns(void)
{
	int64_t ns = 0;

	clock_read_ns(CLOCK_BOOTTIME, &ns);
	return ns;
}

/*
 * How far CLOCK_REALTIME is ahead of clock @id, and how exact that is. The two cannot be read at
 * once, so one is read between two reads of the other, until no interrupt came between.
 */
static int clock_measure(clockid_t id, int64_t *ret_offset_ns, int64_t *ret_error_ns)
{
	int64_t before = 0, real = 0, after = 0, best = INT64_MAX;
	int err;

	for (int i = 0; i < 10; i++) {
		err = clock_read_ns(id, &before);
		if (!err)
			err = clock_read_ns(CLOCK_REALTIME, &real);
		if (!err)
			err = clock_read_ns(id, &after);
		if (err)
			return err;
		if (after - before >= best)
			continue;
		best = after - before;
		*ret_offset_ns = real - (before + best / 2);
	}
	*ret_error_ns = best;
	return 0;
}

int64_t clock_boottime_ahead_ns(void)
{
	return clock_own_namespace()->boottime_ns;
}

int64_t clock_tick_ns(void)
{
	struct timespec tick;

	return clock_getres(CLOCK_REALTIME_COARSE, &tick) < 0 ? -errno : tick.tv_nsec;
}

int clock_init(struct clock *clock)
{
	struct clock now;
	int64_t error;
	int err;

	tzset(); /* localtime_r() need not do it */
	err = clock_measure(CLOCK_MONOTONIC, &now.mono_to_real_ns, &error);
	if (!err)
		err = clock_measure(CLOCK_BOOTTIME, &now.boot_to_real_ns, &error);
	now.tick_ns = clock_tick_ns();
	if (!err && now.tick_ns < 0)
		err = (int)now.tick_ns;
	if (err)
		return err;
	now.mono_to_boot_ns = now.mono_to_real_ns - now.boot_to_real_ns;
	*clock = now;
	return 0;
}

int clock_sync(struct clock *clock)
{
	int64_t offset, error;
	int err = clock_measure(CLOCK_MONOTONIC, &offset, &error);

	if (!err && llabs(offset - clock->mono_to_real_ns) > error)
		clock->mono_to_real_ns = offset;
	if (!err)
		clock->mono_to_boot_ns = clock_boottime_ns() - clock_monotonic_ns();
	return err;
}

/* A second as text. */
struct second {
	time_t sec;
	char date[sizeof("2026-11-22T16:18:46")];
	char zone[sizeof("+00:00")];
};

static char *clock_put_digits(char *at, unsigned int n, int width)
{
	for (int i = width - 1; i >= 0; i--) {
		at[i] = '0' + n % 10;
		n /= 10;
	}
	return at + width;
}

static void clock_format_zone(long offset_sec, char zone[sizeof("+00:00")])
{
	unsigned int min = labs(offset_sec) / 60;

	zone[0] = offset_sec < 0 ? '-' : '+';
	clock_put_digits(zone + 1, min / 60, 2);
	zone[3] = ':';
	clock_put_digits(zone + 4, min % 60, 2);
	zone[6] = '\0';
}

/*
 * Events come in bursts, so the last second is kept. A whole second, because the offset may
 * change with any one of them.
 */
static const struct second *clock_format_second(time_t sec, bool utc)
{
	static struct second last[2] = { { .sec = -1 }, { .sec = -1 } };
	struct second *entry = &last[utc];
	struct tm tm = { 0 };

	if (entry->sec == sec)
		return entry;
	if (utc) {
		gmtime_r(&sec, &tm);
		strcpy(entry->zone, "Z");
	} else {
		localtime_r(&sec, &tm);
		clock_format_zone(tm.tm_gmtoff, entry->zone);
	}
	/* 64 bits of nanoseconds end in 2554: the year always has four digits. */
	strftime(entry->date, sizeof(entry->date), "%Y-%m-%dT%H:%M:%S", &tm);
	entry->sec = sec;
	return entry;
}

const char *clock_format_rfc3339(uint64_t real_ns, bool utc, char buf[CLOCK_RFC3339_MAX])
{
	const struct second *second = clock_format_second(real_ns / NS_PER_SEC, utc);
	size_t len = sizeof(second->date) - 1;

	memcpy(buf, second->date, len);
	buf[len] = '.';
	strcpy(clock_put_digits(buf + len + 1, real_ns % NS_PER_SEC, 9), second->zone);
	return buf;
}

const char *clock_format_time(uint64_t real_ns, bool utc, char buf[CLOCK_TIME_MAX])
{
	const struct second *second = clock_format_second(real_ns / NS_PER_SEC, utc);
	size_t len = sizeof("16:18:46") - 1;

	memcpy(buf, second->date + sizeof("2026-11-22T") - 1, len);
	buf[len] = '.';
	*clock_put_digits(buf + len + 1, real_ns % NS_PER_SEC / 1000, 6) = '\0';
	return buf;
}

/* The length of a unit in ns, 0 if there is no such unit. */
static uint64_t clock_unit_ns(const char *unit)
{
	static const struct {
		const char *name;
		uint64_t ns;
	} units[] = {
		{ "", NS_PER_SEC },
		{ "s", NS_PER_SEC },
		{ "ms", 1000000 },
		{ "us", 1000 },
		{ "ns", 1 },
		{ "m", 60 * NS_PER_SEC },
		{ "h", 3600 * NS_PER_SEC },
		{ "d", 86400 * NS_PER_SEC },
	};

	for (size_t i = 0; i < ARRAY_SIZE(units); i++)
		if (!strcmp(unit, units[i].name))
			return units[i].ns;
	return 0;
}

/* Add the digits at @text, each worth a tenth of the one before, to *@ns. */
static int clock_add_fraction(const char *text, size_t digits, uint64_t unit, uint64_t *ns)
{
	for (size_t i = 0; i < digits; i++) {
		if (unit % 10)
			return -EINVAL;
		unit /= 10;
		if (__builtin_add_overflow(*ns, (uint64_t)(text[i] - '0') * unit, ns))
			return -EINVAL;
	}
	return 0;
}

static int clock_add_whole(const char *text, size_t digits, uint64_t unit, uint64_t *ns)
{
	uint64_t n = 0;

	for (size_t i = 0; i < digits; i++)
		if (__builtin_mul_overflow(n, 10, &n) ||
		    __builtin_add_overflow(n, (uint64_t)(text[i] - '0'), &n))
			return -EINVAL;
	return __builtin_mul_overflow(n, unit, ns) ? -EINVAL : 0;
}

int clock_parse_duration(const char *text, uint64_t *ret_ns)
{
	size_t whole = strspn(text, "0123456789");
	bool point = text[whole] == '.';
	const char *fraction = text + whole + point;
	size_t digits = point ? strspn(fraction, "0123456789") : 0;
	uint64_t unit = clock_unit_ns(fraction + digits), ns;

	if (!whole || !unit || (point && !digits))
		return -EINVAL;
	if (clock_add_whole(text, whole, unit, &ns) < 0 ||
	    clock_add_fraction(fraction, digits, unit, &ns) < 0)
		return -EINVAL;
	if (ns == 0 || ns > INT64_MAX)
		return -EINVAL;
	*ret_ns = ns;
	return 0;
}
