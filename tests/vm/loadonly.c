// SPDX-License-Identifier: GPL-2.0-only
/*
 * loadonly: loads and attaches each BPF program of killsnoop by itself and prints for each a line
 * of four fields: its name, "attached", "loaded" (it did not attach), "refused" or "absent" (it
 * hooks what this kernel does not have), how many instructions the verifier processed, and why.
 */
#include <stdio.h>

/* How killsnoop itself aims and configures its programs is nobody else's business. */
#include "loader.c" // NOLINT(bugprone-suspicious-include)

/* What came of a program, and the end of what the verifier and libbpf had to say. */
struct verdict {
	const char *word;
	unsigned instructions;
	char why[256];
};

static char verifier_log[1 << 20];
static char said[256];

/* Of several warnings, the first tells what happened. */
static int keep_said(enum libbpf_print_level level, const char *format, va_list arguments)
{
	if (level == LIBBPF_WARN && !*said)
		vsnprintf(said, sizeof(said), format, arguments);
	return 0;
}

/* The last line of the verifier's log: "processed N insns (limit 1000000) ...". */
static unsigned instructions_processed(void)
{
	const char *last = NULL, *at = verifier_log;
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

/* A map that the kernel does not know would keep the programs from loading that do not use it. */
static void leave_out_unknown_maps(struct bpf_object *object)
{
	struct bpf_map *map;

	bpf_object__for_each_map(
	    map, object) if (libbpf_probe_bpf_map_type(bpf_map__type(map), NULL) <= 0)
	    bpf_map__set_autocreate(map, false);
}

static void leave_out_others(struct bpf_object *object, const struct bpf_program *one)
{
	struct bpf_program *program;

	bpf_object__for_each_program (program, object)
		if (program != one)
			bpf_program__set_autoload(program, false);
}

static int attach_one(struct loader *loader, struct bpf_program *program)
{
	const struct killsnoop *skeleton = loader->skeleton;

	if (program == skeleton->progs.on_sys_enter)
		return attach_tracepoint(loader, program, "enter", calls[0]);
	if (program == skeleton->progs.on_sys_exit)
		return attach_tracepoint(loader, program, "exit", calls[0]);
	return attach(loader, program);
}

static void load_one(struct loader *loader, struct bpf_program *program, struct verdict *verdict)
{
	int err;

	leave_out_others(loader->skeleton->obj, program);
	leave_out_unknown_maps(loader->skeleton->obj);
	bpf_program__set_log_buf(program, verifier_log, sizeof(verifier_log));
	bpf_program__set_log_level(program, 4); /* statistics, and the reason of a refusal */
	err = killsnoop__load(loader->skeleton);
	verdict->word = err ? "refused" : "loaded";
	verdict->instructions = instructions_processed();
	if (!err) {
		err = attach_one(loader, program);
		verdict->word = err ? "loaded" : "attached";
	}
	if (err)
		copy_line(verdict->why, sizeof(verdict->why), reason(err));
}

static const char absent[] = "this kernel has no such function";

static int try_one(const struct options *options, const char *name, bool stay_on_cpu,
		   struct verdict *verdict)
{
	struct loader loader = { 0 };
	struct bpf_program *program;
	int err;

	find_hooks(&loader, options);
	err = prepare(&loader, options, stay_on_cpu);
	if (err)
		return err;
	*said = *verifier_log = '\0';
	*verdict = (struct verdict){ .word = "absent" };
	program = bpf_object__find_program_by_name(loader.skeleton->obj, name);
	if (bpf_program__autoload(program))
		load_one(&loader, program, verdict);
	else
		copy_line(verdict->why, sizeof(verdict->why), absent);
	loader_detach(&loader);
	killsnoop__destroy(loader.skeleton);
	return 0;
}

/* As load_somehow() does it. */
static int try_somehow(struct options *options, const char *name)
{
	struct verdict verdict = { .word = "" };
	int err;

	options->hook = strncmp(name, "on_sys_", 7) ? HOOK_FEXIT : HOOK_TRACEPOINT;
	err = try_one(options, name, true, &verdict);
	if (!err && !strcmp(verdict.word, "refused"))
		err = try_one(options, name, false, &verdict);
	printf("%s\t%s\t%u\t%s\n", name, err ? "unopened" : verdict.word, verdict.instructions,
	       err ? strerror(-err) : verdict.why);
	return err;
}

int main(int argc, char **argv)
{
	static struct options options;
	struct killsnoop *skeleton = killsnoop__open();
	struct bpf_program *program;
	int err = 0;

	libbpf_set_print(keep_said);
	if (!skeleton || opts_parse(&options, VERB_TRACE, argc, argv) != OPTS_GO)
		return 1;
	bpf_object__for_each_program (program, skeleton->obj)
		err = try_somehow(&options, bpf_program__name(program)) ? 1 : err;
	killsnoop__destroy(skeleton);
	return fflush(stdout) ? 1 : err;
}
