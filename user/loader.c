// SPDX-License-Identifier: GPL-2.0-only
#include "loader.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "features.h"
#include "killsnoop.skel.h"
#include "labels.h"
#include "log.h"
#include "older.h"
#include "tracefs.h"
#include "untyped.skel.h"

enum {
	CALLS = 6,
	LINKS_MAX = 64,
	IMAGES_AT_ONCE = 32768, /* processes, where each takes its memory beforehand: 40 MB */
};

struct loader {
	struct features features;
	struct killsnoop *skeleton;
	struct bpf_link *links[LINKS_MAX];
	int n_links;
	struct security_module module;
	struct {
		enum hook returns;
		bool checks, entries; /* see cfg_checks, cfg_entries */
		uint64_t timekeeper;
	} hooks;
	uint32_t regs_bytes;	/* see cfg_regs_bytes */
	uint32_t pid_namespace; /* see cfg_pidns */
	int hierarchy;		/* see cfg_hierarchy */
};

#define ATTACH_HINT "killsnoop doctor tells what this kernel offers"

/* ---- the hooks on returning calls ---- */

static const char *const calls[CALLS] = {
	"kill", "tkill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo", "pidfd_send_signal"
};

/*
 * Which function the programs on_NAME and on_enter_NAME hook; NULL: that architecture has none of
 * its own.
 */
static const struct {
	const char *name, *x86, *arm64;
} functions[] = {
	{ "kill", "__x64_sys_kill", "__arm64_sys_kill" },
	{ "tkill", "__x64_sys_tkill", "__arm64_sys_tkill" },
	{ "tgkill", "__x64_sys_tgkill", "__arm64_sys_tgkill" },
	{ "rt_sigqueueinfo", "__x64_sys_rt_sigqueueinfo", "__arm64_sys_rt_sigqueueinfo" },
	{ "rt_tgsigqueueinfo", "__x64_sys_rt_tgsigqueueinfo", "__arm64_sys_rt_tgsigqueueinfo" },
	{ "pidfd_send_signal", "__x64_sys_pidfd_send_signal", "__arm64_sys_pidfd_send_signal" },
	{ "compat_kill", "__ia32_sys_kill", NULL },
	{ "compat_tkill", "__ia32_sys_tkill", NULL },
	{ "compat_tgkill", "__ia32_sys_tgkill", NULL },
	{ "compat_rt_sigqueueinfo", "__ia32_compat_sys_rt_sigqueueinfo",
	  "__arm64_compat_sys_rt_sigqueueinfo" },
	{ "compat_rt_tgsigqueueinfo", "__ia32_compat_sys_rt_tgsigqueueinfo",
	  "__arm64_compat_sys_rt_tgsigqueueinfo" },
	{ "compat_pidfd_send_signal", "__ia32_sys_pidfd_send_signal", NULL },
	{ "x32_rt_sigqueueinfo", "__x32_compat_sys_rt_sigqueueinfo", NULL },
	{ "x32_rt_tgsigqueueinfo", "__x32_compat_sys_rt_tgsigqueueinfo", NULL },
};

/* What the names of programs begin with. */
#define ON_ENTRY "on_enter_"
#define ON_RETURN "on_"

enum { FUNCTIONS = sizeof(functions) / sizeof(functions[0]) };

static const char *function_of(int i)
{
#if defined(__x86_64__)
	return functions[i].x86;
#else
	return functions[i].arm64;
#endif
}

static struct bpf_program *program_of(struct bpf_object *object, const char *prefix, int i)
{
	char name[64];

	snprintf(name, sizeof(name), "%s%s", prefix, functions[i].name);
	return bpf_object__find_program_by_name(object, name);
}

/* Aims the programs at their functions, or leaves them out where the kernel has no such function.
 */
static int choose_functions(struct bpf_object *object, const struct btf *btf, const char *prefix,
			    bool wanted)
{
	int err = 0;

	for (int i = 0; i < FUNCTIONS && !err; i++) {
		struct bpf_program *program = program_of(object, prefix, i);
		const char *function = function_of(i);
		bool there = wanted && btf && function &&
			     btf__find_by_name_kind(btf, function, BTF_KIND_FUNC) > 0;

		err = there ? bpf_program__set_attach_target(program, 0, function)
			    : bpf_program__set_autoload(program, false);
	}
	return err;
}

