// SPDX-License-Identifier: GPL-2.0-only
/* The maps and counters of what is loaded. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "kernel/loader_internal.h"
#include "lib/clock.h"

enum {
	/* Where each takes its memory beforehand: 47 MB. */
	EXECS_AT_ONCE = 49152,
	TEXTS_AT_ONCE = 12288,
	/* Where not: as many as there can be processes, within these. An entry that is not used
	 * takes 16 bytes. */
	EXECS_MIN = 1 << 16,
	EXECS_MAX = 1 << 20,
};

/* ---- which, and how large ---- */

static uint32_t loader_sysctl(const char *path, uint32_t otherwise)
{
	FILE *file = fopen(path, "re");
	uint32_t value = otherwise;

	if (!file)
		return otherwise;
	if (fscanf(file, "%" SCNu32, &value) != 1)
		value = otherwise;
	fclose(file);
	return value;
}

/* The pid_max of a nested pid namespace bounds the processes there only. */
static uint32_t loader_processes_max(const struct loader *loader)
{
	uint32_t threads = loader_sysctl("/proc/sys/kernel/threads-max", EXECS_MIN);
	uint32_t pids = loader_sysctl("/proc/sys/kernel/pid_max", EXECS_MIN);
	uint32_t n = loader->pid_namespace || threads < pids ? threads : pids;

	return n < EXECS_MIN ? EXECS_MIN : n > EXECS_MAX ? EXECS_MAX : n;
}

static void loader_size_maps(struct loader *loader, uint32_t execs, uint32_t texts)
{
	struct killsnoop *skeleton = loader->skeleton;

	bpf_map__set_max_entries(skeleton->maps.execs, execs);
	bpf_map__set_max_entries(skeleton->maps.blows, execs);
	bpf_map__set_max_entries(skeleton->maps.long_texts, texts);
	skeleton->rodata->cfg_user_execs = execs / 2;
}

/* Where maps may not allocate while a program runs, they take all they may need at once. */
void loader_choose_maps(struct loader *loader)
{
	struct killsnoop *skeleton = loader->skeleton;
	bool storage = features_has(&loader->features, FEATURE_TASK_STORAGE);
	uint32_t processes = loader_processes_max(loader);

	bpf_map__set_autocreate(skeleton->maps.calls, storage);
	bpf_map__set_autocreate(skeleton->maps.calls_by_tid, !storage);
	if (features_has(&loader->features, FEATURE_MAP_ALLOC)) {
		loader_size_maps(loader, processes, processes);
		return;
	}
	bpf_map__set_map_flags(skeleton->maps.execs, 0);
	bpf_map__set_map_flags(skeleton->maps.long_texts, 0);
	bpf_map__set_map_flags(skeleton->maps.calls_by_tid, 0);
	bpf_map__set_map_flags(skeleton->maps.blows, 0);
	loader_size_maps(loader, EXECS_AT_ONCE, TEXTS_AT_ONCE);
}

/* A process may have a text for its environment, too. */
void loader_configure_env(struct killsnoop *skeleton, const struct env_names *names)
{
	uint32_t texts = bpf_map__max_entries(skeleton->maps.long_texts);

	skeleton->rodata->cfg_env_names = names->n;
	if (!names->n)
		return;
	bpf_map__set_max_entries(skeleton->maps.long_texts, 2 * texts);
	env_names_fill_unset(names, skeleton->rodata->cfg_env_unset);
	for (size_t i = 0; i < names->n; i++)
		skeleton->rodata->cfg_env[i] = env_names_pattern(names->items[i]);
}

/* ---- whom to watch ---- */

static int loader_fill_set(struct bpf_map *map, const struct number_list *list)
{
	uint8_t value = KS_WATCH_TARGET; /* of the others, all have the same */

	for (size_t i = 0; i < list->n; i++)
		if (bpf_map_update_elem(bpf_map__fd(map), &list->items[i], &value, BPF_ANY))
			return -errno;
	return 0;
}

int loader_fill_sets(struct killsnoop *skeleton, const struct filter *filter)
{
	int err = loader_fill_set(skeleton->maps.target_pids, &filter->target_pids);

	err = err ? err : loader_fill_set(skeleton->maps.target_uids, &filter->target_uids);
	err = err ? err : loader_fill_set(skeleton->maps.sender_pids, &filter->sender_pids);
	return err ? err : loader_fill_set(skeleton->maps.sender_uids, &filter->sender_uids);
}

enum ks_watch loader_follow(const struct loader_config *config)
{
	if (config->has_command && config->follows)
		return KS_WATCH_DESCENDANT;
	return (config->has_command || config->filter->target_pids.n) && !config->one_ring
		   ? KS_WATCH_RELAY
		   : KS_WATCH_NOT;
}

int loader_watch(struct loader *loader, uint32_t pid, enum ks_watch watch)
{
	uint8_t value = watch;
	int fd = bpf_map__fd(loader->skeleton->maps.target_pids);

	return bpf_map_update_elem(fd, &pid, &value,
				   watch == KS_WATCH_RELAY ? BPF_NOEXIST : BPF_ANY)
		   ? -errno
		   : 0;
}

