// SPDX-License-Identifier: GPL-2.0-only
#include "kernel/attach.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "killsnoop.skel.h"
#include "kernel/tracefs.h"
#include "lib/array.h"

#define NAME(via, name, ...) #name,
static const char *const calls[] = { KS_SYSCALLS(NAME) };
#undef NAME

enum { CALLS = ARRAY_SIZE(calls) };

/*
 * Which function the programs on_NAME and on_enter_NAME hook; NULL: that architecture has none of
 * its own.
 */
static const struct {
	const char *name, *x86, *arm64;
} functions[] = {
#define ROW(via, name, ...) { #name, "__x64_sys_" #name, "__arm64_sys_" #name },
	KS_SYSCALLS(ROW)
#undef ROW
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
#define ON_TRACEPOINT "on_sys_" /* the rest is its side: enter, exit */

enum { FUNCTIONS = ARRAY_SIZE(functions) };

static const char *attach_function_of(int i)
{
#if defined(__x86_64__)
	return functions[i].x86;
#else
	return functions[i].arm64;
#endif
}

static struct bpf_program *attach_program_of(struct bpf_object *object, const char *prefix, int i)
{
	char name[64];

	snprintf(name, sizeof(name), "%s%s", prefix, functions[i].name);
	return bpf_object__find_program_by_name(object, name);
}

/* NULL: this kernel has no such function. */
static const char *attach_find_function(const struct btf *btf, int i)
{
	const char *function = attach_function_of(i);

	if (!btf || !function || btf__find_by_name_kind(btf, function, BTF_KIND_FUNC) <= 0)
		return NULL;
	return function;
}

/* Aims a program at a function, or leaves it out without one. */
static int attach_aim(struct bpf_program *program, const char *function)
{
	return function ? bpf_program__set_attach_target(program, 0, function)
			: bpf_program__set_autoload(program, false);
}

static int attach_choose_functions(struct bpf_object *object, const struct btf *btf,
				   const char *prefix, bool wanted)
{
	int err = 0;

	for (int i = 0; i < FUNCTIONS && !err; i++)
		err = attach_aim(attach_program_of(object, prefix, i),
				 wanted ? attach_find_function(btf, i) : NULL);
	return err;
}

/*
 * What the programs on_NAME go on with is itself attached to nothing. But the kernel wants to know
 * of what kind the function is: all are of one kind, so any will do.
 */
static int attach_choose_body(struct killsnoop *skeleton, const struct btf *btf, bool wanted)
{
	const char *function = NULL;

	for (int i = 0; i < FUNCTIONS && wanted && !function; i++)
		function = attach_find_function(btf, i);
	return attach_aim(skeleton->progs.on_call_return, function);
}

/* ---- what is decided ---- */

void attach_choose(struct attachments *hooks, struct features *features, enum return_hook hook,
		   bool entries)
{
	hooks->returns = features_choose_hook(features, hook);
	hooks->checks =
	    hooks->returns == RETURN_HOOK_FEXIT && features_has(features, FEATURE_CHECKS);
	hooks->entries = entries;
	if (entries)
		features_find_timekeeper(features, &hooks->timekeeper);
}

int attach_configure(const struct attachments *hooks, struct killsnoop *skeleton,
		     const struct btf *own)
{
	bool fexit = hooks->returns == RETURN_HOOK_FEXIT;
	bool tracepoints = hooks->returns == RETURN_HOOK_TRACEPOINT,
	     raw = hooks->returns == RETURN_HOOK_RAW;
	int err;

	err = bpf_program__set_autoload(skeleton->progs.on_sys_exit, tracepoints);
	err = err ? err
		  : bpf_program__set_autoload(skeleton->progs.on_sys_enter,
					      tracepoints && hooks->entries);
	err = err ? err : bpf_program__set_autoload(skeleton->progs.on_sys_exit_all, raw);
	err = err ? err
		  : bpf_program__set_autoload(skeleton->progs.on_sys_enter_all,
					      raw && hooks->entries);
	err = err ? err
		  : bpf_program__set_autoload(skeleton->progs.on_audit_signal_info, hooks->checks);
	skeleton->rodata->cfg_track_entry = hooks->entries;
	skeleton->rodata->cfg_timekeeper = hooks->timekeeper;
	skeleton->rodata->cfg_compat_returns = !tracepoints;
	skeleton->rodata->cfg_use_fexit = fexit;
	skeleton->rodata->cfg_hook_permission_check = hooks->checks;
	err = err ? err
		  : attach_choose_functions(skeleton->obj, own, ON_ENTRY, fexit && hooks->entries);
	err = err ? err : attach_choose_functions(skeleton->obj, own, ON_RETURN, fexit);
	err = err ? err : attach_choose_body(skeleton, own, fexit);
	return err ? err : bpf_map__set_autocreate(skeleton->maps.returns, fexit);
}

/* ---- attach ---- */

static int attach_keep_link(struct attachments *hooks, struct bpf_link *link)
{
	if (!link)
		return -errno;
	hooks->links[hooks->n_links++] = link;
	return 0;
}

/* On the tracepoint of one call: `side` is enter or exit. */
static int attach_tracepoint(struct attachments *hooks, struct bpf_program *program,
			     const char *side, const char *call)
{
	int fd = tracefs_open_syscall(side, call);
	struct bpf_link *link;

	if (fd < 0)
		return fd;
	link = bpf_program__attach_perf_event(program, fd);
	if (!link)
		close(fd);
	return attach_keep_link(hooks, link);
}

static int attach_tracepoints(struct attachments *hooks, struct bpf_program *program)
{
	const char *side = bpf_program__name(program) + strlen(ON_TRACEPOINT);
	int err = 0;

	for (int i = 0; i < CALLS && !err; i++)
		err = attach_tracepoint(hooks, program, side, calls[i]);
	return err;
}

int attach_program(struct attachments *hooks, struct bpf_program *program)
{
	if (!bpf_program__autoload(program))
		return 0;
	if (bpf_program__type(program) == BPF_PROG_TYPE_TRACEPOINT)
		return attach_tracepoints(hooks, program);
	return attach_keep_link(hooks, bpf_program__attach(program));
}

static int attach_functions(struct attachments *hooks, struct bpf_object *object,
			    const char *prefix)
{
	int err = 0;

	for (int i = 0; i < FUNCTIONS && !err; i++)
		err = attach_program(hooks, attach_program_of(object, prefix, i));
	return err;
}

int attach_fill_returns(struct killsnoop *skeleton)
{
	int body = bpf_program__fd(skeleton->progs.on_call_return);
	uint32_t first = 0;

	if (!bpf_program__autoload(skeleton->progs.on_call_return))
		return 0;
	return bpf_map_update_elem(bpf_map__fd(skeleton->maps.returns), &first, &body, BPF_ANY)
		   ? -errno
		   : 0;
}

/* A call that is under way is seen to return only if it was seen to begin. */
int attach_calls(struct attachments *hooks, struct killsnoop *skeleton)
{
	int err = attach_program(hooks, skeleton->progs.on_signal_deliver);

	err = err ? err : attach_program(hooks, skeleton->progs.on_sys_enter);
	err = err ? err : attach_program(hooks, skeleton->progs.on_sys_exit);
	err = err ? err : attach_program(hooks, skeleton->progs.on_sys_enter_all);
	err = err ? err : attach_program(hooks, skeleton->progs.on_sys_exit_all);
	err = err ? err : attach_functions(hooks, skeleton->obj, ON_ENTRY);
	err = err ? err : attach_fill_returns(skeleton);
	err = err ? err : attach_functions(hooks, skeleton->obj, ON_RETURN);
	return err ? err : attach_program(hooks, skeleton->progs.on_audit_signal_info);
}

/* Signals are for the thread that was there before. 0 or an error number. */
static int attach_start_thread(pthread_t *thread, void *(*run)(void *), void *context)
{
	sigset_t all, before;
	int err;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	err = pthread_create(thread, NULL, run, context);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return err;
}

/*
 * Threads that detach a link each. They are all there before the first link goes, and until the
 * last has gone: the kernel patches the code of fork and exit meanwhile, which emulators get wrong
 * now and then if another processor runs it.
 */
struct detaching {
	struct bpf_link *link;
	sem_t *start, *done, *end;
	pthread_t thread;
};

static void attach_await(sem_t *sem)
{
	while (sem_wait(sem) && errno == EINTR)
		;
}

static void *attach_detach_link(void *context)
{
	struct detaching *own = context;

	attach_await(own->start);
	bpf_link__destroy(own->link);
	sem_post(own->done);
	attach_await(own->end);
	return NULL;
}

static void attach_detach_at_once(struct bpf_link **links, unsigned int n)
{
	struct detaching all[HOOKS_LINKS_MAX];
	unsigned int started = 0;
	sem_t start, done, end;

	sem_init(&start, 0, 0);
	sem_init(&done, 0, 0);
	sem_init(&end, 0, 0);
	for (; started < n; started++) {
		all[started] = (struct detaching){ links[started], &start, &done, &end };
		if (attach_start_thread(&all[started].thread, attach_detach_link, &all[started]))
			break;
	}
	for (unsigned int i = 0; i < started; i++)
		sem_post(&start);
	for (unsigned int i = started; i < n; i++) /* no thread could be had */
		bpf_link__destroy(links[i]);
	for (unsigned int i = 0; i < started; i++)
		attach_await(&done);
	for (unsigned int i = 0; i < started; i++)
		sem_post(&end);
	for (unsigned int i = 0; i < started; i++)
		pthread_join(all[i].thread, NULL);
}

/*
 * The hook of signals, attached last, goes first: the calls that sent them are still seen to
 * return. For each link the kernel waits until no processor uses it any more: for the others at
 * once.
 */
static void *attach_detach_links(void *context)
{
	struct attachments *hooks = context;

	if (hooks->n_links)
		bpf_link__destroy(hooks->links[--hooks->n_links]);
	attach_detach_at_once(hooks->links, hooks->n_links);
	hooks->n_links = 0;
	return NULL;
}

void attach_begin_detach(struct attachments *hooks)
{
	if (!hooks->is_detaching)
		hooks->is_detaching =
		    !attach_start_thread(&hooks->detacher, attach_detach_links, hooks);
}

void attach_detach(struct attachments *hooks)
{
	if (hooks->is_detaching)
		pthread_join(hooks->detacher, NULL);
	else
		attach_detach_links(hooks);
	hooks->is_detaching = false;
}
