// SPDX-License-Identifier: GPL-2.0-only
/* Why killsnoop cannot run here, in a sentence that says what to do. */
#include <stdio.h>
#include <sys/stat.h>
#include <linux/capability.h>

#include "kernel/features.h"
#include "lib/array.h"
#include "lib/procfs.h"
#include "lib/privileges.h"
#include "lib/timens.h"

static bool features_has_capabilities(void)
{
	return privileges_have(CAP_SYS_ADMIN) ||
	       (privileges_have(CAP_BPF) && privileges_have(CAP_PERFMON));
}

/* Why no program can be loaded. */
static const char *features_privileges_problem(void)
{
	struct stat st;

	if (!features_has_capabilities())
		return "no permission to load BPF programs: run it as root, or with CAP_BPF and "
		       "CAP_PERFMON";
	if (!stat("/proc/self/ns/user", &st) && st.st_ino != PROC_USER_INIT_INO)
		return "no permission to load BPF programs: capabilities of a user namespace do "
		       "not count, run it as root of the host";
	return "no permission to load BPF programs, although there are capabilities for it: is "
	       "bpf(2) filtered, as in containers?";
}

/* `any` of these must be had; both are the same if there is no second. */
static const struct need {
	enum feature any[2];
	const char *problem;
} needs[] = {
	{ { FEATURE_TYPES, FEATURE_TYPES },
	  "this kernel has no BTF (/sys/kernel/btf/vmlinux): killsnoop needs one built with "
	  "CONFIG_DEBUG_INFO_BTF, or --btf FILE with the BTF of this very kernel" },
	{ { FEATURE_MEMORY, FEATURE_MEMORY },
	  "BPF programs may not read this kernel's memory, which is locked down for "
	  "confidentiality (kernel_lockdown(7))" },
	{ { FEATURE_LOCKED_MEMORY, FEATURE_LOCKED_MEMORY },
	  "this kernel counts the memory of BPF as locked, which is limited: use 'ulimit -l "
	  "unlimited', or CAP_SYS_RESOURCE" },
	{ { FEATURE_RINGBUF, FEATURE_RINGBUF },
	  "this kernel has no ring buffer for BPF, as Linux 5.8 and later have" },
	{ { FEATURE_TASK_PT_REGS, FEATURE_SAVED_REGS },
	  "there is no way to see the registers of a call" },
};

static const char *features_hook_problem(struct features *features, enum return_hook hook)
{
	static char text[128];
	int err = features_try_hook(features, hook);

	snprintf(text, sizeof(text), "--hook %s: the kernel does not allow that (%s); use auto",
		 features_hook_name(hook), features_error(err));
	return err ? text : NULL;
}

static const char *features_namespace_problem(const struct features *features)
{
	uint32_t inode;

	if (features_find_pid_namespace(features, &inode))
		return "the pid namespace is unknown: /proc must be mounted";
	return timens_find(&(struct timens){ 0 }) && timens_is_initial() != 1
		   ? "the offsets of the time namespace are unknown: start it in the initial one"
		   : NULL;
}

/* What would make answers wrong. */
static const char *features_fatal_difference(struct features *features)
{
	bool is_fatal = false;
	const char *difference = features_difference(features, &is_fatal);

	return is_fatal ? difference : NULL;
}

const char *features_problem(struct features *features, enum return_hook hook)
{
	const char *problem;

	if (features_try(features, FEATURE_PRIVILEGES))
		return features_privileges_problem();
	for (size_t i = 0; i < ARRAY_SIZE(needs); i++)
		if (features_try(features, needs[i].any[0]) &&
		    features_try(features, needs[i].any[1]))
			return needs[i].problem;
	problem = features_hook_problem(features, hook);
	problem = problem ? problem : features_namespace_problem(features);
	return problem ? problem : features_fatal_difference(features);
}
