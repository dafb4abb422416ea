// SPDX-License-Identifier: GPL-2.0-only
#include "enrich/sent.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>
#include <utlist.h>

enum { FIRST_PID = 1, PROGRAMS_MAX = 4 };

/* Which file a process executes. */
struct sent_exe {
	uint64_t inode;
	uint32_t device;
};

struct sent_program {
	struct ks_pidref sender, parent;
	struct sent_exe exe;
	uint64_t argv; /* a hash; 0: unknown */
};

/* A process that was signalled, as of the first signal. */
struct sent {
	struct process_key key;
	char comm[KS_COMM_BYTES];
	struct ks_pidref parent;
	struct sent_exe exe;
	struct sent_program programs[PROGRAMS_MAX]; /* the last ones, in no order */
	size_t n;				    /* of all there have been */
	struct sent_user *user;			    /* of the first of them */
	struct sent *prev, *next;		    /* of that user, the first one first */
	UT_hash_handle hh;
};

struct sent_user {
	uint32_t uid;
	size_t n;
	struct sent *first;
	UT_hash_handle hh;
};

/* ---- which program it is ---- */

static struct sent_exe sent_exe_of(const struct task *task)
{
	struct sent_exe exe = { 0 };

	if (task->process) {
		exe.inode = task->process->exe_inode;
		exe.device = task->process->exe_device;
	}
	return exe;
}

static bool sent_is_same_exe(const struct sent_exe *a, const struct sent_exe *b)
{
	return a->inode && a->inode == b->inode && a->device == b->device;
}

static struct ks_pidref sent_parent_of(const struct task *task)
{
	return task->process ? task->process->parent : (struct ks_pidref){ 0 };
}

/* FNV-1a. What its process executed: a title that is written over it changes. */
static uint64_t sent_hash_argv(const struct process *process)
{
	uint64_t hash = 0xcbf29ce484222325;

	if (!process || !process->argv)
		return 0;
	for (size_t i = 0; i < process->argv_bytes; i++)
		hash = (hash ^ (unsigned char)process->argv[i]) * 0x100000001b3;
	return hash ? hash : 1;
}

static struct sent_program sent_program_of(const struct task *sender)
{
	return (struct sent_program){
		.sender = sender->ids.process,
		.parent = sent_parent_of(sender),
		.exe = sent_exe_of(sender),
		.argv = sent_hash_argv(sender->process),
	};
}

/* Children of the first process are of all programs. */
static bool sent_is_same_parent(const struct ks_pidref *a, const struct ks_pidref *b)
{
	return a->pid > FIRST_PID && pidref_equal(a, b);
}

static bool sent_is_same_program(const struct sent_program *a, const struct sent_program *b,
				 bool argv_has_number)
{
	bool is_same_exe = sent_is_same_exe(&a->exe, &b->exe);

	return pidref_equal(&a->sender, &b->sender) ||
	       sent_is_same_parent(&a->sender, &b->parent) ||
	       sent_is_same_parent(&a->parent, &b->sender) ||
	       (is_same_exe && sent_is_same_parent(&a->parent, &b->parent)) ||
	       (is_same_exe && a->argv && a->argv == b->argv && !argv_has_number);
}

/* ---- what is remembered ---- */

static struct sent *sent_find(const struct sent_table *table, const struct ks_pidref *ref)
{
	struct process_key key = process_key(ref, 0);
	struct sent *sent;

	HASH_FIND(hh, table->all, &key, sizeof(key), sent);
	return sent;
}

static struct sent_user *sent_get_user(struct sent_table *table, uint32_t uid)
{
	struct sent_user *user;

	HASH_FIND(hh, table->users, &uid, sizeof(uid), user);
	if (user)
		return user;
	user = calloc(1, sizeof(*user));
	if (!user)
		return NULL;
	user->uid = uid;
	HASH_ADD(hh, table->users, uid, sizeof(uid), user);
	return user;
}

static void sent_drop_user(struct sent_table *table, struct sent_user *user)
{
	if (user->n)
		return;
	HASH_DEL(table->users, user);
	free(user);
}

