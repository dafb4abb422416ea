// SPDX-License-Identifier: GPL-2.0-only
/* What this kernel and these privileges offer, and what killsnoop makes of it. */
#include <stdio.h>
#include <string.h>

#include "cmd.h"
#include "features.h"
#include "log.h"

static void print_ability(const char *name, int err, const char *lost_without)
{
	printf("%-34s %s", name, err ? "no" : "yes");
	if (err)
		printf("   (%s) %s", strerror(-err), lost_without);
	putchar('\n');
}

static const char *choose(const struct features *features)
{
	if (!features->can_load)
		return "nothing: run as root, or with CAP_BPF and CAP_PERFMON";
	if (features->has_btf || features->has_tp_btf || features->has_ringbuf ||
	    features->has_task_storage || features->has_task_pt_regs)
		return "nothing: this kernel lacks what is marked as needed";
	if (!features->has_fexit)
		return "see every signal and the return of every call, through fexit";
	if (!features->has_tracepoints)
		return "see every signal and the return of calls, through tracepoints";
	return "nothing: there is no way to see calls return";
}

int cmd_doctor(int argc, char **argv)
{
	struct features features;
	const char *choice;

	if (argc > 1) {
		log_line("'%s' is not expected here; try killsnoop --help", argv[1]);
		return STATUS_USAGE;
	}
	features_probe(&features);
	choice = choose(&features);
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
	printf("\nHere, killsnoop will %s.\n", choice);
	return fflush(stdout) || !strncmp(choice, "nothing", 7) ? STATUS_ERROR : STATUS_DONE;
}
