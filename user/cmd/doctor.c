// SPDX-License-Identifier: GPL-2.0-only
/* Says whether killsnoop works here, and which features of the kernel it can use. */
#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"
#include "kernel/features.h"
#include "kernel/memory.h"
#include "format/format.h"
#include "lib/log.h"
#include "cmd/options.h"
#include "lib/stdio.h"
#include "enrich/users.h"
#include "lib/array.h"

/* In the order of the report. `how` it is probed, and the `impact` of its absence. */
static const struct row {
	enum feature feature;
	const char *title, *how, *impact;
} rows[] = {
	{ FEATURE_PRIVILEGES, "privileges for BPF",
	  "load a raw tracepoint program; needs CAP_BPF and CAP_PERFMON, or CAP_SYS_ADMIN",
	  "killsnoop cannot start" },
	{ FEATURE_TYPES, "kernel BTF", "read /sys/kernel/btf/vmlinux or --btf FILE",
	  "killsnoop cannot start; name a file with the BTF of this kernel: --btf FILE" },
	{ FEATURE_MEMORY, "reading kernel memory", "run a program that reads some",
	  "killsnoop cannot start; a kernel in lockdown for confidentiality forbids it" },
	{ FEATURE_LOCKED_MEMORY, "memory for maps",
	  "compare with the limit of locked memory, if BPF maps count as such",
	  "killsnoop cannot start" },
	{ FEATURE_RINGBUF, "ring buffer", "create such a map", "killsnoop cannot start" },
	{ FEATURE_BTF, "typed tracepoints", "attach to tp_btf/signal_generate",
	  "none on signals, which raw tracepoints show, too; but fexit is not available" },
	{ FEATURE_TASK_BTF, "bpf_get_current_task_btf", "load a program that calls it",
	  "slower: killsnoop reads the sender through a helper" },
	{ FEATURE_DIRECT_LOADS, "direct loads", "run a program that reads by bpf_rdonly_cast()",
	  "costs more per signal: killsnoop reads the kernel's structs through a helper" },
	{ FEATURE_TASK_STORAGE, "task storage", "create such a map, and use it in a program",
	  "slower: killsnoop keeps system calls in a table of 8,192 threads" },
	{ FEATURE_TASK_PT_REGS, "bpf_task_pt_regs", "load a program that calls it",
	  "none: killsnoop reads the registers of a system call on the kernel stack" },
	{ FEATURE_SAVED_REGS, "registers on the kernel stack",
	  "run a program that finds those of the call that loads it",
	  "none with bpf_task_pt_regs; without it, killsnoop cannot start" },
	{ FEATURE_MAP_ALLOC, "maps that grow on demand",
	  "load a program for perf events that uses one",
	  "47 MB of kernel memory at once; of processes beyond 49,152, not all is known" },
	{ FEATURE_FEXIT, "fexit on system calls", "attach to the kernel function of kill(2)",
	  "failed calls of 32-bit and x32 programs are missing (--hook raw shows them); others "
	  "return through tracepoints" },
	{ FEATURE_TRACEPOINTS, "system call tracepoints",
	  "find sys_exit_kill in tracefs, our own or a mounted one",
	  "none with fexit; without it, every system call of every program gets slower: the raw "
	  "tracepoint of all calls is used" },
	{ FEATURE_CHECKS, "fentry on permission checks", "attach to audit_signal_info()",
	  "for kill(-PGID), targets that a security module denies are missing: killsnoop "
	  "searches for denied targets after the call" },
	{ FEATURE_STACKS, "stacks", "load programs that call bpf_get_stack() and bpf_snprintf()",
	  "origin_stack is unknown; what made the kernel send a signal is less certain" },
	{ FEATURE_CLOCK, "audit's clock",
	  "find its address in /proc/kallsyms (CAP_SYSLOG), and compare it with "
	  "CLOCK_REALTIME_COARSE",
	  "times of --audit-format are estimated, a tick at most off" },
	{ FEATURE_PROC, "earlier processes in /proc", "read /proc/self and /proc/1/stat",
	  "arguments of processes that started before killsnoop are unknown" },
	{ FEATURE_CGROUPS, "cgroups", "read /proc/self/cgroup", "no units and containers" },
	{ FEATURE_CGROUP_V1, "cgroups of version 1", "find one in use, in /proc/PID/cgroup",
	  "none if units are in version 2" },
	{ FEATURE_LABELS, "AppArmor or SELinux labels",
	  "read /proc/self/attr, and addresses in /proc/kallsyms (CAP_SYSLOG)",
	  "no subj= and obj= in --audit-format if such a module is active" },
	{ FEATURE_SELF_TEST, "self-test",
	  "compare flags, lists and trees of the kernel with tasks and files that are known",
	  "none: it compares this kernel with what killsnoop relies on" },
};
_Static_assert(ARRAY_SIZE(rows) == FEATURE_MAX, "one for each feature");

