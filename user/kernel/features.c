// SPDX-License-Identifier: GPL-2.0-only
#include "kernel/features.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <linux/capability.h>

#include "kernel/kallsyms.h"
#include "kernel/layout.h"
#include "lib/log.h"
#include "kernel/task_peek.h"
#include "kernel/feature_probes.h"
#include "lib/procfs.h"
#include "lib/runtime.h"
#include "lib/timens.h"
#include "kernel/tracefs.h"
#include "lib/array.h"

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

static bool is_left_out(const struct features *features, enum feature feature)
{
	return features->without & 1U << feature;
}

static const struct btf *types_of(const struct features *features)
{
	return features->given ? features->given : features->own;
}

static int try_btf(const struct features *features)
{
	return probe_attach(features->own, "signal_generate", BPF_TRACE_RAW_TP);
}

/*
 * Attaching needs trampolines on functions, which arm64 has since v6.2 or so (efc9909fdce0:
 * -ENOTSUPP before) and lockdown forbids (-EPERM).
 */
static int try_fexit(const struct features *features)
{
	return probe_attach(features->own, KILL_FUNCTION, BPF_TRACE_FEXIT);
}

/* Where audit notes the targets: audit_signal_info(), kernel/audit.c; only with CONFIG_AUDIT. */
static int try_checks(const struct features *features)
{
	return probe_attach(features->own, "audit_signal_info", BPF_TRACE_FENTRY);
}

static int try_tracepoints(const struct features *features)
{
	int fd = tracefs_open_syscall("exit", "kill");

	(void)features;
	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

/* ---- the coarse clock ---- */

uint64_t features_find_timekeeper(const struct features *features)
{
	uint64_t core = 0,
		 data = 0; /* a newer name: several timekeepers, of which the first is this */
	const struct kallsyms_wanted wanted[] = { { "tk_core", &core },
						  { "timekeeper_data", &data } };

	if (!is_left_out(features, FEATURE_CLOCK))
		kallsyms_find(wanted, 2);
	return core ? core : data;
}

/* ---- registers ---- */

/* The offset of a member, or with an empty name the size of a struct; in bytes, or -errno. */
static int measure(const struct features *features, const char *type, const char *member)
{
	uint32_t offset, bytes;
	const struct btf *types = types_of(features);
	int err = types ? layout_find(types, type, member, &offset, &bytes) : -ENOENT;

	return err ? err : (int)(*member ? offset : bytes);
}

enum {
	STACK_BYTES_MIN =
	    16 << 10, /* THREAD_SIZE of x86-64 and arm64; more with KASAN, 64K pages */
	STACK_BYTES_MAX = 128 << 10,
	PADDING_BYTES = 16, /* TOP_OF_KERNEL_STACK_PADDING of x86 with FRED: 65c9cc9e2c14, v6.9 */
};

#if defined(__x86_64__)
#define CALL_MEMBER "orig_ax"
#elif defined(__aarch64__)
#define CALL_MEMBER "syscallno"
#endif

/*
 * Whether the registers are there: a program that is run by bpf(2), in it, finds the number of that
 * call. 1, 0 or -errno.
 */
static int are_regs_at(int stack, int regs)
{
	const struct look look = { .first = stack, .then = regs, .bytes = 4, .value = SYS_bpf };

	return task_peek_once(&look);
}

int features_find_saved_regs(const struct features *features)
{
	int stack = measure(features, "task_struct", "stack");
	int call = measure(features, "pt_regs", CALL_MEMBER);
	int regs = measure(features, "pt_regs", ""), found = 0;

	if (stack < 0 || call < 0 || regs < 0)
		return -ENOENT;
	for (int bytes = STACK_BYTES_MIN; bytes <= STACK_BYTES_MAX; bytes *= 2) {
		for (int padding = 0; padding <= PADDING_BYTES; padding += PADDING_BYTES) {
			int at = bytes - padding - regs;

			found = are_regs_at(stack, at + call);
			if (found)
				return found < 0 ? found : at;
		}
	}
	return -ENOENT;
}

/* ---- audit ---- */

enum { CHILD_FAILED = 2 };

static void __attribute__((noreturn)) run_in_child(int program)
{
	int is_null = task_peek_run(program);

	_exit(is_null < 0 ? CHILD_FAILED : !is_null);
}

int features_audits_new_tasks(const struct features *features)
{
	struct look is_null = { .then = -1, .bytes = 8, .value = 0 };
	int program, status;
	pid_t child;
	int err;

	is_null.first = measure(features, "task_struct", "audit_context");
	if (is_null.first < 0) /* no such member: no CONFIG_AUDITSYSCALL */
		return is_null.first == -ENOENT ? 0 : is_null.first;
	program = task_peek_load(&is_null);
	if (program < 0)
		return program;
	child = fork();
	if (!child)
		run_in_child(program);
	err = child < 0 || waitpid(child, &status, 0) != child ? -errno : 0;
	close(program);
	if (err)
		return err;
	return WIFEXITED(status) && WEXITSTATUS(status) < CHILD_FAILED ? WEXITSTATUS(status)
								       : -EOPNOTSUPP;
}

/* ---- security modules ---- */

/* Whether the module that answers there is active: only then it tells our own label. */
static bool has_label(const char *path)
{
	char label[4096];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, label, sizeof(label));

	if (fd >= 0)
		close(fd);
	return n >= 0;
}

