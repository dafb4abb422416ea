// SPDX-License-Identifier: GPL-2.0-only
/* The hooks: gather, filter, fill, emit. What user space reads is in record.h. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include "exec_layout.h"
#include "kernel_numbers.h"
#include "maps.bpf.h"
#include "read.bpf.h"
#include "compat.bpf.h"
#include "path.bpf.h"
#include "cgroup.bpf.h"
#include "task.bpf.h"
#include "exec.bpf.h"
#include "env.bpf.h"
#include "process.bpf.h"
#include "find.bpf.h"
#include "emit.bpf.h"
#include "repeat.bpf.h"
#include "text.bpf.h"
#include "label_text.bpf.h"
#include "apparmor.bpf.h"
#include "selinux.bpf.h"
#include "label.bpf.h"
#include "syscall.bpf.h"
#include "filter.bpf.h"
#include "permission.bpf.h"
#include "former.bpf.h"
#include "effect.bpf.h"
#include "cause.bpf.h"
#include "limit.bpf.h"
#include "context.bpf.h"
#include "signal_event.bpf.h"
#include "ring.bpf.h"
#include "blow.bpf.h"
#include "target_search.bpf.h"
#include "return.bpf.h"
#include "lifecycle.bpf.h"
#include "title.bpf.h"

char LICENSE[] SEC("license") = "GPL";

/* ---- a signal is generated ---- */

/* `checked`: the target when the call checked its permission; NULL: that was not seen. */
static __always_inline void fill_signal(struct ks_signal *record, struct task_struct *task, int sig,
					struct task_struct *target, const struct ks_task *checked,
					int group, int result, u32 ring)
{
	begin(&record->header, KS_REC_SIGNAL, sizeof(*record), ring);
	record->signal = sig;
	record->result = result;
	if (result == KS_RESULT_IGNORED)
		explain_ignored(record, target, sig, IS_TYPED);
	record->process_directed = group;
	record->prior_targets = 0;
	if (checked)
		record->target = *checked;
	else
		fill_task(&record->target, target, IS_TYPED);
	if (cfg_verdicts && cfg_fatal_signals & BIT(sig) &&
	    record->effect.handler == KS_HANDLER_HANDLED)
		record->target.flags |= KS_FLAG_HANDLER;
	record->cause = (struct ks_span){};
	if (record->origin == KS_ORIGIN_USER) {
		/* SI_FROMUSER(): a positive code, as one may send oneself, passes as the kernel's.
		 */
		if (record->info.kind != KS_INFO_REAL || record->info.code <= 0)
			record->target.flags |= KS_FLAG_PERMISSION_CHECKED;
		if (!predict_return(record, task))
			enter_call(record, task);
	}
}

/* Fills `effect`, which decides which ring the record goes to. Returns that. */
static __always_inline u32 weigh(struct ks_signal *record, struct task_struct *target, u64 address,
				 int sig, int result)
{
	fill_effect(&record->effect, target, sig, is_queued(result), IS_TYPED);
	return ring_of_signal(address, record->origin == KS_ORIGIN_USER,
			      is_queued(result) ? sig : 0, record->effect.facts);
}

/* What the cheap facts say: nothing has been copied yet. */
static __always_inline bool is_wanted(const struct ks_signal *record, enum ks_watch watch,
				      struct task_struct *task, struct task_struct *target, int sig,
				      int result)
{
	return watch != KS_WATCH_RELAY && cfg_signals & BIT(sig) &&
	       cfg_origins & (1U << record->origin) &&
	       (!cfg_failed_only || result == KS_RESULT_IGNORED || result == KS_RESULT_OVERFLOW) &&
	       (!cfg_target_uids || in_set(&target_uids, real_uid(target))) &&
	       is_wanted_sender(task) &&
	       !is_muted(sig, &record->info, record->origin == KS_ORIGIN_USER,
			 tgid_of(target, IS_TYPED));
}

/* Of a call, or the kernel's. Returns the target when the call checked its permission, or NULL. */
static __always_inline const struct ks_task *set_origin(struct ks_signal *record,
							struct task_struct *target, int sig)
{
	if (is_sent_by(&record->call, &record->info, sig)) {
		record->origin = KS_ORIGIN_USER;
		return take_pending_check(target);
	}
	record->origin = KS_ORIGIN_KERNEL;
	record->call.via = KS_VIA_NONE;
	return NULL;
}

HOOK("signal_generate")
int BPF_PROG(on_signal_generate, int sig, struct kernel_siginfo *info, struct task_struct *target,
	     int group, int result)
{
	struct task_struct *task = current_task();
	const struct ks_task *checked;
	struct scratch *to;
	struct ks_signal *record;
	enum ks_watch watch;

	if (!((cfg_signals | (cfg_verdicts ? cfg_fatal_signals : 0)) & BIT(sig)))
		return 0;
	target = STRUCT_AT(task_struct, target);
	watch = watch_of_task(target);
	if (watch == KS_WATCH_NOT)
		return 0;
	to = scratch_get(SLOT_SIGNAL);
	if (!to) {
		take_pending_check(target); /* or it would be taken for one that got no signal */
		count_loss(KS_LOST_BUSY);
		return 0;
	}
	record = (void *)to->bytes;
	fill_info(&record->info, pointer_to_scalar(to, info));
	fill_call(&record->call, task);
	checked = set_origin(record, target, sig);
	record->filtered_out = !is_wanted(record, watch, task, target, sig, result);
	if (!record->filtered_out || (cfg_verdicts && cfg_fatal_signals & BIT(sig))) {
		fill_signal(record, task, sig, target, checked, group, result,
			    weigh(record, target, pointer_to_scalar(to, target), sig, result));
		check_claim(record, pointer_to_scalar(to, target));
		if (death_of(record->effect.facts))
			keep_blow();
		emit_signal(ctx, record, to, task, pointer_to_scalar(to, info),
			    pointer_to_scalar(to, target));
	}
	scratch_put(to);
	return 0;
}

