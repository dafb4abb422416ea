// SPDX-License-Identifier: GPL-2.0-only
/* The fields of a process, as sender, target, context, ancestor or what ended. */
#include "field_sets.h"

#include "cgroup.h"
#include "users.h"

static void set_span(struct value *ret, const struct cgroup_span *span)
{
	set_text(ret, span->text, span->len);
}

#define NUMBER_OF_IDS(name, set, member)                                                           \
	GET(name, struct party)                                                                    \
	{                                                                                          \
		set(ret, from->ids.member);                                                        \
	}

NUMBER_OF_IDS(get_pid, set_pid, process.vpid)
NUMBER_OF_IDS(get_tid, set_pid, vtid)
NUMBER_OF_IDS(get_ppid, set_pid, vppid)
NUMBER_OF_IDS(get_uid, set_number, uid)
NUMBER_OF_IDS(get_gid, set_number, gid)
NUMBER_OF_IDS(get_euid, set_number, euid)
NUMBER_OF_IDS(get_egid, set_number, egid)
NUMBER_OF_IDS(get_suid, set_number, suid)
NUMBER_OF_IDS(get_sgid, set_number, sgid)
NUMBER_OF_IDS(get_fsuid, set_number, fsuid)
NUMBER_OF_IDS(get_fsgid, set_number, fsgid)

GET(get_comm, struct party)
{
	set_text(ret, from->ids.comm, enrich_comm_length(from->ids.comm));
}

GET(get_exe, struct party)
{
	set_string(ret, from->process ? from->process->exe : NULL);
}

GET(get_cwd, struct party)
{
	set_string(ret, from->process ? from->process->cwd : NULL);
}

GET(get_cgroup, struct party)
{
	set_string(ret, from->process ? from->process->cgroup : NULL);
}

GET_PUBLIC(field_get_cmdline, struct party)
{
	size_t bytes = 0;
	const char *argv = enrich_argv(from, &bytes);

	set_argv(ret, argv, bytes);
}

GET(get_user, struct party)
{
	set_string(ret, users_name(from->ids.uid));
}

GET(get_auid, struct party)
{
	if (from->known & KS_KNOWN_AUDIT && from->ids.auid != USERS_UNSET)
		set_number(ret, from->ids.auid);
}

GET(get_ses, struct party)
{
	if (from->known & KS_KNOWN_AUDIT && from->ids.ses != (uint32_t)-1)
		set_number(ret, from->ids.ses);
}

GET(get_tty, struct party)
{
	if (from->ids.tty[0])
		set_text(ret, from->ids.tty, strnlen(from->ids.tty, KS_TTY_BYTES));
}

GET(get_unit, struct party)
{
	struct cgroup_span span;

	if (from->process && from->process->cgroup && cgroup_unit(from->process->cgroup, &span))
		set_span(ret, &span);
}

GET(get_container, struct party)
{
	struct cgroup_span span;

	if (from->process && from->process->cgroup &&
	    cgroup_container(from->process->cgroup, &span))
		set_span(ret, &span);
}

GET(get_label, struct party)
{
	if (from->label)
		set_text(ret, from->label->text, from->label->bytes);
}

GET(get_start_time, struct party)
{
	set_date(ret, clock_boot_to_real(context->clock, from->ids.process.start_ns));
}

GET(get_exe_deleted, struct party)
{
	if (from->process && from->process->known & KS_KNOWN_EXE)
		set_bool(ret, from->process->flags & KS_FLAG_EXE_DELETED);
}

GET(get_cut, struct party)
{
	static const struct {
		uint32_t flag;
		const char *name;
	} strings[] = {
		{ KS_FLAG_EXE_CUT, "exe" },
		{ KS_FLAG_CWD_CUT, "cwd" },
		{ KS_FLAG_CGROUP_CUT, "cgroup" },
		{ KS_FLAG_ARGV_CUT, "cmdline" },
	};
	uint32_t flags = from->process ? from->process->flags : 0;

	if (from->argv)
		flags = (flags & ~KS_FLAG_ARGV_CUT) | from->flags;
	ret->kind = VALUE_NAMES;
	for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++)
		if (flags & strings[i].flag)
			ret->names[ret->n++] = strings[i].name;
	if (from->label && from->label->is_cut)
		ret->names[ret->n++] = "label";
}

static const struct field_set ancestor_set;

GET_PUBLIC(field_get_ancestors, struct party)
{
	ret->kind = VALUE_OBJECTS;
	ret->set = &ancestor_set;
	ret->n = enrich_ancestors(context->processes, from, ret->ancestors);
}

