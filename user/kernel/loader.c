// SPDX-License-Identifier: GPL-2.0-only
#include "kernel/loader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "kernel/loader_internal.h"
#include "kernel/kfuncs.h"
#include "event/texts.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "kernel/proc_seed.h"
#include "lib/array.h"

enum {
	REFUSED_MAX = 100, /* targets of a call that get no signal */
	LETHAL_PART = 4,   /* of the bytes of the other ring */
	SHARED_BYTES_MIN = 256 << 10,
	LETHAL_BYTES_MIN = 64 << 10, /* a page of any kernel, and some of the largest records */
	DESCENDANTS_MAX = 16384,     /* of what is watched, at a time */
};

#define ATTACH_HINT "killsnoop doctor shows what this kernel offers"

/* ---- what takes the place of what the kernel lacks ---- */

void loader_find_regs(struct loader *loader)
{
	if (!features_has(&loader->features, FEATURE_TASK_PT_REGS))
		loader->regs_bytes = features_find_saved_regs(&loader->features);
}

/* What is not chosen is pruned, by the verifier, before it asks whether the kernel has it. */
static void loader_apply_features(struct loader *loader)
{
	struct killsnoop *skeleton = loader->skeleton;

	skeleton->rodata->cfg_task_btf = features_has(&loader->features, FEATURE_TASK_BTF);
	skeleton->rodata->cfg_task_storage = features_has(&loader->features, FEATURE_TASK_STORAGE);
	skeleton->rodata->cfg_regs_bytes = loader->regs_bytes;
	skeleton->rodata->cfg_page_bytes = sysconf(_SC_PAGESIZE);
	skeleton->rodata->cfg_stacks = features_has(&loader->features, FEATURE_STACKS);
	skeleton->rodata->cfg_pidns = loader->pid_namespace;
	skeleton->rodata->cfg_hierarchy = loader->hierarchy;
	loader_choose_maps(loader);
}

/* ---- configuration ---- */

/* No user may learn the key beforehand: see hash_of_text() and share_index() of the BPF side. */
static uint64_t loader_random_key(void)
{
	uint64_t key = 0;

	if (getrandom(&key, sizeof(key), GRND_NONBLOCK) != sizeof(key))
		key = (uintptr_t)&key;
	return key;
}

static void loader_configure_labels(struct killsnoop *skeleton,
				    const struct security_module *module)
{
	if (module->kind == KS_LSM_NONE)
		return;
	skeleton->rodata->cfg_lsm = module->kind;
	skeleton->rodata->cfg_lsm_blobs = module->blob_sizes;
	skeleton->rodata->cfg_selinux_state = module->state;
	skeleton->rodata->cfg_layout = module->layout;
}

/* A quarter of the other ring's. It has room for some records at least. */
static uint64_t loader_lethal_bytes(const struct loader_config *config)
{
	uint64_t bytes = config->ring_bytes / LETHAL_PART;

	return config->one_ring || bytes < LETHAL_BYTES_MIN ? LETHAL_BYTES_MIN : bytes;
}

/*
 * Of a smaller ring, a user's share has no room for a record: who comes first has it all. So it is
 * where one ring has everything, which is to be as complete as audit's queue.
 */
static uint64_t loader_shared_bytes(const struct loader_config *config)
{
	return config->one_ring || config->ring_bytes < SHARED_BYTES_MIN ? 0 : config->ring_bytes;
}