int features_find_labels(const struct features *features, struct security_module *ret)
{
	const struct kallsyms_wanted apparmor[] = { { "apparmor_blob_sizes", &ret->blob_sizes } };
	const struct kallsyms_wanted selinux[] = { { "selinux_blob_sizes", &ret->blob_sizes },
						   { "selinux_state", &ret->state } };
	bool is_apparmor = has_label("/proc/self/attr/apparmor/current");
	enum ks_lsm kind = is_apparmor ? KS_LSM_APPARMOR : KS_LSM_SELINUX;
	int err;

	memset(ret, 0, sizeof(*ret));
	if (is_left_out(features, FEATURE_LABELS))
		return -ECANCELED;
	if (!has_label("/proc/self/attr/current"))
		return -ENODATA;
	if (!types_of(features))
		return -ENOENT;
	if (!is_apparmor && has_label("/proc/self/attr/smack/current"))
		return -EOPNOTSUPP;
	err = is_apparmor ? kallsyms_find(apparmor, 1) : kallsyms_find(selinux, 2);
	err = err ? err : layout_of_labels(types_of(features), kind, &ret->layout);
	if (!err)
		ret->kind = kind;
	return err;
}

/* ---- the pid namespace ---- */

/* 1 or 0, or -errno: in the initial namespace, a process has the pid by which the kernel knows it.
 */
static int is_initial(const struct features *features)
{
	const struct look look = { .first = measure(features, "task_struct", "tgid"),
				   .then = -1,
				   .bytes = 4,
				   .value = getpid() };

	return look.first < 0 ? look.first : task_peek_once(&look);
}

int features_find_pid_namespace(const struct features *features, uint32_t *ret_inode)
{
	struct stat st;
	int found;

	if (!stat("/proc/self/ns/pid", &st)) {
		*ret_inode = st.st_ino == PROC_PID_INIT_INO ? 0 : st.st_ino;
		return 0;
	}
	found = is_initial(features);
	if (found <= 0)
		return found ? found : -ENOENT;
	*ret_inode = 0;
	return 0;
}

static int try_proc(const struct features *features)
{
	(void)features;
	return procfs_try();
}

/* ---- cgroups ---- */

int features_find_hierarchy(const struct features *features, struct hierarchy *ret)
{
	int member = measure(features, "task_struct", "cgroups");

	if (is_left_out(features, FEATURE_CGROUPS))
		return -ECANCELED;
	return member < 0 ? member
			  : cgroup_hierarchy_find(is_left_out(features, FEATURE_CGROUP_V1), ret);
}

/* ---- programs and maps ---- */

/* To have capabilities is not enough: they may be those of a user namespace, bpf(2) filtered. */
static int try_privileges(const struct features *features)
{
	(void)features;
	return probe_program();
}

static int try_memory(const struct features *features)
{
	(void)features;
	return probe_memory();
}

static int try_locked_memory(const struct features *features)
{
	(void)features;
	return probe_locked_memory();
}

static int try_map_alloc(const struct features *features)
{
	(void)features;
	return probe_map_alloc();
}

static int try_ringbuf(const struct features *features)
{
	(void)features;
	return probe_map(BPF_MAP_TYPE_RINGBUF);
}

/* 3ca1032ab7ab ("bpf: Implement get_current_task_btf and RET_PTR_TO_BTF_ID"), v5.11 */
static int try_task_btf(const struct features *features)
{
	(void)features;
	return probe_helper(BPF_FUNC_get_current_task_btf);
}

static int try_task_storage(const struct features *features)
{
	int err = probe_map(BPF_MAP_TYPE_TASK_STORAGE);

	(void)features;
	return err ? err : probe_helper(BPF_FUNC_task_storage_get);
}

static int try_task_pt_regs(const struct features *features)
{
	(void)features;
	return probe_helper(BPF_FUNC_task_pt_regs);
}

/* ---- all ---- */

static bool has_capabilities(void)
{
	return runtime_has_capability(CAP_SYS_ADMIN) ||
	       (runtime_has_capability(CAP_BPF) && runtime_has_capability(CAP_PERFMON));
}

/* Why no program can be loaded. */
static const char *privileges_problem(void)
{
	struct stat st;

	if (!has_capabilities())
		return "no permission to load BPF programs: run it as root, or with CAP_BPF and "
		       "CAP_PERFMON";
	if (!stat("/proc/self/ns/user", &st) && st.st_ino != PROC_USER_INIT_INO)
		return "no permission to load BPF programs: capabilities of a user namespace do "
		       "not count, run it as root of the host";
	return "no permission to load BPF programs, although there are capabilities for it: is "
	       "bpf(2) filtered, as in containers?";
}

static int try_types(const struct features *features)
{
	return types_of(features) ? 0 : -ENOENT;
}

static int try_saved_regs(const struct features *features)
{
	int found = features_find_saved_regs(features);

	return found < 0 ? found : 0;
}

