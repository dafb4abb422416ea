// SPDX-License-Identifier: GPL-2.0-only
#include "names.h"

#include <errno.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *const results[] = {
	[RESULT_DELIVERED] = "delivered", [RESULT_IGNORED] = "ignored",
	[RESULT_PENDING] = "pending",	  [RESULT_OVERFLOW] = "overflow",
	[RESULT_LOST_INFO] = "lost_info", [RESULT_PROBED] = "probed",
	[RESULT_DENIED] = "denied",	  [RESULT_NO_PROCESS] = "no_process",
	[RESULT_INVALID] = "invalid",	  [RESULT_BAD_FD] = "bad_fd",
	[RESULT_FAILED] = "failed",
};
_Static_assert(COUNT(results) == RESULT_MAX, "every result has a name");

static const char *const scopes[] = {
	[SCOPE_PROCESS] = "process",
	[SCOPE_THREAD] = "thread",
	[SCOPE_GROUP] = "group",
	[SCOPE_ALL] = "all",
};

static const char *const origins[] = {
	[KS_ORIGIN_USER] = "user",
	[KS_ORIGIN_KERNEL] = "kernel",
};
_Static_assert(COUNT(origins) == KS_ORIGIN_MAX, "every origin has a name");

static const char *const vias[] = {
	[KS_VIA_KILL] = "kill",
	[KS_VIA_TKILL] = "tkill",
	[KS_VIA_TGKILL] = "tgkill",
	[KS_VIA_RT_SIGQUEUEINFO] = "rt_sigqueueinfo",
	[KS_VIA_RT_TGSIGQUEUEINFO] = "rt_tgsigqueueinfo",
	[KS_VIA_PIDFD_SEND_SIGNAL] = "pidfd_send_signal",
};
_Static_assert(COUNT(vias) == KS_VIA_MAX, "every call has a name");

static const char *const losses[] = {
	[KS_LOST_EVENT] = "ring_full",
	[KS_LOST_RETURN] = "return_lost",
	[KS_LOST_PROCESS] = "process_lost",
	[KS_LOST_EXIT] = "exit_lost",
	[KS_LOST_BUSY] = "busy",
	[KS_LOST_LABEL] = "label_lost",
};
_Static_assert(COUNT(losses) == KS_LOST_MAX, "every cause of loss has a name");

const char *name_of_result(enum event_result result)
{
	return results[result];
}

const char *name_of_scope(enum event_scope scope)
{
	return scopes[scope];
}

const char *name_of_origin(enum ks_origin origin)
{
	return origins[origin];
}

const char *name_of_via(uint8_t via)
{
	return via < KS_VIA_MAX ? vias[via] : NULL;
}

const char *name_of_arch(uint32_t arch, uint32_t nr)
{
	switch (arch) { /* AUDIT_ARCH_* of include/uapi/linux/audit.h */
	case 0xc000003e: return nr & X32_BIT ? "x32" : "x86_64";
	case 0x40000003: return "i386";
	case 0xc00000b7: return "aarch64";
	case 0x40000028: return "arm";
	}
	return NULL;
}

const char *name_of_error(int error)
{
	return strerrorname_np(error);
}

const char *name_of_loss(enum ks_lost cause)
{
	return losses[cause];
}

int origin_by_name(const char *name)
{
	for (unsigned int i = 0; i < COUNT(origins); i++)
		if (!strcmp(origins[i], name))
			return i;
	return -EINVAL;
}
