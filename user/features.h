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

struct features {
	int has_btf; /* each: 0, or -errno of the attempt */
	int has_ringbuf;
	int has_tp_btf;
	int has_task_storage;
	int has_task_pt_regs;
	int has_fexit;
	int has_tracepoints; /* of the system calls, through a detached tracefs */
	int has_checks;	     /* the permission checks of calls can be hooked */
	int has_clock;	     /* the coarse clock of the kernel can be read */
	int has_labels;	     /* of the security module; -ENODATA: none is active */
	bool can_load;	     /* CAP_BPF and CAP_PERFMON, or CAP_SYS_ADMIN */
};

/* Probes all. Nothing is printed. */
void features_probe(struct features *features);

const char *features_hook_name(enum hook hook);

/*
 * Whether audit can see the system calls of a task that is created now: 1 or 0, or -errno if that
 * cannot be found out.
 */
int features_audits_new_tasks(void);

/* Tries whether a program can hook the return of a kernel function: 0 or -errno. */
int features_try_fexit(void);

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
 * Tries whether a program can hook the permission check of a call, which is where audit notes the
 * targets: audit_signal_info(), kernel/audit.c, there with CONFIG_AUDIT. 0 or -errno.
 */
int features_try_checks(void);

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
