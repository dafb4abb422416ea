// SPDX-License-Identifier: GPL-2.0-only
#include "event/process.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

struct process *process_get(struct process *process)
{
	if (process)
		process->references++;
	return process;
}

void process_put(struct process *process)
{
	if (!process || --process->references)
		return;
	if (process->exe_in_root != process->exe)
		free(process->exe_in_root);
	free(process->exe);
	free(process->cwd);
	free(process->cgroup);
	free(process->argv);
	free(process->env);
	free(process->ancestors);
	free(process);
}

/* Returns false if there is no memory. */
static bool process_copy_bytes(char **to, const char *from, size_t bytes)
{
	if (!from)
		return true;
	*to = malloc(bytes + 1);
	if (!*to)
		return false;
	memcpy(*to, from, bytes);
	(*to)[bytes] = '\0';
	return true;
}

static bool process_copy_text(char **to, const char *from)
{
	return process_copy_bytes(to, from, from ? strlen(from) : 0);
}

static bool process_copy_exe(struct process *to, const struct process *from)
{
	if (!process_copy_text(&to->exe, from->exe))
		return false;
	to->exe_in_root = to->exe;
	return from->exe_in_root == from->exe ||
	       process_copy_text(&to->exe_in_root, from->exe_in_root);
}

struct process *process_copy_with_argv(const struct process *from, const char *argv, size_t bytes)
{
	struct process *to = calloc(1, sizeof(*to));

	if (!to)
		return NULL;
	*to = (struct process){
		.ref = from->ref,
		.parent = from->parent,
		.ids = from->ids,
		.time_ns = from->time_ns,
		.exec_ns = from->exec_ns,
		.exe_inode = from->exe_inode,
		.exe_device = from->exe_device,
		.mount_namespace = from->mount_namespace,
		.known = from->known | KS_KNOWN_ARGV,
		.flags = from->flags,
		.argv_bytes = bytes,
		.env_bytes = from->env_bytes,
		.references = 1,
	};
	if (process_copy_exe(to, from) && process_copy_text(&to->cwd, from->cwd) &&
	    process_copy_text(&to->cgroup, from->cgroup) &&
	    process_copy_bytes(&to->argv, argv, bytes) &&
	    process_copy_bytes(&to->env, from->env, from->env_bytes))
		return to;
	process_put(to);
	return NULL;
}

struct process *process_find(struct process_table *table, const struct ks_pidref *ref)
{
	struct process_key key = process_key(ref, 0);
	struct process *process;

	HASH_FIND(hh, table->live, &key, sizeof(key), process);
	return process;
}

/* ---- the dead ---- */

/*
 * Whose process it is. The login uid stays the same in user namespaces, in which a user has
 * thousands of uids.
 */
static uint32_t process_user_of(const struct process *process)
{
	const struct ks_ids *ids = &process->ids;

	return process->known & KS_KNOWN_AUDIT && ids->auid != (uint32_t)-1 ? ids->auid : ids->uid;
}

static struct dead_of_user *process_find_user(struct process_table *table, uint32_t uid)
{
	struct dead_of_user *user;

	HASH_FIND(hh, table->users, &uid, sizeof(uid), user);
	if (user)
		return user;
	user = calloc(1, sizeof(*user));
	if (!user)
		return NULL;
	user->uid = uid;
	HASH_ADD(hh, table->users, uid, sizeof(user->uid), user);
	return user;
}

static void process_unlink_dead(struct process_table *table, struct process *gone)
{
	struct dead_of_user *user = gone->dead_of;

	DL_DELETE(user->first, gone);
	user->bytes -= gone->bytes;
	table->dead_bytes -= gone->bytes;
	gone->dead_of = NULL;
	if (user->first)
		return;
	HASH_DELETE(hh, table->users, user);
	free(user);
}

/* Whether the last sweep found it needed. */
static bool process_is_needed(const struct process_table *table, const struct process *process)
{
	return table->sweep.count && process->sweep.needed >= table->sweep.count;
}

/* `user` is freed with the last of its dead. */
static void process_drop_oldest(struct process_table *table, struct dead_of_user *user,
				size_t down_to, bool spare_needed)
{
	struct process *process, *next;
	size_t bytes = user->bytes;

	DL_FOREACH_SAFE (user->first, process, next) {
		if (bytes <= down_to)
			return;
		if (spare_needed && process_is_needed(table, process))
			continue;
		bytes -= process->bytes;
		process_drop(table, process);
	}
}

/*
 * Who has more than half as much as who has the most keeps the newer ones. So one pass over all
 * users makes much room, and a user with less than that loses nothing.
 */
static void process_drop_from_all(struct process_table *table, bool spare_needed)
{
	struct dead_of_user *user, *next;
	size_t most = 0;

	for (user = table->users; user; user = user->hh.next)
		most = user->bytes > most ? user->bytes : most;
	HASH_ITER (hh, table->users, user, next) {
		process_drop_oldest(table, user, most / 2, spare_needed);
	}
}

