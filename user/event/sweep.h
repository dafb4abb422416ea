/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which processes of the table are needed: those that live, and of the dead those among the 16
 * nearest ancestors of one that lives, whether that was ever described or not. The BPF side
 * has a list of who lives, and who created whom.
 */
#ifndef KS_SWEEP_H
#define KS_SWEEP_H

#include "event/process.h"
#include "exec_layout.h"

/* Is called for a process that lives; `creator`: who forked it, pid 0: unknown. 0 or -errno. */
typedef int sweep_handler(void *context, const struct ks_exec_key *key,
			  const struct ks_pidref *creator);

/* Calls `handle` for all that live. 0, or -errno: not all could be listed. */
typedef int sweep_lister(void *source, sweep_handler *handle, void *context);

/*
 * If the table has grown, drops what two sweeps in a row have found unneeded: 3 s lie between them,
 * as records that refer to it may be on their way, and events wait for the return of their call. To
 * be called when the ring has been found empty. Where not all can be listed, nothing is dropped.
 */
void sweep_processes(struct process_table *table, uint64_t now_ns, sweep_lister *list,
		     void *source);

enum {
	SWEEP_MIN_BYTES = 4 << 20, /* less than that is not worth it: some 5,000 processes */
};
#define SWEEP_INTERVAL_NS UINT64_C(3000000000)

#endif
