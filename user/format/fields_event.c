// SPDX-License-Identifier: GPL-2.0-only
/* The fields of the events: signal, exit, lost. */
#include "format/fields_internal.h"

#include "event/event_names.h"
#include "lib/signame.h"
#include "lib/array.h"

/* ---- a signal's number and name: of the event, of an exit's status, of its cause ---- */

GET(field_get_signal_number, int)
{
	set_number(ret, *from);
}

GET(field_get_signal_name, int)
{
	static char name[SIGNAME_MAX];
	set_string(ret, signame_get(*from, name));
}

static const struct field number_fields[] = {
	{ NAME("number"), "NR", 3, field_get_signal_number, "number" },
	{ NAME("name"), "SIGNAL", 10, field_get_signal_name, "name" },
};
const struct field_set number_set = { SET(number_fields), &number_fields[1] };

/* ---- call and siginfo ---- */

GET(field_get_call_id, struct event_call)
{
	if (from->id)
		set_number(ret, from->id);
}

GET(field_get_call_arch, struct event_call)
{
	set_string(ret, name_of_arch(from->arch, from->nr));
}

GET(field_get_call_syscall, struct event_call)
{
	set_number(ret, from->nr & ~KS_X32_BIT);
}

GET(field_get_call_return, struct event_call)
{
	if (from->ret_known)
		set_number(ret, from->ret);
}

GET(field_get_call_targets, struct event_call)
{
	set_number(ret, from->targets);
}

GET(field_get_call_index, struct event_call)
{
	set_number(ret, from->index);
}

GET(field_get_call_unshown, struct event_call)
{
	set_number(ret, from->unshown);
}

static const struct field call_fields[] = {
	{ NAME("id"), "CALL", 16, field_get_call_id, "the same for all targets of one call" },
	{ NAME("arch"), "ARCH", 7, field_get_call_arch, "architecture of the call" },
	{ NAME("syscall"), "NR", 4, field_get_call_syscall, "number of the system call" },
	{ NAME("return"), "RET", 4, field_get_call_return, "what it returned" },
	{ NAME("targets"), "N", 4, field_get_call_targets, "how many targets it had" },
	{ NAME("index"), "I", 4, field_get_call_index, "which of them this is, from 0" },
	{ NAME("unshown"), "MORE", 5, field_get_call_unshown,
	  "of these, without a signal, not shown" },
};
static const struct field_set call_set = { SET(call_fields) };

GET(field_get_info_code, struct event)
{
	set_number(ret, from->signal.info.code);
}

GET(field_get_info_pid, struct event)
{
	if (from->signal.info_names_sender)
		set_number(ret, from->signal.info.pid);
}

GET(field_get_info_uid, struct event)
{
	if (from->signal.info_names_sender)
		set_number(ret, from->signal.info.uid);
}

GET(field_get_info_name, struct event)
{
	set_string(ret, name_of_code(from->signal.number, from->signal.info.code));
}

/* Who passed no siginfo had the kernel fill it in. */
static bool fields_may_forge(const struct event *event)
{
	return event->signal.call.via == KS_VIA_RT_SIGQUEUEINFO ||
	       event->signal.call.via == KS_VIA_RT_TGSIGQUEUEINFO ||
	       (event->signal.call.via == KS_VIA_PIDFD_SEND_SIGNAL && event->signal.call.args[2]);
}

GET(field_get_info_forged, struct event)
{
	if (!from->signal.info_names_sender)
		return;
	if (!fields_may_forge(from))
		set_bool(ret, false);
	else if (from->signal.info.claim != KS_CLAIM_UNKNOWN)
		set_bool(ret, from->signal.info.claim == KS_CLAIM_FORGED);
}

GET(field_get_info_claim, struct event)
{
	if (fields_may_forge(from) && from->signal.info.claim == KS_CLAIM_FORGED)
		set_string(ret, "forged");
}

static const struct field info_fields[] = {
	{ NAME("code"), "CODE", 5, field_get_info_code, "si_code" },
	{ NAME("pid"), "SI_PID", 7, field_get_info_pid,
	  "si_pid that the target sees; may be forged" },
	{ NAME("uid"), "SI_UID", 7, field_get_info_uid, "si_uid, likewise" },
	{ NAME("forged"), "FORGED", 6, field_get_info_forged,
	  "whether these are not the sender's" },
	{ NAME("name"), "SI_CODE", 12, field_get_info_name, "name of si_code", NULL, true },
	{ NAME("claim"), "CLAIM", 8, field_get_info_claim, "says so, if they are not", NULL, true },
};
enum { INFO_CODE = 0, INFO_NAME = 4 };
static const struct field_set info_set = { SET(info_fields), &info_fields[INFO_NAME],
					   &info_fields[INFO_CODE] };

/* ---- every event ---- */

GET_PUBLIC(field_get_event, struct event)
{
	static const char *const names[] = { "signal", "exit", "lost" };
	set_string(ret, names[from->type]);
}

