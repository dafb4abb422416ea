/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files that make up the field table share: getters, and setters of values. */
#ifndef KS_FIELDS_INTERNAL_H
#define KS_FIELDS_INTERNAL_H

#include <string.h>

#include "lib/escape.h"
#include "format/fields.h"
#include "format/redact.h"
#include "lib/array.h"

/* The fields of a struct task: all, as a sender has them, and without the ancestors. */
extern const struct field_set sender_set, process_set;
/* The sender of the signal that ended a process, in short; of a struct task, too. */
extern const struct field_set cause_sender_set;
/* Likewise, of a signal that came before. */
extern const struct field_set step_sender_set;
/* Who ran when the kernel sent a signal: in full, and in short. Of struct task, too. */
extern const struct field_set context_set, cause_context_set;
/* `int`: a signal's number and name. */
extern const struct field_set number_set;
/* `struct event`, a signal: what its target did about it. */
extern const struct field_set effect_set;
/* `struct event_limit` */
extern const struct field_set limit_set;
/* The events. */
extern const struct field_set signal_set, exit_set, lost_set;

/* Getters that sets of several files have. */
field_getter field_get_cmdline, field_get_step_cmdline, field_get_cause_cmdline,
    field_get_ancestors, field_get_event, field_get_time, field_get_seq, field_get_pid_reuse,
    field_get_blast, field_get_undecided;
field_getter field_get_effect, field_get_state, field_get_reason, field_get_limit,
    field_get_cause_limit, field_get_limit_cgroup;
field_getter field_get_env, field_get_ancestor_env;
field_getter field_get_unit, field_get_user_unit, field_get_container, field_get_container_name,
    field_get_pod, field_get_pod_namespace;
field_getter field_get_exe_device, field_get_exe_inode, field_get_mount_namespace,
    field_get_exe_elsewhere, field_get_ancestor_exe_device, field_get_ancestor_exe_inode,
    field_get_cmdline_inherited, field_get_inherited, field_get_ancestor_inherited;

/* The name of a field, and the key made of it. */
#define NAME(name)                                                                                 \
	name,                                                                                      \
	{                                                                                          \
		",\"" name "\":", sizeof(name) - 1 + sizeof(",\"\":") - 1                          \
	}
#define SET(array) array, ARRAY_SIZE(array)

/* Defines a getter; GET: for its file only. Its body has the object as `from`, a `const type *`. */
#define UNUSED __attribute__((unused))
#define GET_PUBLIC(name, type)                                                                     \
	static void name##_of(const struct field_context *context, const type *from,               \
			      struct value *ret);                                                  \
	void name(const struct field_context *context, const void *object, struct value *ret)      \
	{                                                                                          \
		name##_of(context, object, ret);                                                   \
	}                                                                                          \
	static void name##_of(const struct field_context *context UNUSED, const type *from UNUSED, \
			      struct value *ret)
#define GET(name, type)                                                                            \
	static field_getter name;                                                                  \
	GET_PUBLIC(name, type)

static inline void set_number(struct value *ret, int64_t number)
{
	ret->kind = VALUE_NUMBER;
	ret->number = number;
}

static inline void set_bool(struct value *ret, bool is)
{
	ret->kind = VALUE_BOOL;
	ret->number = is;
}

static inline void set_text(struct value *ret, const char *text, size_t bytes)
{
	if (!text)
		return;
	ret->kind = VALUE_TEXT;
	ret->text = text;
	ret->bytes = bytes;
	ret->cut_start = ret->cut_end = false;
}

/* A text of which the start is shown, or the end, as far as `budget` allows: see escape_head(). */
static inline void set_head(struct value *ret, const char *text, size_t bytes, size_t budget)
{
	if (!text)
		return;
	set_text(ret, text, escape_head(text, bytes, budget));
	ret->cut_end = ret->bytes < bytes;
}

static inline void set_tail(struct value *ret, const char *text, size_t budget)
{
	size_t bytes = text ? strlen(text) : 0, shown = escape_tail(text, bytes, budget);

	if (!text)
		return;
	set_text(ret, text + bytes - shown, shown);
	ret->cut_start = shown < bytes;
}

static inline void set_string(struct value *ret, const char *text)
{
	if (text)
		set_text(ret, text, strlen(text));
}

static inline void set_date(struct value *ret, uint64_t real_ns)
{
	ret->kind = VALUE_DATE;
	ret->time_ns = real_ns;
}

/* When a process started, of CLOCK_BOOTTIME; 0: unknown. */
static inline void set_start(const struct field_context *context, struct value *ret,
			     uint64_t start_ns)
{
	if (start_ns)
		set_date(ret, clock_boot_to_real(context->clock, start_ns));
}

static inline void set_argv(const struct field_context *context, struct value *ret,
			    const char *argv, size_t bytes, size_t budget)
{
	if (!argv)
		return;
	if (context->redacted) {
		strbuf_reset(context->redacted);
		redact_argv(context->redacted, argv, bytes, context->secret_names);
		argv = strbuf_str(context->redacted);
		bytes = context->redacted->len;
	}
	set_text(ret, argv, escape_argv_head(argv, bytes, budget));
	ret->kind = VALUE_ARGV;
	ret->cut_end = ret->bytes < bytes;
}

/* Pids count from 1, and 0 means that the process cannot be seen from our pid namespace. */
static inline void set_pid(struct value *ret, uint32_t pid)
{
	if (pid)
		set_number(ret, pid);
}

static inline void set_object(struct value *ret, const struct field_set *set, const void *object)
{
	if (!object)
		return;
	ret->kind = VALUE_OBJECT;
	ret->set = set;
	ret->object = object;
	ret->task = set->is_task ? object : NULL;
}

#endif
