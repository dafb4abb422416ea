// SPDX-License-Identifier: GPL-2.0-only
#include "kernel/memory.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <bpf/libbpf.h>

#include "kernel/loader_internal.h"

/* What a hash adds to key and value: struct htab_elem, and the list of bpf_mem_alloc. */
enum { ELEMENT_EXTRA_BYTES = 48 + 8, CELL_MIN_BYTES = 16 };

/* Of a map or program: 0 if there is none. */
static uint64_t memory_of(int fd)
{
	char path[64], line[128];
	uint64_t bytes = 0;
	FILE *file;

	if (fd < 0)
		return 0;
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "memlock: %" SCNu64, &bytes) == 1)
			break;
	if (file)
		fclose(file);
	return bytes;
}

/* Cells of memory have a power of two as size. */
static uint32_t memory_of_element(const struct bpf_map *map)
{
	uint32_t bytes = bpf_map__key_size(map) + bpf_map__value_size(map) + ELEMENT_EXTRA_BYTES;
	uint32_t cell = CELL_MIN_BYTES;

	while (cell < bytes)
		cell *= 2;
	return bpf_map__map_flags(map) & BPF_F_NO_PREALLOC ? cell : 0;
}

static int memory_measure(const struct killsnoop *skeleton, struct loader_memory *ret)
{
	struct bpf_program *program;
	const struct bpf_map *map;

	*ret = (struct loader_memory){
		.per_process = memory_of_element(skeleton->maps.execs),
		.per_long_text = memory_of_element(skeleton->maps.long_texts),
		.processes_max = bpf_map__max_entries(skeleton->maps.execs),
	};
	bpf_object__for_each_map(map, skeleton->obj)
	{
		bool is_ring = bpf_map__type(map) == BPF_MAP_TYPE_RINGBUF;

		*(is_ring ? &ret->rings : &ret->maps) += memory_of(bpf_map__fd(map));
	}
	bpf_object__for_each_program (program, skeleton->obj) {
		ret->programs += memory_of(bpf_program__fd(program));
	}
	return ret->rings < bpf_map__max_entries(skeleton->maps.bulk) ? -EOPNOTSUPP : 0;
}

int loader_measure(const struct loader_config *config, struct loader_memory *ret)
{
	struct loader *loader = calloc(1, sizeof(*loader));
	int err = loader ? loader_load_only(loader, config) : -ENOMEM;

	err = err ? err : memory_measure(loader->skeleton, ret);
	loader_close(loader);
	return err;
}