GET_PUBLIC(field_get_time, struct event)
{
	ret->kind = VALUE_TIME;
	ret->time_ns = from->real_ns;
}

GET_PUBLIC(field_get_seq, struct event)
{
	set_number(ret, from->seq);
}

/* ---- a signal ---- */

GET(field_get_signal, struct event)
{
	set_object(ret, &number_set, &from->signal.number);
}

GET(field_get_sender, struct event)
{
	set_object(ret, &sender_set, event_sender(from));
}

GET(field_get_target, struct event)
{
	set_object(ret, &process_set, event_target(from));
}

GET(field_get_context, struct event)
{
	set_object(ret, &context_set, event_context(from));
}

/* The sender, or who ran instead: "while perl[123] in write". */
GET(field_get_by, struct event)
{
	if (event_sender(from))
		set_object(ret, &sender_set, event_sender(from));
	else
		set_object(ret, &context_set, event_context(from));
}

GET(field_get_kernel_cause, struct event)
{
	if (!event_is_from_kernel(from) || !from->signal.kernel_cause.words)
		return;
	ret->kind = VALUE_CAUSE;
	ret->object = from;
}

/* Shown of them, in bytes of output. */
enum { SHOWN_FILE = 1024, SHOWN_STACK = 1024 };

GET(field_get_origin_file, struct event)
{
	if (event_is_from_kernel(from) && from->signal.file)
		set_tail(ret, from->signal.file->text, SHOWN_FILE);
}

GET(field_get_origin_stack, struct event)
{
	const struct shared_text *stack = from->signal.stack;

	if (!event_is_from_kernel(from) || !stack || !stack->bytes)
		return;
	set_text(ret, stack->text, escape_argv_head(stack->text, stack->bytes, SHOWN_STACK));
	ret->kind = VALUE_STACK;
	ret->cut_end = ret->bytes < stack->bytes;
}

GET(field_get_siginfo, struct event)
{
	static const char *const marks[] = {
		[KS_INFO_NOINFO] = "SEND_SIG_NOINFO",
		[KS_INFO_PRIV] = "SEND_SIG_PRIV",
	};

	if (from->signal.info.kind < KS_INFO_REAL)
		set_string(ret, marks[from->signal.info.kind]);
	else if (from->signal.info.kind == KS_INFO_REAL)
		set_object(ret, &info_set, from);
}

GET_PUBLIC(field_get_undecided, struct event)
{
	static const struct {
		unsigned int bit;
		const char *name, *of_exit;
	} filters[] = {
		{ UNDECIDED_TARGET_UNIT, "target.unit", "process.unit" },
		{ UNDECIDED_SENDER_UNIT, "sender.unit", NULL },
		{ UNDECIDED_TARGET_EXE, "target.exe", "process.exe" },
		{ UNDECIDED_SENDER_EXE, "sender.exe", NULL },
	};
	unsigned int undecided = event_undecided(from);

	if (!undecided)
		return;
	ret->kind = VALUE_NAMES;
	for (size_t i = 0; i < ARRAY_SIZE(filters); i++)
		if (undecided & filters[i].bit)
			ret->names[ret->n++] =
			    from->type == EVENT_EXIT ? filters[i].of_exit : filters[i].name;
}

GET(field_get_count, struct event)
{
	set_number(ret, from->signal.count);
}

GET(field_get_last_time, struct event)
{
	if (from->signal.count <= 1)
		return;
	ret->kind = VALUE_TIME;
	ret->time_ns = from->signal.last_real_ns;
}

GET(field_get_via, struct event)
{
	set_string(ret, name_of_via(from->signal.call.via));
}

/* By what call, or by what else. */
GET(field_get_means, struct event)
{
	if (from->signal.call.via)
		field_get_via(context, from, ret);
	else if (event_is_from_kernel(from))
		set_string(ret, name_of_origin(event_origin(from)));
}

GET(field_get_args, struct event)
{
#define TYPES(via, name, types, ...) [KS_VIA_##via] = (types),
	static const char *const types[KS_VIA_MAX] = { KS_SYSCALLS(TYPES) };
#undef TYPES
	const struct event_call *call = &from->signal.call;
	_Static_assert(ARRAY_SIZE(call->args) <= VALUE_ITEMS_MAX, "all numbers fit");
	const char *type = types[call->via];
	uint64_t mask = is_32_bit(call->arch) ? UINT32_MAX : UINT64_MAX;

	if (!type)
		return;
	ret->kind = VALUE_NUMBERS;
	for (; type[ret->n]; ret->n++)
		ret->numbers[ret->n] = type[ret->n] == 'i' ? (int32_t)call->args[ret->n]
							   : (int64_t)(call->args[ret->n] & mask);
}

GET(field_get_origin, struct event)
{
	set_string(ret, name_of_origin(event_origin(from)));
}

