// SPDX-License-Identifier: GPL-2.0-only
#include "lib/stdio.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "lib/log.h"

int stdio_flush(void)
{
	if (!fflush(stdout) && !ferror(stdout))
		return 0;
	log_error(-errno, "write to stdout");
	return -EIO;
}

void stdio_signal_ready(int fd)
{
	if (fd < 0)
		return;
	if (write(fd, "\n", 1) != 1)
		log_error(-errno, "write to --ready-fd %d", fd);
	close(fd);
}
