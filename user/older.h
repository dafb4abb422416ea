/* SPDX-License-Identifier: GPL-2.0-only */
/* Processes older than the tracer: what /proc knows of them becomes their images. */
#ifndef KS_OLDER_H
#define KS_OLDER_H

#include <stdbool.h>

/*
 * Tells the map of images about every process in /proc. Call with the exec and fork hooks attached:
 * what they write is newer and wins. `is_nested`: we are not in the initial pid namespace. What
 * cannot be read is left out.
 */
void older_tell(int images_fd, bool is_nested);

#endif
