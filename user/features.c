// SPDX-License-Identifier: GPL-2.0-only
#include "features.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <cap-ng.h>

#include "kallsyms.h"
#include "layout.h"
#include "look.h"

#if defined(__x86_64__)
#define KILL_FUNCTION "__x64_sys_kill"
#elif defined(__aarch64__)
#define KILL_FUNCTION "__arm64_sys_kill"
#endif

static const char *const hooks[] = {
	[HOOK_AUTO] = "auto",
	[HOOK_FEXIT] = "fexit",
	[HOOK_TRACEPOINT] = "tracepoint",
};

const char *features_hook_name(enum hook hook)
{
	return hooks[hook];
}

/* The smallest program: r0 = 0; exit. */
static const struct bpf_insn nothing[] = {
	{ .code = BPF_ALU64 | BPF_MOV | BPF_K },
	{ .code = BPF_JMP | BPF_EXIT },
};

/* Loads `nothing` for a function or tracepoint of the kernel; its fd or -errno. */
static int load_nothing(const char *name, enum bpf_attach_type type)
{
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = type);
	int id = libbpf_find_vmlinux_btf_id(name, type);
	int fd;

	if (id < 0)
		return id;
	opts.attach_btf_id = id;
	fd = bpf_prog_load(BPF_PROG_TYPE_TRACING, "nothing", "GPL", nothing,
			   sizeof(nothing) / sizeof(nothing[0]), &opts);
	return fd < 0 ? -errno : fd;
}

static int try_attach(const char *name, enum bpf_attach_type type)
{
	int prog = load_nothing(name, type), link;

	if (prog < 0)
		return prog;
	link = bpf_raw_tracepoint_open(NULL, prog);
	if (link < 0)
		link = -errno;
	else
		close(link);
	close(prog);
	return link < 0 ? link : 0;
}

/*
 * Attaching needs trampolines on functions, which arm64 has since v6.2 or so (efc9909fdce0:
 * -ENOTSUPP before) and lockdown forbids (-EPERM).
 */
static int try_fexit(void)
{
	return try_attach(KILL_FUNCTION, BPF_TRACE_FEXIT);
}

/* Where audit notes the targets: audit_signal_info(), kernel/audit.c; only with CONFIG_AUDIT. */
static int try_checks(void)
{
	return try_attach("audit_signal_info", BPF_TRACE_FENTRY);
}

/* ---- tracepoints ---- */

