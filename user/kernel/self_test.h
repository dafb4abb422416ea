/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Compares what killsnoop relies on with this kernel: numbers that BTF does not have are read of
 * tasks whose state is certain: user space itself, the reaper of its pid namespace, a worker,
 * and children that have ended or are traced; or of a file that is known.
 */
#ifndef KS_SELF_TEST_H
#define KS_SELF_TEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct btf;

enum { SELF_TEST_HOPS = 6 };

/* Enumerators of the kernel that are looked up. */
enum self_enumerator {
	SELF_NONE,
	SELF_PIDTYPE_PID,
	SELF_PIDTYPE_PGID,
	SELF_PIDTYPE_SID,
	SELF_TRACE_SIGNAL_LOSE_INFO,
	SELF_ENUMERATORS
};

/* Files that are open meanwhile. */
enum self_file { SELF_FILE_NONE, SELF_FILE_NULL, SELF_FILES };

/* Of /dev/null: Documentation/admin-guide/devices.txt. */
enum { SELF_NULL_MAJOR = 1, SELF_NULL_MINOR = 3 };

/* Offsets are those of a member, less that of `base`, what the pointer to there points to. */
struct self_hop {
	const char *type, *member, *base; /* base: NULL: the begin of it */
	int index;		       /* of a member that is an array of pointers, or of as big */
	enum self_enumerator index_of; /* that is the index, where BTF has it */
	enum self_file file;	       /* its descriptor is the index */
};

struct self_fact {
	const char *what;  /* killsnoop relies on it */
	const char *wrong; /* without it, in a sentence with `would` */
	bool is_fatal;	   /* answers would be wrong; else some are missing */
	bool is_initial;   /* can be compared in the initial pid namespace only */
	bool is_of_child;  /* needs a child that has ended... */
	bool is_of_traced; /* ...or one that lives, and has us as its tracer */
	struct self_hop hops[SELF_TEST_HOPS]; /* from current on */
	enum self_enumerator enumerator;      /* instead: one of an enum... */
	struct self_hop array;		      /* ...or how many pointers a member has room for */
	int (*read)(uint32_t *ret);	      /* ...or what this finds: 0 or -errno */
	uint32_t mask, value;		      /* what must be there */
	int (*expected)(void);		      /* instead of `value` */
};

extern const struct self_fact self_facts[];
extern const size_t self_facts_n;

/* What is there: 0, or -errno if that cannot be found out. */
typedef int (*self_reader)(void *context, const struct self_fact *fact, uint32_t *ret);

/* The first fact that does not hold, fatal ones first; NULL: all that can be read hold. */
const struct self_fact *self_test_compare(self_reader read, void *context, bool is_initial);

/* What facts of this kernel are read with. */
struct self_test {
	const struct btf *types;	       /* the kernel's */
	int child;			       /* that has ended; else -errno */
	int files[SELF_FILES];		       /* descriptors; else -errno */
	int64_t enumerators[SELF_ENUMERATORS]; /* negative: this kernel has no such */
};

/* Has a child made and files opened; to be closed in any case. */
void self_test_open(struct self_test *test, const struct btf *types);

void self_test_close(struct self_test *test);

/* A self_reader with a struct self_test. -ENOENT: this kernel has no such types; or -errno. */
int self_test_read(void *test, const struct self_fact *fact, uint32_t *ret);

/* All of that with this kernel. */
const struct self_fact *self_test_run(const struct btf *types, bool is_initial);

/* In one line: "this kernel's X is not what killsnoop relies on: ...". */
void self_test_describe(const struct self_fact *fact, char *text, size_t bytes);

#endif
