/* SPDX-License-Identifier: GPL-2.0-only */
/* Situations: calls with many targets, and pid namespaces. */
#ifndef KS_TESTS_SITUATIONS_GROUPS_H
#define KS_TESTS_SITUATIONS_GROUPS_H

#include "situations_calls.h"

/* ---- process groups ---- */

struct crowd {
	pid_t pgid;
	struct targets targets;
};

/* `strangers`: so many of them belong to no member. */
static void make_crowd(struct crowd *group, int members, int strangers)
{
	*group = (struct crowd){ .targets.n = members };
	for (int i = 0; i < members; i++) {
		struct process member = start(i < strangers ? play_nobody : NULL, NULL);

		group->pgid = group->pgid ? group->pgid : member.pid;
		if (setpgid(member.pid, group->pgid))
			die("setpgid");
		group->targets.ids[i] = member.id;
	}
}

/* Of `number` members. */
static void group_of(const struct situation *s)
{
	struct crowd group;

	need_entry(s->entry);
	make_crowd(&group, s->number, 0);
	call_aimed(s->entry, KILL, &(struct aim){ -group.pgid, .signal = SIGUSR1 }, &group.targets);
	call_aimed(s->entry, KILL, &(struct aim){ -group.pgid, .signal = SIGKILL }, &group.targets);
}

static void group_probe(const struct situation *s)
{
	struct crowd group;

	need_entry(s->entry);
	make_crowd(&group, s->number, 0);
	call_aimed(s->entry, KILL, &(struct aim){ -group.pgid }, &group.targets);
	become_nobody();
	call_aimed(s->entry, KILL, &(struct aim){ -group.pgid }, &group.targets);
}

/* Sent by uid 65534: some of 40 may be signalled. */
static void group_mixed(const struct situation *s)
{
	struct crowd group;

	need_entry(s->entry);
	make_crowd(&group, 40, s->number);
	become_nobody();
	call_aimed(s->entry, KILL, &(struct aim){ -group.pgid, .signal = SIGUSR1 }, &group.targets);
	call_aimed(s->entry, KILL, &(struct aim){ -group.pgid }, &group.targets);
}

static void group_invalid(const struct situation *s)
{
	struct crowd group;

	need_entry(s->entry);
	make_crowd(&group, 3, 0);
	call_aimed(s->entry, KILL, &(struct aim){ -group.pgid, .signal = 65 }, NO_TARGETS);
	call_aimed(s->entry, KILL, &(struct aim){ -group.pgid, .signal = -1 }, NO_TARGETS);
}

static void group_gone(const struct situation *s)
{
	pid_t gone = make_gone(NULL);

	need_entry(s->entry);
	call_aimed(s->entry, KILL, &(struct aim){ -gone, .signal = SIGTERM }, NO_TARGETS);
	call_aimed(s->entry, KILL, &(struct aim){ -gone }, NO_TARGETS);
}

/* kill(0): its own group, itself included. */
static void group_own(const struct situation *s)
{
	struct process first = start_plain(), second = start_plain();
	const struct targets *targets = TARGETS(own_id(), first.id, second.id);

	need_entry(s->entry);
	call_aimed(s->entry, KILL, &(struct aim){ 0, .signal = SIGUSR1 }, targets);
	call_aimed(s->entry, KILL, &(struct aim){ 0 }, targets);
	call_aimed(s->entry, KILL, &(struct aim){ -getpgrp(), .signal = SIGTERM }, targets);
}

/* The leader of another group, and a member of one without a leader. */
static void group_without_leader(const struct situation *s)
{
	struct crowd group;

	(void)s;
	make_crowd(&group, 3, 0);
	call_kill(group.pgid, SIGKILL, TARGETS(group.targets.ids[0]));
	wait_for_end(group.pgid);
	call_kill(-group.pgid, SIGUSR1, TARGETS(group.targets.ids[1], group.targets.ids[2]));
}

/* One of three is a zombie: still a member. */
static void group_with_zombie(const struct situation *s)
{
	struct crowd crowd;
	siginfo_t info;

	(void)s;
	make_crowd(&crowd, 3, 0);
	call_kill(crowd.targets.ids[1], SIGKILL, TARGETS(crowd.targets.ids[1]));
	if (waitid(P_PID, crowd.targets.ids[1], &info, WEXITED | WNOWAIT))
		die("waitid");
	call_kill(-crowd.pgid, SIGUSR1, &crowd.targets);
	call_kill(-crowd.pgid, 0, &crowd.targets);
}

/* ---- pid namespaces ---- */

/* What one in a namespace sees. `init` is the number of its first process outside. */
struct inside {
	play *act;
	struct process outsider;
	int outsider_fd;
	pid_t init;
};

static void act_below_init(void *context)
{
	struct inside *inside = context;

	setsid();
	inside->init = own_id();
	in_child(inside->act, inside);
}

/* `act` is done in a new pid namespace, by its init or by a child of that. */
static void in_namespace(play *act, bool as_init)
{
	struct inside inside = { .act = act, .outsider = start_plain() };

	inside.outsider_fd = open_pidfd(inside.outsider.pid);
	if (unshare(CLONE_NEWPID))
		skip("no pid namespaces");
	in_child(as_init ? act : act_below_init, &inside);
}