static void sent_drop(struct sent_table *table, struct sent *sent)
{
	struct sent_user *user = sent->user;

	HASH_DEL(table->all, sent);
	DL_DELETE(user->first, sent);
	user->n--;
	sent_drop_user(table, user);
	free(sent);
}

static struct sent_user *sent_user_of_most(const struct sent_table *table)
{
	struct sent_user *most = table->users;

	for (struct sent_user *user = table->users; user; user = user->hh.next)
		if (user->n > most->n)
			most = user;
	return most;
}

static void sent_fill_target(struct sent *sent, const struct task *target)
{
	memcpy(sent->comm, target->ids.comm, sizeof(sent->comm));
	sent->parent = sent_parent_of(target);
	sent->exe = sent_exe_of(target);
}

/* NULL: no memory. */
static struct sent *sent_add(struct sent_table *table, const struct event *event)
{
	struct sent *sent = calloc(1, sizeof(*sent));
	struct sent_user *user;

	if (HASH_COUNT(table->all) >= SENT_MAX)
		sent_drop(table, sent_user_of_most(table)->first);
	user = sent ? sent_get_user(table, event->signal.sender.ids.uid) : NULL;
	if (!user) {
		free(sent);
		return NULL;
	}
	sent->key = process_key(&event->signal.target.ids.process, 0);
	sent->user = user;
	user->n++;
	DL_APPEND(user->first, sent);
	HASH_ADD(hh, table->all, key, sizeof(sent->key), sent);
	sent_fill_target(sent, &event->signal.target);
	return sent;
}

static size_t sent_programs(const struct sent *sent)
{
	return sent->n < PROGRAMS_MAX ? sent->n : PROGRAMS_MAX;
}

static bool sent_has_sender(const struct sent *sent, const struct ks_pidref *sender)
{
	for (size_t i = 0; i < sent_programs(sent); i++)
		if (pidref_equal(&sent->programs[i].sender, sender))
			return true;
	return false;
}

/* Who signals a group need not have its number. */
static bool sent_is_noted(const struct event *event)
{
	return event->type == EVENT_SIGNAL && event->signal.origin == KS_ORIGIN_USER &&
	       event->signal.target.present &&
	       (event->signal.scope == SCOPE_PROCESS || event->signal.scope == SCOPE_THREAD);
}

int sent_note(struct sent_table *table, const struct event *event)
{
	struct sent *sent;

	if (!sent_is_noted(event))
		return 0;
	sent = sent_find(table, &event->signal.target.ids.process);
	if (!sent)
		sent = sent_add(table, event);
	if (!sent)
		return -ENOMEM;
	if (!sent_has_sender(sent, &event->signal.sender.ids.process))
		sent->programs[sent->n++ % PROGRAMS_MAX] = sent_program_of(&event->signal.sender);
	return 0;
}

static bool sent_is_alike(const struct sent *sent, const struct event *event)
{
	const struct task *target = &event->signal.target;
	const struct sent_exe exe = sent_exe_of(target);
	const struct ks_pidref parent = sent_parent_of(target);

	return !memcmp(sent->comm, target->ids.comm, sizeof(sent->comm)) ||
	       !memcmp(event->signal.former.comm, target->ids.comm, sizeof(sent->comm)) ||
	       sent_is_same_exe(&sent->exe, &exe) || sent_is_same_parent(&sent->parent, &parent);
}

bool sent_before(const struct sent_table *table, const struct event *event, bool argv_has_number)
{
	const struct sent *sent = sent_find(table, &event->signal.former.process);
	const struct sent_program program = sent_program_of(&event->signal.sender);

	if (!sent || sent_is_alike(sent, event))
		return false;
	for (size_t i = 0; i < sent_programs(sent); i++)
		if (sent_is_same_program(&sent->programs[i], &program, argv_has_number))
			return true;
	return false;
}

void sent_clear(struct sent_table *table)
{
	while (table->all)
		sent_drop(table, table->all);
}
