// SPDX-License-Identifier: GPL-2.0-only
/* Which file a process executes, where its paths hold, and whose its arguments are. */
#include "format/fields_internal.h"

#include <inttypes.h>
#include <stdio.h>

/* MAJOR:MINOR, as /proc/PID/maps has it: the kernel's dev_t has 20 bits of minor. */
static void fields_identity_set_device(const struct process *process, struct value *ret)
{
	static char text[sizeof("4095:1048575")];

	if (!process || !process->exe_device)
		return;
	snprintf(text, sizeof(text), "%u:%u", process->exe_device >> 20,
		 process->exe_device & 0xfffff);
	set_string(ret, text);
}

/* Bits beyond 63 are those of no file system that is known. */
static void fields_identity_set_inode(const struct process *process, struct value *ret)
{
	if (process && process->exe_device && process->exe_inode <= INT64_MAX)
		set_number(ret, process->exe_inode);
}

GET_PUBLIC(field_get_exe_device, struct task)
{
	fields_identity_set_device(from->process, ret);
}

GET_PUBLIC(field_get_exe_inode, struct task)
{
	fields_identity_set_inode(from->process, ret);
}

GET_PUBLIC(field_get_mount_namespace, struct task)
{
	if (from->process && from->process->mount_namespace)
		set_number(ret, from->process->mount_namespace);
}

/* Where the path may be that of another file than it is to the reader; NULL: nowhere. */
static const char *fields_identity_where(const struct process *process)
{
	if (process->flags & KS_FLAG_EXE_DETACHED)
		return "in a mount that is not in its mount namespace";
	return process->flags & KS_FLAG_OTHER_MOUNTS ? "in another mount namespace" : NULL;
}

GET_PUBLIC(field_get_exe_elsewhere, struct task)
{
	static char text[112];
	const struct process *process = from->process;
	const char *where = process && process->exe ? fields_identity_where(process) : NULL;

	if (!where)
		return;
	if (process->exe_device)
		snprintf(text, sizeof(text), "%s, device %u:%u, inode %" PRIu64, where,
			 process->exe_device >> 20, process->exe_device & 0xfffff,
			 process->exe_inode);
	else
		snprintf(text, sizeof(text), "%s", where);
	set_string(ret, text);
	ret->kind = VALUE_WORDS;
}

GET_PUBLIC(field_get_ancestor_exe_device, struct ancestor)
{
	fields_identity_set_device(from->process, ret);
}

GET_PUBLIC(field_get_ancestor_exe_inode, struct ancestor)
{
	fields_identity_set_inode(from->process, ret);
}

static void fields_identity_set_inherited(const struct process *process, struct value *ret)
{
	if (process && process->argv &&
	    process->flags & (KS_FLAG_ARGV_OWN | KS_FLAG_ARGV_INHERITED))
		set_bool(ret, process->flags & KS_FLAG_ARGV_INHERITED);
}

/* What was read from its memory at that moment is its own. */
GET_PUBLIC(field_get_cmdline_inherited, struct task)
{
	if (from->argv)
		set_bool(ret, false);
	else
		fields_identity_set_inherited(from->process, ret);
}

/* It may have another title by now, as servers give their workers. */
GET_PUBLIC(field_get_inherited, struct task)
{
	struct value is_inherited = { 0 };

	field_get_cmdline_inherited(context, from, &is_inherited);
	if (is_inherited.kind != VALUE_BOOL || !is_inherited.number)
		return;
	set_string(ret, "inherited by fork");
	ret->kind = VALUE_WORDS;
}

GET_PUBLIC(field_get_ancestor_inherited, struct ancestor)
{
	fields_identity_set_inherited(from->process, ret);
}
