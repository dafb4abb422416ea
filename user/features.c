// SPDX-License-Identifier: GPL-2.0-only
#include "features.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <cap-ng.h>

#include "kallsyms.h"
#include "layout.h"

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
int features_try_fexit(void)
{
	return try_attach(KILL_FUNCTION, BPF_TRACE_FEXIT);
}

int features_try_checks(void)
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

/* ---- audit ---- */

static int audit_context_offset(void)
{
	struct btf *btf = btf__load_vmlinux_btf();
	uint32_t offset = 0, bytes;
	int err = btf ? layout_find(btf, "task_struct", "audit_context", &offset, &bytes) : -errno;

	btf__free(btf);
	return err ? err : (int)offset;
}

/* Returns whether the word at that offset of current is not zero. */
static int load_word_test(int offset)
{
	const struct bpf_insn test[] = {
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_get_current_task },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = 3, .src_reg = 0 },
		{ .code = BPF_ALU64 | BPF_ADD /* BPF_K */, .dst_reg = 3, .imm = offset },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = 1, .src_reg = 10 },
		{ .code = BPF_ALU64 | BPF_ADD /* BPF_K */, .dst_reg = 1, .imm = -8 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 2, .imm = 8 },
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_probe_read_kernel },
		{ .code = BPF_LDX | BPF_MEM | BPF_DW, .dst_reg = 1, .src_reg = 10, .off = -8 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = 0 },
		{ .code = BPF_JMP | BPF_JEQ | BPF_K, .dst_reg = 1, .imm = 0, .off = 1 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = 1 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	int fd = bpf_prog_load(BPF_PROG_TYPE_RAW_TRACEPOINT, "test", "GPL", test,
			       sizeof(test) / sizeof(test[0]), NULL);

	return fd < 0 ? -errno : fd;
}

enum { CHILD_FAILED = 2 };

static void __attribute__((noreturn)) run_in_child(int program)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts);

	_exit(bpf_prog_test_run_opts(program, &opts) ? CHILD_FAILED : (int)opts.retval);
}

int features_audits_new_tasks(void)
{
	int offset = audit_context_offset(), program, status;
	pid_t child;

	if (offset < 0)
		return offset == -ENOENT ? 0 : offset; /* no such member: no CONFIG_AUDITSYSCALL */
	program = load_word_test(offset);
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

static bool has_capabilities(void)
{
	capng_get_caps_process();
	return capng_have_capability(CAPNG_EFFECTIVE, CAP_SYS_ADMIN) ||
	       (capng_have_capability(CAPNG_EFFECTIVE, CAP_BPF) &&
		capng_have_capability(CAPNG_EFFECTIVE, CAP_PERFMON));
}

void features_probe(struct features *features)
{
	struct security_module module;
	int id;

	features->can_load = has_capabilities();
	features->has_btf = access("/sys/kernel/btf/vmlinux", R_OK) ? -errno : 0;
	features->has_ringbuf = try_map(BPF_MAP_TYPE_RINGBUF);
	features->has_task_storage = try_map(BPF_MAP_TYPE_TASK_STORAGE);
	features->has_task_pt_regs = try_helper(BPF_FUNC_task_pt_regs);
	features->has_tp_btf = try_attach("signal_generate", BPF_TRACE_RAW_TP);
	features->has_fexit = features_try_fexit();
	id = features_tracepoint_id("exit", "kill");
	features->has_tracepoints = id < 0 ? id : 0;
	features->has_checks = features_try_checks();
	features->has_clock = features_find_timekeeper() ? 0 : -ENOENT;
	features->has_labels = features_find_labels(&module);
}