enum { COLUMN = 32 };

/* What will be done here. */
struct plan {
	const char *problem; /* NULL: it works */
	enum return_hook returns;
	struct hierarchy hierarchy;
	const char *cgroups; /* what that is called; NULL: there are none */
	bool has_memory;     /* it is known: */
	struct loader_memory memory;
};

static void cmd_doctor_make_plan(struct plan *plan, struct features *features,
				 const struct options *options)
{
	const struct loader_config config = options_loader_config(options);

	plan->returns = features_choose_hook(features, options->hook);
	plan->problem = features_problem(features, options->hook);
	plan->has_memory = !plan->problem && !loader_measure(&config, &plan->memory);
	plan->cgroups = "v2";
	if (features_find_hierarchy(features, &plan->hierarchy))
		plan->cgroups = NULL;
	else if (plan->hierarchy.id)
		plan->cgroups = plan->hierarchy.name;
}

static const char *cmd_doctor_impact(struct features *features, const struct row *row)
{
	bool is_fatal;
	const char *difference =
	    row->feature == FEATURE_SELF_TEST ? features_difference(features, &is_fatal) : NULL;

	return difference ? difference : row->impact;
}

/* ---- for people ---- */

static const char *const ways[] = {
	[RETURN_HOOK_FEXIT] = "fexit",
	[RETURN_HOOK_TRACEPOINT] = "tracepoints",
	[RETURN_HOOK_RAW] = "the raw tracepoint of all calls",
};

static void cmd_doctor_print_row(struct features *features, const struct row *row)
{
	int err = features_try(features, row->feature);

	printf("%-*s %-4s %s", COLUMN, row->title, err ? "no" : "yes", row->how);
	if (err)
		printf(": %s\n%*s impact: %s", features_error(err), COLUMN + 5, "",
		       cmd_doctor_impact(features, row));
	putchar('\n');
}

static void cmd_doctor_print_conclusion(const struct plan *plan)
{
	if (plan->problem)
		printf("killsnoop cannot run here: %s.\n\n", plan->problem);
	else
		printf(
		    "killsnoop works here: it sees every signal, and calls return through %s.\n\n",
		    ways[plan->returns]);
}

static void cmd_doctor_print_memory(const struct loader_memory *memory)
{
	const double mb = 1 << 20;

	printf("%-*s      %.1f MB: ring buffers %.1f, other maps %.1f, programs %.1f", COLUMN,
	       "kernel memory", (memory->rings + memory->maps + memory->programs) / mb,
	       memory->rings / mb, memory->maps / mb, memory->programs / mb);
	if (memory->per_process)
		printf("; %u bytes more for each process, of at most %u, and %u for each long "
		       "command line",
		       memory->per_process, memory->processes_max, memory->per_long_text);
	putchar('\n');
}

static void cmd_doctor_print_report(struct features *features, const struct plan *plan)
{
	cmd_doctor_print_conclusion(plan);
	for (int i = 0; i < FEATURE_MAX; i++)
		cmd_doctor_print_row(features, &rows[i]);
	printf("%-*s      %s\n", COLUMN, "names of users and groups", users_source);
	if (plan->cgroups)
		printf("%-*s      cgroups, %s\n", COLUMN, "units and containers", plan->cgroups);
	if (plan->has_memory)
		cmd_doctor_print_memory(&plan->memory);
}

/* ---- for programs ---- */

static struct json_object *cmd_doctor_string_or_null(const char *text)
{
	return text ? json_object_new_string(text) : NULL;
}

static struct json_object *cmd_doctor_json_of_row(struct features *features, const struct row *row)
{
	int err = features_try(features, row->feature);
	struct json_object *json = json_object_new_object();

