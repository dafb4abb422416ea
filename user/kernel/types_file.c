// SPDX-License-Identifier: GPL-2.0-only
#include "kernel/types_file.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <bpf/btf.h>

/* ---- names ---- */

struct names {
	char **items;
	size_t n;
};

static int types_file_compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* What libbpf compares by name. */
static bool types_file_has_kind(const struct btf_type *type)
{
	return btf_is_composite(type) || btf_is_any_enum(type);
}

/* Without what libbpf ignores: "kernfs_node___rcu" fits kernfs_node. */
static char *types_file_name(const struct btf *types, const struct btf_type *type)
{
	const char *name = btf__name_by_offset(types, type->name_off), *end = strstr(name, "___");

	return end ? strndup(name, end - name) : strdup(name);
}

static int types_file_get_names(const struct btf *ours, struct names *ret)
{
	ret->items = calloc(btf__type_cnt(ours), sizeof(*ret->items));
	if (!ret->items)
		return -ENOMEM;
	for (uint32_t id = 1; id < btf__type_cnt(ours); id++) {
		const struct btf_type *type = btf__type_by_id(ours, id);

		if (!types_file_has_kind(type) || !type->name_off)
			continue;
		ret->items[ret->n] = types_file_name(ours, type);
		if (!ret->items[ret->n++])
			return -ENOMEM;
	}
	qsort(ret->items, ret->n, sizeof(*ret->items), types_file_compare);
	return 0;
}

static void types_file_free_names(struct names *names)
{
	for (size_t i = 0; i < names->n; i++)
		free(names->items[i]);
	free(names->items);
}

/* ---- types ---- */

/* In a copy of its bytes. */
static void types_file_clear_others(char *bytes, const struct btf *kernel,
				    const struct names *names)
{
	const struct btf_header *header = (const void *)bytes;
	const char *from = (const char *)btf__type_by_id(kernel, 1);
	char *to = bytes + header->hdr_len + header->type_off;

	for (uint32_t id = 1; id < btf__type_cnt(kernel); id++) {
		const struct btf_type *type = btf__type_by_id(kernel, id);
		const char *name = btf__name_by_offset(kernel, type->name_off);

		if (types_file_has_kind(type) &&
		    !bsearch(&name, names->items, names->n, sizeof(name), types_file_compare))
			((struct btf_type *)(to + ((const char *)type - from)))->name_off = 0;
	}
}

static int types_file_write(struct types_file *file, const struct btf *kernel,
			    const struct names *names)
{
	uint32_t bytes;
	const char *from = btf__raw_data(kernel, &bytes);
	char *to;

	if (!from || ftruncate(file->fd, bytes))
		return -errno;
	to = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file->fd, 0);
	if (to == MAP_FAILED)
		return -errno;
	memcpy(to, from, bytes);
	types_file_clear_others(to, kernel, names);
	munmap(to, bytes);
	return 0;
}

int types_file_open(struct types_file *file)
{
	file->fd = memfd_create("killsnoop types", MFD_CLOEXEC);
	if (file->fd < 0)
		return -errno;
	snprintf(file->path, sizeof(file->path), "/proc/self/fd/%d", file->fd);
	return access(file->path, R_OK) ? -errno : 0;
}

int types_file_fill(struct types_file *file, const struct btf *kernel, const struct btf *ours)
{
	struct names names = { 0 };
	int err = types_file_get_names(ours, &names);

	err = err ? err : types_file_write(file, kernel, &names);
	types_file_free_names(&names);
	return err;
}

void types_file_close(struct types_file *file)
{
	if (file->fd >= 0)
		close(file->fd);
}
