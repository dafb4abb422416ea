/* SPDX-License-Identifier: GPL-2.0-only */
/* Situations: the path of a sender's program. */
#ifndef KS_TESTS_SITUATIONS_PROGRAMS_H
#define KS_TESTS_SITUATIONS_PROGRAMS_H

#include "sender.h"

/* ---- the stage of such a sender ---- */

static char work_dir[64];

static const char *in_work_dir(const char *name)
{
	static char path[4 * PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", work_dir, name);
	return path;
}

enum { ENVIRONMENT_BYTES = 4096 };

/* The order, and bytes behind it for long titles. */
static char **environment_of(struct process target, const char *mode, const char *parameter)
{
	static char order[8192], filler[ENVIRONMENT_BYTES], *list[] = { order, filler, NULL };

	snprintf(order, sizeof(order), "SENDER=%s %d %s %s", situation_name, target.id, mode,
		 parameter);
	memset(filler, 'f', sizeof(filler) - 1);
	filler[1] = '=';
	return list;
}

struct start_of {
	const char *path; /* NULL: `fd` */
	int fd;
	char **argv;
	const char *mode, *parameter;
	struct process target;
};

static void play_program(void *context)
{
	const struct start_of *it = context;
	char **environment = environment_of(it->target, it->mode, it->parameter);

	if (it->path)
		execve(it->path, it->argv, environment);
	else
		fexecve(it->fd, it->argv, environment);
	if (!it->path && errno == ENOENT)
		skip("descriptors cannot be executed"); /* measured: arm64 5.10.223 */
	die(it->path ? it->path : "fexecve");
}

static void run_sender(struct start_of *it)
{
	static char *arguments[] = { "sender", "of signals", NULL };

	it->target = start_plain();
	it->argv = it->argv ? it->argv : arguments;
	it->mode = it->mode ? it->mode : "plain";
	it->parameter = it->parameter ? it->parameter : "-";
	in_child(play_program, it);
}

/* ---- programs ---- */

/* `text`: its name, in a new directory. */
static void exe_named(const struct situation *s)
{
	const char *path = in_work_dir(s->text);

	copy_self(path);
	run_sender(&(struct start_of){ path });
}

/* A path of `number` bytes, of components that are as long as they may be. */
static void exe_long(const struct situation *s)
{
	char path[PATH_MAX];
	size_t bytes = strlen(work_dir), end = s->number;

	memcpy(path, work_dir, bytes);
	while (bytes < end - 2) {
		size_t component = end - bytes - 1 > 200 ? 200 : end - bytes - 1;

		path[bytes++] = '/';
		memset(path + bytes, s->text[0], component);
		bytes += component;
		path[bytes] = '\0';
		if (bytes < end - 2 && mkdir(path, 0755) && errno != EEXIST)
			die(path);
	}
	copy_self(path);
	run_sender(&(struct start_of){ path });
}

/* Longer than PATH_MAX, which only relative paths can reach. */
static void exe_too_long(const struct situation *s)
{
	char name[201] = "";

	memset(name, 'l', 200);
	if (chdir(work_dir))
		die(work_dir);
	for (int i = 0; i < s->number; i++)
		if ((mkdir(name, 0755) && errno != EEXIST) || chdir(name))
			die("mkdir");
	copy_self("sender");
	run_sender(&(struct start_of){ "./sender" });
}

/* What its path is changes while it runs: `text` is how. */
static void exe_moved(const struct situation *s)
{
	const char *path = in_work_dir("moved");

	copy_self(path);
	run_sender(&(struct start_of){ path, .mode = s->text, .parameter = path });
}

static void exe_in_memory(const struct situation *s)
{
	int fd = memfd_create(s->text, MFD_CLOEXEC), reader;
	char path[64];

	copy_self_to(fd);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	reader = open(path, O_RDONLY | O_CLOEXEC);
	close(fd); /* a file open for writing is not executed */
	run_sender(&(struct start_of){ .fd = reader });
}

static void exe_by_link(const struct situation *s)
{
	char to[PATH_MAX];

	strcpy(to, in_work_dir("link target"));
	copy_self(to);
	(void)s;
	if (symlink(to, in_work_dir("link")))
		die("symlink");
	run_sender(&(struct start_of){ in_work_dir("link") });
	unlink(in_work_dir("link"));
	if (link(to, in_work_dir("link")))
		die("link");
	unlink(to);
	run_sender(&(struct start_of){ in_work_dir("link") });
}

/* The program is the interpreter, the name the script's. */
static void exe_of_script(const struct situation *s)
{
	char interpreter[PATH_MAX];
	int fd;

	(void)s;
	strcpy(interpreter, in_work_dir("interpreter"));
	copy_self(interpreter);
	fd = open(in_work_dir("script"), O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
	dprintf(fd, "#!%s with one argument\n", interpreter);
	close(fd);
	run_sender(&(struct start_of){ in_work_dir("script") });
}

/* ---- roots and mounts ---- */

struct in_root {
	const char *root;
	struct start_of start;
};

static void play_in_root(void *context)
{
	struct in_root *it = context;

	it->start.target = start_plain();
	if (chroot(it->root) || chdir("/"))
		skip("no chroot");
	it->start.argv = (char *[]){ "sender", NULL };
	it->start.mode = "plain";
	it->start.parameter = "-";
	in_child(play_program, &it->start);
}

static void exe_inside_root(const struct situation *s)
{
	static char root[PATH_MAX];
	struct in_root it = { root, { "/bin dir/sender" } };

	(void)s;
	strcpy(root, in_work_dir("root"));
	if (mkdir(root, 0755) || mkdir(in_work_dir("root/bin dir"), 0755))
		die(root);
	copy_self(in_work_dir("root/bin dir/sender"));
	in_child(play_in_root, &it);
}

static void exe_outside_root(const struct situation *s)
{
	static char root[PATH_MAX];
	struct in_root it = { root };

	(void)s;
	strcpy(root, in_work_dir("root"));
	if (mkdir(root, 0755))
		die(root);
	copy_self(in_work_dir("outside"));
	it.start.fd = open(in_work_dir("outside"), O_RDONLY | O_CLOEXEC);
	in_child(play_in_root, &it);
}

static void root_after_exec(const struct situation *s)
{
	char path[PATH_MAX];

	(void)s;
	strcpy(path, in_work_dir("sender"));
	copy_self(path);
	run_sender(&(struct start_of){ path, .mode = "chroot", .parameter = work_dir });
	run_sender(&(struct start_of){ path, .mode = "chroot", .parameter = "/proc" });
}

/* Its program stays behind in a root that cannot be reached any more. */
static void pivoted_root(const struct situation *s)
{
	char path[PATH_MAX];

	(void)s;
	strcpy(path, in_work_dir("sender"));
	copy_self(path);
	run_sender(&(struct start_of){ path, .mode = "pivot", .parameter = work_dir });
}

static void private_mounts(void)
{
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		skip("no mount namespaces");
}

/* `text`: a mode, for the directory that is mounted. */
static void exe_on_mount(const struct situation *s)
{
	char from[PATH_MAX], to[PATH_MAX], path[PATH_MAX + 16];

	strcpy(from, in_work_dir("from"));
	strcpy(to, in_work_dir("to"));
	private_mounts();
	if (mkdir(from, 0755) || mkdir(to, 0755) || mkdir(in_work_dir("from/sub"), 0755))
		die("mkdir");
	copy_self(in_work_dir("from/sub/sender"));
	if (mount(from, to, NULL, MS_BIND, NULL))
		skip("no bind mounts");
	snprintf(path, sizeof(path), "%s/sub/sender", to);
	run_sender(&(struct start_of){ path, .mode = s->text, .parameter = to });
}

/* The file itself is what is mounted. */
static void exe_is_mount(const struct situation *s)
{
	char from[PATH_MAX], to[PATH_MAX];

	strcpy(from, in_work_dir("real"));
	strcpy(to, in_work_dir("mounted on"));
	private_mounts();
	copy_self(from);
	close(open(to, O_WRONLY | O_CREAT | O_CLOEXEC, 0755));
	if (mount(from, to, NULL, MS_BIND, NULL))
		skip("no bind mounts");
	run_sender(&(struct start_of){ to, .mode = s->text, .parameter = to });
}

/* A mount in a mount in a mount. */
static void exe_on_nested_mounts(const struct situation *s)
{
	char path[PATH_MAX];

	(void)s;
	private_mounts();
	strcpy(path, work_dir);
	for (int i = 0; i < 5; i++) {
		strcat(path, "/level");
		if (mkdir(path, 0755) || mount("none", path, "tmpfs", 0, NULL))
			skip("no tmpfs");
	}
	strcat(path, "/sender");
	copy_self(path);
	run_sender(&(struct start_of){ path });
}

static void exe_on_overlay(const struct situation *s)
{
	char options[3 * PATH_MAX], lower[PATH_MAX], merged[PATH_MAX];

	(void)s;
	private_mounts();
	strcpy(lower, in_work_dir("lower"));
	strcpy(merged, in_work_dir("merged"));
	if (mkdir(lower, 0755) || mkdir(merged, 0755) || mkdir(in_work_dir("second"), 0755))
		die("mkdir");
	copy_self(in_work_dir("lower/sender"));
	snprintf(options, sizeof(options), "lowerdir=%s:%s/second", lower, work_dir);
	if (mount("overlay", merged, "overlay", 0, options))
		skip("no overlay file system");
	run_sender(&(struct start_of){ in_work_dir("merged/sender") });
}

#endif