	json_object_object_add(json, "name", json_object_new_string(features_name(row->feature)));
	json_object_object_add(json, "title", json_object_new_string(row->title));
	json_object_object_add(json, "available", json_object_new_boolean(!err));
	json_object_object_add(json, "needed",
			       json_object_new_boolean(features_is_needed(row->feature)));
	json_object_object_add(json, "how", json_object_new_string(row->how));
	json_object_object_add(json, "error",
			       cmd_doctor_string_or_null(err ? strerrorname_np(-err) : NULL));
	json_object_object_add(json, "lost_without",
			       json_object_new_string(cmd_doctor_impact(features, row)));
	return json;
}

static struct json_object *cmd_doctor_json_of_plan(struct features *features,
						   const struct plan *plan)
{
	struct json_object *json = json_object_new_object();
	bool works = !plan->problem;
	const struct {
		const char *key, *value;
	} choices[] = {
		{ "problem", plan->problem },
		{ "signals", features_has(features, FEATURE_BTF) ? "tp_btf" : "raw_tp" },
		{ "reads", features_has(features, FEATURE_DIRECT_LOADS) ? "load" : "helper" },
		{ "returns", features_hook_name(plan->returns) },
		{ "refused",
		  plan->returns == RETURN_HOOK_FEXIT && features_has(features, FEATURE_CHECKS)
		      ? "fentry"
		      : "search" },
		{ "calls", features_has(features, FEATURE_TASK_STORAGE) ? "task_storage" : "hash" },
		{ "cgroups", plan->cgroups },
		{ "registers",
		  features_has(features, FEATURE_TASK_PT_REGS) ? "task_pt_regs" : "stack" },
	};

	json_object_object_add(json, "works", json_object_new_boolean(works));
	for (size_t i = 0; i < ARRAY_SIZE(choices); i++)
		json_object_object_add(
		    json, choices[i].key,
		    cmd_doctor_string_or_null(works || !i ? choices[i].value : NULL));
	return json;
}

static struct json_object *cmd_doctor_json_of_memory(const struct loader_memory *memory)
{
	struct json_object *json = json_object_new_object();
	const struct {
		const char *key;
		uint64_t value;
	} numbers[] = {
		{ "rings", memory->rings },
		{ "maps", memory->maps },
		{ "programs", memory->programs },
		{ "per_process", memory->per_process },
		{ "per_long_text", memory->per_long_text },
		{ "processes_max", memory->processes_max },
	};

	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		json_object_object_add(json, numbers[i].key,
				       json_object_new_int64((int64_t)numbers[i].value));
	return json;
}

static void cmd_doctor_print_json(struct features *features, const struct plan *plan)
{
	struct json_object *json = json_object_new_object(), *abilities = json_object_new_array();

	for (int i = 0; i < FEATURE_MAX; i++)
		json_object_array_add(abilities, cmd_doctor_json_of_row(features, &rows[i]));
	json_object_object_add(json, "version", json_object_new_string(KS_VERSION));
	json_object_object_add(json, "abilities", abilities);
	json_object_object_add(json, "names", json_object_new_string(users_source));
	json_object_object_add(json, "plan", cmd_doctor_json_of_plan(features, plan));
	json_object_object_add(json, "memory",
			       plan->has_memory ? cmd_doctor_json_of_memory(&plan->memory) : NULL);
	puts(json_object_to_json_string_ext(json, JSON_C_TO_STRING_PRETTY |
						      JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(json);
}

/* ---- */

static int cmd_doctor_report(struct features *features, const struct options *options)
{
	struct plan plan;

	cmd_doctor_make_plan(&plan, features, options);
	if (options->output.format == &format_json)
		cmd_doctor_print_json(features, &plan);
	else
		cmd_doctor_print_report(features, &plan);
	return stdio_flush() || plan.problem ? STATUS_ERROR : STATUS_DONE;
}

int cmd_doctor(int argc, char **argv)
{
	static struct options options;
	struct features features;
	int status = STATUS_ERROR;

	switch (options_parse(&options, SUBCOMMAND_DOCTOR, argc, argv)) {
	case OPTIONS_DONE: return stdio_flush() ? STATUS_ERROR : STATUS_DONE;
	case OPTIONS_ERROR: return STATUS_USAGE;
	case OPTIONS_GO: break;
	}
	if (!features_open(&features, options.btf, options.without))
		status = cmd_doctor_report(&features, &options);
	features_close(&features);
	return status;
}
