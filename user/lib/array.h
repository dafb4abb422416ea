/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KS_ARRAY_H
#define KS_ARRAY_H

/* How many items an array has; not of a pointer. */
#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

#endif
