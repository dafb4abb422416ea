// SPDX-License-Identifier: GPL-2.0-only
#include "event/decode_process.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "event/env.h"

char *decode_process_copy_path(const struct record_view *record, const struct ks_span *span,
			       bool lacks_root, bool lacks_leaf)
{
	const char *from = record->bytes + span->offset, *end = from + span->bytes;
	char *path, *at;

	if (!record_view_has(record, span))
		return NULL;
	at = path = malloc(span->bytes + sizeof(".../..."));
	if (!path)
		return NULL;
	if (lacks_leaf)
		from += strnlen(from, span->bytes);
	if (lacks_leaf && from < end)
		from++;
	if (lacks_root)
		at = stpcpy(at, "...");
	else if (from == end && !lacks_leaf)
		at = stpcpy(at, "/");
	while (end > from) {
		const char *name = end - 1; /* behind the name, where its NUL is */

		while (name > from && name[-1])
			name--;
		*at++ = '/';
		memcpy(at, name, end - 1 - name);
		at += end - 1 - name;
		end = name;
	}
	strcpy(at, lacks_leaf ? "/..." : "");
	return path;
}

/* Of a string that is not known, the span may be anything. */
static bool decode_process_has_strings(const struct record_view *record,
				       const struct ks_process *from)
{
	return (record_view_has(record, &from->exe) || !(from->known & KS_KNOWN_EXE)) &&
	       (record_view_has(record, &from->cwd) || !(from->known & KS_KNOWN_CWD)) &&
	       (record_view_has(record, &from->cgroup) || !(from->known & KS_KNOWN_CGROUP)) &&
	       (record_view_has(record, &from->argv) || !(from->known & KS_KNOWN_ARGV));
}

static bool decode_process_has_env(const struct record_view *record)
{
	const struct ks_span *env = &record->fixed->description.env;

	return !env->bytes || (record_view_has(record, env) &&
			       env_is_sound(record->bytes + env->offset, env->bytes));
}

/* In another mount than it seems, the path gets a mark; d_path has none. */
static void decode_process_fill_exe(struct process *process, const struct record_view *record,
				    const struct ks_process *from)
{
	process->exe =
	    decode_process_copy_path(record, &from->exe, from->flags & KS_FLAG_EXE_ROOTLESS, false);
	process->exe_in_root = process->exe;
	if (from->exe_below_root < from->exe.bytes) {
		struct ks_span below = { from->exe.offset, from->exe_below_root };

		process->exe_in_root = decode_process_copy_path(record, &below, false, false);
	} else if (from->flags & KS_FLAG_EXE_DETACHED) {
		process->exe_in_root = decode_process_copy_path(
		    record, &from->exe, from->flags & KS_FLAG_EXE_CUT, false);
	}
}

static void decode_process_fill_strings(struct process *process, const struct record_view *record,
					const struct ks_process *from)
{
	if (from->known & KS_KNOWN_EXE)
		decode_process_fill_exe(process, record, from);
	if (from->known & KS_KNOWN_CWD)
		process->cwd = decode_process_copy_path(record, &from->cwd,
							from->flags & KS_FLAG_CWD_CUT, false);
	if (from->known & KS_KNOWN_CGROUP)
		process->cgroup = decode_process_copy_path(record, &from->cgroup,
							   from->flags & KS_FLAG_CGROUP_LOST,
							   from->flags & KS_FLAG_CGROUP_CUT);
	if (from->known & KS_KNOWN_ARGV) {
		process->argv = record_view_copy(record, &from->argv);
		process->argv_bytes = from->argv.bytes;
	}
	if (process->argv && from->flags & KS_FLAG_TITLE)
		process->argv_bytes = strnlen(process->argv, process->argv_bytes);
}

static void decode_process_fill_env(struct process *process, const struct record_view *record)
{
	const struct ks_span *from = &record->fixed->description.env;

	if (!from->bytes)
		return;
	process->env = record_view_copy(record, from);
	process->env_bytes = from->bytes;
}

/* Whether there was memory for all of them. */
static bool decode_process_is_filled(const struct process *process)
{
	return (!process->env_bytes || process->env) &&
	       (!(process->known & KS_KNOWN_EXE) || (process->exe && process->exe_in_root)) &&
	       (!(process->known & KS_KNOWN_CWD) || process->cwd) &&
	       (!(process->known & KS_KNOWN_CGROUP) || process->cgroup) &&
	       (!(process->known & KS_KNOWN_ARGV) || process->argv);
}

static struct process *decode_process_new(const struct record_view *record,
					  const struct ks_process *from)
{
	struct process *process = calloc(1, sizeof(*process));

	if (!process)
		return NULL;
	process->references = 1;
	process->ref = from->ids.process;
	process->parent = from->parent;
	process->ids = from->ids;
	process->time_ns = record->fixed->header.time_ns;
	process->exec_ns = record->fixed->description.exec_ns;
	process->exe_inode = record->fixed->description.exe_inode;
	process->exe_device = record->fixed->description.exe_device;
	process->mount_namespace = record->fixed->description.mount_namespace;
	process->known = from->known;
	process->flags = from->flags;
	decode_process_fill_strings(process, record, from);
	decode_process_fill_env(process, record);
	if (decode_process_is_filled(process))
		return process;
	process_put(process);
	return NULL;
}

