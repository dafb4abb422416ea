/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Targets that got no signal, because the sender may not, because there is no such process, or
 * because the signal was 0: seen at the check of the permission, or searched for when the call
 * returns.
 *
 * The functions that are not inline are global: each is verified once, and its stack is its own.
 * All that are active at once may have 512 bytes.
 */
#ifndef KS_TARGET_SEARCH_BPF_H
#define KS_TARGET_SEARCH_BPF_H

/* Whether an event without a signal is wanted, as far as the call shows. */
static __always_inline bool is_wanted_call(const struct ks_call *call)
{
	return call->via && is_wanted_number(signal_argument(call)) &&
	       cfg_origins & (1U << KS_ORIGIN_USER) && is_wanted_sender(current_task());
}

static __always_inline bool is_wanted_target(struct task_struct *target)
{
	return (!cfg_target_pids || (target && is_target(watch_of_task(target)))) &&
	       (!cfg_target_uids || (target && in_set(&target_uids, real_uid(target))));
}

/* All but the target, the sender and what emitting adds: of the call that current is in. */
static __always_inline void init_undelivered(struct ks_signal *record)
{
	__builtin_memset(record, 0, sizeof(*record));
	fill_call(&record->call, current_task());
	record->info.kind = KS_INFO_NONE;
	record->signal = signal_argument(&record->call);
	record->result = KS_RESULT_NONE;
	record->origin = KS_ORIGIN_USER;
}

/*
 * A call may mean all processes there are: of the targets that got no signal, the first are shown,
 * the others counted.
 */
static __always_inline bool is_shown(struct call_state *state)
{
	if (!cfg_refused_max || !state || !state->id || state->refused < cfg_refused_max)
		return true;
	state->unshown++;
	return false;
}

/* Of an event without a signal. */
static __always_inline void begin_undelivered(struct ks_signal *record, enum ks_record_type type)
{
	begin(&record->header, type, sizeof(*record),
	      bulk_ring_of(SLOT_RETURN, ADDRESS_OF(current_task())));
}

/* It is one of those that the call meant, and `prior_targets` others of them come before it. */
static __always_inline void emit_undelivered(struct ks_signal *record, struct scratch *to,
					     u64 target, u32 prior_targets)
{
	struct task_struct *task = current_task();

	begin_undelivered(record, KS_REC_SIGNAL);
	record->prior_targets = prior_targets;
	record->target.flags |= KS_FLAG_PERMISSION_CHECKED;
	if (record->signal)
		record->info.reason = reason_of_refusal(&record->call, target, record->signal, 0);
	enter_call(record, task);
	emit_event(record, to, SLOT_RETURN, task, target);
}

/* In SLOT_RETURN: the call meant no other process, or none at all. */
__noinline int emit_call(u64 target, long ret)
{
	const struct call_state *state = state_of_current();
	struct scratch *to = slot_bytes(SLOT_RETURN);
	struct task_struct *task = current_task();
	struct ks_signal *record;

	if (!to)
		return 0;
	record = (void *)to->bytes;
	begin_undelivered(record, KS_REC_CALL);
	record->call.ret = ret;
	if (ret < 0)
		record->info.reason = reason_of_refusal(&record->call, target, record->signal, ret);
	record->call.sigkill_pending = is_sigkill_pending(task);
	set_entry(&record->call, state, record->header.time_ns);
	emit_event(record, to, SLOT_RETURN, task, target);
	return 0;
}

/*
 * Whether a target without a signal is an event. `is_refused`: it is known that it got none.
 * Signal 0 fails only if the call does.
 */
static __always_inline bool is_wanted_return(const struct ks_signal *record, long ret,
					     bool is_refused)
{
	return is_wanted_call(&record->call) &&
	       (ret < 0 || (record->signal ? is_refused : !cfg_failed_only));
}

static __always_inline void emit_if_refused(struct ks_signal *record, struct scratch *to,
					    struct task_struct *task)
{
	if (!is_wanted_target(task) ||
	    (record->signal && may_signal(ADDRESS_OF(task), record->signal)))
		return;
	if (cfg_refused_max && !is_shown(state_of_current()))
		return;
	fill_task(&record->target, task, false);
	emit_undelivered(record, to, ADDRESS_OF(task), to->search.prior_targets);
}

static __always_inline void start_search(struct scratch *to, const struct ks_signal *record)
{
	to->search.is_all = record->call.via == KS_VIA_KILL && (s32)record->call.args[0] == -1;
	to->search.prior_targets = 0;
	to->search.end_ns = bpf_ktime_get_ns() + SEARCH_NS_MAX;
	to->search.next = first_target(&record->call, to->search.is_all);
}

/* ---- seen at the check ---- */

/* signal_generate fired for the task whose permission was just checked. Clears the pending check
 * and returns the target at that moment, or NULL. */
static __always_inline const struct ks_task *take_pending_check(struct task_struct *target)
{
	struct call_state *state = cfg_hook_permission_check ? state_of_current() : NULL;

	if (!state || state->pending_check != (u64)target)
		return NULL;
	state->pending_check = 0;
	return &state->target;
}

