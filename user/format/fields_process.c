// SPDX-License-Identifier: GPL-2.0-only
/* The fields of a process, as sender, target, context, ancestor or what ended. */
#include "format/fields_internal.h"

#include "lib/array.h"

/*
 * How much of the strings of a process is shown, in bytes of output: see escape_head(). A path of
 * PATH_MAX fits if it is plain. With 16 ancestors, and all of it hostile, no line of any format is
 * longer than 48,000 bytes; each ancestor has its share, so that the nearest ones, which
 * an attacker makes, cannot push out those further up. tests/unit/test_bounds.c has the worst case.
 */
enum {
	SHOWN_LABEL = 1024,
	SHOWN_USER = 256,
	SHOWN_CAUSE_EXE = 2560,
	SHOWN_CAUSE_ARGV = 2048,
	SHOWN_STEP_EXE = 90,
	SHOWN_STEP_ARGV = 256,
};

/* These leave room for environments, whose shares are in fields_env.c, if there are any. */
static const struct shares {
	size_t exe, cwd, cgroup, argv, ancestor_exe, ancestor_argv;
} all_shares[] = {
	{ 4110, 1536, 1088, 3072, 272, 352 },
	{ 2560, 1024, 1024, 2048, 160, 240 },
};

static const struct shares *fields_shares_of(const struct field_context *context)
{
	return &all_shares[context->has_env];
}

#define NUMBER_OF_IDS(name, set, member)                                                           \
	GET(name, struct task)                                                                     \
	{                                                                                          \
		set(ret, from->ids.member);                                                        \
	}

NUMBER_OF_IDS(field_get_pid, set_pid, process.vpid)
NUMBER_OF_IDS(field_get_tid, set_pid, vtid)
NUMBER_OF_IDS(field_get_ppid, set_pid, vppid)
NUMBER_OF_IDS(field_get_uid, set_number, uid)
NUMBER_OF_IDS(field_get_gid, set_number, gid)
NUMBER_OF_IDS(field_get_euid, set_number, euid)
NUMBER_OF_IDS(field_get_egid, set_number, egid)
NUMBER_OF_IDS(field_get_suid, set_number, suid)
NUMBER_OF_IDS(field_get_sgid, set_number, sgid)
NUMBER_OF_IDS(field_get_fsuid, set_number, fsuid)
NUMBER_OF_IDS(field_get_fsgid, set_number, fsgid)

GET(field_get_comm, struct task)
{
	set_text(ret, from->ids.comm, comm_length(from->ids.comm));
}

GET(field_get_exe, struct task)
{
	set_tail(ret, from->process ? from->process->exe : NULL, fields_shares_of(context)->exe);
}

GET(field_get_cwd, struct task)
{
	set_tail(ret, from->process ? from->process->cwd : NULL, fields_shares_of(context)->cwd);
}

GET(field_get_cgroup, struct task)
{
	const char *cgroup = from->process ? from->process->cgroup : NULL;

	set_head(ret, cgroup, cgroup ? strlen(cgroup) : 0, fields_shares_of(context)->cgroup);
}

GET_PUBLIC(field_get_cmdline, struct task)
{
	size_t bytes = 0;
	const char *argv = task_argv(from, &bytes);

	set_argv(context, ret, argv, bytes, fields_shares_of(context)->argv);
	ret->task = from;
}

GET(field_get_user, struct task)
{
	set_head(ret, from->user, from->user ? strlen(from->user) : 0, SHOWN_USER);
}

GET(field_get_auid, struct task)
{
	if (from->known & KS_KNOWN_AUDIT && from->ids.auid != (uint32_t)-1)
		set_number(ret, from->ids.auid);
}

GET(field_get_ses, struct task)
{
	if (from->known & KS_KNOWN_AUDIT && from->ids.ses != (uint32_t)-1)
		set_number(ret, from->ids.ses);
}

GET(field_get_tty, struct task)
{
	if (from->ids.tty[0])
		set_text(ret, from->ids.tty, strnlen(from->ids.tty, KS_TTY_BYTES));
}

GET(field_get_label, struct task)
{
	if (from->label)
		set_head(ret, from->label->text, from->label->bytes, SHOWN_LABEL);
}

GET(field_get_start_time, struct task)
{
	set_start(context, ret, from->ids.process.start_ns);
}

GET(field_get_exec_time, struct task)
{
	if (from->process && from->process->exec_ns)
		set_date(ret, clock_boot_to_real(context->clock, from->process->exec_ns));
}

