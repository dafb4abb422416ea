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
	*ret_can = false;
	if (!features->can_load)
		return "can do nothing: run it as root, or with CAP_BPF and CAP_PERFMON";
	if (features->has_btf || features->has_tp_btf || features->has_ringbuf ||
	    features->has_task_storage || features->has_task_pt_regs)
		return "can do nothing: this kernel lacks what is marked as needed";
	if (features->has_fexit && features->has_tracepoints)
		return "can do nothing: there is no way to see calls return";
	*ret_can = true;
	return features->has_fexit ? "will see every signal, and calls return through tracepoints"
				   : "will see every signal, and calls return through fexit";
}

int cmd_doctor(int argc, char **argv)
{
	struct features features;
	const char *choice;
	bool can;

	if (argc > 1) {
		log_line("'%s' is not expected here; try killsnoop --help", argv[1]);
		return STATUS_USAGE;
	}
	features_probe(&features);
	choice = choose(&features, &can);
	print_ability("privileges to load BPF programs", features.can_load ? 0 : -1, "needed");
	print_ability("BTF of the kernel", features.has_btf, "needed");
	print_ability("ring buffer", features.has_ringbuf, "needed");
	print_ability("tp_btf/signal_generate", features.has_tp_btf, "needed");
	print_ability("task storage", features.has_task_storage, "needed");
	print_ability("bpf_task_pt_regs", features.has_task_pt_regs, "needed");
	print_ability("fexit on system calls", features.has_fexit,
		      "tracepoints are used; failed calls of 32-bit and x32 programs are not seen");
	print_ability("tracepoints of system calls", features.has_tracepoints,
		      "fexit is needed then");
	print_ability("fentry on permission checks", features.has_checks,
		      "who was refused in a group is searched for after the call");
	print_ability("coarse clock of the kernel", features.has_clock,
		      "times of --audit-format are up to a tick off");
	print_ability("labels by AppArmor or SELinux", features.has_labels,
		      features.has_labels == -ENODATA ? "neither is active" : "they are unknown");
	printf("%-34s %s\n", "names of users and groups from", users_source);
	printf("\nHere, killsnoop %s.\n", choice);
	return fflush(stdout) || !can ? STATUS_ERROR : STATUS_DONE;
}
