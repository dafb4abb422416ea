/* SPDX-License-Identifier: GPL-2.0-only */
/* Finds one name, for users.c: users_nss.c or users_files.c, as the program is linked. */
#ifndef KS_USERS_ASK_H
#define KS_USERS_ASK_H

#include <stdbool.h>
#include <stdint.h>

enum users_kind { USERS_USER, USERS_GROUP };

/* The name, to be freed; NULL: none is known, or there is no memory. For any thread. */
char *users_ask(enum users_kind kind, uint32_t id);

/* Whether it has more than /etc/passwd and /etc/group, and may take as long as a network does. */
extern const bool users_ask_may_block;

#endif
