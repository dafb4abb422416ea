// SPDX-License-Identifier: GPL-2.0-only
/*
 * loadonly [OPTION...]: loads and attaches each BPF program of killsnoop, with options of that, and
 * prints for each a line of five fields: which hooks on calls it was loaded with, its name,
 * "attached", "loaded" (it did not attach), "refused" or "absent" (it hooks what this kernel has
 * not), how many instructions the verifier processed, and why. Programs that do not load together
 * are tried alone. A line "object" says how many milliseconds it took to load them together.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "cmd/options.h"
#include "kernel/loader_internal.h"

/* What came of a program, and the end of what the verifier and libbpf had to say. */
struct verdict {
	const char *word;
	unsigned instructions;
	char why[256];
};

enum { PROGRAMS_MAX = 64, STATISTICS_BYTES = 1 << 16 };

static char verifier_log[1 << 20];
static char statistics[PROGRAMS_MAX][STATISTICS_BYTES];
static char said[256];

/* Of several warnings, the first says what happened. */
static int keep_said(enum libbpf_print_level level, const char *format, va_list arguments)
{
	if (level == LIBBPF_WARN && !*said)
		vsnprintf(said, sizeof(said), format, arguments);
	return 0;
}

/* The last line of the verifier's log: "processed N insns (limit 1000000) ...". */
static unsigned instructions_processed(const char *log)
{
	const char *last = NULL, *at = log;
	unsigned n = 0;

	while ((at = strstr(at, "processed ")))
		last = at++;
	if (last)
		sscanf(last, "processed %u insns", &n);
	return n;
}

static void copy_line(char *to, size_t bytes, const char *text)
{
	snprintf(to, bytes, "%s", text);
	for (; *to; to++)
		if (*to == '\n' || *to == '\t')
			*to = ' ';
}

/* The line of the log before its statistics is the verifier's reason. */
static const char *reason(int err)
{
	char *end = strstr(verifier_log, "\nverification time "), *line;

	if (!end)
		return *said ? said : strerror(-err);
	*end = '\0';
	line = strrchr(verifier_log, '\n');
	return line ? line + 1 : verifier_log;
}

static void print_verdict(enum return_hook hook, const char *name, const struct verdict *verdict)
{
	printf("%s\t%s\t%s\t%u\t%s\n", features_hook_name(hook), name, verdict->word,
	       verdict->instructions, verdict->why);
}

/* Whether a program is loaded with these hooks, or would be if the kernel had what it hooks. */
static bool is_for(const struct bpf_program *program, enum return_hook hook)
{
	enum bpf_attach_type type = bpf_program__expected_attach_type(program);
	bool on_function = type == BPF_TRACE_FENTRY || type == BPF_TRACE_FEXIT;

	return bpf_program__autoload(program) || (on_function && hook == RETURN_HOOK_FEXIT);
}

static const struct verdict absent = { .word = "absent",
				       .why = "this kernel has no such function" };

static void attach_and_judge(struct loader *loader, struct bpf_program *program,
			     struct verdict *verdict)
{
	bool is_body = program == loader->skeleton->progs.on_call_return;
	int err;

	*said = '\0';
	err = is_body ? attach_fill_returns(loader->skeleton)
		      : attach_program(&loader->hooks, program);
	verdict->word = err ? "loaded" : "attached";
	copy_line(verdict->why, sizeof(verdict->why), err ? said : "");
}

/* ---- each alone ---- */

static void leave_out_others(struct bpf_object *object, const struct bpf_program *one)
{
	struct bpf_program *program;

	bpf_object__for_each_program (program, object)
		if (program != one)
			bpf_program__set_autoload(program, false);
}

static void load_one(struct loader *loader, struct bpf_program *program, struct verdict *verdict)
{
	int err;

	*said = *verifier_log = '\0';
	leave_out_others(loader->skeleton->obj, program);
	bpf_program__set_log_buf(program, verifier_log, sizeof(verifier_log));
	bpf_program__set_log_level(program, 4); /* statistics, and the reason of a refusal */
	err = killsnoop__load(loader->skeleton);
	verdict->instructions = instructions_processed(verifier_log);
	if (!err) {
		attach_and_judge(loader, program, verdict);
		return;
	}
	verdict->word = "refused";
	copy_line(verdict->why, sizeof(verdict->why), reason(err));
}

