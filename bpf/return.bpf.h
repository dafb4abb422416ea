/* SPDX-License-Identifier: GPL-2.0-only */
/* What is done when a call of the kill family begins and returns, whatever hook sees that. */
#ifndef KS_RETURN_BPF_H
#define KS_RETURN_BPF_H

/* `signals` of the call are in `ring`: so is its return, if there are any. */
static __always_inline void emit_return_in(u32 ring, struct ks_return *record, u32 signals,
					   u32 elsewhere)
{
	if (!signals)
		return;
	begin(&record->header, KS_REC_RETURN, sizeof(*record), ring);
	record->signals = signals;
	record->signals_elsewhere = elsewhere;
	emit(&record->header, sizeof(*record), KS_LOST_RETURN);
}

__noinline int emit_return(long ret)
{
	struct call_state *state = state_of_current();
	struct ks_return record = {};
	struct task_struct *task;
	u32 deadly, others;

	if (!state)
		return 0;
	if (state->id && state->written) {
		task = current_task();
		record.call_id = state->id;
		record.ret = ret;
		record.sender_tid = BPF_CORE_READ(task, pid);
		record.sigkill_pending = is_sigkill_pending(task);
		record.unshown = state->unshown;
		deadly = state->lethal_signals;
		others = state->signals - deadly;
		emit_return_in(KS_RING_LETHAL, &record, deadly, others);
		emit_return_in(KS_RING_BULK, &record, others, deadly);
	}
	forget_state(state);
	return 0;
}

/* Hot path: runs for each call, also for those that no filter wants. One register decides most of
 * them. */
static __always_inline bool current_has_many_targets(long ret)
{
	struct ks_call call;

	read_call(&call);
	if ((s32)call.args[0] > 0 && !(call.args[3] & PIDFD_SIGNAL_PROCESS_GROUP))
		return false;
	call.via = ks_via_of(call.arch, call.nr);
	/*
	 * Flags that the kernel does not know, and numbers that are no signals, are refused before
	 * any target is checked.
	 */
	if (call.via == KS_VIA_PIDFD_SEND_SIGNAL && ret == -EINVAL)
		return false;
	return has_many_targets(&call) && (u32)signal_argument(&call) <= KS_SIGNAL_MAX;
}

/*
 * Where a seccomp filter answered, the tracepoint of the return fires, but there was no call. Whose
 * begin was not seen for want of memory had one if it sent a signal.
 */
static __always_inline bool was_executed(const struct call_state *state)
{
	return !cfg_track_entry || cfg_use_fexit || (state && (state->entry_ns || state->id));
}

static __always_inline bool is_in_call(const struct call_state *state)
{
	struct ks_call call;

	read_call(&call);
	return is_same_call(state, &call);
}

/* Whether there may have been no signal: see predict_return() for -EAGAIN. */
static __always_inline bool may_lack_signal(long ret)
{
	if (ret == -EAGAIN && !cfg_all_returns)
		return false;
	return ret < 0 || cfg_want_signal0;
}

static __always_inline void finish_syscall(struct call_state *state, long ret)
{
	bool is_known = false;

	if (state && state->id) {
		is_known = is_in_call(state);
		if (!is_known)
			state->id = 0;
	}
	/* kill(-1) succeeds even if it may signal no process. */
	if (!cfg_hook_permission_check &&
	    (is_known ? state->has_many_targets : current_has_many_targets(ret)))
		search_targets(ret);
	else if ((state && state->pending_check) || (!is_known && may_lack_signal(ret)))
		emit_last_target(ret);
	else if (!state)
		return;
	emit_return(ret);
}

static __always_inline int on_return(long ret)
{
	struct call_state *state = state_of_current();

	if (!was_executed(state))
		return 0;
	disable_preemption();
	finish_syscall(state, ret);
	enable_preemption();
	return 0;
}

static __always_inline int on_entry(void)
{
	struct call_state *state = new_state_of_current();

	if (!state) { /* if it fails, its return will not show that */
		count_loss(KS_LOST_STATE);
		return 0;
	}
	state->entry_ns = bpf_ktime_get_ns();
	state->coarse_ns = coarse_real_ns();
	return 0;
}

#endif