GET(field_get_exe_deleted, struct task)
{
	if (from->process && from->process->known & KS_KNOWN_EXE)
		set_bool(ret, from->process->flags & KS_FLAG_EXE_DELETED);
}

/* A string that can be too long: for the BPF side, which sets the flag, or for what is shown. */
struct long_string {
	const char *name;
	uint32_t flag;
	field_getter *get;
};

static void fields_set_cut(const struct field_context *context, const void *object,
			   const struct long_string *strings, size_t n, uint32_t flags,
			   struct value *ret)
{
	ret->kind = VALUE_NAMES;
	for (size_t i = 0; i < n; i++) {
		struct value value = { 0 };

		strings[i].get(context, object, &value);
		if (flags & strings[i].flag || value.cut_start || value.cut_end)
			ret->names[ret->n++] = strings[i].name;
	}
}

static uint32_t fields_cut_flags(const struct task *task)
{
	uint32_t flags = task->process ? task->process->flags : 0;

	return task->argv ? (flags & ~KS_FLAG_ARGV_CUT) | task->flags : flags;
}

GET(field_get_cut, struct task)
{
	static const struct long_string strings[] = {
		{ "exe", KS_FLAG_EXE_ROOTLESS, field_get_exe },
		{ "cwd", KS_FLAG_CWD_CUT, field_get_cwd },
		{ "cgroup", KS_FLAG_CGROUP_CUT | KS_FLAG_CGROUP_LOST, field_get_cgroup },
		{ "cmdline", KS_FLAG_ARGV_CUT, field_get_cmdline },
		{ "env", 0, field_get_env },
	};
	_Static_assert(ARRAY_SIZE(strings) + 1 <= VALUE_ITEMS_MAX, "all names fit");
	struct value label = { 0 };

	fields_set_cut(context, from, SET(strings), fields_cut_flags(from), ret);
	field_get_label(context, from, &label);
	if (label.cut_end || (from->label && from->label->is_cut))
		ret->names[ret->n++] = "label";
}

static const struct field_set ancestor_set;

GET_PUBLIC(field_get_ancestors, struct task)
{
	const struct ancestors *ancestors = from->process ? from->process->ancestors : NULL;

	ret->kind = VALUE_OBJECTS;
	ret->set = &ancestor_set;
	ret->n = ancestors ? ancestors->n : 0;
	ret->ancestors = ancestors ? ancestors->items : NULL;
	ret->task = from;
}

GET(field_get_syscall, struct task)
{
	set_string(ret, from->syscall);
}

