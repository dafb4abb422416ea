// SPDX-License-Identifier: GPL-2.0-only
#include "lib/timed_write.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <time.h>
#include <unistd.h>

/*
 * O_NONBLOCK would be seen by everybody who shares the descriptor. So a timer interrupts the write:
 * again and again, for the first time may come before the write has begun.
 */
static timer_t timer;

static void timed_write_on_timer(int number)
{
	(void)number;
}

static bool timed_write_make_timer(void)
{
	struct sigaction action = { .sa_handler = timed_write_on_timer }; /* without SA_RESTART */
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMAX };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGRTMAX);
	return !sigaction(SIGRTMAX, &action, NULL) && !sigprocmask(SIG_UNBLOCK, &set, NULL) &&
	       !timer_create(CLOCK_MONOTONIC, &event, &timer);
}

static void timed_write_set_timer(long ms)
{
	const struct timespec time = { .tv_nsec = ms * 1000000 };

	timer_settime(timer, 0, &(struct itimerspec){ time, time }, NULL);
}

ssize_t timed_write(int fd, const void *data, size_t bytes)
{
	static enum { UNTRIED, MADE, MISSING } state;
	ssize_t n;
	int err;

	if (state == UNTRIED)
		state = timed_write_make_timer() ? MADE : MISSING;
	if (state == MADE)
		timed_write_set_timer(TIMED_WRITE_MS);
	n = write(fd, data, bytes);
	err = errno;
	if (state == MADE)
		timed_write_set_timer(0);
	if (n >= 0)
		return n;
	if (err == EAGAIN)
		poll(&(struct pollfd){ .fd = fd, .events = POLLOUT }, 1, TIMED_WRITE_MS);
	return err == EINTR ? -EAGAIN : -err;
}
