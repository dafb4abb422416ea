/* SPDX-License-Identifier: GPL-2.0-only */
/* The entries of /etc/passwd and /etc/group, known without asking the name service. */
#ifndef KS_USERS_LOCAL_H
#define KS_USERS_LOCAL_H

#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

enum { USERS_LOCAL_MAX = 1 << 16 }; /* entries of a file; others have to be asked for */

struct users_entry;

/* A file whose lines begin with NAME:PASSWORD:ID: */
struct users_file {
	const char *path;
	struct users_entry *entries; /* by id */
	struct stat state;	     /* of the file, when it was read */
};

/* The first name of that id, NULL if there is none. Reads the file if it has changed. */
const char *users_file_name(struct users_file *file, uint32_t id);

/* Frees the entries: the file is read again when it is needed. */
void users_file_forget(struct users_file *file);

#endif
