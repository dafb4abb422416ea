/* SPDX-License-Identifier: GPL-2.0-only */
/* A sender with another program: this one, executed again, which obeys an order. */
#ifndef KS_TESTS_SENDER_H
#define KS_TESTS_SENDER_H

#include <pthread.h>
#include <sys/mount.h>
#include <ucontext.h>

#include "memory_map.h"
#include "scenario.h"

/* ---- the sender, after its exec ---- */

/* Its order, in its environment: SENDER=situation target mode parameter */
struct order {
	char situation[64], mode[32], parameter[4096];
	int target;
};

struct mode {
	const char *name;
	void (*prepare)(const struct order *);
};

/* Of the kernel: where /proc/self/cmdline and audit read. */
struct area {
	char *from, *to, *env_from, *env_to;
};

static char **own_argv;

static char *end_of(char **list, char *otherwise)
{
	while (*list) {
		otherwise = *list + strlen(*list) + 1;
		list++;
	}
	return otherwise;
}

static struct area find_area(void)
{
	struct area area = { .from = own_argv[0] };

	area.to = end_of(own_argv, area.from);
	area.env_from = area.to;
	area.env_to = end_of(environ, area.to);
	return area;
}

/* A title of `bytes`, on into the environment if it is long; the rest stays. */
static void title_over(const struct order *order)
{
	struct area area = find_area();
	size_t bytes = atol(order->parameter), room = area.env_to - area.from;

	if (bytes >= room)
		die("no room for the title");
	for (size_t i = 0; i < bytes; i++)
		area.from[i] = 'a' + (char)(i % 26);
	area.from[bytes] = '\0';
}

/* The same over arguments that are cleared before, as by many programs. */
static void title_cleared(const struct order *order)
{
	struct area area = find_area();

	memset(area.from, '\0', area.to - area.from);
	title_over(order);
}

/* Over arguments filled with blanks to their last byte: no NUL ends them. */
static void title_blank(const struct order *order)
{
	struct area area = find_area();

	memset(area.from, ' ', area.to - area.from);
	title_over(order);
}

/* All that it can find: arguments and environment without any NUL. */
static void title_endless(const struct order *order)
{
	struct area area = find_area();

	(void)order;
	memset(area.from, 'e', area.env_to - area.from);
}

static void title_control(const struct order *order)
{
	struct area area = find_area();

	(void)order;
	memset(area.from, '\1', area.to - area.from);
}

static void *page_of(const void *at)
{
	return (void *)((uintptr_t)at & ~(uintptr_t)4095);
}

/* The pages that hold arguments and environment, above the stack in use: see sender_main(). */
static void protect_arguments(const struct order *order)
{
	struct area area = find_area();
	char *first = page_of(area.from);

	(void)order;
	area.from[0] = 'S'; /* unlike what was executed */
	if (mprotect(first, (char *)page_of(area.env_to) + 4096 - first, PROT_NONE))
		die("mprotect");
}

static void unmap_arguments(const struct order *order)
{
	struct area area = find_area();
	char *first = page_of(area.from);

	(void)order;
	if (munmap(first, (char *)page_of(area.env_to) + 4096 - first))
		die("munmap");
}

/* Where arguments are is what the process says: PR_SET_MM_MAP needs no privilege. */
static void move_arguments(char *from, char *to)
{
	struct prctl_mm_map map;

	read_memory_map(&map);
	map.arg_start = map.env_start = (unsigned long)from;
	map.arg_end = map.env_end = (unsigned long)to;
	if (prctl(PR_SET_MM, PR_SET_MM_MAP, &map, sizeof(map), 0))
		skip("PR_SET_MM_MAP is refused");
}

static char *pages(size_t bytes, int fd)
{
	int flags = fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_PRIVATE;
	char *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, flags, fd, 0);

	if (at == MAP_FAILED)
		die("mmap");
	return at;
}