/* Ancestors come last: only the sender has them. */
static const struct field process_fields[] = {
	{ "pid", "PID", 7, get_pid, "process id, in killsnoop's pid namespace" },
	{ "tid", "TID", 7, get_tid, "thread id" },
	{ "ppid", "PPID", 7, get_ppid, "process id of the parent at that moment" },
	{ "comm", "COMM", 15, get_comm, "name of the thread" },
	{ "exe", "EXE", 20, get_exe, "path of the executable" },
	{ "cmdline", "CMDLINE", 24, field_get_cmdline, "arguments" },
	{ "cwd", "CWD", 16, get_cwd, "working directory" },
	{ "uid", "UID", 5, get_uid, "real user id" },
	{ "gid", "GID", 5, get_gid, "real group id" },
	{ "euid", "EUID", 5, get_euid, "effective user id" },
	{ "egid", "EGID", 5, get_egid, "effective group id" },
	{ "suid", "SUID", 5, get_suid, "saved user id" },
	{ "sgid", "SGID", 5, get_sgid, "saved group id" },
	{ "fsuid", "FSUID", 5, get_fsuid, "file system user id" },
	{ "fsgid", "FSGID", 5, get_fsgid, "file system group id" },
	{ "user", "USER", 8, get_user, "name of the real user" },
	{ "auid", "AUID", 5, get_auid, "login user id" },
	{ "ses", "SES", 5, get_ses, "audit session" },
	{ "tty", "TTY", 8, get_tty, "controlling terminal" },
	{ "cgroup", "CGROUP", 24, get_cgroup, "cgroup path" },
	{ "unit", "UNIT", 16, get_unit, "systemd unit, from the cgroup" },
	{ "container", "CONTAINER", 12, get_container, "container id, from the cgroup" },
	{ "label", "LABEL", 16, get_label, "label by AppArmor or SELinux" },
	{ "start_time", "START", 32, get_start_time, "when the process started" },
	{ "exe_deleted", "DELETED", 7, get_exe_deleted, "whether the executable is deleted" },
	{ "cut", "CUT", 8, get_cut, "which of the strings were too long" },
	{ "ancestors", "ANCESTORS", 24, field_get_ancestors, "who started it, nearest first",
	  &ancestor_set },
};
enum { PROCESS_PID = 0, PROCESS_COMM = 3 };
const struct field_set sender_set = { SET(process_fields), &process_fields[PROCESS_COMM],
				      &process_fields[PROCESS_PID], true };
const struct field_set process_set = { process_fields,
				       sizeof(process_fields) / sizeof(process_fields[0]) - 1,
				       &process_fields[PROCESS_COMM], &process_fields[PROCESS_PID],
				       true };

/* ---- an ancestor ---- */

GET(get_ancestor_pid, struct ancestor)
{
	set_pid(ret, from->ref.vpid);
}

GET(get_ancestor_comm, struct ancestor)
{
	if (from->process)
		set_text(ret, from->process->ids.comm, enrich_comm_length(from->process->ids.comm));
}

GET(get_ancestor_exe, struct ancestor)
{
	set_string(ret, from->process ? from->process->exe : NULL);
}

GET(get_ancestor_cmdline, struct ancestor)
{
	const struct process *process = from->process;

	if (process && process->argv)
		set_argv(ret, process->argv,
			 enrich_argv_length(process->argv, process->argv_bytes));
}

GET(get_ancestor_start_time, struct ancestor)
{
	set_date(ret, clock_boot_to_real(context->clock, from->ref.start_ns));
}

static const struct field ancestor_fields[] = {
	{ "pid", NULL, 0, get_ancestor_pid, "" },
	{ "comm", NULL, 0, get_ancestor_comm, "" },
	{ "exe", NULL, 0, get_ancestor_exe, "" },
	{ "cmdline", NULL, 0, get_ancestor_cmdline, "" },
	{ "start_time", NULL, 0, get_ancestor_start_time, "" },
};
static const struct field_set ancestor_set = { SET(ancestor_fields), &ancestor_fields[1],
					       &ancestor_fields[0] };

/* ---- the sender of what ended a process ---- */

/* The sender in short: the rest is in the event `seq`. */
static const struct field cause_sender_fields[] = {
	{ "pid", NULL, 0, get_pid, "" },
	{ "comm", NULL, 0, get_comm, "" },
	{ "exe", NULL, 0, get_exe, "" },
	{ "cmdline", NULL, 0, field_get_cmdline, "" },
};
const struct field_set cause_sender_set = { SET(cause_sender_fields) };