static void try_one(const struct loader *found, const struct loader_config *config,
		    const char *name, const struct loader_way *way, struct verdict *verdict)
{
	struct loader loader = *found;
	int err = loader_prepare(&loader, config, way);
	struct bpf_program *program;

	*verdict = absent;
	if (err) {
		verdict->word = "refused";
		copy_line(verdict->why, sizeof(verdict->why), strerror(-err));
	} else {
		program = bpf_object__find_program_by_name(loader.skeleton->obj, name);
		if (bpf_program__autoload(program))
			load_one(&loader, program, verdict);
	}
	loader_detach(&loader);
	types_file_close(&loader.types);
	killsnoop__destroy(loader.skeleton);
}

/* With each way, until one is accepted. */
static void try_one_somehow(struct loader *found, const struct loader_config *config,
			    const char *name)
{
	const struct loader_way *way = NULL;
	struct verdict verdict = absent;

	do {
		way = loader_next_way(found, way);
		if (way)
			try_one(found, config, name, way, &verdict);
	} while (way && !strcmp(verdict.word, "refused"));
	print_verdict(config->hook, name, &verdict);
}

static void try_alone(struct loader *found, const struct loader_config *config)
{
	struct loader loader = *found;
	struct bpf_program *program;
	int err = loader_prepare(&loader, config, loader_next_way(found, NULL));

	bpf_object__for_each_program (program, loader.skeleton->obj) {
		const char *name = bpf_program__name(program);

		if (!err && is_for(program, config->hook))
			try_one_somehow(found, config, name);
	}
	types_file_close(&loader.types);
	killsnoop__destroy(loader.skeleton);
}

/* ---- all together ---- */

static void ask_for_statistics(struct bpf_object *object)
{
	struct bpf_program *program;
	int i = 0;

	bpf_object__for_each_program (program, object) {
		if (i == PROGRAMS_MAX)
			return;
		*statistics[i] = '\0';
		bpf_program__set_log_buf(program, statistics[i++], STATISTICS_BYTES);
		bpf_program__set_log_level(program, 4);
	}
}

static void judge_loaded(struct loader *loader, enum return_hook hook)
{
	struct bpf_program *program;
	int i = 0;

	bpf_object__for_each_program (program, loader->skeleton->obj) {
		struct verdict verdict = absent;
		const char *log = i < PROGRAMS_MAX ? statistics[i] : "";

		i++;
		if (!is_for(program, hook))
			continue;
		if (bpf_program__autoload(program)) {
			verdict.instructions = instructions_processed(log);
			attach_and_judge(loader, program, &verdict);
		}
		print_verdict(hook, bpf_program__name(program), &verdict);
	}
}

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * UINT64_C(1000) + now.tv_nsec / 1000000;
}

static int try_together(const struct loader *found, const struct loader_config *config,
			const struct loader_way *way)
{
	static const char *const objects[] = { "cast", "typed", "untyped" };
	struct verdict loaded = { .word = "loaded" };
	struct loader loader = *found;
	int err = loader_prepare(&loader, config, way);
	uint64_t begin_ms = now_ms();

	*said = '\0';
	if (!err) {
		ask_for_statistics(loader.skeleton->obj);
		err = killsnoop__load(loader.skeleton);
	}
	if (!err) {
		loaded.instructions = now_ms() - begin_ms;
		snprintf(loaded.why, sizeof(loaded.why), "%s, %s", objects[way->object],
			 way->disable_preemption ? "without preemption" : "preemptible");
		print_verdict(config->hook, "object", &loaded);
		judge_loaded(&loader, config->hook);
	}
	loader_detach(&loader);
	types_file_close(&loader.types);
	killsnoop__destroy(loader.skeleton);
	return err;
}

/* As load_somehow() does it. */
static void try_hooks(struct loader *found, struct loader_config *config, enum return_hook hook)
{
	struct verdict refused = { .word = "refused" };
	const struct loader_way *way = NULL;

	config->hook = hook;
	attach_choose(&found->hooks, &found->features, hook, config->entries);
	while ((way = loader_next_way(found, way)))
		if (!try_together(found, config, way))
			return;
	copy_line(refused.why, sizeof(refused.why), said);
	print_verdict(hook, "object", &refused);
	try_alone(found, config);
}

int main(int argc, char **argv)
{
	static struct options options;
	static struct loader found;
	struct loader_config config;

	libbpf_set_print(keep_said);
	if (options_parse(&options, SUBCOMMAND_TRACE, argc, argv) != OPTIONS_GO ||
	    features_open(&found.features, options.btf, options.without))
		return 1;
	config = options_loader_config(&options);
	loader_find_labels(&found);
	loader_find_regs(&found);
	for (enum return_hook hook = RETURN_HOOK_FEXIT; hook < RETURN_HOOK_MAX; hook++)
		if (!features_try_hook(&found.features, hook))
			try_hooks(&found, &config, hook);
	features_close(&found.features);
	return fflush(stdout) ? 1 : 0;
}