static void loader_configure(struct killsnoop *skeleton, const struct loader_config *config)
{
	const struct filter *filter = config->filter;

	skeleton->rodata->cfg_signals = filter->wanted.bits;
	skeleton->rodata->cfg_explicit_signals = filter->named.bits;
	skeleton->rodata->cfg_fatal_signals = signame_fatal_mask();
	skeleton->rodata->cfg_want_signal0 = filter->wanted.zero;
	skeleton->rodata->cfg_failed_only = filter->failed_only;
	skeleton->rodata->cfg_origins = (filter_has_user(filter) ? 1 << KS_ORIGIN_USER : 0) |
					(filter_has_kernel(filter) ? 1 << KS_ORIGIN_KERNEL : 0);
	skeleton->rodata->cfg_target_pids = filter->target_pids.n + config->has_command;
	skeleton->rodata->cfg_verdicts =
	    skeleton->rodata->cfg_target_pids || filter_names_targets(filter);
	skeleton->rodata->cfg_mains = filter_names_targets(filter) && !filter->has_pids;
	skeleton->rodata->cfg_follow = loader_follow(config);
	skeleton->rodata->cfg_target_uids = filter->target_uids.n;
	skeleton->rodata->cfg_sender_pids = filter->sender_pids.n;
	skeleton->rodata->cfg_sender_uids = filter->sender_uids.n;
	skeleton->rodata->cfg_refused_max = config->all_targets ? 0 : REFUSED_MAX;
	skeleton->rodata->cfg_all_returns = config->entries;
	skeleton->rodata->cfg_lethal_ring = !config->one_ring;
	skeleton->rodata->cfg_shared_bytes = loader_shared_bytes(config);
	skeleton->rodata->cfg_random_key = loader_random_key();
	skeleton->rodata->cfg_tick_ns = clock_tick_ns();
	skeleton->rodata->cfg_mounts = loader_mount_namespace();
	if (skeleton->rodata->cfg_follow)
		bpf_map__set_max_entries(skeleton->maps.target_pids, DESCENDANTS_MAX);
	bpf_map__set_max_entries(skeleton->maps.emitted_texts, TEXTS_EMITTED_MAX);
	bpf_map__set_max_entries(skeleton->maps.bulk, config->ring_bytes);
	bpf_map__set_max_entries(skeleton->maps.lethal, loader_lethal_bytes(config));
}

/* ---- attach ---- */

/* Why processes that run already cannot be seen in /proc. */
static const struct {
	int err;
	const char *why;
} proc_limits[] = {
	{ -EACCES, "/proc hides the processes of others (hidepid) without CAP_SYS_PTRACE" },
	{ -ESRCH, "/proc is that of another pid namespace" },
	{ -ENOENT, "/proc is not mounted" },
};

static void loader_seed_older(struct loader *loader, const struct env_names *env)
{
	int err = features_try(&loader->features, FEATURE_PROC);

	for (size_t i = 0; i < ARRAY_SIZE(proc_limits); i++)
		if (err == proc_limits[i].err)
			log_line("%s: arguments of processes that are running already are unknown",
				 proc_limits[i].why);
	if (!err || err == -EACCES)
		proc_seed_all(bpf_map__fd(loader->skeleton->maps.execs),
			      bpf_map__fd(loader->skeleton->maps.long_texts),
			      loader->pid_namespace != 0, env);
	loader->skeleton->bss->proc_seed_done = true;
}

/* Processes first, so that no exec info is missing when the first signal comes. */
static int loader_attach_all(struct loader *loader, const struct env_names *env)
{
	struct killsnoop *skeleton = loader->skeleton;
	struct attachments *hooks = &loader->hooks;
	int err = attach_program(hooks, skeleton->progs.on_exec);

	err = err ? err : attach_program(hooks, skeleton->progs.on_fork);
	err = err ? err : attach_program(hooks, skeleton->progs.on_free);
	if (!err)
		loader_seed_older(loader, env);
	err = err ? err : attach_program(hooks, skeleton->progs.on_exit);
	err = err ? err : attach_calls(hooks, skeleton);
	return err ? err : attach_program(hooks, skeleton->progs.on_signal_generate);
}

/* ---- open ---- */

/* One clear sentence on why the kernel refused. */
static void loader_report_error(const char *step, int err)
{
	if (err == -EPERM || err == -EACCES)
		log_line("the kernel does not permit to %s BPF programs; " ATTACH_HINT, step);
	else
		log_line("cannot %s the BPF programs: %s; " ATTACH_HINT, step, strerror(-err));
}

