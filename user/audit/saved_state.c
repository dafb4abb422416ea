// SPDX-License-Identifier: GPL-2.0-only
#include "audit/saved_state.h"

#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <libgen.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_BYTES_MAX = 4096 };

static const char *const value_names[AUDIT_VALUES] = {
	[AUDIT_VALUE_BACKLOG_LIMIT] = "backlog_limit",
	[AUDIT_VALUE_RATE_LIMIT] = "rate_limit",
	[AUDIT_VALUE_ENABLED] = "enabled",
};

const char *saved_state_value_name(enum audit_value value)
{
	return value_names[value];
}

void saved_state_boot_id(char to[BOOT_ID_MAX])
{
	FILE *file = fopen("/proc/sys/kernel/random/boot_id", "re");

	if (!file || !fgets(to, BOOT_ID_MAX, file))
		to[0] = '\0';
	to[strcspn(to, "\n")] = '\0';
	if (file)
		fclose(file);
}

/* ---- the file ---- */

static int saved_state_make_folder(const char *path)
{
	char *copy = strdup(path);
	int err;

	if (!copy)
		return -ENOMEM;
	err = mkdir(dirname(copy), 0700) && errno != EEXIST ? -errno : 0;
	free(copy);
	return err;
}

/* Whoever had it before us may have removed it while we waited to open it. */
static bool saved_state_is_current(int fd, const char *path)
{
	struct stat ours, current;

	return !fstat(fd, &ours) && !stat(path, &current) && ours.st_ino == current.st_ino &&
	       ours.st_dev == current.st_dev;
}

static int saved_state_open_locked(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600), err;

	if (fd < 0)
		return -errno;
	if (!flock(fd, LOCK_EX | LOCK_NB))
		return fd;
	err = errno == EWOULDBLOCK ? -EBUSY : -errno;
	close(fd);
	return err;
}

int saved_state_open(struct saved_state_file *file, const char *path)
{
	int err = saved_state_make_folder(path);

	file->path = path;
	file->fd = -1;
	while (!err) {
		int fd = saved_state_open_locked(path);

		if (fd < 0)
			return fd;
		if (saved_state_is_current(fd, path)) {
			file->fd = fd;
			return 0;
		}
		close(fd);
	}
	return err;
}

void saved_state_remove(struct saved_state_file *file)
{
	if (file->fd >= 0)
		unlink(file->path);
	saved_state_close(file);
}

void saved_state_close(struct saved_state_file *file)
{
	if (file->fd >= 0)
		close(file->fd);
	file->fd = -1;
}

/* ---- what it says ---- */

static struct json_object *saved_state_values_to_json(const uint32_t values[AUDIT_VALUES])
{
	struct json_object *json = json_object_new_object();

	for (int i = 0; i < AUDIT_VALUES; i++)
		json_object_object_add(json, value_names[i], json_object_new_int64(values[i]));
	return json;
}

static struct json_object *saved_state_to_json(const struct saved_state *state)
{
	struct json_object *json = json_object_new_object();

	json_object_object_add(json, "boot_id", json_object_new_string(state->boot_id));
	json_object_object_add(json, "daemon_pid", json_object_new_int64(state->daemon_pid));
	json_object_object_add(json, "before", saved_state_values_to_json(state->before));
	json_object_object_add(json, "ours", saved_state_values_to_json(state->ours));
	return json;
}

static bool saved_state_number_from_json(struct json_object *json, const char *key, uint32_t *ret)
{
	struct json_object *number;

	if (!json_object_object_get_ex(json, key, &number) ||
	    !json_object_is_type(number, json_type_int))
		return false;
	*ret = json_object_get_int64(number);
	return true;
}

static bool saved_state_values_from_json(struct json_object *json, const char *key,
					 uint32_t ret[AUDIT_VALUES])
{
	struct json_object *values;

	if (!json_object_object_get_ex(json, key, &values))
		return false;
	for (int i = 0; i < AUDIT_VALUES; i++)
		if (!saved_state_number_from_json(values, value_names[i], &ret[i]))
			return false;
	return true;
}

static bool saved_state_from_json(struct json_object *json, struct saved_state *ret)
{
	struct json_object *boot_id;

	if (!json_object_object_get_ex(json, "boot_id", &boot_id))
		return false;
	snprintf(ret->boot_id, sizeof(ret->boot_id), "%s", json_object_get_string(boot_id));
	return saved_state_number_from_json(json, "daemon_pid", &ret->daemon_pid) &&
	       saved_state_values_from_json(json, "before", ret->before) &&
	       saved_state_values_from_json(json, "ours", ret->ours);
}

int saved_state_read(const struct saved_state_file *file, struct saved_state *ret)
{
	struct saved_state state = { 0 };
	char text[FILE_BYTES_MAX];
	ssize_t bytes = pread(file->fd, text, sizeof(text) - 1, 0);
	struct json_object *json;
	bool is_good;

	if (bytes <= 0)
		return bytes ? -errno : -ENOENT;
	text[bytes] = '\0';
	json = json_tokener_parse(text);
	is_good = json && saved_state_from_json(json, &state);
	json_object_put(json);
	if (is_good)
		*ret = state;
	return is_good ? 0 : -EBADMSG;
}

int saved_state_write(const struct saved_state_file *file, const struct saved_state *state)
{
	struct json_object *json = saved_state_to_json(state);
	const char *text = json_object_to_json_string_ext(json, JSON_C_TO_STRING_PRETTY);
	size_t bytes = strlen(text);
	ssize_t written = pwrite(file->fd, text, bytes, 0);
	int err = 0;

	if (written != (ssize_t)bytes)
		err = written < 0 ? -errno : -ENOSPC;
	else if (ftruncate(file->fd, bytes) || fsync(file->fd))
		err = -errno;
	json_object_put(json);
	return err;
}