/* What not all have comes last: a sender has ancestors, a context its system call, too. */
static const struct field process_fields[] = {
	{ NAME("pid"), "PID", 7, field_get_pid, "process id, in killsnoop's pid namespace" },
	{ NAME("tid"), "TID", 7, field_get_tid, "thread id" },
	{ NAME("ppid"), "PPID", 7, field_get_ppid, "process id of the parent at that moment" },
	{ NAME("comm"), "COMM", 15, field_get_comm, "name of the thread" },
	{ NAME("exe"), "EXE", 20, field_get_exe, "path of the executable" },
	{ NAME("cmdline"), "CMDLINE", 24, field_get_cmdline, "arguments", .least = 10,
	  .grows = true },
	{ NAME("cwd"), "CWD", 16, field_get_cwd, "working directory" },
	{ NAME("uid"), "UID", 5, field_get_uid, "real user id" },
	{ NAME("gid"), "GID", 5, field_get_gid, "real group id" },
	{ NAME("euid"), "EUID", 5, field_get_euid, "effective user id" },
	{ NAME("egid"), "EGID", 5, field_get_egid, "effective group id" },
	{ NAME("suid"), "SUID", 5, field_get_suid, "saved user id" },
	{ NAME("sgid"), "SGID", 5, field_get_sgid, "saved group id" },
	{ NAME("fsuid"), "FSUID", 5, field_get_fsuid, "file system user id" },
	{ NAME("fsgid"), "FSGID", 5, field_get_fsgid, "file system group id" },
	{ NAME("user"), "USER", 8, field_get_user, "name of the real user" },
	{ NAME("auid"), "AUID", 5, field_get_auid, "login user id" },
	{ NAME("ses"), "SES", 5, field_get_ses, "audit session" },
	{ NAME("tty"), "TTY", 8, field_get_tty, "controlling terminal" },
	{ NAME("cgroup"), "CGROUP", 24, field_get_cgroup, "cgroup path" },
	{ NAME("unit"), "UNIT", 16, field_get_unit, "systemd unit, from the cgroup" },
	{ NAME("user_unit"), "USERUNIT", 16, field_get_user_unit,
	  "unit of the user's own systemd, from the cgroup" },
	{ NAME("container"), "CONTAINER", 12, field_get_container,
	  "container id, from the cgroup" },
	{ NAME("container_name"), "CONTAINER_NAME", 16, field_get_container_name,
	  "what the container's runtime calls it" },
	{ NAME("pod"), "POD", 24, field_get_pod, "Kubernetes pod of the container" },
	{ NAME("pod_namespace"), "POD_NAMESPACE", 16, field_get_pod_namespace,
	  "Kubernetes namespace of the pod" },
	{ NAME("label"), "LABEL", 16, field_get_label, "label by AppArmor or SELinux" },
	{ NAME("start_time"), "START", 32, field_get_start_time, "when the process started" },
	{ NAME("exec_time"), "EXECUTED", 32, field_get_exec_time, "when its program was executed" },
	{ NAME("env"), "ENV", 24, field_get_env, "environment variables that --env asked for" },
	{ NAME("exe_deleted"), "DELETED", 7, field_get_exe_deleted,
	  "whether the executable is deleted" },
	{ NAME("exe_device"), "DEVICE", 7, field_get_exe_device,
	  "device of the executable, MAJOR:MINOR" },
	{ NAME("exe_inode"), "INODE", 9, field_get_exe_inode, "inode of the executable" },
	{ NAME("mount_namespace"), "MOUNTS", 10, field_get_mount_namespace,
	  "mount namespace, by its inode" },
	{ NAME("exe_elsewhere"), "ELSEWHERE", 26, field_get_exe_elsewhere,
	  "whether paths may be others than in killsnoop's own mount namespace",
	  .column_only = true, .is_remark = true },
	{ NAME("cmdline_inherited"), "INHERITED", 9, field_get_cmdline_inherited,
	  "whether the arguments are those of the process that it was forked from" },
	{ NAME("inherited"), "INHERITED", 17, field_get_inherited, "says so if they are",
	  .column_only = true, .is_remark = true },
	{ NAME("cut"), "CUT", 8, field_get_cut, "which of the strings were too long" },
	{ NAME("ancestors"), "ANCESTORS", 24, field_get_ancestors, "who started it, nearest first",
	  &ancestor_set },
	{ NAME("syscall"), "SYSCALL", 10, field_get_syscall, "system call that it was in" },
};
enum { PROCESS_PID = 0, PROCESS_COMM = 3 };
#define TITLE &process_fields[PROCESS_COMM], &process_fields[PROCESS_PID]
enum { ALL = ARRAY_SIZE(process_fields) };
const struct field_set context_set = { process_fields, ALL,	 TITLE,
				       true,	       "while ", &process_fields[ALL - 1] };
const struct field_set sender_set = { process_fields, ALL - 1, TITLE, true };
const struct field_set process_set = { process_fields, ALL - 2, TITLE, true };

/* ---- an ancestor ---- */

GET(field_get_ancestor_pid, struct ancestor)
{
	set_pid(ret, from->ref.vpid);
}

GET(field_get_ancestor_comm, struct ancestor)
{
	if (from->process)
		set_text(ret, from->process->ids.comm, comm_length(from->process->ids.comm));
}

GET(field_get_ancestor_exe, struct ancestor)
{
	set_tail(ret, from->process ? from->process->exe : NULL,
		 fields_shares_of(context)->ancestor_exe);
}

GET(field_get_ancestor_cmdline, struct ancestor)
{
	const struct process *process = from->process;

	if (process && process->argv)
		set_argv(context, ret, process->argv,
			 event_argv_length(process->argv, process->argv_bytes),
			 fields_shares_of(context)->ancestor_argv);
}

GET(field_get_ancestor_start_time, struct ancestor)
{
	set_start(context, ret, from->ref.start_ns);
}

GET(field_get_ancestor_cut, struct ancestor)
{
	static const struct long_string strings[] = {
		{ "exe", KS_FLAG_EXE_ROOTLESS, field_get_ancestor_exe },
		{ "cmdline", KS_FLAG_ARGV_CUT, field_get_ancestor_cmdline },
		{ "env", 0, field_get_ancestor_env },
	};

	fields_set_cut(context, from, SET(strings), from->process ? from->process->flags : 0, ret);
}

