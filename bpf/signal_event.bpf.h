/* SPDX-License-Identifier: GPL-2.0-only */
/* An event on its way: the call it comes from, its sender, what it refers to. */
#ifndef KS_SIGNAL_EVENT_BPF_H
#define KS_SIGNAL_EVENT_BPF_H

/* ---- the call that current is in ---- */

/* A return may go unseen (see disable_preemption()): then the next one is not that of this call. */
static __always_inline bool is_same_call(const struct call_state *state, const struct ks_call *call)
{
	return state->nr == call->nr && state->args[0] == call->args[0] &&
	       state->args[1] == call->args[1];
}

/*
 * Whether a signal was sent before by the very call. One that has a single target sends a single
 * signal: a second one is of the next call, and the return of the first was not seen.
 */
static __always_inline bool is_continued(const struct call_state *state, const struct ks_call *call)
{
	return state->id && state->has_many_targets && is_same_call(state, call);
}

/* When the call began: where no hook saw that, `now`. */
static __always_inline void set_entry(struct ks_call *call, const struct call_state *state, u64 now)
{
	bool is_seen = state && state->entry_ns;

	call->entry_ns = is_seen ? state->entry_ns : now;
	call->coarse_ns = is_seen ? state->coarse_ns : coarse_real_ns();
}

static __always_inline u64 pid_namespace_of(struct task_struct *leader)
{
	struct pid *numbers = BPF_CORE_READ(leader, thread_pid);
	struct upid own;

	read_upid(&own, numbers, BPF_CORE_READ(numbers, level));
	return (u64)own.ns;
}

/*
 * What an honest program says of itself: getpid(2) and getuid(2), of its namespaces. Before the
 * hook, send_signal_locked() has changed them for a target in others, and a uid of a user namespace
 * that is not the initial one is not known here: then nothing is claimed. A global function: its
 * stack is its own.
 */
__noinline int claim_of(u32 pid, u32 uid, u64 address)
{
	struct task_struct *leader = BPF_CORE_READ(current_task(), group_leader);
	struct task_struct *target = BPF_CORE_READ(STRUCT_AT(task_struct, address), group_leader);
	struct pid *numbers = BPF_CORE_READ(leader, thread_pid);
	struct upid own;

	read_upid(&own, numbers, BPF_CORE_READ(numbers, level));
	if (pid_namespace_of(target) != (u64)own.ns ||
	    BPF_CORE_READ(leader, real_cred, user_ns) != BPF_CORE_READ(target, real_cred, user_ns))
		return KS_CLAIM_UNKNOWN;
	if (pid != (u32)own.nr)
		return KS_CLAIM_FORGED;
	if (BPF_CORE_READ(leader, real_cred, user_ns, level))
		return KS_CLAIM_UNKNOWN;
	return uid == real_uid(leader) ? KS_CLAIM_TRUE : KS_CLAIM_FORGED;
}

static __always_inline void check_claim(struct ks_signal *record, u64 target)
{
	if (record->origin == KS_ORIGIN_USER && passes_info(&record->call))
		record->info.claim = claim_of(record->info.pid, record->info.uid, target);
}

/* The record is of a call whose return will be written. */
static __always_inline void enter_call(struct ks_signal *record, struct task_struct *task)
{
	struct ks_call *call = &record->call;
	u64 now = record->header.time_ns;
	struct call_state *state;

	/* A signal to itself; the return has it more exactly, if it is seen. */
	call->sigkill_pending = is_sigkill_pending(task);
	if (is_compat(call) && !cfg_compat_returns) {
		set_entry(call, NULL, now);
		return;
	}
	state = new_state_of_current();
	set_entry(call, state, now);
	if (!state) { /* its return will be missed */
		call->id = now;
		call->returns = 1;
		return;
	}
	if (!is_continued(state, call)) {
		state->id = now;
		state->nr = call->nr;
		state->args[0] = call->args[0];
		state->args[1] = call->args[1];
		state->signals = 0;
		state->written = 0;
		state->lethal_signals = 0;
		state->refused = 0;
		state->unshown = 0;
		state->has_many_targets = has_many_targets(call);
	}
	state->signals++;
	state->written += record->header.ring != NO_RING;
	state->lethal_signals += record->header.ring == KS_RING_LETHAL;
	state->refused += record->result == KS_RESULT_NONE;
	call->id = state->id;
	call->returns = 1;
}

