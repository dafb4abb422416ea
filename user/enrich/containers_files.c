// SPDX-License-Identifier: GPL-2.0-only
#include "enrich/containers_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "enrich/containers_parse.h"
#include "lib/array.h"

enum {
	CONFIG_BYTES_MAX = 1 << 20, /* some 20 KB are common */
	LIST_BYTES_MAX = 4 << 20,   /* of all containers, each some 1 KB */
	NAMESPACES_MAX = 64,
};

/* A folder for each namespace of containerd's, in which is one for each container. */
static const char *const containerd_dirs[] = {
	"/run/containerd/io.containerd.runtime.v2.task",
	"/run/k3s/containerd/io.containerd.runtime.v2.task", /* of RKE2, too */
	"/run/k0s/containerd/io.containerd.runtime.v2.task",
	"/var/snap/microk8s/common/run/containerd/io.containerd.runtime.v2.task",
};

/* A folder for each container. */
static const char *const docker_dirs[] = {
	"/var/lib/docker/containers",
	"/var/snap/docker/common/var-lib-docker/containers",
};

/*
 * Likewise, and a list of all. What a user runs without root is in her home, and under her
 * /run/user: these are not read.
 */
static const char *const storage_dirs[] = {
	"/run/containers/storage/overlay-containers",
	"/var/lib/containers/storage/overlay-containers",
	"/var/lib/containers/storage/vfs-containers",
	"/var/lib/containers/storage/btrfs-containers",
};
enum { STORAGES = ARRAY_SIZE(storage_dirs) };

/* With --rm, or a store for the time until the next boot, they are in the second. */
static const char *const list_files[] = { "containers.json", "volatile-containers.json" };
enum { LISTS = ARRAY_SIZE(list_files) };

/* What answers one question; lists are read once for all containers in them. */
struct containers_reader {
	const char *root;
	bool has_lists;
	struct json_object *lists[STORAGES][LISTS];
};

/* ---- files ---- */

/* Only root, or who we are, could have written that. */
static bool containers_is_trusted(const struct stat *stat)
{
	return (stat->st_uid == 0 || stat->st_uid == geteuid()) &&
	       !(stat->st_mode & (S_IWGRP | S_IWOTH));
}

/* The folder may be a symbolic link, and is where its owner wants it. -errno if it is none. */
static int containers_open_dir(const char *root, const char *path)
{
	char whole[PATH_MAX];
	struct stat stat;
	int n = snprintf(whole, sizeof(whole), "%s%s", root, path), dir;

	if (n < 0 || (size_t)n >= sizeof(whole))
		return -ENAMETOOLONG;
	dir = open(whole, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return -errno;
	if (!fstat(dir, &stat) && containers_is_trusted(&stat))
		return dir;
	close(dir);
	return -EPERM;
}

/* Nothing below the folder is a link, and a FIFO does not block. -errno if it cannot be opened. */
static int containers_open_file(int dir, const char *path)
{
	const struct open_how how = {
		.flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
	};
	long fd = syscall(SYS_openat2, dir, path, &how, sizeof(how));

	return fd < 0 ? -errno : (int)fd;
}

/* Returns how many bytes were read, at most `max`, to `to`. */
static size_t containers_read_bytes(int fd, char *to, size_t max)
{
	size_t bytes = 0;
	ssize_t n;

	while (bytes < max && (n = read(fd, to + bytes, max - bytes)) > 0)
		bytes += n;
	return bytes;
}

/* To be freed by json_object_put(); NULL: there is none that can be trusted, or it is too long. */
static struct json_object *containers_read_json(int dir, const char *path, size_t bytes_max)
{
	struct json_object *object = NULL;
	int fd = containers_open_file(dir, path);
	struct stat stat;
	char *text;

	if (fd < 0)
		return NULL;
	if (!fstat(fd, &stat) && S_ISREG(stat.st_mode) && containers_is_trusted(&stat) &&
	    (size_t)stat.st_size <= bytes_max && (text = malloc(stat.st_size + 1))) {
		object = containers_parse(text, containers_read_bytes(fd, text, stat.st_size));
		free(text);
	}
	close(fd);
	return object;
}

/* The file of a container in a folder that has one for each. */
static struct json_object *containers_read_config(int dir, const char *id, const char *file)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", id, file);
	return containers_read_json(dir, path, CONFIG_BYTES_MAX);
}

/* ---- one container ---- */

static struct containers_found containers_find_in_namespaces(int dir, const char *id)
{
	struct containers_found found = { 0 };
	DIR *namespaces = fdopendir(dir);
	const struct dirent *entry;

	for (int n = 0; namespaces && n < NAMESPACES_MAX && !containers_found_any(&found) &&
			(entry = readdir(namespaces));
	     n++) {
		char path[sizeof(entry->d_name) + CGROUP_ID_BYTES + 1];
		struct json_object *config;

		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", entry->d_name, id);
		config = containers_read_config(dir, path, "config.json");
		found = containers_parse_containerd(config, !strcmp(entry->d_name, "k8s.io"));
		json_object_put(config);
	}
	if (namespaces)
		closedir(namespaces);
	else
		close(dir);
	return found;
}

static struct containers_found containers_find_containerd(const struct containers_reader *reader,
							  const char *id)
{
	struct containers_found found = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(containerd_dirs) && !containers_found_any(&found); i++) {
		int dir = containers_open_dir(reader->root, containerd_dirs[i]);

		if (dir >= 0)
			found = containers_find_in_namespaces(dir, id);
	}
	return found;
}

static struct containers_found containers_find_docker(const struct containers_reader *reader,
						      const char *id)
{
	struct containers_found found = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(docker_dirs) && !containers_found_any(&found); i++) {
		int dir = containers_open_dir(reader->root, docker_dirs[i]);
		struct json_object *config;

		if (dir < 0)
			continue;
		config = containers_read_config(dir, id, "config.v2.json");
		found = containers_parse_docker(config);
		json_object_put(config);
		close(dir);
	}
	return found;
}

