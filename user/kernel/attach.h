/* SPDX-License-Identifier: GPL-2.0-only */
/* Which programs hook what: how calls are seen to begin and to return. */
#ifndef KS_ATTACH_H
#define KS_ATTACH_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "kernel/features.h"

struct bpf_link;
struct bpf_program;
struct killsnoop; /* the skeleton */

enum { HOOKS_LINKS_MAX = 64 };

struct attachments {
	enum return_hook returns; /* never RETURN_HOOK_AUTO */
	bool checks;		  /* see cfg_hook_permission_check */
	bool entries;		  /* see cfg_track_entry */
	uint64_t timekeeper;	  /* see cfg_timekeeper */
	struct bpf_link *links[HOOKS_LINKS_MAX];
	int n_links;
	pthread_t detacher; /* has the links meanwhile */
	bool is_detaching;
};

/* Decides, once: `hook` is what was asked for, `entries` whether beginnings are to be seen. */
void attach_choose(struct attachments *hooks, struct features *features, enum return_hook hook,
		   bool entries);

/*
 * Has the programs loaded that were decided on, each for what it hooks; the others are left out.
 * `own`: the kernel's types, from the kernel, or NULL. 0 or -errno.
 */
int attach_configure(const struct attachments *hooks, struct killsnoop *skeleton,
		     const struct btf *own);

/* Attaches one program to all that it hooks, if it is loaded. 0 or -errno. */
int attach_program(struct attachments *hooks, struct bpf_program *program);

/* Where functions are hooked: has their programs go on with on_call_return(). 0 or -errno. */
int attach_fill_returns(struct killsnoop *skeleton);

/* Attaches those of the calls. 0 or -errno. */
int attach_calls(struct attachments *hooks, struct killsnoop *skeleton);

/* Has all detached meanwhile, or, if no thread can be had for it, later. */
void attach_begin_detach(struct attachments *hooks);

/* Detaches all, and waits for it. */
void attach_detach(struct attachments *hooks);

#endif