static bool has(struct loader *loader, enum ability ability)
{
	return !features_try(&loader->features, ability);
}

static void find_hooks(struct loader *loader, const struct options *options)
{
	enum hook returns = features_choose_hook(&loader->features, options->hook);

	loader->hooks.returns = returns;
	loader->hooks.checks = returns == HOOK_FEXIT && has(loader, ABILITY_CHECKS);
	loader->hooks.entries = options->entries;
	if (loader->hooks.entries && !(options->without & 1U << ABILITY_CLOCK))
		loader->hooks.timekeeper = features_find_timekeeper();
}

static int choose_hooks(struct loader *loader)
{
	struct killsnoop *skeleton = loader->skeleton;
	enum hook returns = loader->hooks.returns;
	bool fexit = returns == HOOK_FEXIT, entries = loader->hooks.entries;
	const struct btf *btf = loader->features.own;
	int err;

	bpf_program__set_autoload(skeleton->progs.on_sys_exit, returns == HOOK_TRACEPOINT);
	bpf_program__set_autoload(skeleton->progs.on_sys_enter,
				  returns == HOOK_TRACEPOINT && entries);
	bpf_program__set_autoload(skeleton->progs.on_any_exit, returns == HOOK_RAW);
	bpf_program__set_autoload(skeleton->progs.on_any_enter, returns == HOOK_RAW && entries);
	bpf_program__set_autoload(skeleton->progs.on_check, loader->hooks.checks);
	skeleton->rodata->cfg_entries = entries;
	skeleton->rodata->cfg_timekeeper = loader->hooks.timekeeper;
	skeleton->rodata->cfg_compat_returns = returns != HOOK_TRACEPOINT;
	skeleton->rodata->cfg_functions = fexit;
	skeleton->rodata->cfg_checks = loader->hooks.checks;
	err = choose_functions(skeleton->obj, btf, ON_ENTRY, fexit && entries);
	return err ? err : choose_functions(skeleton->obj, btf, ON_RETURN, fexit);
}

/* ---- what takes the place of what the kernel lacks ---- */

static void find_regs(struct loader *loader)
{
	if (!has(loader, ABILITY_TASK_PT_REGS))
		loader->regs_bytes = features_find_saved_regs(&loader->features);
}

/* Where maps may not allocate while a program runs, they take all they may need at once. */
static void choose_maps(struct loader *loader)
{
	struct killsnoop *skeleton = loader->skeleton;
	bool storage = has(loader, ABILITY_TASK_STORAGE);

	bpf_map__set_autocreate(skeleton->maps.calls, storage);
	bpf_map__set_autocreate(skeleton->maps.calls_by_tid, !storage);
	if (has(loader, ABILITY_MAP_ALLOC))
		return;
	bpf_map__set_map_flags(skeleton->maps.images, 0);
	bpf_map__set_max_entries(skeleton->maps.images, IMAGES_AT_ONCE);
	bpf_map__set_map_flags(skeleton->maps.calls_by_tid, 0);
}

/* What is not chosen is pruned, by the verifier, before it asks whether the kernel has it. */
static void choose_ways(struct loader *loader)
{
	struct killsnoop *skeleton = loader->skeleton;

	skeleton->rodata->cfg_task_btf = has(loader, ABILITY_TASK_BTF);
	skeleton->rodata->cfg_task_storage = has(loader, ABILITY_TASK_STORAGE);
	skeleton->rodata->cfg_regs_bytes = loader->regs_bytes;
	skeleton->rodata->cfg_pidns = loader->pid_namespace;
	skeleton->rodata->cfg_hierarchy = loader->hierarchy;
	choose_maps(loader);
}

/* ---- configuration ---- */

/* Nobody may know the key beforehand: see hash_of_text() in label.bpf.h. */
static uint64_t random_key(void)
{
	uint64_t key = 0;

	if (getrandom(&key, sizeof(key), GRND_NONBLOCK) != sizeof(key))
		key = (uintptr_t)&key;
	return key;
}