static void process_make_room(struct process_table *table)
{
	process_drop_from_all(table, true);
	if (table->dead_bytes >
	    PROCESS_DEAD_BYTES_MAX - PROCESS_DEAD_BYTES_MAX / 4) /* nearly all of them are needed */
		process_drop_from_all(table, false);
}

/* ---- the table ---- */

void process_drop(struct process_table *table, struct process *process)
{
	table->changes++;
	HASH_DELETE(hh, table->live, process);
	table->bytes -= process->bytes;
	if (process->dead_of)
		process_unlink_dead(table, process);
	process->bytes = 0;
	process_put(process);
}

static size_t process_ancestors_bytes(const struct ancestors *ancestors)
{
	return ancestors ? sizeof(*ancestors) + ancestors->n * sizeof(ancestors->items[0]) : 0;
}

static size_t process_bytes_of(const char *text)
{
	return text ? strlen(text) + 1 : 0;
}

static size_t process_bytes_of_all(const struct process *process)
{
	size_t bytes = sizeof(*process) + process_bytes_of(process->exe) +
		       process_bytes_of(process->cwd) + process_bytes_of(process->cgroup) +
		       process->argv_bytes + process->env_bytes +
		       process_ancestors_bytes(process->ancestors);

	return process->exe_in_root == process->exe
		   ? bytes
		   : bytes + process_bytes_of(process->exe_in_root);
}

void process_add(struct process_table *table, struct process *process)
{
	struct process *old = process_find(table, &process->ref);
	bool was_dead = old && old->dead_of;

	if (old)
		process_drop(table, old);
	table->changes++;
	process->key = process_key(&process->ref, 0);
	process->references = 1;
	process->bytes = process_bytes_of_all(process);
	process->sweep.added = table->sweep.count + 1;
	table->bytes += process->bytes;
	HASH_ADD(hh, table->live, key, sizeof(process->key), process);
	if (was_dead) /* a zombie, described again as a target: it will not end twice */
		process_end(table, &process->ref);
}

void process_end(struct process_table *table, const struct ks_pidref *ref)
{
	struct process *process = process_find(table, ref);

	if (!process || process->dead_of)
		return;
	process->dead_of = process_find_user(table, process_user_of(process));
	if (!process->dead_of) { /* no memory */
		process_drop(table, process);
		return;
	}
	DL_APPEND(process->dead_of->first, process);
	process->dead_of->bytes += process->bytes;
	table->dead_bytes += process->bytes;
	if (table->dead_bytes > PROCESS_DEAD_BYTES_MAX)
		process_make_room(table);
}

/* ---- ancestors ---- */

static size_t process_look_up_ancestors(struct process_table *table, const struct process *process,
					struct ancestor ret[KS_ANCESTORS_MAX])
{
	size_t n = 0;

	while (n < KS_ANCESTORS_MAX && process && process->parent.pid) {
		ret[n].ref = process->parent;
		ret[n].process = process_find(table, &process->parent);
		process = ret[n++].process;
	}
	return n;
}

/* It takes so much more memory than before. */
static void process_account(struct process_table *table, struct process *process, size_t more)
{
	if (!process->bytes)
		return;
	process->bytes += more;
	table->bytes += more;
	if (!process->dead_of)
		return;
	process->dead_of->bytes += more;
	table->dead_bytes += more;
}

/* NULL: there is no memory for so many. */
static struct ancestors *process_resize_ancestors(struct process_table *table,
						  struct process *process, size_t n)
{
	struct ancestors *old = process->ancestors, *ancestors;
	size_t before = process_ancestors_bytes(old);

	if (old && old->n == n)
		return old;
	ancestors = realloc(old, sizeof(*ancestors) + n * sizeof(ancestors->items[0]));
	if (!ancestors) {
		free(old);
		process_account(table, process, -before);
	} else {
		ancestors->n = n;
		process_account(table, process, process_ancestors_bytes(ancestors) - before);
	}
	process->ancestors = ancestors;
	return ancestors;
}

int process_find_ancestors(struct process_table *table, struct process *process)
{
	struct ancestor items[KS_ANCESTORS_MAX];
	struct ancestors *ancestors = process->ancestors;
	size_t n;

	if (ancestors && ancestors->changes == table->changes)
		return 0;
	n = process_look_up_ancestors(table, process, items);
	ancestors = process_resize_ancestors(table, process, n);
	if (!ancestors)
		return -ENOMEM;
	memcpy(ancestors->items, items, n * sizeof(items[0]));
	ancestors->changes = table->changes;
	return 0;
}

/* ---- the whole table ---- */

void process_table_clear(struct process_table *table)
{
	struct process *process, *next;

	HASH_ITER (hh, table->live, process, next) {
		process_drop(table, process);
	}
	memset(table, 0, sizeof(*table));
}
