// SPDX-License-Identifier: GPL-2.0-only
#include "features.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <cap-ng.h>

#include "kallsyms.h"

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
}
