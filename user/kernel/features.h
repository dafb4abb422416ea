/* SPDX-License-Identifier: GPL-2.0-only */
/* What this kernel and these privileges offer: the only prober. Abilities are tried, never guessed
 * from a version. */
#ifndef KS_FEATURES_H
#define KS_FEATURES_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/cgroup_hierarchy.h"
#include "record.h"

struct btf;

enum feature {
	/* Needed. */
	FEATURE_PRIVILEGES,    /* CAP_BPF and CAP_PERFMON, or CAP_SYS_ADMIN */
	FEATURE_TYPES,	       /* the kernel's types are described somewhere */
	FEATURE_MEMORY,	       /* programs may read the kernel's memory */
	FEATURE_LOCKED_MEMORY, /* as much as maps take, where that counts as locked */
	FEATURE_RINGBUF,
	/* What killsnoop can do without, also by --without. */
	FEATURE_BTF,	      /* the kernel itself has its types */
	FEATURE_TASK_BTF,     /* current has a type */
	FEATURE_DIRECT_LOADS, /* members of structs can be read without a helper */
	FEATURE_TASK_STORAGE,
	FEATURE_TASK_PT_REGS, /* a helper returns where the registers of current are */
	FEATURE_SAVED_REGS,   /* they are found on its stack */
	FEATURE_MAP_ALLOC,    /* maps may allocate while a program runs */
	FEATURE_FEXIT,
	FEATURE_TRACEPOINTS, /* of the system calls */
	FEATURE_CHECKS,	     /* the permission checks of calls can be hooked */
	FEATURE_STACKS,	     /* helpers return the stack of the kernel, and names of functions */
	FEATURE_CLOCK,	     /* the coarse clock of the kernel can be read */
	FEATURE_PROC,	     /* processes that run already are seen in /proc */
	FEATURE_CGROUPS,     /* there is a hierarchy of them */
	FEATURE_CGROUP_V1,   /* one of version 1 gives units; -ENODATA: one of version 2 does */
	FEATURE_LABELS,	     /* of the security module; -ENODATA: none is active */
	FEATURE_SELF_TEST,   /* the kernel is as killsnoop relies on; -EUCLEAN: it is not */
	FEATURE_MAX
};

/* How the return of system calls is seen. */
enum return_hook {
	RETURN_HOOK_AUTO,
	RETURN_HOOK_FEXIT,
	RETURN_HOOK_TRACEPOINT, /* of each call of the kill family */
	RETURN_HOOK_RAW,	/* the raw tracepoint of all calls */
	RETURN_HOOK_MAX
};

const char *features_hook_name(enum return_hook hook);

/* What is tried, and what came of it. */
struct features {
	uint32_t without;	/* features not to use; bit n: enum feature n */
	struct btf *own;	/* the kernel's types, from the kernel; NULL: it has none */
	struct btf *given;	/* from a file; NULL: none was named */
	int tried[FEATURE_MAX]; /* 0 or -errno; above 0: not yet */
};

/*
 * `types`: a file that describes the kernel's types, or NULL. 0, or a negative errno if that file
 * cannot be read or describes another kernel: one line on stderr says why. To be closed in any
 * case.
 */
int features_open(struct features *features, const char *types, uint32_t without);

void features_close(struct features *features);

/* Tries it, once: 0 or -errno; -ECANCELED if it, or what it needs, is not to be used. */
int features_try(struct features *features, enum feature feature);

static inline bool features_has(struct features *features, enum feature feature)
{
	return !features_try(features, feature);
}

/* Whether it is not to be used, whatever the kernel offers. */
bool features_is_left_out(const struct features *features, enum feature feature);

/* The kernel's types, from the file if one was named; NULL: there are none. */
const struct btf *features_types(const struct features *features);

/* The offset of a member, or with an empty name the size of a struct; in bytes, or -errno. */
int features_offset_or_size(const struct features *features, const char *type, const char *member);

/* As --without has it, such as "task-storage". */
const char *features_name(enum feature feature);

/* Whether killsnoop can do nothing at all without it. */
bool features_is_needed(enum feature feature);

/*
 * Why killsnoop can do nothing here when it is to use `hook`, in a sentence without its end; NULL:
 * it can. Valid until the next call.
 */
const char *features_problem(struct features *features, enum return_hook hook);

/*
 * What the self-test found, if anything, in a sentence without its end; else NULL. Valid until the
 * next call. `ret_is_fatal`: whether answers would be wrong.
 */
const char *features_difference(struct features *features, bool *ret_is_fatal);

/* What features_try() returned, in words. */
const char *features_error(int err);

/* 0, or -errno if this hook cannot be had. */
int features_try_hook(struct features *features, enum return_hook hook);

/* What `hook` stands for: if it is RETURN_HOOK_AUTO, the best that can be had. */
enum return_hook features_choose_hook(struct features *features, enum return_hook hook);

/*
 * How far into the stack of a task the registers are saved that it had when it entered the kernel,
 * its struct pt_regs; in bytes. A negative errno if they are not found.
 */
int features_find_saved_regs(const struct features *features);

/*
 * Whether audit can see the system calls of a task that is created now: 1 or 0, or -errno if that
 * cannot be found out.
 */
int features_audits_new_tasks(const struct features *features);

/* The security module whose labels tasks have, and where the kernel keeps what leads to them. */
struct security_module {
	enum ks_lsm kind;
	uint64_t blob_sizes; /* address of its struct lsm_blob_sizes */
	uint64_t state;	     /* SELinux: address of its struct selinux_state; else 0 */
	struct ks_label_layout layout;
};

/*
 * Finds it: 0, -ENODATA if no module gives labels, -ECANCELED if they are not to be used,
 * -EOPNOTSUPP if one does that killsnoop does not know (Smack), or another negative errno if the
 * kernel does not show addresses or types. On error, ret->kind is KS_LSM_NONE.
 */
int features_find_labels(const struct features *features, struct security_module *ret);

/*
 * The inode of our pid namespace; 0: the initial one. 0, or a negative errno if it cannot be found
 * out, as in a nested one where /proc is missing.
 */
int features_find_pid_namespace(const struct features *features, uint32_t *ret_inode);

/*
 * Finds the hierarchy of cgroups that gives units and containers, as cgroup_hierarchy_find() does:
 * 0 or a negative errno, -ENOENT if the kernel's tasks have no cgroups.
 */
int features_find_hierarchy(const struct features *features, struct hierarchy *ret);

/*
 * The address of the kernel's clocks, whose coarse one audit's times are of. 0, or, with 0 as
 * address, -ENOENT if the kernel does not show it (CONFIG_KALLSYMS_ALL), -EUCLEAN if another time
 * is there, -ECANCELED if it is not to be used, or another negative errno.
 */
int features_find_timekeeper(const struct features *features, uint64_t *ret);

#endif
