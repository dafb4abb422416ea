// SPDX-License-Identifier: GPL-2.0-only
/* What this kernel and these privileges offer, and what killsnoop makes of it. */
#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"
#include "kernel/features.h"
#include "format/format.h"
#include "lib/log.h"
#include "cmd/opts.h"
#include "lib/runtime.h"
#include "enrich/users.h"

/* `how` is it decided; what is `lost`, or done instead, without it. In the order of the report. */
static const struct row {
	enum ability ability;
	const char *title, *how, *lost;
} rows[] = {
	{ ABILITY_PRIVILEGES, "privileges to load BPF programs",
	  "a program for raw tracepoints; it takes CAP_BPF and CAP_PERFMON, or CAP_SYS_ADMIN",
	  "all" },
	{ ABILITY_TYPES, "types of the kernel", "BTF of /sys/kernel/btf/vmlinux or --btf",
	  "all: name a file with the BTF of this very kernel by --btf" },
	{ ABILITY_MEMORY, "reading the kernel's memory", "a program that reads some",
	  "all: a kernel that is locked down for confidentiality forbids it" },
	{ ABILITY_LOCKED_MEMORY, "memory for maps",
	  "the limit of locked memory, where that of BPF counts as such", "all" },
	{ ABILITY_RINGBUF, "ring buffer", "a map of that kind is made", "all" },
	{ ABILITY_BTF, "typed tracepoints", "a program on tp_btf/signal_generate",
	  "nothing of signals, which raw tracepoints tell, too; but calls return through "
	  "tracepoints, and fexit cannot be had" },
	{ ABILITY_TASK_BTF, "bpf_get_current_task_btf", "a program that calls it",
	  "some time: members of the sender are read through a helper" },
	{ ABILITY_TASK_STORAGE, "task storage", "a map of that kind, a program that uses it",
	  "some time: calls are kept in a table of 8,192 threads" },
	{ ABILITY_TASK_PT_REGS, "bpf_task_pt_regs", "a program that calls it",
	  "nothing: the registers of a call are looked for on the stack" },
	{ ABILITY_SAVED_REGS, "registers on the stack", "a program finds those of its own call",
	  "nothing as long as there is bpf_task_pt_regs, else all" },
	{ ABILITY_MAP_ALLOC, "maps that grow on demand", "a program for perf events that uses one",
	  "40 MB of kernel memory, taken at once; processes beyond 32,768 are not described" },
	{ ABILITY_FEXIT, "fexit on system calls", "a program on the function of kill(2)",
	  "failed calls of 32-bit and x32 programs (but with --hook raw); others return through "
	  "tracepoints" },
	{ ABILITY_TRACEPOINTS, "tracepoints of system calls",
	  "an event of sys_exit_kill, by its id in a tracefs of our own or a mounted one",
	  "nothing as long as there is fexit; else some time of every call of any program: the raw "
	  "tracepoint of all calls is used" },
	{ ABILITY_CHECKS, "fentry on permission checks", "a program on audit_signal_info()",
	  "what a security module forbids in a group: who was refused is searched for after the "
	  "call" },
	{ ABILITY_CLOCK, "coarse clock of the kernel", "its address in /proc/kallsyms (CAP_SYSLOG)",
	  "the last tick: times of --audit-format are estimated" },
	{ ABILITY_PROC, "older processes in /proc", "/proc/self, /proc/1/stat",
	  "arguments of processes that are older than killsnoop" },
	{ ABILITY_CGROUPS, "cgroups", "those that /proc/self/cgroup lists",
	  "units and containers" },
	{ ABILITY_CGROUP_V1, "units in cgroups of version 1",
	  "hierarchies that are in use, by /proc/PID/cgroup",
	  "nothing, if that is what units are in" },
	{ ABILITY_LABELS, "labels by AppArmor or SELinux",
	  "/proc/self/attr, addresses in /proc/kallsyms (CAP_SYSLOG)",
	  "subj= and obj= of --audit-format, if a module is active" },
};
_Static_assert(sizeof(rows) / sizeof(rows[0]) == ABILITY_MAX, "one for each ability");

enum { COLUMN = 32 };

/* What will be done here. */
struct plan {
	const char *problem; /* NULL: it works */
	enum hook returns;
	struct hierarchy hierarchy;
	const char *cgroups; /* what that is called; NULL: there are none */
};

static void make_plan(struct plan *plan, struct features *features, enum hook hook)
{
	plan->returns = features_choose_hook(features, hook);
	plan->problem = features_problem(features, hook);
	plan->cgroups = "v2";
	if (features_find_hierarchy(features, &plan->hierarchy))
		plan->cgroups = NULL;
	else if (plan->hierarchy.id)
		plan->cgroups = plan->hierarchy.name;
}

/* ---- for people ---- */