static void configure_labels(struct killsnoop *skeleton, const struct security_module *module)
{
	if (module->kind == KS_LSM_NONE)
		return;
	skeleton->rodata->cfg_lsm = module->kind;
	skeleton->rodata->cfg_lsm_blobs = module->blob_sizes;
	skeleton->rodata->cfg_selinux_state = module->state;
	skeleton->rodata->cfg_layout = module->layout;
	skeleton->rodata->cfg_label_key = random_key();
	bpf_map__set_max_entries(skeleton->maps.told_labels, LABELS_TOLD_MAX);
}

static void configure(struct killsnoop *skeleton, const struct options *options)
{
	const struct filter *filter = &options->filter;

	skeleton->rodata->cfg_signals = filter->wanted.bits;
	skeleton->rodata->cfg_named = filter->named.bits;
	skeleton->rodata->cfg_lethal = signame_lethal_mask();
	skeleton->rodata->cfg_probes = filter->wanted.zero;
	skeleton->rodata->cfg_failed_only = filter->failed_only;
	if (filter->origins)
		skeleton->rodata->cfg_origins = filter->origins;
	skeleton->rodata->cfg_target_pids = filter->target_pids.n + (options->command != NULL);
	skeleton->rodata->cfg_target_uids = filter->target_uids.n;
	skeleton->rodata->cfg_sender_pids = filter->sender_pids.n;
	skeleton->rodata->cfg_sender_uids = filter->sender_uids.n;
	bpf_map__set_max_entries(skeleton->maps.events, options->ring_bytes);
}

static int fill_set(struct bpf_map *map, const struct number_list *list)
{
	uint8_t value = 1;

	for (size_t i = 0; i < list->n; i++)
		if (bpf_map_update_elem(bpf_map__fd(map), &list->items[i], &value, BPF_ANY))
			return -errno;
	return 0;
}

static int fill_sets(struct killsnoop *skeleton, const struct filter *filter)
{
	int err = fill_set(skeleton->maps.target_pids, &filter->target_pids);

	err = err ? err : fill_set(skeleton->maps.target_uids, &filter->target_uids);
	err = err ? err : fill_set(skeleton->maps.sender_pids, &filter->sender_pids);
	return err ? err : fill_set(skeleton->maps.sender_uids, &filter->sender_uids);
}

/* ---- attach ---- */

static int keep_link(struct loader *loader, struct bpf_link *link)
{
	if (!link)
		return -errno;
	loader->links[loader->n_links++] = link;
	return 0;
}

static int attach(struct loader *loader, struct bpf_program *program)
{
	return keep_link(loader, bpf_program__attach(program));
}

static int attach_if_loaded(struct loader *loader, struct bpf_program *program)
{
	return bpf_program__autoload(program) ? attach(loader, program) : 0;
}

/* On the tracepoint of one call: `side` is enter or exit. */
static int attach_tracepoint(struct loader *loader, struct bpf_program *program, const char *side,
			     const char *call)
{
	int fd = tracefs_open_syscall(side, call);
	struct bpf_link *link;

	if (fd < 0)
		return fd;
	link = bpf_program__attach_perf_event(program, fd);
	if (!link)
		close(fd);
	return keep_link(loader, link);
}

static int attach_tracepoints(struct loader *loader, struct bpf_program *program, const char *side)
{
	int err = 0;

	for (int i = 0; i < CALLS && !err && bpf_program__autoload(program); i++)
		err = attach_tracepoint(loader, program, side, calls[i]);
	return err;
}

static int attach_functions(struct loader *loader, const char *prefix)
{
	int err = 0;

	for (int i = 0; i < FUNCTIONS && !err; i++)
		err = attach_if_loaded(loader, program_of(loader->skeleton->obj, prefix, i));
	return err;
}

