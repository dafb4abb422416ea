/* SPDX-License-Identifier: GPL-2.0-only */
/* What this kernel and these privileges offer: the only prober. Abilities are tried, never guessed
 * from a version. */
#ifndef KS_FEATURES_H
#define KS_FEATURES_H

#include <stdbool.h>
#include <stdint.h>

#include "record.h"

/* How the return of system calls is seen. */
enum hook { HOOK_AUTO, HOOK_FEXIT, HOOK_TRACEPOINT, HOOK_MAX };

/* What killsnoop can do without, and can be told to. */
enum ability {
	ABILITY_TASK_BTF, /* current has a type; the next two need that */
	ABILITY_TASK_STORAGE,
	ABILITY_TASK_PT_REGS, /* a helper tells where the registers of current are */
	ABILITY_FEXIT,
	ABILITY_CHECKS, /* the permission checks of calls can be hooked */
	ABILITY_CLOCK,	/* the coarse clock of the kernel can be read */
	ABILITY_LABELS, /* of the security module */
	ABILITY_MAX
};

struct features {
	int has_btf; /* each: 0, or -errno of the attempt */
	int has_ringbuf;
	int has_tp_btf;
	int has_tracepoints;	    /* of the system calls, through a detached tracefs */
	int has_saved_regs;	    /* the registers of current are found on its stack */
	int abilities[ABILITY_MAX]; /* ABILITY_LABELS: -ENODATA if no module is active */
	bool can_load;		    /* CAP_BPF and CAP_PERFMON, or CAP_SYS_ADMIN */
};

/* Probes all. Nothing is printed. */
void features_probe(struct features *features);

const char *features_hook_name(enum hook hook);

/*
 * Whether audit can see the system calls of a task that is created now: 1 or 0, or -errno if that
 * cannot be found out.
 */
int features_audits_new_tasks(void);

/* As --without has it, such as "task-storage". */
const char *features_ability_name(enum ability ability);

/* What `without`, a bit for each ability, comes to: with those that need what is in it. */
uint32_t features_without(uint32_t without);

/* Tries it: 0 or -errno; -ECANCELED if its bit is set in `without`. */
int features_try(enum ability ability, uint32_t without);

/*
 * How far into the stack of a task the registers are saved that it had when it entered the kernel,
 * its struct pt_regs; in bytes. A negative errno if they are not found.
 */
int features_find_saved_regs(void);

/* The security module whose labels tasks have, and where the kernel keeps what leads to them. */
struct security_module {
	enum ks_lsm kind;
	uint64_t blob_sizes; /* address of its struct lsm_blob_sizes */
	uint64_t state;	     /* SELinux: address of its struct selinux_state; else 0 */
	struct ks_label_layout layout;
};

/*
 * Finds it: 0, -ENODATA if no module gives labels, -EOPNOTSUPP if one does that killsnoop does not
 * know (Smack), or another negative errno if the kernel does not tell addresses or types. On error,
 * ret->kind is KS_LSM_NONE.
 */
int features_find_labels(struct security_module *ret);

/*
 * The address of the kernel's clocks, whose coarse one audit's times are of; 0: the kernel does not
 * tell it (CONFIG_KALLSYMS_ALL).
 */
uint64_t features_find_timekeeper(void);

/*
 * The id of the tracepoint of a system call, e.g. "kill", on one `side`: "enter" or "exit". tracefs
 * need not be mounted and is not mounted by this. A negative errno if it cannot be had.
 */
int features_tracepoint_id(const char *side, const char *call);

#endif
