// SPDX-License-Identifier: GPL-2.0-only
#include "lib/runtime.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>
#include <cap-ng.h>

#include "lib/clock.h"
#include "lib/log.h"

uint64_t runtime_now_ns(void)
{
	return clock_monotonic_ns();
}

bool runtime_has_terminal(void)
{
	int fd = open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

int runtime_open_signals(bool takes_hangup, bool takes_resize)
{
	struct sigaction hangup;
	sigset_t set;
	int fd;

	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	sigaction(SIGHUP, NULL, &hangup);
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	if (takes_hangup ||
	    hangup.sa_handler != SIG_IGN) /* which a blocked signal is not any more */
		sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGCHLD);
	if (takes_resize)
		sigaddset(&set, SIGWINCH);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? -errno : fd;
}

int runtime_flush_stdout(void)
{
	if (!fflush(stdout) && !ferror(stdout))
		return 0;
	log_error(-errno, "write to stdout");
	return -EIO;
}

bool runtime_has_capability(int capability)
{
	capng_get_caps_process();
	return capng_have_capability(CAPNG_EFFECTIVE, capability);
}

void runtime_drop_privileges(int keep)
{
	bool has = keep != RUNTIME_KEEP_NOTHING && runtime_has_capability(keep);

	capng_clear(CAPNG_SELECT_BOTH);
	if (has)
		capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, keep);
	capng_apply(CAPNG_SELECT_BOTH);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

void runtime_tell_ready(int fd)
{
	if (fd < 0)
		return;
	if (write(fd, "\n", 1) != 1)
		log_error(-errno, "write to --ready-fd %d", fd);
	close(fd);
}
