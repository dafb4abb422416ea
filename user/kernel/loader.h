/* SPDX-License-Identifier: GPL-2.0-only */
/* Loads the BPF programs, has them attached, and is how their maps and counters are got at. */
#ifndef KS_LOADER_H
#define KS_LOADER_H

#include <stdbool.h>
#include <stdint.h>

#include "exec_layout.h"
#include "kernel/env_names.h"
#include "kernel/features.h"
#include "filter/filter.h"
#include "event/sweep.h"

struct loader;

struct loader_config {
	const struct filter *filter;
	bool has_command;     /* a process to come is watched, too... */
	bool follows;	      /* ...and its descendants */
	uint64_t ring_bytes;  /* of the ring KS_RING_BULK */
	bool one_ring;	      /* everything goes there, in one order */
	struct env_names env; /* the variables of processes that are wanted */
	const char *btf;      /* a file that describes the kernel's types; NULL: the kernel does */
	enum return_hook hook;
	uint32_t without; /* features of the kernel not to use; bit n: enum feature n */
	bool all_targets; /* of a call, shows also those without a signal, however many */
	bool entries; /* when each call began and returned is wanted: that takes hooks of their own
		       */
};

/*
 * Loads the programs, attaches every hook and seeds the BPF side with older processes. 0, or
 * -errno, and a line on stderr has said what to do.
 */
int loader_open(struct loader **ret, const struct loader_config *config);

/* Watches one more process (in our pid namespace), -EEXIST: a relay that is already. 0 or -errno.
 */
int loader_watch(struct loader *loader, uint32_t pid, enum ks_watch watch);

/* Stops watching; -ENOENT: its end has been seen and a KS_REC_EXIT written. */
int loader_unwatch(struct loader *loader, uint32_t pid);

/* A ring's map. */
int loader_ring_fd(const struct loader *loader, enum ks_ring ring);

/* Counters, live: by enum ks_lost; and CLOCK_MONOTONIC of the last wakeup. */
const uint64_t *loader_lost(const struct loader *loader);

/* The record that comes before the next of that ring, if there has been a loss since the last. */
void loader_make_losses(const struct loader *loader, enum ks_ring ring, struct ks_losses *ret);
uint64_t loader_last_wake_ns(const struct loader *loader);

/* Has all that events refer to described again, when an event does. */
void loader_describe_again(struct loader *loader);

/*
 * A sweep_lister of all processes that live. -EPERM: before Linux 5.19, maps cannot be read without
 * CAP_BPF where kernel.unprivileged_bpf_disabled is set. -ENOSPC: there are more than the kernel
 * side has room for.
 */
int loader_list_living(void *source, sweep_handler *handle, void *context);

/*
 * How often a hook was not run because it was running on that CPU already (recursion_misses of
 * struct bpf_prog_info): what it would have seen was not seen. 0 where the kernel does not count.
 */
uint64_t loader_missed(const struct loader *loader);

/* Whether calls of 32-bit and x32 programs are seen to return, and so those that fail. */
bool loader_sees_compat_returns(const struct loader *loader);

/* Whether targets without a signal are seen when the call checks them, not searched for later. */
bool loader_sees_checks(const struct loader *loader);

/* Whether processes have the labels that audit has, or audit has none. */
bool loader_has_labels(const struct loader *loader);

/* Whether the coarse clock of the kernel is read, which gives audit's times. */
bool loader_reads_clock(const struct loader *loader);

/*
 * The time that all hooks took, in ns, if the kernel counts it (BPF_ENABLE_STATS) and we may know;
 * 0 otherwise.
 */
uint64_t loader_run_ns(const struct loader *loader);

/* Has every hook detached meanwhile: see loader_detach(), which waits for it. */
void loader_begin_detach(struct loader *loader);

/* Detaches every hook: no record comes any more, and what is in the ring stays there. */
void loader_detach(struct loader *loader);

/* Detaches and frees; NULL is fine. */
void loader_close(struct loader *loader);

#endif
