// SPDX-License-Identifier: GPL-2.0-only
#include "kernel/features.h"

#include <errno.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "kernel/feature_probes.h"
#include "kernel/layout.h"
#include "kernel/self_test.h"
#include "kernel/task_peek.h"
#include "kernel/tracefs.h"
#include "lib/array.h"
#include "lib/log.h"
#include "lib/procfs.h"

#if defined(__x86_64__)
#define KILL_FUNCTION "__x64_sys_kill"
#elif defined(__aarch64__)
#define KILL_FUNCTION "__arm64_sys_kill"
#endif

static const char *const hooks[] = {
	[RETURN_HOOK_AUTO] = "auto",
	[RETURN_HOOK_FEXIT] = "fexit",
	[RETURN_HOOK_TRACEPOINT] = "tracepoint",
	[RETURN_HOOK_RAW] = "raw",
};

const char *features_hook_name(enum return_hook hook)
{
	return hooks[hook];
}

bool features_is_left_out(const struct features *features, enum feature feature)
{
	return features->without & 1U << feature;
}

const struct btf *features_types(const struct features *features)
{
	return features->given ? features->given : features->own;
}

int features_offset_or_size(const struct features *features, const char *type, const char *member)
{
	uint32_t offset, bytes;
	const struct btf *types = features_types(features);
	int err = types ? layout_find(types, type, member, &offset, &bytes) : -ENOENT;

	return err ? err : (int)(*member ? offset : bytes);
}

static int features_try_btf(const struct features *features)
{
	return probe_attach(features->own, "signal_generate", BPF_TRACE_RAW_TP);
}

/*
 * Attaching needs trampolines on functions, which arm64 has since v6.2 or so (efc9909fdce0:
 * -ENOTSUPP before) and lockdown forbids (-EPERM).
 */
static int features_try_fexit(const struct features *features)
{
	return probe_attach(features->own, KILL_FUNCTION, BPF_TRACE_FEXIT);
}

/* Where audit notes the targets: audit_signal_info(), kernel/audit.c; only with CONFIG_AUDIT. */
static int features_try_checks(const struct features *features)
{
	return probe_attach(features->own, "audit_signal_info", BPF_TRACE_FENTRY);
}

/* 7b15523a989b ("bpf: Add a bpf_snprintf helper"), v5.13 */
static int features_try_stacks(const struct features *features)
{
	int err = probe_helper(BPF_FUNC_get_stack);

	(void)features;
	return err ? err : probe_helper(BPF_FUNC_snprintf);
}