GET(field_get_scope, struct event)
{
	set_string(ret, name_of_scope(from->signal.scope));
}

GET(field_get_result, struct event)
{
	set_string(ret, name_of_result(from->signal.result));
}

GET(field_get_error, struct event)
{
	int error = from->signal.call.ret_known ? event_errno(from->signal.call.ret) : 0;

	if (error)
		set_string(ret, name_of_error(error));
}

GET(field_get_call, struct event)
{
	set_object(ret, &call_set, from->signal.call.via ? &from->signal.call : NULL);
}

GET(field_get_info, struct event)
{
	set_object(ret, &info_set, from->signal.info.kind == KS_INFO_REAL ? from : NULL);
}

/* The sender or, of kernel origin, who ran. */
static const struct task *fields_active(const struct event *event)
{
	return event_sender(event) ?: event_context(event);
}

GET(field_get_command, struct event)
{
	if (fields_active(from))
		field_get_cmdline(context, fields_active(from), ret);
}

GET(field_get_chain, struct event)
{
	if (fields_active(from))
		field_get_ancestors(context, fields_active(from), ret);
}

static const struct field signal_fields[] = {
	{ NAME("event"), "EVENT", 6, field_get_event, "signal, exit or lost" },
	{ NAME("time"), "TIME", 15, field_get_time, "when, by the kernel's clock", .least = 8 },
	{ NAME("seq"), "SEQ", 6, field_get_seq, "number in the stream; a gap is a loss" },
	{ NAME("signal"), "SIGNAL", 10, field_get_signal, "the signal", &number_set, .least = 8 },
	{ NAME("result"), "RESULT", 10, field_get_result, "whether it took effect, and if not, why",
	  .least = 9 },
	{ NAME("target"), "TARGET", 20, field_get_target, "who got it", &process_set, .least = 12 },
	{ NAME("sender"), "SENDER", 20, field_get_sender, "who sent it", &sender_set, .least = 12 },
	{ NAME("context"), "CONTEXT", 20, field_get_context,
	  "who ran when the kernel sent it, without a call", &context_set },
	{ NAME("via"), "VIA", 6, field_get_via, "system call", .least = 4 },
	{ NAME("means"), "VIA", 6, field_get_means, "system call, or what made the kernel send it",
	  .column_only = true, .least = 4 },
	{ NAME("args"), "ARGS", 12, field_get_args, "its arguments" },
	{ NAME("origin"), "ORIGIN", 7, field_get_origin,
	  "user, or what made the kernel send it: oom, tty, cgroup.kill" },
	{ NAME("origin_file"), "FILE", 24, field_get_origin_file,
	  "what the system call was for that the kernel sent it in" },
	{ NAME("origin_stack"), "STACK", 24, field_get_origin_stack,
	  "functions of the kernel that sent it, if nothing else says why" },
	{ NAME("scope"), "SCOPE", 7, field_get_scope, "process, thread, group or all" },
	{ NAME("error"), "ERROR", 7, field_get_error, "errno's name if the call failed" },
	{ NAME("call"), NULL, 0, field_get_call, "the call", &call_set },
	{ NAME("info"), NULL, 0, field_get_info, "siginfo that the target sees", &info_set },
	{ NAME("reason"), "REASON", 14, field_get_reason, "why it was ignored or denied" },
	{ NAME("effect"), NULL, 0, field_get_effect, "the state of the target then", &effect_set },
	{ NAME("undecided"), "UNDECIDED", 12, field_get_undecided,
	  "filters on a field that is unknown" },
	{ NAME("pid_reuse"), NULL, 0, field_get_pid_reuse, "" },
	{ NAME("limit"), NULL, 0, field_get_limit, "" },
	{ NAME("count"), "COUNT", 7, field_get_count,
	  "so many equal signals; one event stands for all" },
	{ NAME("last_time"), "LAST TIME", 15, field_get_last_time, "when the last of them was sent",
	  .least = 8 },
	{ NAME("blast"), NULL, 0, field_get_blast, "" },
	{ NAME("by"), "SENDER", 20, field_get_by, "the sender, or 'while' and who ran instead",
	  NULL, true, .least = 12 },
	{ NAME("command"), "COMMAND", 24, field_get_command,
	  "arguments of the sender, or of who ran", NULL, true, .least = 10, .grows = true },
	{ NAME("chain"), "STARTED BY", 24, field_get_chain, "their ancestors, nearest first", NULL,
	  true, .least = 10, .grows = true },
	{ NAME("state"), "STATE", 14, field_get_state, "the state of the target then, in short",
	  NULL, true },
	{ NAME("siginfo"), "SIGINFO", 24, field_get_siginfo,
	  "siginfo that the target sees, in short", NULL, true },
	{ NAME("cause"), "CAUSE", 24, field_get_kernel_cause, "what made the kernel send it", NULL,
	  true },
};
const struct field_set signal_set = { SET(signal_fields) };
