// SPDX-License-Identifier: GPL-2.0-only
#include "kernel/task_peek.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>

#include "lib/array.h"

enum { FOLLOW_INSNS = 7, LOOK_INSNS = 2 * FOLLOW_INSNS + 5, READ_HOPS_MAX = 8 };

/* r0 = the word that is `offset` bytes behind r0; 0: it cannot be read. */
static struct bpf_insn *task_peek_add_follow(struct bpf_insn *at, int offset)
{
	const struct bpf_insn follow[FOLLOW_INSNS] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = 3, .src_reg = 0 },
		{ .code = BPF_ALU64 | BPF_ADD /* BPF_K */, .dst_reg = 3, .imm = offset },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = 1, .src_reg = 10 },
		{ .code = BPF_ALU64 | BPF_ADD /* BPF_K */, .dst_reg = 1, .imm = -8 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 2, .imm = 8 },
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_probe_read_kernel },
		{ .code = BPF_LDX | BPF_MEM | BPF_DW, .dst_reg = 0, .src_reg = 10, .off = -8 },
	};

	memcpy(at, follow, sizeof(follow));
	return at + FOLLOW_INSNS;
}

int task_peek_load(const struct look *look)
{
	const struct bpf_insn begin = { .code = BPF_JMP | BPF_CALL,
					.imm = BPF_FUNC_get_current_task };
	const struct bpf_insn end[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = 1, .src_reg = 0 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = 1 },
		{ .code = (look->bytes == 4 ? BPF_JMP32 : BPF_JMP) | BPF_JEQ | BPF_K,
		  .dst_reg = 1,
		  .imm = look->value,
		  .off = 1 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = 0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	struct bpf_insn insns[1 + LOOK_INSNS] = { begin },
				  *at = task_peek_add_follow(insns + 1, look->first);
	int fd;

	if (look->then >= 0)
		at = task_peek_add_follow(at, look->then);
	memcpy(at, end, sizeof(end));
	at += ARRAY_SIZE(end);
	fd = bpf_prog_load(BPF_PROG_TYPE_RAW_TRACEPOINT, "look", "GPL", insns, at - insns, NULL);
	return fd < 0 ? -errno : fd;
}

/* Returns the word that the last offset leads to, cut to 32 bits. */
static int task_peek_load_read(const int *offsets, int n)
{
	const struct bpf_insn begin = { .code = BPF_JMP | BPF_CALL,
					.imm = BPF_FUNC_get_current_task };
	const struct bpf_insn end = { .code = BPF_JMP | BPF_EXIT };
	struct bpf_insn insns[1 + READ_HOPS_MAX * FOLLOW_INSNS + 1] = { begin }, *at = insns + 1;
	int fd;

	for (int i = 0; i < n; i++)
		at = task_peek_add_follow(at, offsets[i]);
	*at++ = end;
	fd = bpf_prog_load(BPF_PROG_TYPE_RAW_TRACEPOINT, "read", "GPL", insns, at - insns, NULL);
	return fd < 0 ? -errno : fd;
}

/* Runs it, and closes it. `program` may be -errno. */
static int task_peek_finish(int program, uint32_t *ret)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts);
	int err;

	if (program < 0)
		return program;
	err = bpf_prog_test_run_opts(program, &opts);
	close(program);
	if (!err)
		*ret = opts.retval;
	return err;
}

int task_peek_read(const int *offsets, int n, uint32_t *ret)
{
	return task_peek_finish(n > READ_HOPS_MAX ? -E2BIG : task_peek_load_read(offsets, n), ret);
}

int task_peek_read_at(uint64_t address, uint32_t *ret)
{
	struct bpf_insn insns[2 + FOLLOW_INSNS + 1] = {
		{ .code = BPF_DW /* BPF_LD, BPF_IMM */, .imm = (int)address },
		{ .imm = (int)(address >> 32) },
	};
	struct bpf_insn *at = task_peek_add_follow(insns + 2, 0);
	int fd;

	*at++ = (struct bpf_insn){ .code = BPF_JMP | BPF_EXIT };
	fd = bpf_prog_load(BPF_PROG_TYPE_RAW_TRACEPOINT, "read_at", "GPL", insns, at - insns, NULL);
	return task_peek_finish(fd < 0 ? -errno : fd, ret);
}

int task_peek_run(int program)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts);
	int err = bpf_prog_test_run_opts(program, &opts);

	return err ? err : (int)opts.retval;
}

int task_peek_once(const struct look *look)
{
	int program = task_peek_load(look), is_there;

	if (program < 0)
		return program;
	is_there = task_peek_run(program);
	close(program);
	return is_there;
}
