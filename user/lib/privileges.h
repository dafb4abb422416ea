/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KS_PRIVILEGES_H
#define KS_PRIVILEGES_H

#include <stdbool.h>

/* Whether the capability is in effect, in our user namespace. */
bool privileges_have(int capability);

/* For `keep` of privileges_drop(). */
enum { PRIVILEGES_KEEP_NOTHING = -1 };

/*
 * Everything is open: from here on, nothing is needed but the capability `keep`, if we have it.
 * Children cannot get more.
 */
void privileges_drop(int keep);

#endif