static const char *const ways[] = {
	[HOOK_FEXIT] = "fexit",
	[HOOK_TRACEPOINT] = "tracepoints",
	[HOOK_RAW] = "the raw tracepoint of all calls",
};

static void print_row(const struct row *row, int err)
{
	printf("%-*s %-4s %s", COLUMN, row->title, err ? "no" : "yes", row->how);
	if (err)
		printf(": %s\n%*s lost: %s", features_error(err), COLUMN + 5, "", row->lost);
	putchar('\n');
}

static void print_report(struct features *features, const struct plan *plan)
{
	for (int i = 0; i < ABILITY_MAX; i++)
		print_row(&rows[i], features_try(features, rows[i].ability));
	printf("%-*s      %s\n", COLUMN, "names of users and groups from", users_source);
	if (plan->cgroups)
		printf("%-*s      cgroups, %s\n", COLUMN, "units and containers from",
		       plan->cgroups);
	if (plan->problem)
		printf("\nHere, killsnoop can do nothing: %s.\n", plan->problem);
	else
		printf("\nHere, killsnoop will see every signal, and calls return through %s.\n",
		       ways[plan->returns]);
}

/* ---- for programs ---- */

static struct json_object *string_or_null(const char *text)
{
	return text ? json_object_new_string(text) : NULL;
}

static struct json_object *json_of_row(const struct row *row, int err)
{
	struct json_object *json = json_object_new_object();

	json_object_object_add(json, "name", json_object_new_string(features_name(row->ability)));
	json_object_object_add(json, "title", json_object_new_string(row->title));
	json_object_object_add(json, "available", json_object_new_boolean(!err));
	json_object_object_add(json, "needed",
			       json_object_new_boolean(features_is_needed(row->ability)));
	json_object_object_add(json, "how", json_object_new_string(row->how));
	json_object_object_add(json, "error", string_or_null(err ? strerrorname_np(-err) : NULL));
	json_object_object_add(json, "lost_without", json_object_new_string(row->lost));
	return json;
}

static struct json_object *json_of_plan(struct features *features, const struct plan *plan)
{
	struct json_object *json = json_object_new_object();
	bool works = !plan->problem;
	const struct {
		const char *key, *value;
	} choices[] = {
		{ "problem", plan->problem },
		{ "signals", features_has(features, ABILITY_BTF) ? "tp_btf" : "raw_tp" },
		{ "returns", features_hook_name(plan->returns) },
		{ "refused", plan->returns == HOOK_FEXIT && features_has(features, ABILITY_CHECKS)
				 ? "fentry"
				 : "search" },
		{ "calls", features_has(features, ABILITY_TASK_STORAGE) ? "task_storage" : "hash" },
		{ "cgroups", plan->cgroups },
		{ "registers",
		  features_has(features, ABILITY_TASK_PT_REGS) ? "task_pt_regs" : "stack" },
	};

	json_object_object_add(json, "works", json_object_new_boolean(works));
	for (size_t i = 0; i < sizeof(choices) / sizeof(choices[0]); i++)
		json_object_object_add(json, choices[i].key,
				       string_or_null(works || !i ? choices[i].value : NULL));
	return json;
}

static void print_json(struct features *features, const struct plan *plan)
{
	struct json_object *json = json_object_new_object(), *abilities = json_object_new_array();

	for (int i = 0; i < ABILITY_MAX; i++)
		json_object_array_add(
		    abilities, json_of_row(&rows[i], features_try(features, rows[i].ability)));
	json_object_object_add(json, "version", json_object_new_string(KS_VERSION));
	json_object_object_add(json, "abilities", abilities);
	json_object_object_add(json, "names", json_object_new_string(users_source));
	json_object_object_add(json, "plan", json_of_plan(features, plan));
	puts(json_object_to_json_string_ext(json, JSON_C_TO_STRING_PRETTY |
						      JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(json);
}

/* ---- */

static int report(struct features *features, const struct options *options)
{
	struct plan plan;

	make_plan(&plan, features, options->hook);
	if (options->format == &format_json)
		print_json(features, &plan);
	else
		print_report(features, &plan);
	return runtime_flush_stdout() || plan.problem ? STATUS_ERROR : STATUS_DONE;
}

int cmd_doctor(int argc, char **argv)
{
	static struct options options;
	struct features features;
	int status = STATUS_ERROR;

	switch (opts_parse(&options, VERB_DOCTOR, argc, argv)) {
	case OPTS_DONE: return runtime_flush_stdout() ? STATUS_ERROR : STATUS_DONE;
	case OPTS_ERROR: return STATUS_USAGE;
	case OPTS_GO: break;
	}
	if (!features_open(&features, options.btf, options.without))
		status = report(&features, &options);
	features_close(&features);
	return status;
}
