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

enum { HASHES = 1024 };

struct names {
	char **items;
	size_t n;
	bool hashes[HASHES]; /* spares comparing most names of a kernel */
};

static unsigned int types_file_hash(const char *name)
{
	return *name ? (name[0] * 31 + name[1] * 7 + strlen(name)) % HASHES : 0;
}

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
		if (!ret->items[ret->n])
			return -ENOMEM;
		ret->hashes[types_file_hash(ret->items[ret->n++])] = true;
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

static bool types_file_has_name(const struct names *names, const char *name)
{
	return names->hashes[types_file_hash(name)] &&
	       bsearch(&name, names->items, names->n, sizeof(name), types_file_compare);
}

/* ---- the last type that is needed ---- */

/* Of a type, what is in it, and what that is: as far as where members are depends on it. */
static uint32_t types_file_last_in(const struct btf *types, uint32_t id, bool *seen)
{
	const struct btf_type *type = btf__type_by_id(types, id);
	uint32_t last = id, inner;

	if (!type || seen[id])
		return id;
	seen[id] = true;
	for (uint32_t i = 0; (btf_is_struct(type) || btf_is_union(type)) && i < btf_vlen(type);
	     i++) {
		inner = types_file_last_in(types, btf_members(type)[i].type, seen);
		last = inner > last ? inner : last;
	}
	inner = btf_is_mod(type) || btf_is_typedef(type)
		    ? types_file_last_in(types, type->type, seen)
		: btf_is_array(type) ? types_file_last_in(types, btf_array(type)->type, seen)
				     : 0;
	return inner > last ? inner : last;
}

/* The last type that one with such a name needs; 0: for want of memory. */
static uint32_t types_file_last(const struct btf *types, const struct names *names)
{
	bool *seen = calloc(btf__type_cnt(types), sizeof(*seen));
	uint32_t last = 0;

	for (uint32_t id = 1; seen && id < btf__type_cnt(types); id++) {
		const struct btf_type *type = btf__type_by_id(types, id);
		uint32_t own;

		if (!types_file_has_kind(type) ||
		    !types_file_has_name(names, btf__name_by_offset(types, type->name_off)))
			continue;
		own = types_file_last_in(types, id, seen);
		last = own > last ? own : last;
	}
	free(seen);
	return last;
}

/* ---- types ---- */

/* What refers to a type behind the last one, now refers to none. */
static void types_file_clip(uint32_t *id, uint32_t last)
{
	if (*id > last)
		*id = 0;
}

static void types_file_clip_parts(struct btf_type *type, uint32_t last)
{
	for (uint32_t i = 0; i < btf_vlen(type); i++)
		if (btf_is_struct(type) || btf_is_union(type))
			types_file_clip(&btf_members(type)[i].type, last);
		else if (btf_is_func_proto(type))
			types_file_clip(&btf_params(type)[i].type, last);
		else if (btf_is_datasec(type))
			types_file_clip(&btf_var_secinfos(type)[i].type, last);
}

static void types_file_clip_type(struct btf_type *type, uint32_t last)
{
	if (btf_is_array(type)) {
		types_file_clip(&btf_array(type)->type, last);
		types_file_clip(&btf_array(type)->index_type, last);
	} else if (btf_is_func(type) && type->type > last) {
		type->info = BTF_KIND_TYPEDEF << 24; /* it must be of a prototype */
		type->type = 0;
	} else if (btf_is_func_proto(type) || btf_is_ptr(type) || btf_is_mod(type) ||
		   btf_is_typedef(type) || btf_is_func(type) || btf_is_var(type) ||
		   btf_is_decl_tag(type)) {
		types_file_clip(&type->type, last);
	}
	types_file_clip_parts(type, last);
}

/* In a copy of its types, up to the last. */
static void types_file_fit(char *to, const struct btf *kernel, uint32_t last,
			   const struct names *names)
{
	const char *from = (const char *)btf__type_by_id(kernel, 1);

	for (uint32_t id = 1; id <= last; id++) {
		const struct btf_type *type = btf__type_by_id(kernel, id);
		struct btf_type *copy = (void *)(to + ((const char *)type - from));

		if (types_file_has_kind(type) &&
		    !types_file_has_name(names, btf__name_by_offset(kernel, type->name_off)))
			copy->name_off = 0;
		types_file_clip_type(copy, last);
	}
}

/* `header`: of all. Writes it, the types up to the last, `bytes` long, and the names. */
static void types_file_copy(char *to, const struct btf_header *header, uint32_t bytes)
{
	const char *from = (const char *)header + header->hdr_len;
	struct btf_header *copy = (void *)to;

	memcpy(to, header, header->hdr_len);
	copy->type_off = 0;
	copy->type_len = bytes;
	copy->str_off = bytes;
	to += header->hdr_len;
	memcpy(to, from + header->type_off, bytes);
	memcpy(to + bytes, from + header->str_off, header->str_len);
}

static int types_file_write(struct types_file *file, const struct btf *kernel,
			    const struct names *names)
{
	uint32_t size, last = types_file_last(kernel, names);
	const struct btf_header *header = btf__raw_data(kernel, &size);
	const struct btf_type *end = btf__type_by_id(kernel, last + 1);
	uint32_t bytes;
	char *to;

	if (!header || !last)
		return -ENOMEM;
	bytes =
	    end ? (const char *)end - (const char *)btf__type_by_id(kernel, 1) : header->type_len;
	size = header->hdr_len + bytes + header->str_len;
	if (ftruncate(file->fd, size))
		return -errno;
	to = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, file->fd, 0);
	if (to == MAP_FAILED)
		return -errno;
	types_file_copy(to, header, bytes);
	types_file_fit(to + header->hdr_len, kernel, last, names);
	munmap(to, size);
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
