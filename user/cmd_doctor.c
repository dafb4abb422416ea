// SPDX-License-Identifier: GPL-2.0-only
/* What this kernel and these privileges offer, and what killsnoop makes of it. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cmd.h"
#include "features.h"
#include "log.h"
#include "users.h"

static void print_ability(const char *name, int err, const char *lost_without)
{
	printf("%-34s %s", name, err ? "no" : "yes");
	if (err)
		printf("   (%s) %s", strerror(-err), lost_without);
	putchar('\n');
}

/* What will be done here; `*ret_can`: whether that is anything. */
static const char *choose(const struct features *features, bool *ret_can)
{
	const int *has = features->abilities;

	*ret_can = false;
	if (!features->can_load)
		return "can do nothing: run it as root, or with CAP_BPF and CAP_PERFMON";
	if (features->has_btf || features->has_tp_btf || features->has_ringbuf)
		return "can do nothing: this kernel lacks what is marked as needed";
	if (has[ABILITY_TASK_PT_REGS] && features->has_saved_regs)
		return "can do nothing: there is no way to see the registers of a call";
	if (has[ABILITY_FEXIT] && features->has_tracepoints)
		return "can do nothing: there is no way to see calls return";
	*ret_can = true;
	return has[ABILITY_FEXIT] ? "will see every signal, and calls return through tracepoints"
				  : "will see every signal, and calls return through fexit";
}

/* But for labels. */
static const struct {
	const char *name, *lost_without;
} abilities[] = {
	[ABILITY_TASK_BTF] = { "bpf_get_current_task_btf", "members are read through helpers" },
	[ABILITY_TASK_STORAGE] = { "task storage", "a table of threads is used" },
	[ABILITY_TASK_PT_REGS] = { "bpf_task_pt_regs", "registers are looked for on the stack" },
	[ABILITY_FEXIT] = { "fexit on system calls",
			    "tracepoints are used; failed calls of 32-bit and x32 programs are not "
			    "seen" },
	[ABILITY_CHECKS] = { "fentry on permission checks",
			     "who was refused in a group is searched for after the call" },
	[ABILITY_CLOCK] = { "coarse clock of the kernel",
			    "times of --audit-format are up to a tick off" },
};
_Static_assert(sizeof(abilities) / sizeof(abilities[0]) == ABILITY_LABELS, "the last one");

int cmd_doctor(int argc, char **argv)
{
	struct features features;
	const char *choice;
	int labels;
	bool can;

	if (argc > 1) {
		log_line("'%s' is not expected here; try killsnoop --help", argv[1]);
		return STATUS_USAGE;
	}
	features_probe(&features);
	labels = features.abilities[ABILITY_LABELS];
	choice = choose(&features, &can);
	print_ability("privileges to load BPF programs", features.can_load ? 0 : -1, "needed");
	print_ability("BTF of the kernel", features.has_btf, "needed");
	print_ability("ring buffer", features.has_ringbuf, "needed");
	print_ability("tp_btf/signal_generate", features.has_tp_btf, "needed");
	print_ability("tracepoints of system calls", features.has_tracepoints,
		      "fexit is needed then");
	print_ability("registers on the stack", features.has_saved_regs,
		      "bpf_task_pt_regs is needed then");
	for (int i = 0; i < ABILITY_LABELS; i++)
		print_ability(abilities[i].name, features.abilities[i], abilities[i].lost_without);
	print_ability("labels by AppArmor or SELinux", labels,
		      labels == -ENODATA ? "neither is active" : "they are unknown");
	printf("%-34s %s\n", "names of users and groups from", users_source);
	printf("\nHere, killsnoop %s.\n", choice);
	return fflush(stdout) || !can ? STATUS_ERROR : STATUS_DONE;
}