static void containers_read_lists(struct containers_reader *reader)
{
	for (size_t i = 0; i < STORAGES && !reader->has_lists; i++) {
		int dir = containers_open_dir(reader->root, storage_dirs[i]);

		if (dir < 0)
			continue;
		for (size_t j = 0; j < LISTS; j++)
			reader->lists[i][j] =
			    containers_read_json(dir, list_files[j], LIST_BYTES_MAX);
		close(dir);
	}
	reader->has_lists = true;
}

static struct containers_found containers_find_listed(struct containers_reader *reader,
						      const char *id, struct json_object *config)
{
	struct containers_found found = { 0 };

	containers_read_lists(reader);
	for (size_t i = 0; i < STORAGES; i++)
		for (size_t j = 0; j < LISTS && !containers_found_any(&found); j++)
			found = containers_parse_storage(reader->lists[i][j], id, config);
	return found;
}

/* What has no folder is not looked for in the lists, which are long. */
static struct containers_found containers_find_storage(struct containers_reader *reader,
						       const char *id)
{
	struct containers_found found = { 0 };
	struct json_object *config = NULL;
	bool has_folder = false;

	for (size_t i = 0; i < STORAGES && !config; i++) {
		int dir = containers_open_dir(reader->root, storage_dirs[i]);

		if (dir < 0)
			continue;
		if (!faccessat(dir, id, F_OK, AT_SYMLINK_NOFOLLOW)) {
			has_folder = true;
			config = containers_read_config(dir, id, "userdata/config.json");
		}
		close(dir);
	}
	if (has_folder)
		found = containers_find_listed(reader, id, config);
	json_object_put(config);
	return found;
}

/* ---- what was found ---- */

/* Moves *at behind the copy. NULL for "". */
static const char *containers_add_text(char **at, const char *text)
{
	const char *copy = *at;

	if (!*text)
		return NULL;
	*at = stpcpy(*at, text) + 1;
	return copy;
}

static struct container *containers_new(const char *id, const struct containers_found *found)
{
	struct container *container =
	    calloc(1, sizeof(*container) + strlen(found->name) + strlen(found->pod) +
			  strlen(found->pod_namespace) + 3);
	char *at;

	if (!container)
		return NULL;
	memcpy(container->id, id, CGROUP_ID_BYTES);
	at = container->text;
	container->names.name = containers_add_text(&at, found->name);
	container->names.pod = containers_add_text(&at, found->pod);
	container->names.pod_namespace = containers_add_text(&at, found->pod_namespace);
	return container;
}

static struct container *containers_read_with(struct containers_reader *reader, const char *id)
{
	struct containers_found found = containers_find_containerd(reader, id);

	if (!containers_found_any(&found))
		found = containers_find_docker(reader, id);
	if (!containers_found_any(&found))
		found = containers_find_storage(reader, id);
	return containers_found_any(&found) ? containers_new(id, &found) : NULL;
}

static void containers_close(struct containers_reader *reader)
{
	for (size_t i = 0; i < STORAGES; i++)
		for (size_t j = 0; j < LISTS; j++)
			json_object_put(reader->lists[i][j]);
}

struct container *containers_read(const char *root, const char *id)
{
	struct containers_reader reader = { .root = root };
	struct container *container = NULL;

	if (strlen(id) == CGROUP_ID_BYTES && cgroup_is_id(id))
		container = containers_read_with(&reader, id);
	containers_close(&reader);
	return container;
}

/* ---- all containers ---- */

struct containers_scan {
	struct containers_reader reader;
	struct container *all; /* hash */
	size_t max;
};

static void containers_scan_id(struct containers_scan *scan, const char *id)
{
	struct container *container;

	HASH_FIND(hh, scan->all, id, CGROUP_ID_BYTES, container);
	if (container || HASH_COUNT(scan->all) >= scan->max)
		return;
	container = containers_read_with(&scan->reader, id);
	if (container)
		HASH_ADD(hh, scan->all, id, CGROUP_ID_BYTES, container);
}

/* `dir` has a folder for each container, or, with `depth` 1, folders that do. It is closed. */
static void containers_scan_dir(struct containers_scan *scan, int dir, int depth)
{
	DIR *entries = dir < 0 ? NULL : fdopendir(dir);
	const struct dirent *entry;

	while (entries && HASH_COUNT(scan->all) < scan->max && (entry = readdir(entries)))
		if (depth && entry->d_name[0] != '.')
			containers_scan_dir(scan,
					    openat(dir, entry->d_name,
						   O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC),
					    depth - 1);
		else if (strlen(entry->d_name) == CGROUP_ID_BYTES && cgroup_is_id(entry->d_name))
			containers_scan_id(scan, entry->d_name);
	if (entries)
		closedir(entries);
	else if (dir >= 0)
		close(dir);
}

static void containers_scan_dirs(struct containers_scan *scan, const char *const *dirs, size_t n,
				 int depth)
{
	for (size_t i = 0; i < n; i++)
		containers_scan_dir(scan, containers_open_dir(scan->reader.root, dirs[i]), depth);
}

struct container *containers_read_all(const char *root, size_t max)
{
	struct containers_scan scan = { .reader = { .root = root }, .max = max };

	containers_scan_dirs(&scan, containerd_dirs, ARRAY_SIZE(containerd_dirs), 1);
	containers_scan_dirs(&scan, docker_dirs, ARRAY_SIZE(docker_dirs), 0);
	containers_scan_dirs(&scan, storage_dirs, STORAGES, 0);
	containers_close(&scan.reader);
	return scan.all;
}
