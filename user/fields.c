// SPDX-License-Identifier: GPL-2.0-only
#include "fields.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "cgroup.h"
#include "names.h"
#include "signame.h"
#include "users.h"

#define SET(array) array, sizeof(array) / sizeof((array)[0])
/* Defines a getter; its body has the object as `from`, a `const type *`. */
#define UNUSED __attribute__((unused))
#define GET(name, type)                                                                            \
	static void name##_of(const struct field_context *context, const type *from,               \
			      struct value *ret);                                                  \
	static void name(const struct field_context *context, const void *object,                  \
			 struct value *ret)                                                        \
	{                                                                                          \
		name##_of(context, object, ret);                                                   \
	}                                                                                          \
	static void name##_of(const struct field_context *context UNUSED, const type *from UNUSED, \
			      struct value *ret)

static void set_number(struct value *ret, int64_t number)
{
	ret->kind = VALUE_NUMBER;
	ret->number = number;
}

static void set_bool(struct value *ret, bool is)
{
	ret->kind = VALUE_BOOL;
	ret->number = is;
}

static void set_text(struct value *ret, const char *text, size_t bytes)
{
	if (!text)
		return;
	ret->kind = VALUE_TEXT;
	ret->text = text;
	ret->bytes = bytes;
}

static void set_string(struct value *ret, const char *text)
{
	if (text)
		set_text(ret, text, strlen(text));
}

static void set_time(struct value *ret, uint64_t real_ns)
{
	ret->kind = VALUE_TIME;
	ret->time_ns = real_ns;
}

static void set_argv(struct value *ret, const char *argv, size_t bytes)
{
	if (!argv)
		return;
	ret->kind = VALUE_ARGV;
	ret->text = argv;
	ret->bytes = bytes;
}

/* Pids count from 1, and 0 means that the process cannot be seen from our pid namespace. */
static void set_pid(struct value *ret, uint32_t pid)
{
	if (pid)
		set_number(ret, pid);
}

static void set_object(struct value *ret, const struct field_set *set, const void *object)
{
	if (!object)
		return;
	ret->kind = VALUE_OBJECT;
	ret->set = set;
	ret->object = object;
}

static void set_span(struct value *ret, const struct cgroup_span *span)
{
	set_text(ret, span->text, span->len);
}

/* ---- a process, as sender, target, context or what ended ---- */

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

GET(get_cmdline, struct party)
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

GET(get_start_time, struct party)
{
	set_time(ret, clock_boot_to_real(context->clock, from->ids.process.start_ns));
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
}

static const struct field_set ancestor_set;

GET(get_ancestors, struct party)
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
	{ "cmdline", "CMDLINE", 24, get_cmdline, "arguments" },
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
	{ "start_time", "START", 32, get_start_time, "when the process started" },
	{ "exe_deleted", "DELETED", 7, get_exe_deleted, "whether the executable is deleted" },
	{ "cut", "CUT", 8, get_cut, "which of the strings were too long" },
	{ "ancestors", "ANCESTORS", 24, get_ancestors, "who started it, nearest first",
	  &ancestor_set },
};
enum { PROCESS_PID = 0, PROCESS_COMM = 3 };
static const struct field_set sender_set = { SET(process_fields), &process_fields[PROCESS_COMM],
					     &process_fields[PROCESS_PID], true };
static const struct field_set process_set = {
	process_fields, sizeof(process_fields) / sizeof(process_fields[0]) - 1,
	&process_fields[PROCESS_COMM], &process_fields[PROCESS_PID], true
};

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
	if (from->process)
		set_argv(ret, from->process->argv, from->process->argv_bytes);
}