/* The thread that was checked, or 0 if it is gone: its memory may be another's. */
static __always_inline u64 revalidate_checked_task(const struct call_state *state)
{
	const struct ks_pidref *was = &state->target.ids.process;
	struct task_struct *task = STRUCT_AT(task_struct, state->pending_check);
	struct ks_pidref now;

	fill_ref(&now, BPF_CORE_READ(task, group_leader));
	return now.pid == was->pid && now.start_ns == was->start_ns ? state->pending_check : 0;
}

/* No signal was generated after the last check. */
static __always_inline void emit_unsignalled_check(struct call_state *state)
{
	struct scratch *to;
	struct ks_signal *record;

	if (!is_shown(state))
		return;
	to = scratch_get(SLOT_RETURN);
	if (!to) {
		count_loss(KS_LOST_BUSY);
		return;
	}
	record = (void *)to->bytes;
	init_undelivered(record);
	record->target = state->target;
	emit_undelivered(record, to, revalidate_checked_task(state),
			 state->id ? state->signals : 0);
	scratch_put(to);
}

static __always_inline void handle_permission_check(struct task_struct *target)
{
	struct call_state *state;
	struct ks_call call;

	fill_call(&call, current_task());
	if (!is_wanted_call(&call))
		return;
	state = new_state_of_current();
	if (!state) {
		count_loss(KS_LOST_STATE);
		return;
	}
	if (state->pending_check)
		emit_unsignalled_check(state);
	state->pending_check = 0;
	if (!is_wanted_target(target))
		return;
	fill_task(&state->target, target, IS_TYPED);
	state->pending_check = (u64)target;
}

/* ---- at the return ---- */

/* One target of a call that may mean many: 0 behind the last. The record in `slot` is of the call.
 */
__noinline int search_step(u32 slot)
{
	struct scratch *to = slot_bytes(slot);
	struct task_struct *task;

	if (!to || !to->search.next)
		return 0;
	task = STRUCT_AT(task_struct, to->search.next);
	if (!to->search.is_all || !is_excluded_from_kill_all(task)) {
		emit_if_refused((void *)to->bytes, to, task);
		to->search.prior_targets++;
	}
	to->search.next = next_target(task, to->search.is_all);
	return 1;
}

/*
 * A separate loop: the verifier checks each turn, and follows 8,192 jumps at most in one function.
 * Returns whether there are more targets, and time.
 */
__noinline int search_steps(u32 slot)
{
	struct scratch *to = slot_bytes(slot);
	int i;

	for (i = 0; i < SEARCH_STEPS; i++)
		if (!search_step(slot))
			return 0;
	return to && bpf_ktime_get_ns() <= to->search.end_ns;
}

/* Whether the call that current is in has any. */
static __always_inline bool has_records(void)
{
	const struct call_state *state = state_of_current();

	return state && state->id;
}

/* A call that may mean many: which of them got no signal? */
__noinline int search_targets(long ret)
{
	struct scratch *to = scratch_get(SLOT_RETURN);
	struct ks_signal *record;
	int i;

	if (!to)
		return count_loss(KS_LOST_BUSY);
	record = (void *)to->bytes;
	init_undelivered(record);
	if (is_wanted_return(record, ret, true)) {
		start_search(to, record);
		for (i = 0; i < TASKS_MAX / SEARCH_STEPS; i++)
			if (!search_steps(SLOT_RETURN))
				break;
		if (to->search.next)
			count_loss(KS_LOST_SEARCH);
		if (!to->search.prior_targets && !has_records() && is_wanted_target(NULL))
			emit_call(0, ret);
	}
	scratch_put(to);
	return 0;
}

static __always_inline void emit_last_check(struct ks_signal *record, struct scratch *to,
					    struct call_state *state, long ret)
{
	record->target = state->target;
	if (!is_shown(state))
		return;
	if (!state->id) {
		record->target.flags |= KS_FLAG_PERMISSION_CHECKED;
		emit_call(revalidate_checked_task(state), ret);
		return;
	}
	emit_undelivered(record, to, revalidate_checked_task(state), state->signals);
}

/* No hook saw whom the call meant: take what its arguments say. */
static __always_inline void emit_searched_target(struct ks_signal *record, struct scratch *to,
						 long ret)
{
	struct pid *pid = find_target(&record->call, ret);
	struct task_struct *target = task_of(pid);

	if (!is_wanted_target(target))
		return;
	if (target) {
		fill_task(&record->target, target, false);
		if (!cfg_hook_permission_check && was_checked(&record->call, ret, pid))
			record->target.flags |= KS_FLAG_PERMISSION_CHECKED;
	}
	emit_call(pointer_to_scalar(to, target), ret);
}

/* A call whose last or only target got no signal. */
__noinline int emit_last_target(long ret)
{
	struct call_state *state = state_of_current();
	struct scratch *to = scratch_get(SLOT_RETURN);
	struct ks_signal *record;
	bool is_checked;

	if (!to)
		return count_loss(KS_LOST_BUSY);
	record = (void *)to->bytes;
	init_undelivered(record);
	is_checked = state && state->pending_check;
	if (is_wanted_return(record, ret, is_checked)) {
		if (is_checked)
			emit_last_check(record, to, state, ret);
		else
			emit_searched_target(record, to, ret);
	}
	scratch_put(to);
	return 0;
}

#endif