/* Nobody but init, whom kill(-1) spares, and itself. */
static void act_all_empty(void *context)
{
	(void)context;
	call_kill(-1, SIGUSR1, NO_TARGETS);
	call_kill(-1, 0, NO_TARGETS);
}

static void act_all(void *context)
{
	struct targets targets = { .n = 20 };

	(void)context;
	for (int i = 0; i < targets.n; i++)
		targets.ids[i] = start_plain().id;
	call_kill(-1, 0, &targets);
	call_kill(-1, SIGUSR1, &targets);
	call_kill(-1, 65, NO_TARGETS);
	call_raw(KILL, 0xffffffff, SIGUSR2, 7, 8, &targets);
	call_kill(-1, SIGKILL, &targets);
}

static void act_all_i386(void *context)
{
	struct process target = start_plain();

	(void)context;
	call_aimed(ENTRY_I386, KILL, &(struct aim){ -1, .signal = SIGUSR1 }, TARGETS(target.id));
	call_aimed(ENTRY_I386, KILL, &(struct aim){ -1 }, TARGETS(target.id));
}

/* Root's processes come last, so that the last result is EPERM, which does not count. */
static void act_all_mixed(void *context)
{
	struct targets targets = { .n = 20 };

	(void)context;
	for (int i = 0; i < targets.n; i++)
		targets.ids[i] = start(i < 9 ? play_nobody : NULL, NULL).id;
	become_nobody();
	call_kill(-1, 0, &targets);
	call_kill(-1, SIGUSR1, &targets);
}

static void act_all_denied(void *context)
{
	struct process first = start_plain(), second = start_plain();

	(void)context;
	become_nobody();
	call_kill(-1, 0, TARGETS(first.id, second.id));
	call_kill(-1, SIGUSR1, TARGETS(first.id, second.id));
}

/* Numbers are those of the namespace, in arguments only. */
static void act_one(void *context)
{
	struct process target = start_plain();

	(void)context;
	call_each(ENTRY_NATIVE, target, SIGUSR1, TARGETS(target.id));
	call_each(ENTRY_NATIVE, target, 0, TARGETS(target.id));
	call_kill(12345, SIGUSR1, NO_TARGETS);
	become_nobody();
	call_each(ENTRY_NATIVE, target, 0, TARGETS(target.id));
}

static void act_group(void *context)
{
	struct crowd group;

	(void)context;
	make_crowd(&group, 5, 2);
	call_kill(-group.pgid, SIGUSR1, &group.targets);
	become_nobody();
	call_kill(-group.pgid, SIGUSR1, &group.targets);
}

/* Its init ignores what comes from inside, even SIGKILL. */
static void act_on_init(void *context)
{
	struct inside *inside = context;

	call_kill(1, SIGTERM, TARGETS(inside->init));
	call_kill(1, SIGKILL, TARGETS(inside->init));
	call_kill(1, 0, TARGETS(inside->init));
	become_nobody();
	call_kill(1, SIGTERM, TARGETS(inside->init));
}

/* A process outside has no number here, and its pidfd is refused. */
static void act_on_outsider(void *context)
{
	struct inside *inside = context;
	struct aim aim = { .fd = inside->outsider_fd, .signal = SIGUSR1 };

	call_kill(inside->outsider.pid, SIGUSR1, NO_TARGETS);
	call_aimed(ENTRY_NATIVE, PIDFD, &aim, NO_TARGETS);
}

static void act_on_self(void *context)
{
	const struct process self = { getpid(), own_id() };

	(void)context;
	call_each(ENTRY_NATIVE, self, SIGUSR1, TARGETS(self.id));
}

/* A namespace in a namespace: three numbers for each process. */
static void act_deeper(void *context)
{
	(void)context;
	in_namespace(act_one, false);
}

struct act {
	const char *name;
	play *act;
	bool as_init;
};

static const struct act acts[] = {
	{ "all_empty", act_all_empty, true },
	{ "all", act_all, false },
	{ "all_as_init", act_all, true },
	{ "all_i386", act_all_i386, false },
	{ "all_mixed", act_all_mixed, false },
	{ "all_denied", act_all_denied, false },
	{ "one", act_one, false },
	{ "group", act_group, false },
	{ "init", act_on_init, false },
	{ "outsider", act_on_outsider, false },
	{ "self", act_on_self, false },
	{ "self_as_init", act_on_self, true },
	{ "deeper", act_deeper, false },
};

/* What `text` says, inside. */
static void inside_namespace(const struct situation *s)
{
	need_entry(s->entry);
	for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++)
		if (!strcmp(acts[i].name, s->text))
			in_namespace(acts[i].act, acts[i].as_init);
}

/* From outside to a namespace's processes, the first of which is its init. */
static void into_namespace(const struct situation *s)
{
	struct process init, second;

	(void)s;
	if (unshare(CLONE_NEWPID))
		skip("no pid namespaces");
	init = start_plain();
	second = start_plain();
	call_each(ENTRY_NATIVE, (struct process){ init.id, init.id }, SIGUSR1, TARGETS(init.id));
	call_kill(second.pid, SIGUSR1, TARGETS(second.id));
	call_kill(init.pid, 0, TARGETS(init.id));
	call_kill(init.pid, SIGKILL, TARGETS(init.id));
}

#endif
