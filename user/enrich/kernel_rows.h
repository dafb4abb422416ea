/* SPDX-License-Identifier: GPL-2.0-only */
/* The rows of causes: what marks a signal of the kernel, and why it was sent then. */
#ifndef KS_KERNEL_ROWS_H
#define KS_KERNEL_ROWS_H

#include <signal.h>

#include "event/event.h"

#define BIT(number) (UINT64_C(1) << (number))
#define SIG(name) signame_mask(SIG##name)
#define signame_mask(sig) (UINT64_C(1) << ((sig)-1))

enum { NOINFO = BIT(KS_INFO_NOINFO), PRIV = BIT(KS_INFO_PRIV), REAL = BIT(KS_INFO_REAL) };

/* What the running task is to the target... */
enum {
	SELF = 1 << 0, /* the same process */
	OTHER = 1 << 1,
	EXITING = 1 << 2,
	KTHREAD = 1 << 3,
	TRACED = 1 << 4, /* the target has a tracer */
	/* ...as far as the record has facts: */
	WORKER = 1 << 5,
	REAPER = 1 << 6,
	EXITKILL = 1 << 7,
	FOREGROUND = 1 << 8, /* the target is */
	PDEATH = 1 << 9,     /* it asked for this signal at its parent's end */
};

/* Who ran did it, by a system call or by its end. */
enum { SENT = true };

struct kernel_row {
	uint64_t signals; /* 0: any */
	unsigned int kinds;
	unsigned int who;	/* all of these must hold */
	int code_min, code_max; /* for REAL; both 0: any */
	const char *calls;	/* the context is in one of these, blanks around each; NULL: any */
	uint32_t request;	/* of ioctl, whose argument is the signal; 0: any */
	struct kernel_cause cause;
};

struct kernel_rows {
	const struct kernel_row *rows;
	size_t n;
};

/* What the facts say for certain; and what is likely, where there is neither a file nor a stack
 * that says more. The first row that fits wins. */
extern const struct kernel_rows kernel_rows_certain, kernel_rows_likely;

#endif