static int features_try_tracepoints(const struct features *features)
{
	int fd = tracefs_open_syscall("exit", "kill");

	(void)features;
	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

static int features_try_proc(const struct features *features)
{
	(void)features;
	return procfs_try();
}

/* ---- programs and maps ---- */

/* To have capabilities is not enough: they may be those of a user namespace, bpf(2) filtered. */
static int features_try_privileges(const struct features *features)
{
	(void)features;
	return probe_program();
}

static int features_try_memory(const struct features *features)
{
	(void)features;
	return probe_memory();
}

static int features_try_locked_memory(const struct features *features)
{
	(void)features;
	return probe_locked_memory();
}

static int features_try_map_alloc(const struct features *features)
{
	(void)features;
	return probe_map_alloc();
}

static int features_try_ringbuf(const struct features *features)
{
	(void)features;
	return probe_map(BPF_MAP_TYPE_RINGBUF);
}

/* 3ca1032ab7ab ("bpf: Implement get_current_task_btf and RET_PTR_TO_BTF_ID"), v5.11 */
static int features_try_task_btf(const struct features *features)
{
	(void)features;
	return probe_helper(BPF_FUNC_get_current_task_btf);
}

/*
 * With the address that is none in siginfo, SEND_SIG_PRIV. The types in a file may have other
 * numbers than those of the kernel, by which pointers are cast.
 */
static int features_try_direct_loads(const struct features *features)
{
	return features->given ? -EOPNOTSUPP : probe_direct_loads(features->own, 1);
}

static int features_try_task_storage(const struct features *features)
{
	int err = probe_map(BPF_MAP_TYPE_TASK_STORAGE);

	(void)features;
	return err ? err : probe_helper(BPF_FUNC_task_storage_get);
}

static int features_try_task_pt_regs(const struct features *features)
{
	(void)features;
	return probe_helper(BPF_FUNC_task_pt_regs);
}

/* ---- all ---- */

static int features_try_types(const struct features *features)
{
	return features_types(features) ? 0 : -ENOENT;
}

static int features_try_saved_regs(const struct features *features)
{
	int found = features_find_saved_regs(features);

	return found < 0 ? found : 0;
}

static int features_try_clock(const struct features *features)
{
	uint64_t address;

	return features_find_timekeeper(features, &address);
}

static int features_try_cgroups(const struct features *features)
{
	struct hierarchy hierarchy;

	return features_find_hierarchy(features, &hierarchy);
}

static int features_try_cgroup_v1(const struct features *features)
{
	struct hierarchy hierarchy;
	int err = features_find_hierarchy(features, &hierarchy);

	return err ? err : hierarchy.id ? 0 : -ENODATA;
}

static int features_try_labels(const struct features *features)
{
	struct security_module module;

	return features_find_labels(features, &module);
}

static const struct self_fact *features_find_difference(const struct features *features)
{
	uint32_t inode;
	int err = features_find_pid_namespace(features, &inode);

	return self_test_run(features_types(features), !err && !inode);
}

static int features_try_self_test(const struct features *features)
{
	if (!features_types(features))
		return -ENOENT;
	return features_find_difference(features) ? -EUCLEAN : 0;
}

/* `needs`: without that, it is of no use. */
static const struct {
	const char *name;
	int (*try)(const struct features *features);
	enum feature needs; /* itself: nothing */
} rows[] = {
	[FEATURE_PRIVILEGES] = { "privileges", features_try_privileges, FEATURE_PRIVILEGES },
	[FEATURE_TYPES] = { "types", features_try_types, FEATURE_TYPES },
	[FEATURE_MEMORY] = { "memory", features_try_memory, FEATURE_PRIVILEGES },
	[FEATURE_LOCKED_MEMORY] = { "locked-memory", features_try_locked_memory,
				    FEATURE_PRIVILEGES },
	[FEATURE_RINGBUF] = { "ringbuf", features_try_ringbuf, FEATURE_PRIVILEGES },
	[FEATURE_BTF] = { "btf", features_try_btf, FEATURE_PRIVILEGES },
	[FEATURE_TASK_BTF] = { "task-btf", features_try_task_btf, FEATURE_BTF },
	[FEATURE_DIRECT_LOADS] = { "direct-loads", features_try_direct_loads, FEATURE_TASK_BTF },
	[FEATURE_TASK_STORAGE] = { "task-storage", features_try_task_storage, FEATURE_TASK_BTF },
	[FEATURE_TASK_PT_REGS] = { "task-pt-regs", features_try_task_pt_regs, FEATURE_TASK_BTF },
	[FEATURE_SAVED_REGS] = { "saved-regs", features_try_saved_regs, FEATURE_TYPES },
	[FEATURE_MAP_ALLOC] = { "map-alloc", features_try_map_alloc, FEATURE_PRIVILEGES },
	[FEATURE_FEXIT] = { "fexit", features_try_fexit, FEATURE_BTF },
	[FEATURE_TRACEPOINTS] = { "tracepoints", features_try_tracepoints, FEATURE_PRIVILEGES },
	[FEATURE_CHECKS] = { "checks", features_try_checks, FEATURE_FEXIT },
	[FEATURE_STACKS] = { "stacks", features_try_stacks, FEATURE_PRIVILEGES },
	[FEATURE_CLOCK] = { "clock", features_try_clock, FEATURE_CLOCK },
	[FEATURE_PROC] = { "proc", features_try_proc, FEATURE_PROC },
	[FEATURE_CGROUPS] = { "cgroups", features_try_cgroups, FEATURE_TYPES },
	[FEATURE_CGROUP_V1] = { "cgroup-v1", features_try_cgroup_v1, FEATURE_CGROUPS },
	[FEATURE_LABELS] = { "labels", features_try_labels, FEATURE_TYPES },
	[FEATURE_SELF_TEST] = { "self-test", features_try_self_test, FEATURE_MEMORY },
};
_Static_assert(ARRAY_SIZE(rows) == FEATURE_MAX, "each has a name");

const char *features_name(enum feature feature)
{
	return rows[feature].name;
}

bool features_is_needed(enum feature feature)
{
	return feature < FEATURE_BTF;
}

int features_try(struct features *features, enum feature feature)
{
	enum feature needs = rows[feature].needs;
	int *tried = &features->tried[feature];

	if (*tried <= 0)
		return *tried;
	*tried = needs != feature ? features_try(features, needs) : 0;
	if (features_is_left_out(features, feature))
		*tried = -ECANCELED;
	if (!*tried)
		*tried = rows[feature].try(features);
	return *tried;
}

int features_try_hook(struct features *features, enum return_hook hook)
{
	switch (hook) {
	case RETURN_HOOK_FEXIT: return features_try(features, FEATURE_FEXIT);
	case RETURN_HOOK_TRACEPOINT: return features_try(features, FEATURE_TRACEPOINTS);
	default: return 0;
	}
}

enum return_hook features_choose_hook(struct features *features, enum return_hook hook)
{
	while (hook == RETURN_HOOK_AUTO || features_try_hook(features, hook))
		hook++;
	return hook;
}

/* Compares again: a difference is rare, and not kept. */
const char *features_difference(struct features *features, bool *ret_is_fatal)
{
	static char text[256];
	const struct self_fact *fact;

	if (features_try(features, FEATURE_SELF_TEST) != -EUCLEAN)
		return NULL;
	fact = features_find_difference(features);
	if (!fact)
		return NULL;
	self_test_describe(fact, text, sizeof(text));
	*ret_is_fatal = fact->is_fatal;
	return text;
}

const char *features_error(int err)
{
	switch (err) {
	case -ECANCELED: return "left out by --without";
	case -EUCLEAN: return "this kernel differs";
	default: return strerror(-err);
	}
}

/* libbpf has other errors beside those of the system. */
static const char *features_btf_error(int err)
{
	static char text[128];

	return libbpf_strerror(err, text, sizeof(text)) ? "not a file of that kind" : text;
}

/* Whether the file's types are those of this kernel: our name is where they say. */
static int features_check_given(const struct features *features)
{
	struct look look = { .first = features_offset_or_size(features, "task_struct", "comm"),
			     .then = -1,
			     .bytes = 4 };
	char name[16] = "";

	prctl(PR_GET_NAME, name);
	memcpy(&look.value, name, sizeof(look.value));
	return look.first < 0 || !task_peek_once(&look) ? -ENOEXEC : 0;
}

int features_open(struct features *features, const char *types, uint32_t without)
{
	int err;

	*features = (struct features){ .without = without, .own = btf__load_vmlinux_btf() };
	for (int i = 0; i < FEATURE_MAX; i++)
		features->tried[i] = 1;
	if (!types)
		return 0;
	features->given = btf__parse(types, NULL);
	err = features->given ? features_check_given(features) : -errno;
	if (err == -ENOENT && !access(types, R_OK))
		log_line("--btf '%s': there is no BTF in it", types);
	else if (err == -ENOEXEC)
		log_line("--btf '%s': this is the BTF of another kernel", types);
	else if (err)
		log_line("--btf '%s': cannot read BTF from it: %s", types, features_btf_error(err));
	return err;
}

void features_close(struct features *features)
{
	btf__free(features->own);
	btf__free(features->given);
}
