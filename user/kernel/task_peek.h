/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads the kernel's memory, above all from the current task_struct on, by throwaway BPF programs.
 */
#ifndef KS_TASK_PEEK_H
#define KS_TASK_PEEK_H

#include <stdint.h>

/* Where the value is, from struct task_struct on, and which. Offsets are in bytes. */
struct look {
	int first; /* of a member */
	int then;  /* if that is a pointer: behind where it points to; -1: the member itself */
	int bytes; /* 4 or 8: the size of what is there */
	int value;
};

/*
 * Loads a program that finds out whether `value` is there; what cannot be read is taken for 0. Its
 * descriptor, to be closed, or -errno.
 */
int task_peek_load(const struct look *look);

/* Runs it here, in a call of bpf(2): 1 or 0, or -errno. Since v5.10 (1b4d60ec162f). */
int task_peek_run(int program);

/* Both: 1 or 0, or -errno. */
int task_peek_once(const struct look *look);

/*
 * Follows `n` offsets, each from where the pointer before points to: the first 32 bits of what is
 * at the last; 0 of what cannot be read. 0 or -errno.
 */
int task_peek_read(const int *offsets, int n, uint32_t *ret);

/* The 32 bits at an address of the kernel's memory; 0 if it cannot be read. 0 or -errno. */
int task_peek_read_at(uint64_t address, uint32_t *ret);

#endif
