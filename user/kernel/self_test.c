// SPDX-License-Identifier: GPL-2.0-only
#include "kernel/self_test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include <bpf/btf.h>

#include "kernel/layout.h"
#include "kernel/task_peek.h"
#include "kernel/self_child.h"
#include "lib/array.h"

/* ---- what is looked up once ---- */

static const char *const self_enumerators[] = {
	[SELF_NONE] = "",
	[SELF_PIDTYPE_PID] = "PIDTYPE_PID",
	[SELF_PIDTYPE_PGID] = "PIDTYPE_PGID",
	[SELF_PIDTYPE_SID] = "PIDTYPE_SID",
	[SELF_TRACE_SIGNAL_LOSE_INFO] = "TRACE_SIGNAL_LOSE_INFO",
};
_Static_assert(ARRAY_SIZE(self_enumerators) == SELF_ENUMERATORS, "each has a name");

/* Which of these it is; SELF_NONE: none. Most names differ in their first letter. */
static enum self_enumerator self_test_name(const char *name)
{
	if (*name == 'P' || *name == 'T')
		for (int i = SELF_NONE + 1; i < SELF_ENUMERATORS; i++)
			if (!strcmp(name, self_enumerators[i]))
				return i;
	return SELF_NONE;
}

/* Returns how many there were in this enum. */
static int self_test_take_enumerators(struct self_test *test, const struct btf_type *type)
{
	int n = 0;

	for (int i = 0; i < btf_vlen(type); i++) {
		const struct btf_enum *value = &btf_enum(type)[i];
		const char *name = btf__name_by_offset(test->types, value->name_off);
		enum self_enumerator which = self_test_name(name);

		if (which == SELF_NONE || test->enumerators[which] >= 0)
			continue;
		test->enumerators[which] = (uint32_t)value->val;
		n++;
	}
	return n;
}

/* One pass over all enums: also those that have no name, as of tracepoints. */
static void self_test_find_enumerators(struct self_test *test)
{
	int missing = SELF_ENUMERATORS - SELF_NONE - 1;

	for (int i = 0; i < SELF_ENUMERATORS; i++)
		test->enumerators[i] = -ENOENT;
	for (uint32_t id = 1; missing && id < btf__type_cnt(test->types); id++) {
		const struct btf_type *type = btf__type_by_id(test->types, id);

		if (btf_is_enum(type))
			missing -= self_test_take_enumerators(test, type);
	}
}

/* Its descriptor, or -errno. */
static int self_test_open_null(void)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return -errno;
	if (!fstat(fd, &st) && st.st_rdev == makedev(SELF_NULL_MAJOR, SELF_NULL_MINOR))
		return fd;
	close(fd);
	return -ENODEV;
}

void self_test_open(struct self_test *test, const struct btf *types)
{
	*test = (struct self_test){ .types = types };
	test->child = self_child_make_ended();
	test->files[SELF_FILE_NULL] = self_test_open_null();
	self_test_find_enumerators(test);
}

void self_test_close(struct self_test *test)
{
	if (test->child > 0)
		self_child_reap(test->child);
	if (test->files[SELF_FILE_NULL] >= 0)
		close(test->files[SELF_FILE_NULL]);
}

/* ---- to read facts ---- */

static int self_test_index(const struct self_test *test, const struct self_hop *hop)
{
	if (hop->file != SELF_FILE_NONE)
		return test->files[hop->file];
	return hop->index_of != SELF_NONE && test->enumerators[hop->index_of] >= 0
		   ? (int)test->enumerators[hop->index_of]
		   : hop->index;
}

/* Or -errno: -ENOENT, it has no such member. */
static int self_test_find_hop(const struct self_test *test, const struct self_hop *hop, int *ret)
{
	uint32_t offset, base = 0, bytes;
	int index = self_test_index(test, hop);

	if (index < 0)
		return index;
	if (layout_find(test->types, hop->type, hop->member, &offset, &bytes) ||
	    (hop->base && layout_find(test->types, hop->type, hop->base, &base, &bytes)))
		return -ENOENT;
	*ret = (int)offset - (int)base + index * (int)sizeof(uint64_t);
	return 0;
}

static int self_test_count(const struct btf *types, const struct self_hop *array, uint32_t *ret)
{
	uint32_t offset, bytes;
	int err = layout_find(types, array->type, array->member, &offset, &bytes);

	if (!err)
		*ret = bytes / sizeof(uint64_t);
	return err;
}

static int self_test_read_enumerator(const struct self_test *test, enum self_enumerator which,
				     uint32_t *ret)
{
	if (test->enumerators[which] < 0)
		return (int)test->enumerators[which];
	*ret = (uint32_t)test->enumerators[which];
	return 0;
}

static int self_test_follow(const struct self_test *test, const struct self_fact *fact,
			    uint32_t *ret)
{
	int offsets[SELF_TEST_HOPS], n = 0, err = 0;

	for (; !err && n < SELF_TEST_HOPS && fact->hops[n].type; n++)
		err = self_test_find_hop(test, &fact->hops[n], &offsets[n]);
	return err ? err : task_peek_read(offsets, n, ret);
}

/* Of a child that lives meanwhile: the newest. */
static int self_test_follow_traced(const struct self_test *test, const struct self_fact *fact,
				   uint32_t *ret)
{
	int go, child = self_child_make_traced(&go), err;

	if (child < 0)
		return child;
	err = self_test_follow(test, fact, ret);
	self_child_end(child, go);
	return err;
}

int self_test_read(void *context, const struct self_fact *fact, uint32_t *ret)
{
	const struct self_test *test = context;

	if (fact->read)
		return fact->read(ret);
	if (fact->enumerator != SELF_NONE)
		return self_test_read_enumerator(test, fact->enumerator, ret);
	if (fact->array.type)
		return self_test_count(test->types, &fact->array, ret);
	if (fact->is_of_child && test->child < 0)
		return test->child;
	if (fact->is_of_traced)
		return self_test_follow_traced(test, fact, ret);
	return self_test_follow(test, fact, ret);
}

/* ---- to compare ---- */

static bool self_test_holds(self_reader read, void *context, const struct self_fact *fact)
{
	uint32_t is, expected = fact->expected ? (uint32_t)fact->expected() : fact->value;

	return read(context, fact, &is) || (is & fact->mask) == expected;
}

const struct self_fact *self_test_compare(self_reader read, void *context, bool is_initial)
{
	const struct self_fact *found = NULL;

	for (size_t i = 0; i < self_facts_n; i++) {
		const struct self_fact *fact = &self_facts[i];

		if (found && (found->is_fatal || !fact->is_fatal))
			continue;
		if ((is_initial || !fact->is_initial) && !self_test_holds(read, context, fact))
			found = fact;
	}
	return found;
}

const struct self_fact *self_test_run(const struct btf *types, bool is_initial)
{
	struct self_test test;
	const struct self_fact *found;

	self_test_open(&test, types);
	found = self_test_compare(self_test_read, &test, is_initial);
	self_test_close(&test);
	return found;
}

void self_test_describe(const struct self_fact *fact, char *text, size_t bytes)
{
	snprintf(text, bytes, "this kernel's %s is not what killsnoop relies on: %s; %s",
		 fact->what, fact->wrong, "please report this kernel");
}
