/* SPDX-License-Identifier: GPL-2.0-only */
/* Situations: ids, logins, terminals, names: who sender and target are. */
#ifndef KS_TESTS_SITUATIONS_WHO_H
#define KS_TESTS_SITUATIONS_WHO_H

#include <linux/capability.h>
#include <sys/personality.h>

#include "situations_calls.h"

/* ---- ids ---- */

static const struct ids unlike = { 1, 0, 2, 3, 4, 5 };

static void prepare_unlike(void *context)
{
	(void)context;
	become(&unlike);
}

static void unlike_ids(const struct situation *s)
{
	struct process target = start(prepare_unlike, NULL);

	(void)s;
	call_kill(target.pid, SIGUSR1, TARGETS(target.id));
	become(&unlike);
	call_each(ENTRY_NATIVE, target, SIGUSR1, TARGETS(target.id));
	call_kill(make_gone(NULL), SIGUSR1, NO_TARGETS);
}

/* Permission is by real and effective ids of the sender, real and saved ones of the target. */
static void saved_id_permits(const struct situation *s)
{
	struct process saved = start(prepare_unlike, NULL), plain = start_plain();

	(void)s;
	become(&(struct ids){ 2, 2, 2, 7, 7, 7 });
	call_kill(saved.pid, SIGUSR1, TARGETS(saved.id));
	call_kill(plain.pid, SIGUSR1, TARGETS(plain.id));
}

static void file_system_ids(const struct situation *s)
{
	struct process target = start_plain();

	(void)s;
	setfsuid(1234);
	setfsgid(5678);
	call_kill(target.pid, SIGUSR1, TARGETS(target.id));
	call_kill(make_gone(NULL), SIGUSR1, NO_TARGETS);
}

/* As a program has them that a large site's user runs. */
static void many_groups(const struct situation *s)
{
	struct process target = start_plain();
	gid_t groups[4000];

	(void)s;
	for (int i = 0; i < 4000; i++)
		groups[i] = 10000 + i;
	if (setgroups(4000, groups))
		skip("setgroups");
	call_kill(target.pid, SIGUSR1, TARGETS(target.id));
}

static void huge_ids(const struct situation *s)
{
	const struct ids huge = { 4294967290U, 4294967291U, 4294967292U,
				  4294967293U, 2147483648U, 4294967294U };
	struct process target = start_plain();

	(void)s;
	become(&huge);
	call_kill(target.pid, SIGUSR1, TARGETS(target.id));
	target = start_plain(); /* of the same ids */
	call_kill(target.pid, SIGUSR1, TARGETS(target.id));
}

static void map_ids(pid_t pid, const char *file, const char *map)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, file);
	if (!can_write_text(path, map))
		skip("no maps of user namespaces");
}

/* Not even root in there may signal those outside; ids are shown as they are outside. */
static void play_user_namespace(void *context)
{
	struct process *outsider = context, own;

	if (unshare(CLONE_NEWUSER))
		skip("no user namespaces");
	map_ids(own_id(), "uid_map", "0 65534 1");
	own = start_plain();
	call_kill(outsider->pid, SIGUSR1, TARGETS(outsider->id));
	call_kill(outsider->pid, 0, TARGETS(outsider->id));
	call_kill(own.pid, SIGUSR1, TARGETS(own.id));
}

static void play_unprivileged_namespace(void *context)
{
	become_nobody();
	prctl(PR_SET_DUMPABLE, 1); /* so that its own files in /proc are its own */
	play_user_namespace(context);
}

static void user_namespace(const struct situation *s)
{
	struct process outsider = start_plain();

	(void)s;
	in_child(play_unprivileged_namespace, &outsider);
}

/* Root's power over others is a capability. */
static void without_cap_kill(const struct situation *s)
{
	struct process stranger = start(play_nobody, NULL), own = start_plain();
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct sets[2];

	(void)s;
	if (syscall(SYS_capget, &header, sets))
		die("capget");
	sets[0].effective &= ~(1U << CAP_KILL);
	if (syscall(SYS_capset, &header, sets))
		die("capset");
	call_kill(stranger.pid, SIGUSR1, TARGETS(stranger.id));
	call_kill(own.pid, SIGUSR1, TARGETS(own.id));
}

/*
 * A domain of Landlock that signals do not leave, since v6.12: LANDLOCK_SCOPE_SIGNAL, the second
 * bit of the third member of struct landlock_ruleset_attr. Audit has the target before it is asked.
 */
