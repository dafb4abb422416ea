// SPDX-License-Identifier: GPL-2.0-only
#include "lib/timens.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <bpf/bpf.h>

#include "lib/array.h"

#define NS_PER_SEC INT64_C(1000000000)

#define INITIAL_INODE 0xEFFFFFFAu /* PROC_TIME_INIT_INO, include/linux/proc_ns.h */

enum {
	UNIT_SHIFT = 10, /* a program returns 32 bits: units of 1024 ns */
	NEAR_UNITS = 10000,
	TRIES = 20,
};

/* A line is "boottime       86400         0": seconds, which may be negative, and nanoseconds. */
static int timens_parse_offset(const char *text, const char *name, int64_t *ret_ns)
{
	const char *at = strstr(text, name);
	int64_t seconds, ns;

	if (!at || sscanf(at + strlen(name), "%" SCNd64 " %" SCNd64, &seconds, &ns) != 2 ||
	    __builtin_mul_overflow(seconds, NS_PER_SEC, &seconds) ||
	    __builtin_add_overflow(seconds, ns, ret_ns))
		return -EBADMSG;
	return 0;
}

int timens_parse(const char *text, struct timens *ret)
{
	struct timens found;
	int err = timens_parse_offset(text, "monotonic", &found.monotonic_ns);

	err = err ? err : timens_parse_offset(text, "boottime", &found.boottime_ns);
	if (!err)
		*ret = found;
	return err;
}

static int timens_read_offsets(struct timens *ret)
{
	int fd = open("/proc/self/timens_offsets", O_RDONLY | O_CLOEXEC);
	char text[256] = "";
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	return n < 0 ? -EIO : timens_parse(text, ret);
}

int timens_find(struct timens *ret)
{
	struct stat ours, children, pid;

	if (stat("/proc/self/ns/time", &ours)) {
		if (stat("/proc/self/ns/pid", &pid))
			return -errno;
		*ret = (struct timens){ 0 }; /* CONFIG_TIME_NS=n */
		return 0;
	}
	if (ours.st_ino == INITIAL_INODE) {
		*ret = (struct timens){ 0 };
		return 0;
	}
	/* The offsets that can be read are those of the children's. */
	if (stat("/proc/self/ns/time_for_children", &children) || children.st_ino != ours.st_ino)
		return -EXDEV;
	return timens_read_offsets(ret);
}

/* ---- without /proc ---- */

static int timens_load_clock(int helper)
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_JMP | BPF_CALL, .imm = helper },
		{ .code = BPF_ALU64 | BPF_RSH /* BPF_K */, .dst_reg = 0, .imm = UNIT_SHIFT },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	int fd = bpf_prog_load(BPF_PROG_TYPE_RAW_TRACEPOINT, "clock", "GPL", insns,
			       ARRAY_SIZE(insns), NULL);

	return fd < 0 ? -errno : fd;
}

static uint32_t timens_read_units(clockid_t id)
{
	struct timespec now;

	clock_gettime(id, &now);
	return (now.tv_sec * (uint64_t)NS_PER_SEC + now.tv_nsec) >> UNIT_SHIFT;
}

/* 1, 0 or -errno. Between the two reads, the processor may be taken away. */
static int timens_is_near(int program, clockid_t id)
{
	for (int i = 0; i < TRIES; i++) {
		LIBBPF_OPTS(bpf_test_run_opts, opts);

		if (bpf_prog_test_run_opts(program, &opts))
			return -errno;
		if (abs((int32_t)(timens_read_units(id) - opts.retval)) < NEAR_UNITS)
			return 1;
	}
	return 0;
}

static int timens_shows_kernel_time(clockid_t id, int helper)
{
	int program = timens_load_clock(helper), is_same;

	if (program < 0)
		return program;
	is_same = timens_is_near(program, id);
	close(program);
	return is_same;
}

int timens_is_initial(void)
{
	int is_same = timens_shows_kernel_time(CLOCK_MONOTONIC, BPF_FUNC_ktime_get_ns);

	return is_same <= 0 ? is_same
			    : timens_shows_kernel_time(CLOCK_BOOTTIME, BPF_FUNC_ktime_get_boot_ns);
}