static const struct field ancestor_fields[] = {
	{ NAME("pid"), NULL, 0, field_get_ancestor_pid, "" },
	{ NAME("comm"), NULL, 0, field_get_ancestor_comm, "" },
	{ NAME("exe"), NULL, 0, field_get_ancestor_exe, "" },
	{ NAME("exe_device"), NULL, 0, field_get_ancestor_exe_device, "" },
	{ NAME("exe_inode"), NULL, 0, field_get_ancestor_exe_inode, "" },
	{ NAME("cmdline"), NULL, 0, field_get_ancestor_cmdline, "" },
	{ NAME("cmdline_inherited"), NULL, 0, field_get_ancestor_inherited, "" },
	{ NAME("start_time"), NULL, 0, field_get_ancestor_start_time, "" },
	{ NAME("env"), NULL, 0, field_get_ancestor_env, "" },
	{ NAME("cut"), NULL, 0, field_get_ancestor_cut, "" },
};
static const struct field_set ancestor_set = { SET(ancestor_fields), &ancestor_fields[1],
					       &ancestor_fields[0] };

/* ---- the sender of what ended a process ---- */

/* In short: the rest is in the event `seq`. An exit has several of them. */
#define SHORT_TEXTS(name, exe_bytes, argv_bytes)                                                   \
	GET(field_get_##name##_exe, struct task)                                                   \
	{                                                                                          \
		set_tail(ret, from->process ? from->process->exe : NULL, exe_bytes);               \
	}                                                                                          \
	GET_PUBLIC(field_get_##name##_cmdline, struct task)                                        \
	{                                                                                          \
		size_t bytes = 0;                                                                  \
		const char *argv = task_argv(from, &bytes);                                        \
                                                                                                   \
		set_argv(context, ret, argv, bytes, argv_bytes);                                   \
	}

SHORT_TEXTS(cause, SHOWN_CAUSE_EXE, SHOWN_CAUSE_ARGV)
SHORT_TEXTS(step, SHOWN_STEP_EXE, SHOWN_STEP_ARGV)

static const struct field cause_sender_fields[] = {
	{ NAME("pid"), NULL, 0, field_get_pid, "" },
	{ NAME("comm"), NULL, 0, field_get_comm, "" },
	{ NAME("exe"), NULL, 0, field_get_cause_exe, "" },
	{ NAME("exe_device"), NULL, 0, field_get_exe_device, "" },
	{ NAME("exe_inode"), NULL, 0, field_get_exe_inode, "" },
	{ NAME("cmdline"), NULL, 0, field_get_cause_cmdline, "" },
};
const struct field_set cause_sender_set = { SET(cause_sender_fields) };

GET(field_get_step_cut, struct task)
{
	static const struct long_string strings[] = {
		{ "exe", KS_FLAG_EXE_ROOTLESS, field_get_step_exe },
		{ "cmdline", KS_FLAG_ARGV_CUT, field_get_step_cmdline },
	};

	fields_set_cut(context, from, SET(strings), fields_cut_flags(from), ret);
}

/* There may be several, so that each has less room. */
static const struct field step_sender_fields[] = {
	{ NAME("pid"), NULL, 0, field_get_pid, "" },
	{ NAME("comm"), NULL, 0, field_get_comm, "" },
	{ NAME("exe"), NULL, 0, field_get_step_exe, "" },
	{ NAME("exe_device"), NULL, 0, field_get_exe_device, "" },
	{ NAME("exe_inode"), NULL, 0, field_get_exe_inode, "" },
	{ NAME("cmdline"), NULL, 0, field_get_step_cmdline, "" },
	{ NAME("cut"), NULL, 0, field_get_step_cut, "" },
};
const struct field_set step_sender_set = { SET(step_sender_fields) };

static const struct field cause_context_fields[] = {
	{ NAME("pid"), NULL, 0, field_get_pid, "" },
	{ NAME("comm"), NULL, 0, field_get_comm, "" },
	{ NAME("exe"), NULL, 0, field_get_cause_exe, "" },
	{ NAME("exe_device"), NULL, 0, field_get_exe_device, "" },
	{ NAME("exe_inode"), NULL, 0, field_get_exe_inode, "" },
	{ NAME("cmdline"), NULL, 0, field_get_cause_cmdline, "" },
	{ NAME("syscall"), NULL, 0, field_get_syscall, "" },
	{ NAME("ancestors"), NULL, 0, field_get_ancestors, "", &ancestor_set },
};
const struct field_set cause_context_set = { SET(cause_context_fields) };