static int loader_check_features(struct loader *loader, enum return_hook hook)
{
	const char *problem = features_problem(&loader->features, hook), *difference;
	bool is_fatal;

	if (problem) {
		log_line("%s", problem);
		return -EOPNOTSUPP;
	}
	difference = features_difference(&loader->features, &is_fatal);
	if (difference)
		log_line("%s", difference);
	return 0;
}

void loader_find_labels(struct loader *loader)
{
	int err = features_find_labels(&loader->features, &loader->module);

	loader->knows_labels = !err || err == -ENODATA;
	if (!loader->knows_labels && err != -ECANCELED)
		log_line("the labels of processes are unknown; " ATTACH_HINT);
}

/* Which cgroups give units. Without any, a filter by unit would let nothing through: an error. */
static int loader_find_hierarchy(struct loader *loader, const struct filter *filter)
{
	struct hierarchy found = { .id = KS_HIERARCHY_NONE };
	int err = features_find_hierarchy(&loader->features, &found);
	const char *why;

	loader->hierarchy = found.id;
	if (!err)
		return 0;
	why = err == -ECANCELED ? "cgroups are left out by --without"
				: "/proc/self/cgroup lists no cgroups";
	if (filter->target_units.n || filter->sender_units.n) {
		log_line("%s: there are no units to filter by", why);
		return err;
	}
	log_line("%s: units and containers are unknown", why);
	return 0;
}

#define OWN_TYPES "/sys/kernel/btf/vmlinux"

/*
 * The file with the types that programs are fitted to, where there is no struct types_file, for
 * want of /proc. libbpf would find the kernel's own by itself, and then search all modules for what
 * this kernel has not: that takes CAP_SYS_ADMIN, and time.
 */
static const char *loader_types_file(const char *given)
{
	return given ? given : access(OWN_TYPES, R_OK) ? NULL : OWN_TYPES;
}

/* The best first. */
static const struct loader_way loader_ways[] = {
	{ OBJECT_CAST, true },	 { OBJECT_CAST, false },    { OBJECT_TYPED, true },
	{ OBJECT_TYPED, false }, { OBJECT_UNTYPED, false },
};

static bool loader_can_use(struct loader *loader, enum object object)
{
	switch (object) {
	case OBJECT_CAST: return features_has(&loader->features, FEATURE_DIRECT_LOADS);
	case OBJECT_TYPED: return features_has(&loader->features, FEATURE_BTF);
	default: return !features_has(&loader->features, FEATURE_BTF);
	}
}

const struct loader_way *loader_next_way(struct loader *loader, const struct loader_way *last)
{
	const struct loader_way *way = last ? last + 1 : loader_ways;

	for (; way < loader_ways + ARRAY_SIZE(loader_ways); way++)
		if (loader_can_use(loader, way->object))
			return way;
	return NULL;
}

/* libbpf reads the object while it is opened, and no longer. */
static int loader_open_object(struct loader *loader, enum object object, const char *types,
			      uint32_t *ret_kfuncs)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts, .btf_custom_path = types);
	struct bpf_object_skeleton *skeleton = loader->skeleton->skeleton;
	void *bytes;
	int err = objects_inflate(object, &bytes, &skeleton->data_sz);

	if (err)
		return err;
	*ret_kfuncs = kfuncs_resolve(bytes, skeleton->data_sz, loader->features.own);
	skeleton->data = bytes;
	err = bpf_object__open_skeleton(skeleton, &opts);
	free(bytes);
	return err;
}

