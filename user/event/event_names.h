/* SPDX-License-Identifier: GPL-2.0-only */
/* The words for what the records and events count in numbers. */
#ifndef KS_EVENT_NAMES_H
#define KS_EVENT_NAMES_H

#include <stdbool.h>
#include <stdint.h>

#include "event/event.h"

const char *name_of_result(enum event_result result);
const char *name_of_scope(enum event_scope scope);
const char *name_of_origin(enum event_origin origin);
/* NULL for RELATION_NONE. */
const char *name_of_relation(enum event_relation relation);
/* NULL for KS_VIA_NONE and what is not known. */
const char *name_of_via(uint8_t via);
/* An AUDIT_ARCH_ number; x32 has a bit in `nr`. NULL: not known. */
const char *name_of_arch(uint32_t arch, uint32_t nr);

/* Of an AUDIT_ARCH_ number: __AUDIT_ARCH_64BIT, include/uapi/linux/audit.h. */
static inline bool is_32_bit(uint32_t arch)
{
	return !(arch & 0x80000000u);
}
/* "EPERM" and so on; NULL: not known. */
const char *name_of_error(int error);
const char *name_of_reason(enum ks_reason reason); /* NULL for KS_REASON_NONE */
const char *name_of_handler(enum ks_handler handler);
const char *name_of_how(enum event_how how);
const char *name_of_limit(enum limit_kind kind); /* NULL for LIMIT_NONE */

/* A cause of loss: enum ks_lost or enum loss. */
struct loss_words {
	const char *name;
	const char *one, *many; /* what is lost */
	bool is_event;		/* and it counts in the numbers of the stream */
};
const struct loss_words *loss_words(unsigned int cause);

/* The ring that had no room, enum ks_ring; -1: another cause. */
int ring_of_loss(unsigned int cause);
const char *name_of_ring(int ring); /* NULL for -1 */

/* The name of a system call, static; NULL: not known. */
const char *name_of_syscall(uint32_t arch, uint32_t nr);

/* "SEGV_MAPERR", "SI_USER" and so on; NULL: not known. */
const char *name_of_code(int signal, int code);
/* -EINVAL: no such origin. */
int origin_by_name(const char *name);

#endif