static bool decode_process_keep_env(struct process *process, const struct process *before)
{
	if (process->env || !before->env)
		return true;
	process->env = malloc(before->env_bytes);
	if (!process->env)
		return false;
	memcpy(process->env, before->env, before->env_bytes);
	process->env_bytes = before->env_bytes;
	return true;
}

static bool decode_process_keep_argv(struct process *process, const struct process *before)
{
	const uint32_t argv_flags = KS_FLAG_ARGV_OWN | KS_FLAG_ARGV_INHERITED | KS_FLAG_ARGV_CUT;

	if (!before->argv)
		return true;
	free(process->argv);
	process->argv = malloc(before->argv_bytes + 1);
	if (!process->argv)
		return false;
	memcpy(process->argv, before->argv, before->argv_bytes + 1);
	process->argv_bytes = before->argv_bytes;
	process->known |= KS_KNOWN_ARGV;
	process->title_ns = before->title_ns;
	process->flags &= ~argv_flags;
	process->flags |= before->flags & argv_flags;
	return true;
}

/*
 * While exec replaced the arguments and the environment, those before hold. Returns whether there
 * was memory.
 */
static bool decode_process_keep_texts(struct decoder *decoder, struct process *process)
{
	const struct process *before = process_find(&decoder->processes, &process->ref);

	return !before || (decode_process_keep_argv(process, before) &&
			   decode_process_keep_env(process, before));
}

/* What was read from its memory is better than what it was forked with. */
static bool decode_process_keep_title(struct decoder *decoder, struct process *process)
{
	const struct process *before = process_find(&decoder->processes, &process->ref);

	if (process->flags & KS_FLAG_ARGV_OWN || !before || before->exec_ns != process->exec_ns ||
	    !(before->flags & KS_FLAG_ARGV_OWN))
		return true;
	return decode_process_keep_argv(process, before);
}

/* Of a process that has ended, the kernel has no namespaces any more: it was in those before. */
static void decode_process_keep_mounts(struct decoder *decoder, struct process *process)
{
	const struct process *before = process_find(&decoder->processes, &process->ref);

	if (!before || process->mount_namespace)
		return;
	process->mount_namespace = before->mount_namespace;
	process->flags |= before->flags & KS_FLAG_OTHER_MOUNTS;
}

/* The other ring has brought a newer description already. */
static bool decode_process_is_outdated(struct decoder *decoder, const struct record_view *record)
{
	const struct ks_description *from = &record->fixed->description;
	const struct process *newer = process_find(&decoder->processes, &from->process.ids.process);

	return newer && newer->time_ns > from->header.time_ns;
}

int decode_process(struct decoder *decoder, const struct record_view *record)
{
	const struct ks_process *from = &record->fixed->description.process;
	bool is_title = record->fixed->header.type == KS_REC_TITLE;
	struct process *process;

	if (!decode_process_has_strings(record, from) || !decode_process_has_env(record))
		return -EBADMSG;
	if (decode_process_is_outdated(decoder, record))
		return 0;
	process = decode_process_new(record, from);
	if (process &&
	    !(from->flags & KS_FLAG_EXEC ? decode_process_keep_texts(decoder, process)
					 : decode_process_keep_title(decoder, process))) {
		process_put(process);
		process = NULL;
	}
	if (!process)
		return -ENOMEM;
	if (is_title)
		process->title_ns = process->time_ns;
	decode_process_keep_mounts(decoder, process);
	process_add(&decoder->processes, process);
	if (from->flags & KS_FLAG_DEAD)
		process_end(&decoder->processes, &from->ids.process);
	return 0;
}

/* ---- titles ---- */

/* A title is copied at most so often: a program may write another at any time. */
enum { TITLE_LASTS_NS = 1000000000 };

/* What it executed itself is not replaced: that says what it is. */
static bool decode_process_wants_title(const struct process *process, const char *argv,
				       size_t bytes, uint64_t time_ns)
{
	if (!process->title_ns)
		return process->flags & KS_FLAG_ARGV_INHERITED || !process->argv;
	return time_ns > process->title_ns + TITLE_LASTS_NS &&
	       (process->argv_bytes != bytes || memcmp(process->argv, argv, bytes) != 0);
}

static int decode_process_set_title(struct decoder *decoder, const struct process *process,
				    const struct ks_signal *from, const char *argv, size_t bytes)
{
	struct process *titled = process_copy_with_argv(process, argv, bytes);

	if (!titled)
		return -ENOMEM;
	titled->title_ns = from->header.time_ns;
	titled->flags &= ~(KS_FLAG_ARGV_INHERITED | KS_FLAG_ARGV_CUT);
	titled->flags |= KS_FLAG_ARGV_OWN | (from->sender.flags & KS_FLAG_ARGV_CUT);
	process_add(&decoder->processes, titled);
	return 0;
}

int decode_process_title(struct decoder *decoder, const struct record_view *record)
{
	const struct ks_signal *from = &record->fixed->signal;
	const struct process *process =
	    process_find(&decoder->processes, &from->sender.ids.process);
	const char *argv = record->bytes + from->argv.offset;
	size_t bytes = from->argv.bytes;

	if (!process || !(from->sender.known & KS_KNOWN_ARGV))
		return 0;
	if (from->sender.flags & KS_FLAG_TITLE)
		bytes = strnlen(argv, bytes);
	return bytes && decode_process_wants_title(process, argv, bytes, from->header.time_ns)
		   ? decode_process_set_title(decoder, process, from, argv, bytes)
		   : 0;
}