GET(get_ancestor_start_time, struct ancestor)
{
	set_time(ret, clock_boot_to_real(context->clock, from->ref.start_ns));
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

/* ---- a signal's number and name: of the event, of an exit's status, of its cause ---- */

GET(get_signal_number, int)
{
	set_number(ret, *from);
}

GET(get_signal_name, int)
{
	static char name[SIGNAME_MAX];
	set_string(ret, signame_get(*from, name));
}

static const struct field number_fields[] = {
	{ "number", "NR", 3, get_signal_number, "number" },
	{ "name", "SIGNAL", 10, get_signal_name, "name" },
};
static const struct field_set number_set = { SET(number_fields), &number_fields[1] };

/* ---- call and siginfo ---- */

GET(get_call_id, struct event_call)
{
	if (from->id)
		set_number(ret, from->id);
}

GET(get_call_arch, struct event_call)
{
	set_string(ret, name_of_arch(from->arch, from->nr));
}

GET(get_call_syscall, struct event_call)
{
	set_number(ret, from->nr & ~0x40000000u);
}

GET(get_call_return, struct event_call)
{
	if (from->ret_known)
		set_number(ret, from->ret);
}

GET(get_call_targets, struct event_call)
{
	set_number(ret, from->targets);
}

GET(get_call_index, struct event_call)
{
	set_number(ret, from->index);
}

static const struct field call_fields[] = {
	{ "id", "CALL", 16, get_call_id, "the same for all targets of one call" },
	{ "arch", "ARCH", 7, get_call_arch, "architecture of the call" },
	{ "syscall", "NR", 4, get_call_syscall, "number of the system call" },
	{ "return", "RET", 4, get_call_return, "what it returned" },
	{ "targets", "N", 4, get_call_targets, "how many targets it had" },
	{ "index", "I", 4, get_call_index, "which of them this is, from 0" },
};
static const struct field_set call_set = { SET(call_fields) };

GET(get_info_code, struct event)
{
	set_number(ret, from->signal.info.code);
}

GET(get_info_pid, struct event)
{
	if (from->signal.info_names_sender)
		set_number(ret, from->signal.info.pid);
}

GET(get_info_uid, struct event)
{
	if (from->signal.info_names_sender)
		set_number(ret, from->signal.info.uid);
}

static const struct field info_fields[] = {
	{ "code", "CODE", 5, get_info_code, "si_code" },
	{ "pid", "SI_PID", 7, get_info_pid, "si_pid: what the target is told, may be forged" },
	{ "uid", "SI_UID", 7, get_info_uid, "si_uid, likewise" },
};
static const struct field_set info_set = { SET(info_fields) };

/* ---- every event ---- */

GET(get_event, struct event)
{
	static const char *const names[] = { "signal", "exit", "lost" };
	set_string(ret, names[from->type]);
}

GET(get_time, struct event)
{
	set_time(ret, from->real_ns);
}

GET(get_seq, struct event)
{
	set_number(ret, from->seq);
}

/* ---- a signal ---- */

GET(get_signal, struct event)
{
	set_object(ret, &number_set, &from->signal.number);
}

GET(get_sender, struct event)
{
	set_object(ret, &sender_set, event_sender(from));
}

GET(get_target, struct event)
{
	set_object(ret, &process_set, event_target(from));
}

GET(get_context, struct event)
{
	set_object(ret, &process_set, event_context(from));
}

GET(get_via, struct event)
{
	set_string(ret, name_of_via(from->signal.call.via));
}

GET(get_args, struct event)
{
	/* The prototypes: how many arguments there are, and which are int ('i') or not ('p'). */
	static const char *const types[KS_VIA_MAX] = {
		[KS_VIA_KILL] = "ii",
		[KS_VIA_TKILL] = "ii",
		[KS_VIA_TGKILL] = "iii",
		[KS_VIA_RT_SIGQUEUEINFO] = "iip",
		[KS_VIA_RT_TGSIGQUEUEINFO] = "iiip",
		[KS_VIA_PIDFD_SEND_SIGNAL] = "iipi",
	};
	const struct event_call *call = &from->signal.call;
	const char *type = types[call->via];

	if (!type)
		return;
	ret->kind = VALUE_NUMBERS;
	for (; type[ret->n]; ret->n++)
		ret->numbers[ret->n] =
		    type[ret->n] == 'i' ? (int32_t)call->args[ret->n] : (int64_t)call->args[ret->n];
}

GET(get_origin, struct event)
{
	set_string(ret, name_of_origin(from->signal.origin));
}

GET(get_scope, struct event)
{
	set_string(ret, name_of_scope(from->signal.scope));
}

GET(get_result, struct event)
{
	set_string(ret, name_of_result(from->signal.result));
}

GET(get_error, struct event)
{
	if (from->signal.call.ret_known && from->signal.call.ret < 0)
		set_string(ret, name_of_error(-from->signal.call.ret));
}

GET(get_call, struct event)
{
	set_object(ret, &call_set, from->signal.call.via ? &from->signal.call : NULL);
}

GET(get_info, struct event)
{
	set_object(ret, &info_set, from->signal.info.kind == KS_INFO_REAL ? from : NULL);
}

GET(get_command, struct event)
{
	if (event_sender(from))
		get_cmdline(context, event_sender(from), ret);
}

GET(get_chain, struct event)
{
	if (event_sender(from))
		get_ancestors(context, event_sender(from), ret);
}

static const struct field signal_fields[] = {
	{ "event", "EVENT", 6, get_event, "signal, exit or lost" },
	{ "time", "TIME", 15, get_time, "when, by the kernel's clock" },
	{ "seq", "SEQ", 6, get_seq, "number in the stream; a gap is a loss" },
	{ "signal", "SIGNAL", 10, get_signal, "the signal", &number_set },
	{ "result", "RESULT", 10, get_result, "what became of it" },
	{ "target", "TARGET", 20, get_target, "who got it", &process_set },
	{ "sender", "SENDER", 20, get_sender, "who sent it", &sender_set },
	{ "context", "CONTEXT", 20, get_context, "who happened to run when the kernel sent it",
	  &process_set },
	{ "via", "VIA", 6, get_via, "system call" },
	{ "args", "ARGS", 12, get_args, "its arguments" },
	{ "origin", "ORIGIN", 7, get_origin, "user, or kernel" },
	{ "scope", "SCOPE", 7, get_scope, "process, thread, group or all" },
	{ "error", "ERROR", 7, get_error, "errno's name if the call failed" },
	{ "call", NULL, 0, get_call, "the call", &call_set },
	{ "info", NULL, 0, get_info, "what the target is told", &info_set },
	{ "command", "COMMAND", 24, get_command, "the sender's arguments", NULL, true },
	{ "chain", "STARTED BY", 24, get_chain, "the sender's ancestors, nearest first", NULL,
	  true },
};
static const struct field_set signal_set = { SET(signal_fields) };

/* ---- an exit ---- */

GET(get_status_code, struct event)
{
	if (WIFEXITED(from->exit.code))
		set_number(ret, WEXITSTATUS(from->exit.code));
}

GET(get_status_signal, struct event)
{
	static int number;
	number = WTERMSIG(from->exit.code);
	set_object(ret, &number_set, number ? &number : NULL);
}

GET(get_status_core, struct event)
{
	set_bool(ret, WCOREDUMP(from->exit.code));
}

static const struct field status_fields[] = {
	{ "code", NULL, 0, get_status_code, "" },
	{ "signal", NULL, 0, get_status_signal, "" },
	{ "core", NULL, 0, get_status_core, "" },
};
static const struct field_set status_set = { SET(status_fields) };

GET(get_cause_seq, struct event)
{
	if (from->exit.cause.seq)
		set_number(ret, from->exit.cause.seq);
}

GET(get_cause_signal, struct event)
{
	set_object(ret, &number_set, &from->exit.cause.signal);
}

/* The sender in short: the rest is in the event `seq`. */
static const struct field cause_sender_fields[] = {
	{ "pid", NULL, 0, get_pid, "" },
	{ "comm", NULL, 0, get_comm, "" },
	{ "exe", NULL, 0, get_exe, "" },
	{ "cmdline", NULL, 0, get_cmdline, "" },
};
static const struct field_set cause_sender_set = { SET(cause_sender_fields) };

GET(get_cause_sender, struct event)
{
	set_object(ret, &cause_sender_set,
		   from->exit.cause.sender.present ? &from->exit.cause.sender : NULL);
}

static const struct field cause_fields[] = {
	{ "seq", NULL, 0, get_cause_seq, "" },
	{ "signal", NULL, 0, get_cause_signal, "" },
	{ "sender", NULL, 0, get_cause_sender, "" },
};
static const struct field_set cause_set = { SET(cause_fields) };

GET(get_process, struct event)
{
	set_object(ret, &process_set, event_target(from));
}

GET(get_status, struct event)
{
	set_object(ret, &status_set, from);
}

GET(get_cause, struct event)
{
	set_object(ret, &cause_set, from->exit.cause.known ? from : NULL);
}

GET(get_delay, struct event)
{
	if (from->exit.cause.known)
		set_number(ret, from->time_ns - from->exit.cause.time_ns);
}

static const struct field exit_fields[] = {
	{ "event", NULL, 0, get_event, "" },	{ "time", NULL, 0, get_time, "" },
	{ "seq", NULL, 0, get_seq, "" },	{ "process", NULL, 0, get_process, "" },
	{ "status", NULL, 0, get_status, "" },	{ "cause", NULL, 0, get_cause, "" },
	{ "delay_ns", NULL, 0, get_delay, "" },
};
static const struct field_set exit_set = { SET(exit_fields) };

/* ---- a loss ---- */

GET(get_lost_count, struct event)
{
	set_number(ret, from->lost.count);
}

GET(get_lost_cause, struct event)
{
	set_string(ret, from->lost.cause);
}

static const struct field lost_fields[] = {
	{ "event", NULL, 0, get_event, "" },	  { "time", NULL, 0, get_time, "" },
	{ "seq", NULL, 0, get_seq, "" },	  { "count", NULL, 0, get_lost_count, "" },
	{ "cause", NULL, 0, get_lost_cause, "" },
};
static const struct field_set lost_set = { SET(lost_fields) };

const struct field_set *const field_sets[] = {
	[EVENT_SIGNAL] = &signal_set,
	[EVENT_EXIT] = &exit_set,
	[EVENT_LOST] = &lost_set,
};

/* ---- columns ---- */

static const struct field *find_field(const struct field_set *set, const char *name, size_t bytes)
{
	for (size_t i = 0; set && i < set->n; i++)
		if (strlen(set->fields[i].name) == bytes &&
		    !memcmp(set->fields[i].name, name, bytes))
			return &set->fields[i];
	return NULL;
}

static int parse_column(const char *name, size_t bytes, struct column *column)
{
	const struct field_set *set = &signal_set;
	const char *end = name + bytes;
	size_t n = 0;

	memset(column, 0, sizeof(*column));
	while (column->depth < sizeof(column->path) / sizeof(column->path[0])) {
		const char *dot = memchr(name, '.', end - name);
		const char *stop = dot ? dot : end;
		const struct field *field = find_field(set, name, stop - name);

		if (!field)
			return -EINVAL;
		column->path[column->depth++] = field;
		if (n && field->header)
			n = snprintf(column->header, sizeof(column->header), "%.1s.%s",
				     column->path[0]->header ? column->path[0]->header : "",
				     field->header);
		else
			n = snprintf(column->header, sizeof(column->header), "%s",
				     field->header ? field->header : field->name);
		if (!dot)
			return field->header ? 0 : -EINVAL;
		name = dot + 1;
		set = field->set;
	}
	return -EINVAL;
}

int fields_parse_columns(const char *list, struct column columns[COLUMNS_MAX], const char **ret_bad,
			 size_t *ret_bad_bytes)
{
	int n = 0;

	for (;;) {
		size_t bytes = strcspn(list, ",");

		*ret_bad = list;
		*ret_bad_bytes = bytes;
		if (n == COLUMNS_MAX || parse_column(list, bytes, &columns[n]))
			return -EINVAL;
		n++;
		if (!list[bytes])
			return n;
		list += bytes + 1;
	}
}

void fields_get(const struct field_context *context, const struct column *column,
		const struct event *event, struct value *ret)
{
	const void *object = event;

	for (size_t i = 0; i < column->depth; i++) {
		ret->kind = VALUE_NULL;
		ret->n = 0;
		column->path[i]->get(context, object, ret);
		if (ret->kind == VALUE_NULL)
			return;
		object = ret->object;
	}
}

void fields_list(void (*print)(const char *name, const char *help))
{
	for (size_t i = 0; i < signal_set.n; i++) {
		const struct field *field = &signal_set.fields[i];

		if (field->header)
			print(field->name, field->help);
		for (size_t j = 0; field->set && j < field->set->n; j++) {
			char name[64];

			if (!field->set->fields[j].header)
				continue;
			snprintf(name, sizeof(name), "%s.%s", field->name,
				 field->set->fields[j].name);
			print(name, field->set->fields[j].help);
		}
	}
}