static void landlocked(const struct situation *s)
{
	const uint64_t attributes[3] = { [2] = 1 << 1 };
	struct process outsider = start_plain(), own;
	int ruleset = syscall(SYS_landlock_create_ruleset, attributes, sizeof(attributes), 0);

	(void)s;
	if (ruleset < 0)
		skip("Landlock does not know of signals here");
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (syscall(SYS_landlock_restrict_self, ruleset, 0))
		die("landlock");
	own = start_plain();
	call_kill(outsider.pid, SIGUSR1, TARGETS(outsider.id));
	call_kill(outsider.pid, 0, TARGETS(outsider.id));
	call_kill(own.pid, SIGUSR1, TARGETS(own.id));
}

/* ---- login ---- */

static void log_in(void *uid)
{
	if (!can_write_text("/proc/self/loginuid", uid))
		skip("no login uid can be set");
}

static void logged_in(const struct situation *s)
{
	struct process target = start(log_in, "1001"), anyone = start_plain();

	(void)s;
	call_kill(target.pid, SIGUSR1, TARGETS(target.id));
	log_in("1002");
	call_kill(anyone.pid, SIGUSR1, TARGETS(anyone.id));
	call_each(ENTRY_NATIVE, target, SIGUSR1, TARGETS(target.id));
	become_nobody();
	call_kill(target.pid, SIGUSR1, TARGETS(target.id));
}

static void logged_in_highest(const struct situation *s)
{
	struct process target = start(log_in, "2147483648");

	(void)s;
	log_in("4294967294");
	call_kill(target.pid, SIGUSR1, TARGETS(target.id));
	call_kill(make_gone(NULL), SIGUSR1, NO_TARGETS);
}

/* ---- terminals and sessions ---- */

/* A new session, on a new terminal. */
static int open_terminal(void)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (master < 0 || grantpt(master) || unlockpt(master))
		skip("no pseudoterminals");
	setsid();
	if (open(ptsname(master), O_RDWR | O_CLOEXEC) < 0)
		die("terminal");
	return master;
}

static void play_on_terminal(void *context)
{
	struct process *outsider = context, own;

	open_terminal();
	own = start_plain();
	call_kill(own.pid, SIGUSR1, TARGETS(own.id));
	call_kill(outsider->pid, SIGUSR1, TARGETS(outsider->id));
	call_kill(make_gone(NULL), SIGUSR1, NO_TARGETS);
	setpgid(0, own.pid);
	call_kill(own.pid, SIGUSR1, TARGETS(own.id));
}

static void on_terminal(const struct situation *s)
{
	struct process outsider = start_plain();

	(void)s;
	in_child(play_on_terminal, &outsider);
}

/* The master is closed: the session has lost its terminal. */
static void play_hangup(void *context)
{
	struct process *outsider = context;

	close(open_terminal());
	call_kill(outsider->pid, SIGUSR1, TARGETS(outsider->id));
}

static void hung_up(const struct situation *s)
{
	struct process outsider = start_plain();

	(void)s;
	in_child(play_hangup, &outsider);
}

static void play_new_session(void *context)
{
	(void)context;
	setsid();
}

/* SIGCONT is for the whole session, whoever it belongs to. */
static void continue_in_session(const struct situation *s)
{
	struct process same = start_plain(), other = start(play_new_session, NULL);

	(void)s;
	become_nobody();
	call_kill(same.pid, SIGCONT, TARGETS(same.id));
	call_kill(same.pid, SIGTERM, TARGETS(same.id));
	call_kill(other.pid, SIGCONT, TARGETS(other.id));
}

/* ---- personality ---- */

static void with_personality(const struct situation *s)
{
	struct process target = start_plain();

	if (personality((unsigned int)s->number) < 0)
		skip("no such personality");
	call_kill(target.pid, SIGUSR1, TARGETS(target.id));
	call_kill(make_gone(NULL), SIGUSR1, NO_TARGETS);
}

/* ---- names ---- */

static void prepare_name(void *name)
{
	prctl(PR_SET_NAME, name);
}

static void with_name(const struct situation *s)
{
	struct process target = start(prepare_name, (void *)s->text);

	call_kill(target.pid, SIGUSR1, TARGETS(target.id));
	prepare_name((void *)s->text);
	call_kill(target.pid, SIGUSR1, TARGETS(target.id));
	call_kill(make_gone(NULL), SIGUSR1, NO_TARGETS);
}

#endif