static int try_clock(const struct features *features)
{
	return features_find_timekeeper(features) ? 0 : -ENOENT;
}

static int try_cgroups(const struct features *features)
{
	struct hierarchy hierarchy;

	return features_find_hierarchy(features, &hierarchy);
}

static int try_cgroup_v1(const struct features *features)
{
	struct hierarchy hierarchy;
	int err = features_find_hierarchy(features, &hierarchy);

	return err ? err : hierarchy.id ? 0 : -ENODATA;
}

static int try_labels(const struct features *features)
{
	struct security_module module;

	return features_find_labels(features, &module);
}

/* `needs`: without that, it is of no use. */
static const struct {
	const char *name;
	int (*try)(const struct features *features);
	enum feature needs; /* itself: nothing */
} rows[] = {
	[FEATURE_PRIVILEGES] = { "privileges", try_privileges, FEATURE_PRIVILEGES },
	[FEATURE_TYPES] = { "types", try_types, FEATURE_TYPES },
	[FEATURE_MEMORY] = { "memory", try_memory, FEATURE_PRIVILEGES },
	[FEATURE_LOCKED_MEMORY] = { "locked-memory", try_locked_memory, FEATURE_PRIVILEGES },
	[FEATURE_RINGBUF] = { "ringbuf", try_ringbuf, FEATURE_PRIVILEGES },
	[FEATURE_BTF] = { "btf", try_btf, FEATURE_PRIVILEGES },
	[FEATURE_TASK_BTF] = { "task-btf", try_task_btf, FEATURE_BTF },
	[FEATURE_TASK_STORAGE] = { "task-storage", try_task_storage, FEATURE_TASK_BTF },
	[FEATURE_TASK_PT_REGS] = { "task-pt-regs", try_task_pt_regs, FEATURE_TASK_BTF },
	[FEATURE_SAVED_REGS] = { "saved-regs", try_saved_regs, FEATURE_TYPES },
	[FEATURE_MAP_ALLOC] = { "map-alloc", try_map_alloc, FEATURE_PRIVILEGES },
	[FEATURE_FEXIT] = { "fexit", try_fexit, FEATURE_BTF },
	[FEATURE_TRACEPOINTS] = { "tracepoints", try_tracepoints, FEATURE_PRIVILEGES },
	[FEATURE_CHECKS] = { "checks", try_checks, FEATURE_FEXIT },
	[FEATURE_CLOCK] = { "clock", try_clock, FEATURE_CLOCK },
	[FEATURE_PROC] = { "proc", try_proc, FEATURE_PROC },
	[FEATURE_CGROUPS] = { "cgroups", try_cgroups, FEATURE_TYPES },
	[FEATURE_CGROUP_V1] = { "cgroup-v1", try_cgroup_v1, FEATURE_CGROUPS },
	[FEATURE_LABELS] = { "labels", try_labels, FEATURE_TYPES },
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
	if (is_left_out(features, feature))
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

const char *features_error(int err)
{
	return err == -ECANCELED ? "left out by --without" : strerror(-err);
}

static const char *hook_problem(struct features *features, enum return_hook hook)
{
	static char text[128];
	int err = features_try_hook(features, hook);

	snprintf(text, sizeof(text), "--hook %s: the kernel does not allow that (%s); use auto",
		 hooks[hook], features_error(err));
	return err ? text : NULL;
}

static const char *namespace_problem(const struct features *features)
{
	uint32_t inode;

	if (features_find_pid_namespace(features, &inode))
		return "the pid namespace is unknown: /proc must be mounted";
	return timens_find(&(struct timens){ 0 }) && timens_is_initial() != 1
		   ? "the offsets of the time namespace are unknown: start it in the initial one"
		   : NULL;
}

const char *features_problem(struct features *features, enum return_hook hook)
{
	const char *problem;

	if (features_try(features, FEATURE_PRIVILEGES))
		return privileges_problem();
	for (size_t i = 0; i < ARRAY_SIZE(needs); i++)
		if (features_try(features, needs[i].any[0]) &&
		    features_try(features, needs[i].any[1]))
			return needs[i].problem;
	problem = hook_problem(features, hook);
	return problem ? problem : namespace_problem(features);
}

/* libbpf has errors of its own beside those of the system. */
static const char *emit_process(int err)
{
	static char text[128];

	return libbpf_strerror(err, text, sizeof(text)) ? "not a file of that kind" : text;
}

/* Whether the file's types are those of this kernel: our name is where they say. */
static int check_given(const struct features *features)
{
	struct look look = { .first = measure(features, "task_struct", "comm"),
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
	err = features->given ? check_given(features) : -errno;
	if (err == -ENOENT && !access(types, R_OK))
		log_line("--btf '%s': there is no BTF in it", types);
	else if (err == -ENOEXEC)
		log_line("--btf '%s': this is the BTF of another kernel", types);
	else if (err)
		log_line("--btf '%s': cannot read BTF from it: %s", types, emit_process(err));
	return err;
}

void features_close(struct features *features)
{
	btf__free(features->own);
	btf__free(features->given);
}