/* A tracefs that is mounted nowhere: nobody else sees it. */
static int open_tracefs(void)
{
	int context = fsopen("tracefs", FSOPEN_CLOEXEC), mount = -1, err;

	if (context < 0)
		return -errno;
	if (!fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		mount = fsmount(context, FSMOUNT_CLOEXEC, 0);
	err = mount < 0 ? -errno : 0;
	close(context);
	return err ? err : mount;
}

static int read_id(int fd)
{
	char text[16] = "";
	ssize_t n = read(fd, text, sizeof(text) - 1);

	if (n < 0)
		return -errno;
	n = atoi(text);
	return n > 0 ? n : -ENOENT;
}

int features_tracepoint_id(const char *side, const char *call)
{
	char path[96];
	int mount = open_tracefs(), fd, id;

	if (mount < 0)
		return mount;
	snprintf(path, sizeof(path), "events/syscalls/sys_%s_%s/id", side, call);
	fd = openat(mount, path, O_RDONLY | O_CLOEXEC);
	id = fd < 0 ? -errno : read_id(fd);
	if (fd >= 0)
		close(fd);
	close(mount);
	return id;
}

/* ---- the coarse clock ---- */

uint64_t features_find_timekeeper(void)
{
	uint64_t core = 0,
		 data = 0; /* a newer name: several timekeepers, of which the first is this */
	const struct kallsyms_wanted wanted[] = { { "tk_core", &core },
						  { "timekeeper_data", &data } };

	kallsyms_find(wanted, 2);
	return core ? core : data;
}

/* ---- registers ---- */

/* The offset of a member, or with an empty name the size of a struct; in bytes, or -errno. */
static int measure(const char *type, const char *member)
{
	struct btf *btf = btf__load_vmlinux_btf();
	uint32_t offset, bytes;
	int err = btf ? layout_find(btf, type, member, &offset, &bytes) : -errno;

	btf__free(btf);
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
	int program = look_load(&look), is_there;

	if (program < 0)
		return program;
	is_there = look_run(program);
	close(program);
	return is_there;
}

int features_find_saved_regs(void)
{
	int stack = measure("task_struct", "stack"), call = measure("pt_regs", CALL_MEMBER);
	int regs = measure("pt_regs", ""), found = 0;

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
	int is_null = look_run(program);

	_exit(is_null < 0 ? CHILD_FAILED : !is_null);
}

int features_audits_new_tasks(void)
{
	struct look is_null = { .then = -1, .bytes = 8, .value = 0 };
	int program, status;
	pid_t child;

	is_null.first = measure("task_struct", "audit_context");
	if (is_null.first < 0) /* no such member: no CONFIG_AUDITSYSCALL */
		return is_null.first == -ENOENT ? 0 : is_null.first;
	program = look_load(&is_null);
	if (program < 0)
		return program;
	child = fork();
	if (!child)
		run_in_child(program);
	close(program);
	if (child < 0 || waitpid(child, &status, 0) != child)
		return -errno;
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

int features_find_labels(struct security_module *ret)
{
	const struct kallsyms_wanted apparmor[] = { { "apparmor_blob_sizes", &ret->blob_sizes } };
	const struct kallsyms_wanted selinux[] = { { "selinux_blob_sizes", &ret->blob_sizes },
						   { "selinux_state", &ret->state } };
	bool is_apparmor = has_label("/proc/self/attr/apparmor/current");
	enum ks_lsm kind = is_apparmor ? KS_LSM_APPARMOR : KS_LSM_SELINUX;
	int err;

	memset(ret, 0, sizeof(*ret));
	if (!has_label("/proc/self/attr/current"))
		return -ENODATA;
	if (!is_apparmor && has_label("/proc/self/attr/smack/current"))
		return -EOPNOTSUPP;
	err = is_apparmor ? kallsyms_find(apparmor, 1) : kallsyms_find(selinux, 2);
	err = err ? err : layout_of_labels(kind, &ret->layout);
	if (!err)
		ret->kind = kind;
	return err;
}

/* ---- all ---- */

static int try_map(enum bpf_map_type type)
{
	return libbpf_probe_bpf_map_type(type, NULL) > 0 ? 0 : -EOPNOTSUPP;
}

static int try_helper(enum bpf_func_id helper)
{
	return libbpf_probe_bpf_helper(BPF_PROG_TYPE_TRACEPOINT, helper, NULL) > 0 ? 0
										   : -EOPNOTSUPP;
}

/* 3ca1032ab7ab ("bpf: Implement get_current_task_btf and RET_PTR_TO_BTF_ID"), v5.11 */
static int try_task_btf(void)
{
	return try_helper(BPF_FUNC_get_current_task_btf);
}

static int try_task_storage(void)
{
	int err = try_map(BPF_MAP_TYPE_TASK_STORAGE);

	return err ? err : try_helper(BPF_FUNC_task_storage_get);
}

static int try_task_pt_regs(void)
{
	return try_helper(BPF_FUNC_task_pt_regs);
}

static int try_clock(void)
{
	return features_find_timekeeper() ? 0 : -ENOENT;
}

static int try_labels(void)
{
	struct security_module module;

	return features_find_labels(&module);
}

static const struct {
	const char *name;
	int (*try)(void);
	uint32_t needed_by;
} abilities[] = {
	[ABILITY_TASK_BTF] = { "task-btf", try_task_btf,
			       1U << ABILITY_TASK_STORAGE | 1U << ABILITY_TASK_PT_REGS },
	[ABILITY_TASK_STORAGE] = { "task-storage", try_task_storage },
	[ABILITY_TASK_PT_REGS] = { "task-pt-regs", try_task_pt_regs },
	[ABILITY_FEXIT] = { "fexit", try_fexit },
	[ABILITY_CHECKS] = { "checks", try_checks },
	[ABILITY_CLOCK] = { "clock", try_clock },
	[ABILITY_LABELS] = { "labels", try_labels },
};
_Static_assert(sizeof(abilities) / sizeof(abilities[0]) == ABILITY_MAX, "each has a name");

const char *features_ability_name(enum ability ability)
{
	return abilities[ability].name;
}

uint32_t features_without(uint32_t without)
{
	for (int i = 0; i < ABILITY_MAX; i++)
		if (without & 1U << i)
			without |= abilities[i].needed_by;
	return without;
}

int features_try(enum ability ability, uint32_t without)
{
	return without & 1U << ability ? -ECANCELED : abilities[ability].try();
}

static bool has_capabilities(void)
{
	capng_get_caps_process();
	return capng_have_capability(CAPNG_EFFECTIVE, CAP_SYS_ADMIN) ||
	       (capng_have_capability(CAPNG_EFFECTIVE, CAP_BPF) &&
		capng_have_capability(CAPNG_EFFECTIVE, CAP_PERFMON));
}

void features_probe(struct features *features)
{
	int found;

	features->can_load = has_capabilities();
	features->has_btf = access("/sys/kernel/btf/vmlinux", R_OK) ? -errno : 0;
	features->has_ringbuf = try_map(BPF_MAP_TYPE_RINGBUF);
	features->has_tp_btf = try_attach("signal_generate", BPF_TRACE_RAW_TP);
	found = features_tracepoint_id("exit", "kill");
	features->has_tracepoints = found < 0 ? found : 0;
	found = features_find_saved_regs();
	features->has_saved_regs = found < 0 ? found : 0;
	for (int i = 0; i < ABILITY_MAX; i++)
		features->abilities[i] = features_try(i, 0);
}