/* A call that is under way is seen to return only if it was seen to begin. */
static int attach_calls(struct loader *loader)
{
	struct killsnoop *skeleton = loader->skeleton;
	int err = attach_tracepoints(loader, skeleton->progs.on_sys_enter, "enter");

	err = err ? err : attach_tracepoints(loader, skeleton->progs.on_sys_exit, "exit");
	err = err ? err : attach_if_loaded(loader, skeleton->progs.on_any_enter);
	err = err ? err : attach_if_loaded(loader, skeleton->progs.on_any_exit);
	err = err ? err : attach_functions(loader, ON_ENTRY);
	return err ? err : attach_functions(loader, ON_RETURN);
}

/* Why processes that run already cannot be seen in /proc. */
static const struct {
	int err;
	const char *why;
} blind[] = {
	{ -EACCES, "/proc hides the processes of others (hidepid) without CAP_SYS_PTRACE" },
	{ -ESRCH, "/proc is that of another pid namespace" },
	{ -ENOENT, "/proc is not mounted" },
};

static void tell_older(struct loader *loader)
{
	int err = features_try(&loader->features, ABILITY_PROC);

	for (size_t i = 0; i < sizeof(blind) / sizeof(blind[0]); i++)
		if (err == blind[i].err)
			log_line("%s: arguments of processes that run already are unknown",
				 blind[i].why);
	if (!err || err == -EACCES)
		older_tell(bpf_map__fd(loader->skeleton->maps.images), loader->pid_namespace != 0);
}

/* Processes first, so that no image is missing when the first signal comes. */
static int attach_all(struct loader *loader)
{
	struct killsnoop *skeleton = loader->skeleton;
	int err = attach(loader, skeleton->progs.on_exec);

	err = err ? err : attach(loader, skeleton->progs.on_fork);
	err = err ? err : attach(loader, skeleton->progs.on_exit);
	err = err ? err : attach(loader, skeleton->progs.on_free);
	if (!err)
		tell_older(loader);
	err = err ? err : attach_calls(loader);
	err = err ? err : attach_if_loaded(loader, skeleton->progs.on_check);
	return err ? err : attach(loader, skeleton->progs.on_signal_generate);
}

/* ---- open ---- */

/* One clear sentence on why the kernel refused. */
static void explain(const char *step, int err)
{
	if (err == -EPERM || err == -EACCES)
		log_line("the kernel does not permit to %s BPF programs; " ATTACH_HINT, step);
	else
		log_line("cannot %s the BPF programs: %s; " ATTACH_HINT, step, strerror(-err));
}

static int check_features(struct loader *loader, enum hook hook)
{
	const char *problem = features_problem(&loader->features);
	int err = features_try_hook(&loader->features, hook);

	if (problem)
		log_line("%s", problem);
	else if (err)
		log_line("--hook %s: the kernel does not allow that (%s); use auto",
			 features_hook_name(hook), strerror(-err));
	return problem ? -EOPNOTSUPP : err;
}

/* It takes a while where a module is active. */
static void find_labels(struct loader *loader)
{
	int err = loader->features.without & 1U << ABILITY_LABELS
		      ? -ENODATA
		      : features_find_labels(&loader->features, &loader->module);

	if (err && err != -ENODATA)
		log_line("the labels of processes are unknown; " ATTACH_HINT);
}

static int find_pid_namespace(struct loader *loader)
{
	int err = features_find_pid_namespace(&loader->features, &loader->pid_namespace);

	if (err)
		log_line("the pid namespace is unknown: /proc must be mounted");
	return err;
}

/* Which cgroups tell units. Without any, a filter by unit would let nothing through: an error. */
static int find_hierarchy(struct loader *loader, const struct filter *filter)
{
	struct hierarchy found = { .id = KS_HIERARCHY_NONE };
	int err = features_find_hierarchy(&loader->features, &found);

	loader->hierarchy = found.id;
	if (!err)
		return 0;
	if (filter->target_units.n || filter->sender_units.n) {
		log_line("there are no cgroups in /proc/self/cgroup, and so no units to filter by");
		return err;
	}
	log_line("there are no cgroups in /proc/self/cgroup: units and containers are unknown");
	return 0;
}

