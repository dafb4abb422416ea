/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A file in memory with the types of a kernel, for libbpf, which fits programs to them: for each
 * struct of the programs, it goes through all types there are. Here are those up to the last that
 * the programs need, a seventh, and structs that they do not have are without a name. Numbers stay.
 */
#ifndef KS_TYPES_FILE_H
#define KS_TYPES_FILE_H

struct btf;

struct types_file {
	int fd;
	char path[32];
};

/* 0 or -errno; can be closed in any case. */
int types_file_open(struct types_file *file);

/* The types of the kernel that the names of `ours` need. 0 or -errno. */
int types_file_fill(struct types_file *file, const struct btf *kernel, const struct btf *ours);

void types_file_close(struct types_file *file);

#endif