/*
 * A call for one target that generated a signal returns 0, or -EAGAIN if there was no room to queue
 * it: do_send_sig_info() and its callers, kernel/signal.c. Nothing need wait for its return then,
 * unless what that alone shows is wanted.
 */
static __always_inline bool predict_return(struct ks_signal *record, struct task_struct *task)
{
	struct ks_call *call = &record->call;

	if (cfg_all_returns || has_many_targets(call))
		return false;
	set_entry(call, NULL, record->header.time_ns);
	call->id = record->header.time_ns;
	call->sigkill_pending = is_sigkill_pending(task);
	call->ret = record->result == KS_RESULT_OVERFLOW ? -EAGAIN : 0;
	call->ret_known = 1;
	return true;
}

/*
 * Whose credentials: security_current_getsecid_subj() and security_task_getsecid_obj(), which audit
 * calls, take those by which a task acts and those by which it is acted upon.
 */
static __always_inline void add_labels(struct ks_signal *record, u32 place,
				       struct task_struct *task, u64 target)
{
	record->sender_label = record->target_label = KS_LABEL_NONE;
	if (cfg_lsm == KS_LSM_NONE)
		return;
	record->sender_label = label_of(place, BPF_CORE_READ(task, cred));
	if (target)
		record->target_label =
		    label_of(place, BPF_CORE_READ(STRUCT_AT(task_struct, target), real_cred));
}

static __always_inline void fill_sender(struct ks_signal *record, struct task_struct *task,
					const bool typed)
{
	fill_task(&record->sender, task, typed);
	record->personality = NUMBER(personality);
}

/* Where current has no type. Not inline: the stack of the callers is scarce. */
static __noinline void fill_untyped_sender(struct ks_signal *record, struct task_struct *task)
{
	fill_sender(record, task, false);
}

/* There is no room for it. `target`: as in emit_event(). */
static __always_inline void lose_event(const struct ks_signal *record, u64 target)
{
	bool is_sent = record->origin == KS_ORIGIN_USER;

	count_lost_event(record->header.ring, is_sent ? ADDRESS_OF(current_task()) : target);
}

/*
 * Emits the record in `slot` as it is, or as a repeat, and before it what it refers to, unless that
 * has been described. Returns its bytes, negative if there was no room for them.
 */
static __always_inline int emit_described(struct ks_signal *record, struct scratch *to, u32 slot,
					  u64 sender, u64 target)
{
	u32 place = PLACE(process_slot_of(slot), record->header.ring);
	u32 index = seal(record, to, slot);
	int is_again = equals_last(slot, index);

	if (!is_again || !descriptions_hold(index, sender, target)) {
		note_descriptions(index, sender, target);
		emit_process_and_ancestors(place, sender);
		if (target)
			emit_process_if_stale(place, target);
	}
	return is_again ? emit_again(slot) : emit_anew(slot);
}

/*
 * Adds the sender `task` and emits, unless the event has been refused a ring. `target`: a thread,
 * see pointer_to_scalar(); 0: there is none that could be described.
 */
static __always_inline void emit_event(struct ks_signal *record, struct scratch *to, u32 slot,
				       struct task_struct *task, u64 target)
{
	int bytes;

	if (record->header.ring == NO_RING) {
		lose_event(record, target);
		return;
	}
	to->walk.end = sizeof(*record) + record->cause.bytes;
	if (cfg_task_btf)
		fill_sender(record, typed_current(task), true);
	else
		fill_untyped_sender(record, task);
	record->former = (struct ks_span){};
	record->target_number = record->former_session = 0;
	if (target && record->origin == KS_ORIGIN_USER)
		add_former(slot, target);
	add_own_argv(record, to, slot, task);
	add_labels(record, PLACE(process_slot_of(slot), record->header.ring), task, target);
	bytes = emit_described(record, to, slot, ADDRESS_OF(task), target);
	if (bytes < 0) {
		lose_event(record, target);
		bytes = -bytes;
	}
	if (to->payer && record->header.ring == KS_RING_BULK)
		charge(slot, bytes);
}

/* `info`, `target`: see pointer_to_scalar(). */
static __always_inline void emit_signal(void *ctx, struct ks_signal *record, struct scratch *to,
					struct task_struct *task, u64 info, u64 target)
{
	if (record->origin == KS_ORIGIN_KERNEL && record->header.ring != NO_RING)
		explain(ctx, info, target);
	emit_event(record, to, SLOT_SIGNAL, task, target);
}

#endif
