// SPDX-License-Identifier: GPL-2.0-only
#include "kernel/feature_probes.h"

#include <errno.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <linux/capability.h>

#include "kernel/kfuncs.h"
#include "kernel/layout.h"
#include "kernel/task_peek.h"
#include "lib/privileges.h"
#include "lib/array.h"

/* ---- programs ---- */

/* The smallest program: r0 = 0; exit. */
static const struct bpf_insn nothing[] = {
	{ .code = BPF_ALU64 | BPF_MOV | BPF_K },
	{ .code = BPF_JMP | BPF_EXIT },
};

enum { ENOTSUPP = 524 }; /* include/linux/errno.h: the kernel's own, which has no name outside */

/* What a hook is called in the kernel's types: kernel/bpf/verifier.c, bpf_check_attach_target(). */
static int probe_find_hook(const struct btf *own, const char *name, enum bpf_attach_type type)
{
	char trace[64];

	if (!own)
		return -ENOENT;
	if (type != BPF_TRACE_RAW_TP)
		return btf__find_by_name_kind(own, name, BTF_KIND_FUNC);
	snprintf(trace, sizeof(trace), "btf_trace_%s", name);
	return btf__find_by_name_kind(own, trace, BTF_KIND_TYPEDEF);
}

/* Loads `nothing` for a function or tracepoint of the kernel; its fd or -errno. */
static int probe_load_nothing(const struct btf *own, const char *name, enum bpf_attach_type type)
{
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = type);
	int id = probe_find_hook(own, name, type);
	int fd;

	if (id < 0)
		return id;
	opts.attach_btf_id = id;
	fd = bpf_prog_load(BPF_PROG_TYPE_TRACING, "nothing", "GPL", nothing, ARRAY_SIZE(nothing),
			   &opts);
	return fd < 0 ? -errno : fd;
}

int probe_attach(const struct btf *own, const char *name, enum bpf_attach_type type)
{
	int prog = probe_load_nothing(own, name, type), link;

	if (prog < 0)
		return prog;
	link = bpf_raw_tracepoint_open(NULL, prog);
	if (link < 0)
		link = errno == ENOTSUPP ? -EOPNOTSUPP : -errno;
	else
		close(link);
	close(prog);
	return link < 0 ? link : 0;
}

int probe_program(void)
{
	int program = bpf_prog_load(BPF_PROG_TYPE_RAW_TRACEPOINT, "nothing", "GPL", nothing,
				    ARRAY_SIZE(nothing), NULL);

	if (program < 0)
		return -errno;
	close(program);
	return 0;
}

/* Lockdown for confidentiality forbids it: bpf_tracing_func_proto(), kernel/trace/bpf_trace.c. */
int probe_memory(void)
{
	const struct look anything = { .then = -1, .bytes = 8 };
	int program = task_peek_load(&anything);

	if (program < 0)
		return program;
	close(program);
	return 0;
}

/* Loads a program that returns the pid of the parent of the task at `address`; its fd or -errno. */
static int probe_load_direct_loads(const struct btf *own, uint64_t address)
{
	int function = kfuncs_find(own, KS_KFUNC_RDONLY_CAST);
	int task = own ? btf__find_by_name_kind(own, "task_struct", BTF_KIND_STRUCT) : -ENOENT;
	uint32_t parent, pid, bytes;
	int fd;

	if (function < 0 || task < 0 ||
	    layout_find(own, "task_struct", "real_parent", &parent, &bytes) ||
	    layout_find(own, "task_struct", "pid", &pid, &bytes))
		return -ENOENT;
	const struct bpf_insn insns[] = {
		{ .code = BPF_DW /* BPF_LD, BPF_IMM */, .dst_reg = 1, .imm = address },
		{ .imm = address >> 32 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 2, .imm = task },
		{ .code = BPF_JMP | BPF_CALL, .src_reg = BPF_PSEUDO_KFUNC_CALL, .imm = function },
		{ .code = BPF_LDX | BPF_MEM | BPF_DW, .dst_reg = 1, .src_reg = 0, .off = parent },
		{ .code = BPF_LDX | BPF_MEM /* BPF_W */, .dst_reg = 0, .src_reg = 1, .off = pid },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	fd = bpf_prog_load(BPF_PROG_TYPE_RAW_TRACEPOINT, "direct_loads", "GPL", insns,
			   ARRAY_SIZE(insns), NULL);
	return fd < 0 ? -errno : fd;
}

int probe_direct_loads(const struct btf *own, uint64_t address)
{
	int program = probe_load_direct_loads(own, address), pid;

	if (program < 0)
		return program;
	pid = task_peek_run(program);
	close(program);
	return pid < 0 ? pid : pid ? -EFAULT : 0;
}

/*
 * For helpers that each newer kernel has: how one refuses any other, libbpf 1.1 does not understand
 * (measured: 6.12), and takes it for there.
 */
int probe_helper(enum bpf_func_id helper)
{
	return libbpf_probe_bpf_helper(BPF_PROG_TYPE_TRACEPOINT, helper, NULL) > 0 ? 0
										   : -EOPNOTSUPP;
}

/* ---- maps ---- */

/*
 * Its memory is accounted as locked until v5.11, which brought that helper, too
 * (d05512618056; libbpf takes it for a sign of that, and lifts the limit if it may).
 */
int probe_locked_memory(void)
{
	struct rlimit limit = { .rlim_cur = RLIM_INFINITY };

	if (libbpf_probe_bpf_helper(BPF_PROG_TYPE_SOCKET_FILTER, BPF_FUNC_ktime_get_coarse_ns,
				    NULL) > 0)
		return 0;
	getrlimit(RLIMIT_MEMLOCK, &limit);
	return limit.rlim_cur == RLIM_INFINITY || privileges_have(CAP_SYS_RESOURCE) ? 0 : -EPERM;
}

int probe_map(enum bpf_map_type type)
{
	return libbpf_probe_bpf_map_type(type, NULL) > 0 ? 0 : -EOPNOTSUPP;
}

/*
 * Before 96da3f7d489d ("bpf: Remove tracing program restriction on map types", v6.1), programs for
 * perf events are refused such maps, as not safe; those for tracepoints are not, but the kernel
 * logs a warning with a backtrace: check_map_prog_compatibility(), kernel/bpf/verifier.c.
 */
int probe_map_alloc(void)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = BPF_F_NO_PREALLOC);
	int map = bpf_map_create(BPF_MAP_TYPE_HASH, "nothing", 4, 4, 1, &opts), prog;
	const struct bpf_insn use[] = {
		{ .code = BPF_DW /* BPF_LD, BPF_IMM */,
		  .dst_reg = 1,
		  .src_reg = BPF_PSEUDO_MAP_FD,
		  .imm = map },
		{ 0 }, /* the rest of that one */
		nothing[0],
		nothing[1],
	};

	if (map < 0)
		return -errno;
	prog =
	    bpf_prog_load(BPF_PROG_TYPE_PERF_EVENT, "nothing", "GPL", use, ARRAY_SIZE(use), NULL);
	prog = prog < 0 ? -errno : prog;
	close(map);
	if (prog < 0)
		return prog;
	close(prog);
	return 0;
}
