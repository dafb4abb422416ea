/* SPDX-License-Identifier: GPL-2.0-only */
/* What is loaded: for the files of the loader. */
#ifndef KS_LOADER_INTERNAL_H
#define KS_LOADER_INTERNAL_H

#include "kernel/attach.h"
#include "kernel/features.h"
#include "kernel/loader.h"
#include "kernel/objects.h"
#include "kernel/types_file.h"
#include "killsnoop.skel.h"

struct loader {
	struct features features;
	struct killsnoop *skeleton;
	struct types_file types; /* while programs are loaded */
	struct attachments hooks;
	struct security_module module;
	bool knows_labels;	/* all there are */
	uint32_t regs_bytes;	/* see cfg_regs_bytes */
	uint32_t pid_namespace; /* see cfg_pidns */
	int hierarchy;		/* see cfg_hierarchy */
};

/* Which maps are made, and how many entries those of processes have. */
void loader_choose_maps(struct loader *loader);

/* Has these variables of processes kept, for which there must be room: after loader_choose_maps().
 */
void loader_configure_env(struct killsnoop *skeleton, const struct env_names *names);

/* Fills the maps of filters. 0 or -errno. */
int loader_fill_sets(struct killsnoop *skeleton, const struct filter *filter);

/* Loads and attaches nothing; says nothing. 0 or -errno; loader_close() is to follow. */
int loader_load_only(struct loader *loader, const struct loader_config *config);

/* The labels of processes; it takes a while where a module is active. */
void loader_find_labels(struct loader *loader);

/* Where registers are saved, if programs have to search them. */
void loader_find_regs(struct loader *loader);

/* The inode of the tracer's mount namespace; 0: unknown. */
uint32_t loader_mount_namespace(void);

/* How the programs are loaded. */
struct loader_way {
	enum object object;
	bool disable_preemption; /* see cfg_disable_preemption */
};

/*
 * The best way after `last`, or of all if that is NULL, that this kernel seems to accept: whether
 * it does, only trying shows. NULL: there is none. The features must have been tried.
 */
const struct loader_way *loader_next_way(struct loader *loader, const struct loader_way *last);

/*
 * Opens the object and decides all that is decided before the kernel sees the programs, except
 * whether to load them. 0 or -errno; the file of types is to be closed and the skeleton destroyed
 * in any case.
 */
int loader_prepare(struct loader *loader, const struct loader_config *config,
		   const struct loader_way *way);

/* As what the children of targets are watched: compare needs none, and has no verdicts. */
enum ks_watch loader_follow(const struct loader_config *config);

#endif