static void arguments_elsewhere(const struct order *order)
{
	char *at = pages(4096, -1);

	(void)order;
	strcpy(at, "else");
	strcpy(at + 5, "where");
	move_arguments(at, at + 11);
}

static void arguments_empty(const struct order *order)
{
	char *at = pages(4096, -1);

	(void)order;
	move_arguments(at, at);
}

/* In a file that no process has read from here: a page that is there at the second try. */
static void arguments_in_file(const struct order *order)
{
	char path[] = "/tmp/situations-argumentsXXXXXX";
	int fd = mkstemp(path);
	char *at;

	(void)order;
	unlink(path);
	if (fd < 0 || write(fd, "from\0a file", 12) != 12)
		die("file");
	at = pages(4096, fd);
	move_arguments(at, at + 12);
}

/* The first page is there, the second one is not. */
static void arguments_half(const struct order *order)
{
	char *at = pages(8192, -1);

	(void)order;
	memset(at, 'h', 8192);
	move_arguments(at + 4096 - 50, at + 4096 + 50);
	if (munmap(at + 4096, 4096))
		die("munmap");
}

static void enter_root(const struct order *order)
{
	if (chroot(order->parameter) || chdir("/"))
		skip("no chroot");
}

static void detach_mount(const struct order *order)
{
	if (umount2(order->parameter, MNT_DETACH))
		die("umount");
}

static void delete_file(const struct order *order)
{
	if (unlink(order->parameter))
		die("unlink");
}

static void rename_file(const struct order *order)
{
	char to[4200];

	snprintf(to, sizeof(to), "%s renamed", order->parameter);
	if (rename(order->parameter, to))
		die("rename");
}

static void enter_mount_namespace(const struct order *order)
{
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("none", order->parameter, "tmpfs", 0, NULL))
		skip("no mounts");
}

/* The directory it is in becomes the root, and what was the root is no more. */
static void pivot(const struct order *order)
{
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("none", order->parameter, "tmpfs", 0, NULL) || chdir(order->parameter) ||
	    syscall(SYS_pivot_root, ".", ".") || umount2(".", MNT_DETACH))
		skip("no root can be pivoted");
}

static void stay_plain(const struct order *order)
{
	(void)order;
}

static const struct mode modes[] = {
	{ "plain", stay_plain },
	{ "title_over", title_over },
	{ "title_cleared", title_cleared },
	{ "title_blank", title_blank },
	{ "title_endless", title_endless },
	{ "title_control", title_control },
	{ "protect", protect_arguments },
	{ "unmap", unmap_arguments },
	{ "elsewhere", arguments_elsewhere },
	{ "empty", arguments_empty },
	{ "in_file", arguments_in_file },
	{ "half", arguments_half },
	{ "chroot", enter_root },
	{ "detach", detach_mount },
	{ "delete", delete_file },
	{ "rename", rename_file },
	{ "pivot", pivot },
	{ "mount_namespace", enter_mount_namespace },
};

static struct order order;

static void obey_order(void)
{
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		if (!strcmp(modes[i].name, order.mode))
			modes[i].prepare(&order);
	call_kill(order.target, SIGUSR1, TARGETS(order.target));
	call_kill(make_gone(NULL), SIGUSR1, NO_TARGETS);
	_exit(0);
}

/* On a stack apart from the arguments, which may go away. */
static NORETURN void sender_main(const char *text)
{
	static char stack[1 << 17] __attribute__((aligned(16)));
	static ucontext_t context;

	if (sscanf(text, "%63s %d %31s %4095[^\n]", order.situation, &order.target, order.mode,
		   order.parameter) != 4)
		die(text);
	situation_name = order.situation;
	getcontext(&context);
	context.uc_stack.ss_sp = stack;
	context.uc_stack.ss_size = sizeof(stack);
	makecontext(&context, obey_order, 0);
	setcontext(&context);
	die("setcontext");
}

#endif