int loader_unwatch(struct loader *loader, uint32_t pid)
{
	return bpf_map_delete_elem(bpf_map__fd(loader->skeleton->maps.target_pids), &pid) ? -errno
											  : 0;
}

int loader_ring_fd(const struct loader *loader, enum ks_ring ring)
{
	return bpf_map__fd(ring == KS_RING_LETHAL ? loader->skeleton->maps.lethal
						  : loader->skeleton->maps.bulk);
}

const uint64_t *loader_lost(const struct loader *loader)
{
	return loader->skeleton->bss->lost;
}

void loader_make_losses(const struct loader *loader, enum ks_ring ring, struct ks_losses *ret)
{
	*ret = (struct ks_losses){
		.header = { .version = KS_RECORD_VERSION,
			    .type = KS_REC_LOSSES,
			    .fixed_bytes = sizeof(*ret),
			    .size = sizeof(*ret),
			    .ring = ring },
	};
	memcpy(ret->counts, loader->skeleton->bss->lost_events[ring], sizeof(ret->counts));
	ret->header.time_ns = clock_monotonic_ns();
}

/* ---- who lives ---- */

enum { EXECS_PER_BATCH = 128 };

struct execs {
	struct ks_exec_key keys[EXECS_PER_BATCH];
	struct ks_exec values[EXECS_PER_BATCH];
};

static int loader_handle_execs(const struct execs *execs, size_t n, sweep_handler *handle,
			       void *context)
{
	int err = 0;

	for (size_t i = 0; i < n && !err; i++)
		err = handle(context, &execs->keys[i], &execs->values[i].creator);
	return err;
}

/* By batches: one process at a time would take a system call each, and more for those that end
 * then. */
static int loader_list_execs(int fd, struct execs *execs, sweep_handler *handle, void *context,
			     size_t *ret_n)
{
	uint32_t place;
	void *from = NULL;
	int err = 0;

	while (!err) {
		uint32_t n = EXECS_PER_BATCH;
		bool is_last =
		    bpf_map_lookup_batch(fd, from, &place, execs->keys, execs->values, &n, NULL);

		if (is_last && errno != ENOENT)
			return -errno;
		err = loader_handle_execs(execs, n, handle, context);
		*ret_n += n;
		if (is_last)
			break;
		from = &place;
	}
	return err;
}

int loader_list_living(void *source, sweep_handler *handle, void *context)
{
	const struct loader *loader = source;
	const struct bpf_map *map = loader->skeleton->maps.execs;
	struct execs *execs = malloc(sizeof(*execs));
	size_t n = 0;
	int err;

	if (!execs)
		return -ENOMEM;
	err = loader_list_execs(bpf_map__fd(map), execs, handle, context, &n);
	free(execs);
	return err ? err : n < bpf_map__max_entries(map) ? 0 : -ENOSPC;
}

/* ---- counters ---- */

uint64_t loader_last_wake_ns(const struct loader *loader)
{
	return *(volatile uint64_t *)&loader->skeleton->bss->last_wake_ns;
}

void loader_describe_again(struct loader *loader)
{
	__atomic_add_fetch(&loader->skeleton->bss->generation, 1, __ATOMIC_SEQ_CST);
	/* Ancestors are not looked at as long as this is the same. */
	__atomic_add_fetch(&loader->skeleton->data->exec_generation, 1, __ATOMIC_SEQ_CST);
}

bool loader_sees_compat_returns(const struct loader *loader)
{
	return loader->skeleton->rodata->cfg_compat_returns;
}

bool loader_sees_checks(const struct loader *loader)
{
	return loader->hooks.checks;
}

bool loader_has_labels(const struct loader *loader)
{
	return loader->knows_labels;
}

bool loader_reads_clock(const struct loader *loader)
{
	return loader->hooks.timekeeper;
}

/* Sums of all programs, as far as the kernel counts. */
static void loader_read_stats(const struct loader *loader, uint64_t *ret_missed,
			      uint64_t *ret_run_ns)
{
	struct bpf_program *program;

	*ret_missed = *ret_run_ns = 0;
	bpf_object__for_each_program (program, loader->skeleton->obj) {
		struct bpf_prog_info info = { 0 };
		uint32_t bytes = sizeof(info);

		if (bpf_program__fd(program) < 0 ||
		    bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &bytes))
			continue;
		*ret_missed += info.recursion_misses;
		*ret_run_ns += info.run_time_ns;
	}
}

uint64_t loader_missed(const struct loader *loader)
{
	uint64_t missed, run_ns;

	loader_read_stats(loader, &missed, &run_ns);
	return missed;
}

uint64_t loader_run_ns(const struct loader *loader)
{
	uint64_t missed, run_ns;

	loader_read_stats(loader, &missed, &run_ns);
	return run_ns;
}

void loader_detach(struct loader *loader)
{
	attach_detach(&loader->hooks);
}

void loader_begin_detach(struct loader *loader)
{
	attach_begin_detach(&loader->hooks);
}

uint32_t loader_mount_namespace(void)
{
	struct stat st;

	return stat("/proc/self/ns/mnt", &st) ? 0 : st.st_ino;
}