/* ---- a thread acts on a signal ---- */

/* The caller holds the lock of the thread's handlers, as at signal_generate. */
HOOK("signal_deliver")
int BPF_PROG(on_signal_deliver, int sig, struct kernel_siginfo *info, struct k_sigaction *action)
{
	if (cfg_lethal_ring && cfg_fatal_signals & BIT(sig) && is_leader() &&
	    !BPF_CORE_READ(STRUCT_AT(k_sigaction, action), sa.sa_handler))
		handle_end();
	return 0;
}

/* ---- a call checks whether it may signal a target ---- */

SEC("fentry/audit_signal_info")
int BPF_PROG(on_audit_signal_info, int sig, struct task_struct *target)
{
	disable_preemption();
	handle_permission_check(STRUCT_AT(task_struct, target));
	enable_preemption();
	return 0;
}

/* ---- a call of the kill family begins and returns ---- */

/* One program for the tracepoints of all six calls: user space attaches it to each. */
SEC("tracepoint")
int on_sys_enter(void *ctx)
{
	return on_entry();
}

SEC("tracepoint")
int on_sys_exit(struct syscall_trace_exit *ctx)
{
	return on_return(ctx->ret);
}

/*
 * Without those tracepoints, the ones of all system calls do, to which each call in the system pays
 * some nanoseconds. These run for 32-bit programs, too. Not inline: its stack is gone when that of
 * the search is needed.
 */
static __noinline bool is_of_family(struct pt_regs *regs)
{
	struct ks_call call;
	u32 nr = call_number(regs);

	if (!ks_via_of(ARCH_NATIVE, nr) && !ks_via_of(ARCH_COMPAT, nr))
		return false;
	read_call(&call);
	return ks_via_of(call.arch, call.nr);
}

HOOK("sys_enter")
int BPF_PROG(on_sys_enter_all, struct pt_regs *regs)
{
	return is_of_family(regs) ? on_entry() : 0;
}

HOOK("sys_exit")
int BPF_PROG(on_sys_exit_all, struct pt_regs *regs, long ret)
{
	return is_of_family(regs) ? on_return(ret) : 0;
}

/*
 * And two programs per call where the kernel lets us hook functions: user space names the function.
 * For other kernels they are there, for the loader's sake, and do nothing.
 */
#ifdef KS_UNTYPED
#define on_entry() 0
#define on_return(ret) 0
#endif

/* What all returns go on with, by `returns`: the verifier checks it once, not for each call. */
SEC("fexit")
int BPF_PROG(on_call_return, struct pt_regs *regs, long ret)
{
	return on_return(ret);
}

#define ON_CALL(name)                                                                              \
	SEC("fentry")                                                                              \
	int on_enter_##name(void *ctx)                                                             \
	{                                                                                          \
		return on_entry();                                                                 \
	}                                                                                          \
	SEC("fexit")                                                                               \
	int on_##name(void *ctx)                                                                   \
	{                                                                                          \
		bpf_tail_call(ctx, &returns, 0); /* comes back only if it fails */                 \
		count_loss(KS_LOST_BUSY);                                                          \
		return 0;                                                                          \
	}

ON_CALL(kill)
ON_CALL(tkill)
ON_CALL(tgkill)
ON_CALL(rt_sigqueueinfo)
ON_CALL(rt_tgsigqueueinfo)
ON_CALL(pidfd_send_signal)
ON_CALL(compat_kill)
ON_CALL(compat_tkill)
ON_CALL(compat_tgkill)
ON_CALL(compat_rt_sigqueueinfo)
ON_CALL(compat_rt_tgsigqueueinfo)
ON_CALL(compat_pidfd_send_signal)
ON_CALL(x32_rt_sigqueueinfo)
ON_CALL(x32_rt_tgsigqueueinfo)

/* ---- the life of a process ---- */

HOOK("sched_process_fork")
int BPF_PROG(on_fork, struct task_struct *parent, struct task_struct *child)
{
	disable_preemption();
	handle_fork(STRUCT_AT(task_struct, parent), STRUCT_AT(task_struct, child));
	enable_preemption();
	return 0;
}

HOOK("sched_process_exec")
int BPF_PROG(on_exec)
{
	disable_preemption();
	handle_exec();
	enable_preemption();
	return 0;
}

HOOK("sched_process_exit")
int BPF_PROG(on_exit)
{
	disable_preemption();
	handle_exit();
	enable_preemption();
	return 0;
}

HOOK("sched_process_free")
int BPF_PROG(on_free, struct task_struct *task)
{
	disable_preemption();
	handle_free(STRUCT_AT(task_struct, task));
	enable_preemption();
	return 0;
}