int loader_prepare(struct loader *loader, const struct loader_config *config,
		   const struct loader_way *way)
{
	const struct btf *types = features_types(&loader->features);
	bool has_file = !types_file_open(&loader->types) && types;
	const char *path = has_file ? loader->types.path : loader_types_file(config->btf);
	const uint32_t needed =
	    KFUNC_BIT(KS_KFUNC_PREEMPT_DISABLE) | KFUNC_BIT(KS_KFUNC_PREEMPT_ENABLE);
	uint32_t kfuncs;
	int err;

	loader->skeleton = calloc(1, sizeof(*loader->skeleton));
	err = loader->skeleton ? killsnoop__create_skeleton(loader->skeleton) : -ENOMEM;
	err = err ? err : loader_open_object(loader, way->object, path, &kfuncs);
	if (!err && has_file)
		err =
		    types_file_fill(&loader->types, types, bpf_object__btf(loader->skeleton->obj));
	err = err ? err : attach_configure(&loader->hooks, loader->skeleton, loader->features.own);
	if (err)
		return err;
	loader_apply_features(loader);
	loader_configure(loader->skeleton, config);
	loader_configure_labels(loader->skeleton, &loader->module);
	loader_configure_env(loader->skeleton, &config->env);
	loader->skeleton->rodata->cfg_disable_preemption =
	    way->disable_preemption && (kfuncs & needed) == needed;
	return 0;
}

static int loader_load(struct loader *loader, const struct loader_config *config,
		       const struct loader_way *way)
{
	int err = loader_prepare(loader, config, way);

	err = err ? err : killsnoop__load(loader->skeleton);
	types_file_close(&loader->types);
	return err ? err : loader_fill_sets(loader->skeleton, config->filter);
}

/* Why one way failed is seldom of interest: the last, which takes least, says what is wrong. */
static int loader_load_with_fallback(struct loader *loader, const struct loader_config *config)
{
	const struct loader_way *way = loader_next_way(loader, NULL), *next;
	int err = loader_load(loader, config, way);

	while (err && (next = loader_next_way(loader, way))) {
		killsnoop__destroy(loader->skeleton);
		way = next;
		err = loader_load(loader, config, way);
	}
	return err;
}

int loader_load_only(struct loader *loader, const struct loader_config *config)
{
	int err = features_open(&loader->features, config->btf, config->without);

	err = err ? err : features_find_pid_namespace(&loader->features, &loader->pid_namespace);
	if (!err) {
		attach_choose(&loader->hooks, &loader->features, config->hook, config->entries);
		features_find_labels(&loader->features, &loader->module);
		loader_find_regs(loader);
		err = loader_load_with_fallback(loader, config);
	}
	features_close(&loader->features);
	return err;
}

static int loader_open_all(struct loader *loader, const struct loader_config *config)
{
	int err;

	/* Once, however often loading is tried. */
	attach_choose(&loader->hooks, &loader->features, config->hook, config->entries);
	loader_find_labels(loader);
	loader_find_regs(loader);
	err = loader_load_with_fallback(loader, config);
	if (err) {
		loader_report_error("load", err);
		return err;
	}
	err = loader_attach_all(loader, &config->env);
	if (err)
		loader_report_error("attach", err);
	return err;
}

static int loader_open_steps(struct loader *loader, const struct loader_config *config)
{
	int err = features_open(&loader->features, config->btf, config->without);

	err = err ? err : loader_check_features(loader, config->hook);
	err = err ? err : features_find_pid_namespace(&loader->features, &loader->pid_namespace);
	err = err ? err : loader_find_hierarchy(loader, config->filter);
	err = err ? err : loader_open_all(loader, config);
	features_close(&loader->features); /* megabytes of types */
	return err;
}

int loader_open(struct loader **ret, const struct loader_config *config)
{
	struct loader *loader = calloc(1, sizeof(*loader));
	int err;

	if (!loader)
		return log_error(-ENOMEM, "load the BPF programs");
	err = loader_open_steps(loader, config);
	if (err)
		loader_close(loader);
	else
		*ret = loader;
	return err;
}

void loader_close(struct loader *loader)
{
	if (!loader)
		return;
	loader_detach(loader);
	killsnoop__destroy(loader->skeleton);
	free(loader);
}
