/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KS_STDIO_H
#define KS_STDIO_H

/* Writes what stdout still has: 0, or -EIO reported on stderr if any of it could not be written. */
int stdio_flush(void);

/* Writes a byte to the descriptor of --ready-fd, if there is one, and closes it. */
void stdio_signal_ready(int fd);

#endif