/* Both objects have the same maps, programs and variables: they are of the same source. */
static int open_skeleton(struct loader *loader, const char *btf)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts, .btf_custom_path = btf);
	struct killsnoop *skeleton = calloc(1, sizeof(*skeleton));
	int err = skeleton ? killsnoop__create_skeleton(skeleton) : -ENOMEM;

	loader->skeleton = skeleton;
	if (err)
		return err;
	if (!has(loader, ABILITY_BTF))
		skeleton->skeleton->data = (void *)untyped__elf_bytes(&skeleton->skeleton->data_sz);
	return bpf_object__open_skeleton(skeleton->skeleton, &opts);
}

/* All that is decided before the kernel sees the programs. */
static int prepare(struct loader *loader, const struct options *options, bool stay_on_cpu)
{
	int err = open_skeleton(loader, options->btf);

	err = err ? err : choose_hooks(loader);
	if (err)
		return err;
	choose_ways(loader);
	configure(loader->skeleton, options);
	configure_labels(loader->skeleton, &loader->module);
	loader->skeleton->rodata->cfg_stay_on_cpu = stay_on_cpu;
	return 0;
}

static int load(struct loader *loader, const struct options *options, bool stay_on_cpu)
{
	int err = prepare(loader, options, stay_on_cpu);

	err = err ? err : killsnoop__load(loader->skeleton);
	return err ? err : fill_sets(loader->skeleton, &options->filter);
}

/* The better way first; what the kernel has against it, only trying tells. */
static int load_somehow(struct loader *loader, const struct options *options)
{
	int err = load(loader, options, true);

	if (err == -EINVAL) {
		killsnoop__destroy(loader->skeleton);
		err = load(loader, options, false);
	}
	return err;
}

static int open_all(struct loader *loader, const struct options *options)
{
	int err;

	/* Once, however often loading is tried. */
	find_hooks(loader, options);
	find_labels(loader);
	find_regs(loader);
	err = load_somehow(loader, options);
	if (err) {
		explain("load", err);
		return err;
	}
	err = attach_all(loader);
	if (err)
		explain("attach", err);
	return err;
}

struct loader *loader_open(const struct options *options)
{
	struct loader *loader = calloc(1, sizeof(*loader));

	if (!loader) {
		log_line("out of memory");
		return NULL;
	}
	if (!features_open(&loader->features, options->btf, options->without) &&
	    !check_features(loader, options->hook) && !find_pid_namespace(loader) &&
	    !find_hierarchy(loader, &options->filter) && !open_all(loader, options))
		return loader;
	loader_close(loader);
	return NULL;
}

int loader_watch(struct loader *loader, uint32_t pid)
{
	uint8_t value = 1;

	return bpf_map_update_elem(bpf_map__fd(loader->skeleton->maps.target_pids), &pid, &value,
				   BPF_ANY)
		   ? -errno
		   : 0;
}

int loader_unwatch(struct loader *loader, uint32_t pid)
{
	return bpf_map_delete_elem(bpf_map__fd(loader->skeleton->maps.target_pids), &pid) ? -errno
											  : 0;
}

int loader_ring_fd(const struct loader *loader)
{
	return bpf_map__fd(loader->skeleton->maps.events);
}

const uint64_t *loader_lost(const struct loader *loader)
{
	return loader->skeleton->bss->lost;
}

uint64_t loader_last_wake_ns(const struct loader *loader)
{
	return *(volatile uint64_t *)&loader->skeleton->bss->last_wake_ns;
}

bool loader_sees_compat_returns(const struct loader *loader)
{
	return loader->skeleton->rodata->cfg_compat_returns;
}

/* Sums of all programs, as far as the kernel tells. */
static void sum_up(const struct loader *loader, uint64_t *ret_missed, uint64_t *ret_run_ns)
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

	sum_up(loader, &missed, &run_ns);
	return missed;
}

uint64_t loader_run_ns(const struct loader *loader)
{
	uint64_t missed, run_ns;

	sum_up(loader, &missed, &run_ns);
	return run_ns;
}

void loader_detach(struct loader *loader)
{
	while (loader->n_links)
		bpf_link__destroy(loader->links[--loader->n_links]);
}

void loader_close(struct loader *loader)
{
	if (!loader)
		return;
	loader_detach(loader);
	killsnoop__destroy(loader->skeleton);
	features_close(&loader->features);
	free(loader);
}
