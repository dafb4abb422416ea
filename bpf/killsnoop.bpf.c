// SPDX-License-Identifier: GPL-2.0-only
/* The hooks: gather, filter, fill, submit. What user space reads is in record.h. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include "record.h"
#include "maps.bpf.h"
#include "compat.bpf.h"
#include "path.bpf.h"
#include "task.bpf.h"
#include "submit.bpf.h"
#include "label.bpf.h"
#include "call.bpf.h"
#include "filter.bpf.h"
#include "check.bpf.h"

char LICENSE[] SEC("license") = "GPL";

/* ---- the call that current is in ---- */

static __always_inline struct call_state *state_of_current(void)
{
	return bpf_task_storage_get(&calls, bpf_get_current_task_btf(), NULL, 0);
}

/* A signal is generated: that is what became of the check. Returns the target as it was then. */
static __always_inline const struct ks_task *settle_check(struct task_struct *target)
{
	struct call_state *state = cfg_checks ? state_of_current() : NULL;

	if (!state || state->checked != (u64)target)
		return NULL;
	state->checked = 0;
	return &state->target;
}

/* A return may go unseen (see stay_on_cpu()): then the next one is not that of this call. */
static __always_inline bool is_same_call(const struct call_state *state, const struct ks_call *call)
{
	return state->nr == call->nr && state->args[0] == call->args[0] &&
	       state->args[1] == call->args[1];
}

/* When the call began: where nobody saw that, `now`. */
static __always_inline void set_entry(struct ks_call *call, const struct call_state *state, u64 now)
{
	bool is_seen = state && state->entry_ns;

	call->entry_ns = is_seen ? state->entry_ns : now;
	call->coarse_ns = is_seen ? state->coarse_ns : coarse_real_ns();
}

/* ---- hook: a signal is generated ---- */

static __always_inline void enter_call(struct ks_call *call, u64 now)
{
	struct call_state *state;

	call->dying = is_dying(); /* a signal to itself; the return tells better, if it is seen */
	if (is_compat(call) && !cfg_compat_returns) {
		set_entry(call, NULL, now);
		return;
	}
	state = bpf_task_storage_get(&calls, bpf_get_current_task_btf(), NULL,
				     BPF_LOCAL_STORAGE_GET_F_CREATE);
	set_entry(call, state, now);
	if (!state)
		return;
	if (!state->id || !is_same_call(state, call)) {
		state->id = now;
		state->nr = call->nr;
		state->args[0] = call->args[0];
		state->args[1] = call->args[1];
		state->signals = 0;
		state->is_for_many = is_for_many(call);
	}
	state->signals++;
	call->id = state->id;
	call->returns = 1;
}

/*
 * Whose credentials: security_current_getsecid_subj() and security_task_getsecid_obj(), which audit
 * calls, take those by which a task acts and those by which it is acted upon.
 */
static __always_inline void add_labels(struct ks_signal *record, u32 slot, u64 target)
{
	record->sender_label = label_of(slot, BPF_CORE_READ(current_task(), cred));
	record->target_label =
	    target ? label_of(slot, BPF_CORE_READ((struct task_struct *)target, real_cred)) : 0;
}

/*
 * Adds the sender, who has been mentioned, and submits. `target`: a thread, see as_number(); 0:
 * there is none that could be described.
 */
static __always_inline void submit_event(struct ks_signal *record, struct scratch *to, u32 slot,
					 u64 target)
{
	struct task_struct *task = bpf_get_current_task_btf();

	to->walk.end = sizeof(*record);
	fill_task(&record->sender, task, true);
	record->personality = task->personality;
	add_own_argv(record, to);
	if (target)
		mention(slot + 1, target);
	add_labels(record, slot + 1, target);
	submit(&record->header, to->walk.end, KS_LOST_EVENT);
}

/* `checked`: the target as it was when the call checked its permission; NULL: that was not seen. */
static __always_inline void fill_signal(struct ks_signal *record, int sig,
					struct task_struct *target, const struct ks_task *checked,
					int group, int result)
{
	begin(&record->header, KS_REC_SIGNAL);
	record->signal = sig;
	record->result = result;
	record->to_group = group;
	record->place = 0;
	if (checked)
		record->target = *checked;
	else
		fill_task(&record->target, target, true);
	if (record->origin == KS_ORIGIN_USER) {
		/* SI_FROMUSER(): a positive code, as one may send oneself, passes as the kernel's.
		 */
		if (record->info.kind != KS_INFO_REAL || record->info.code <= 0)
			record->target.flags |= KS_FLAG_CHECKED;
		enter_call(&record->call, record->header.time_ns);
	}
}

/* What the cheap facts say: nothing has been copied yet. */
static __always_inline bool is_wanted(const struct ks_signal *record, struct task_struct *target,
				      int sig, int result)
{
	struct task_struct *task = current_task();
	bool to_self = BPF_CORE_READ(task, tgid) == BPF_CORE_READ(target, tgid);

	return cfg_signals & BIT(sig) && cfg_origins & (1U << record->origin) &&
	       (!cfg_failed_only || result == KS_RESULT_IGNORED || result == KS_RESULT_OVERFLOW) &&
	       (!cfg_target_uids || in_set(&target_uids, real_uid(target))) &&
	       is_wanted_sender(task) &&
	       !is_muted(sig, &record->info, record->origin == KS_ORIGIN_USER, to_self);
}

SEC("tp_btf/signal_generate")
int BPF_PROG(on_signal_generate, int sig, struct kernel_siginfo *info, struct task_struct *target,
	     int group, int result)
{
	struct task_struct *task = current_task();
	const struct ks_task *checked = NULL;
	struct scratch *to;
	struct ks_signal *record;

	if (!((cfg_signals | (cfg_target_pids ? cfg_lethal : 0)) & BIT(sig)))
		return 0;
	if (cfg_target_pids && !in_set(&target_pids, visible_tgid(target)))
		return 0;
	to = scratch_take(SLOT_SIGNAL);
	if (!to) {
		count_loss(KS_LOST_BUSY);
		return 0;
	}
	record = (void *)to->bytes;
	fill_info(&record->info, as_number(to, info));
	fill_call(&record->call, task);
	if (is_sent_by(&record->call, &record->info, sig)) {
		record->origin = KS_ORIGIN_USER;
		checked = settle_check(target);
	} else {
		record->origin = KS_ORIGIN_KERNEL;
		__builtin_memset(&record->call, 0, sizeof(record->call));
	}
	record->unasked = !is_wanted(record, target, sig, result);
	if (!record->unasked || (cfg_target_pids && cfg_lethal & BIT(sig))) {
		fill_signal(record, sig, target, checked, group, result);
		mention_with_ancestors(SLOT_SIGNAL + 1, (u64)task);
		submit_event(record, to, SLOT_SIGNAL, as_number(to, target));
	}
	scratch_give(to);
	return 0;
}

/* ---- targets without a signal ---- */

/* Whether an event without a signal is wanted, as far as the call tells. */
static __always_inline bool is_wanted_call(const struct ks_call *call)
{
	return call->via && is_wanted_number(signal_argument(call)) &&
	       cfg_origins & (1U << KS_ORIGIN_USER) && is_wanted_sender(current_task());
}

static __always_inline bool is_wanted_target(struct task_struct *target)
{
	return (!cfg_target_pids || (target && in_set(&target_pids, visible_tgid(target)))) &&
	       (!cfg_target_uids || (target && in_set(&target_uids, real_uid(target))));
}

/* All but the target, the sender and what submitting adds: of the call that current is in. */
static __always_inline void fill_unsignalled(struct ks_signal *record)
{
	__builtin_memset(record, 0, sizeof(*record));
	fill_call(&record->call, current_task());
	record->info.kind = KS_INFO_NONE;
	record->signal = signal_argument(&record->call);
	record->result = KS_RESULT_NONE;
	record->origin = KS_ORIGIN_USER;
}

/*
 * It is one of those that the call meant, and `place` others of them come before it. The sender has
 * been mentioned.
 */
static __always_inline void submit_refused(struct ks_signal *record, struct scratch *to, u64 target,
					   u32 place)
{
	begin(&record->header, KS_REC_SIGNAL);
	record->place = place;
	record->target.flags |= KS_FLAG_CHECKED;
	enter_call(&record->call, record->header.time_ns);
	submit_event(record, to, SLOT_RETURN, target);
}

/* The call meant nobody else, or nobody at all. */
static __always_inline void submit_call(struct ks_signal *record, struct scratch *to, u64 target,
					long ret)
{
	const struct call_state *state = state_of_current();

	begin(&record->header, KS_REC_CALL);
	record->call.ret = ret;
	record->call.dying = is_dying();
	set_entry(&record->call, state, record->header.time_ns);
	mention_with_ancestors(SLOT_RETURN + 1, (u64)current_task());
	submit_event(record, to, SLOT_RETURN, target);
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

static __always_inline void submit_if_refused(struct ks_signal *record, struct scratch *to,
					      struct task_struct *task)
{
	if (!is_wanted_target(task) || (record->signal && may_signal((u64)task, record->signal)))
		return;
	fill_task(&record->target, task, false);
	submit_refused(record, to, (u64)task, to->search.place);
}

static __always_inline void start_search(struct scratch *to, const struct ks_signal *record)
{
	to->search.is_all = record->call.via == KS_VIA_KILL && (s32)record->call.args[0] == -1;
	to->search.place = 0;
	to->search.next = first_target(&record->call, to->search.is_all);
}

/* ---- hook: a call checks whether it may signal a target ---- */

/* The thread that was checked, or 0 if it is gone: its memory may be another's. */
static __always_inline u64 checked_thread(const struct call_state *state)
{
	const struct ks_ref *was = &state->target.ids.process;
	struct task_struct *task = (void *)state->checked;
	struct ks_ref now;

	fill_ref(&now, BPF_CORE_READ(task, group_leader));
	return now.pid == was->pid && now.start_ns == was->start_ns ? state->checked : 0;
}

/* No signal was generated after the last check. */
static __always_inline void tell_refusal(struct call_state *state)
{
	struct scratch *to = scratch_take(SLOT_RETURN);
	struct ks_signal *record;

	if (!to) {
		count_loss(KS_LOST_BUSY);
		return;
	}
	record = (void *)to->bytes;
	fill_unsignalled(record);
	record->target = state->target;
	mention_with_ancestors(SLOT_RETURN + 1, (u64)current_task());
	submit_refused(record, to, checked_thread(state), state->id ? state->signals : 0);
	scratch_give(to);
}

static __always_inline void handle_check(int sig, struct task_struct *target)
{
	struct call_state *state;
	struct ks_call call;

	fill_call(&call, current_task());
	if (!is_wanted_call(&call))
		return;
	state = bpf_task_storage_get(&calls, bpf_get_current_task_btf(), NULL,
				     BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!state)
		return;
	if (state->checked)
		tell_refusal(state);
	state->checked = 0;
	if (!is_wanted_target(target))
		return;
	fill_task(&state->target, target, true);
	state->checked = (u64)target;
}

SEC("fentry/audit_signal_info")
int BPF_PROG(on_check, int sig, struct task_struct *target)
{
	stay_on_cpu();
	handle_check(sig, target);
	leave_cpu();
	return 0;
}

/* ---- hooks: a call of the kill family returns ---- */

/*
 * The functions in this part that are not inline are global: each is verified once, and its stack
 * is its own. All that are active at once may have 512 bytes.
 */

/* One target of a call that may mean many: 0 behind the last. The record in `slot` is of the call.
 */
__noinline int search_step(u32 slot)
{
	struct scratch *to = slot_bytes(slot);
	struct task_struct *task;

	if (!to || !to->search.next)
		return 0;
	task = (void *)to->search.next;
	if (!to->search.is_all || !is_spared(task)) {
		submit_if_refused((void *)to->bytes, to, task);
		to->search.place++;
	}
	to->search.next = next_target(task, to->search.is_all);
	return 1;
}

/* A loop of its own: the verifier follows 8,192 jumps at most in one function. */
__noinline int search_steps(u32 slot)
{
	int i;

	for (i = 0; i < SEARCH_STEPS; i++)
		if (!search_step(slot))
			return 0;
	return 1;
}

/* A call that may mean many: which of them got no signal? */
__noinline int search_targets(long ret)
{
	struct scratch *to = scratch_take(SLOT_RETURN);
	struct ks_signal *record;
	int i;

	if (!to)
		return count_loss(KS_LOST_BUSY);
	record = (void *)to->bytes;
	fill_unsignalled(record);
	if (is_wanted_return(record, ret, true)) {
		start_search(to, record);
		mention_with_ancestors(SLOT_RETURN + 1, (u64)current_task());
		for (i = 0; i < TASKS_MAX / SEARCH_STEPS; i++)
			if (!search_steps(SLOT_RETURN))
				break;
		if (!to->search.place && is_wanted_target(NULL))
			submit_call(record, to, 0, ret);
	}
	scratch_give(to);
	return 0;
}

static __always_inline void submit_last_check(struct ks_signal *record, struct scratch *to,
					      const struct call_state *state, long ret)
{
	record->target = state->target;
	record->target.flags |= KS_FLAG_CHECKED;
	if (!state->id) {
		submit_call(record, to, checked_thread(state), ret);
		return;
	}
	mention_with_ancestors(SLOT_RETURN + 1, (u64)current_task());
	submit_refused(record, to, checked_thread(state), state->signals);
}

/* Nobody saw whom the call meant: what its arguments say. */
static __always_inline void submit_found(struct ks_signal *record, struct scratch *to, long ret)
{
	struct pid *pid = find_target(&record->call, ret);
	struct task_struct *target = task_of(pid);

	if (!is_wanted_target(target))
		return;
	if (target) {
		fill_task(&record->target, target, false);
		if (!cfg_checks && was_checked(&record->call, ret, pid))
			record->target.flags |= KS_FLAG_CHECKED;
	}
	submit_call(record, to, as_number(to, target), ret);
}

/* A call whose last or only target got no signal. */
__noinline int tell_target(long ret)
{
	struct call_state *state = state_of_current();
	struct scratch *to = scratch_take(SLOT_RETURN);
	struct ks_signal *record;
	bool is_checked;

	if (!to)
		return count_loss(KS_LOST_BUSY);
	record = (void *)to->bytes;
	fill_unsignalled(record);
	is_checked = state && state->checked;
	if (is_wanted_return(record, ret, is_checked)) {
		if (is_checked)
			submit_last_check(record, to, state, ret);
		else
			submit_found(record, to, ret);
	}
	scratch_give(to);
	return 0;
}

__noinline int submit_return(long ret)
{
	struct call_state *state = state_of_current();
	struct ks_return record = {};

	if (!state)
		return 0;
	if (state->id) {
		begin(&record.header, KS_REC_RETURN);
		record.call_id = state->id;
		record.ret = ret;
		record.sender_tid = BPF_CORE_READ(current_task(), pid);
		record.signals = state->signals;
		record.dying = is_dying();
		submit(&record.header, sizeof(record), KS_LOST_RETURN);
	}
	state->id = 0;
	state->checked = 0;
	state->entry_ns = 0;
	return 0;
}

/* This is asked of each call, also of those that no filter wants: most are told by one register. */
static __always_inline bool is_current_for_many(void)
{
	struct ks_call call;

	read_call(&call);
	if ((s32)call.args[0] > 0 && !(call.args[3] & PIDFD_SIGNAL_PROCESS_GROUP))
		return false;
	call.via = via_of(call.arch, call.nr);
	/* A number that is no signal is refused before anybody is looked at. */
	return is_for_many(&call) && (u32)signal_argument(&call) <= KS_SIGNAL_MAX;
}

/* A seccomp filter answered: the tracepoint of the return fires, but there was no call. */
static __always_inline bool was_executed(const struct call_state *state)
{
	return !cfg_entries || cfg_compat_returns || (state && state->entry_ns);
}

static __always_inline bool is_in_call(const struct call_state *state)
{
	struct ks_call call;

	read_call(&call);
	return is_same_call(state, &call);
}

static __always_inline void handle_return(struct call_state *state, long ret)
{
	bool is_told = false, is_checked = state && state->checked;

	if (state && state->id) {
		is_told = is_in_call(state);
		if (!is_told)
			state->id = 0;
	}

	/* kill(-1) succeeds even if it may signal nobody. */
	if (!cfg_checks && (is_told ? state->is_for_many : is_current_for_many()))
		search_targets(ret);
	else if (is_checked || (!is_told && (ret < 0 || cfg_probes)))
		tell_target(ret);
	else if (!state)
		return;
	submit_return(ret);
}

static __always_inline int on_return(long ret)
{
	struct call_state *state = state_of_current();

	if (!was_executed(state))
		return 0;
	stay_on_cpu();
	handle_return(state, ret);
	leave_cpu();
	return 0;
}

/* One program for the tracepoints of all six calls: user space attaches it to each. */
SEC("tracepoint")
int on_sys_enter(void *ctx)
{
	struct call_state *state = bpf_task_storage_get(&calls, bpf_get_current_task_btf(), NULL,
							BPF_LOCAL_STORAGE_GET_F_CREATE);

	if (!state)
		return 0;
	state->entry_ns = bpf_ktime_get_ns();
	state->coarse_ns = coarse_real_ns();
	return 0;
}

SEC("tracepoint")
int on_sys_exit(struct trace_event_raw_sys_exit *ctx)
{
	return on_return(ctx->ret);
}

/* And a program per call where the kernel lets us hook functions: user space names the function. */
#define ON_FEXIT(name)                                                                             \
	SEC("fexit")                                                                               \
	int BPF_PROG(name, struct pt_regs *regs, long ret)                                         \
	{                                                                                          \
		return on_return(ret);                                                             \
	}

ON_FEXIT(on_kill)
ON_FEXIT(on_tkill)
ON_FEXIT(on_tgkill)
ON_FEXIT(on_rt_sigqueueinfo)
ON_FEXIT(on_rt_tgsigqueueinfo)
ON_FEXIT(on_pidfd_send_signal)
ON_FEXIT(on_compat_kill)
ON_FEXIT(on_compat_tkill)
ON_FEXIT(on_compat_tgkill)
ON_FEXIT(on_compat_rt_sigqueueinfo)
ON_FEXIT(on_compat_rt_tgsigqueueinfo)
ON_FEXIT(on_compat_pidfd_send_signal)
ON_FEXIT(on_x32_rt_sigqueueinfo)
ON_FEXIT(on_x32_rt_tgsigqueueinfo)

/* ---- hooks: the life of a process ---- */

static __always_inline void handle_fork(struct task_struct *parent, struct task_struct *child)
{
	struct ks_image *image, *inherited;
	struct ks_image_key key;
	struct ks_ref creator, ref;

	if (BPF_CORE_READ(child, pid) != BPF_CORE_READ(child, tgid))
		return;
	fill_ref(&creator, BPF_CORE_READ(parent, group_leader));
	fill_ref(&ref, child);
	inherited = image_of(&creator);
	if (!inherited)
		return;
	key = image_key(&ref);
	bpf_map_update_elem(&images, &key, inherited, BPF_ANY);
	image = bpf_map_lookup_elem(&images, &key);
	if (!image)
		return;
	image->creator = creator;
	image->chain = 0;
	__builtin_memset(&image->described, 0, sizeof(image->described));
}

static __always_inline void keep_argv(struct ks_image *image, struct mm_struct *mm)
{
	u64 from = BPF_CORE_READ(mm, arg_start), bytes = BPF_CORE_READ(mm, arg_end) - from;

	if (bytes > KS_IMAGE_ARGV_BYTES) {
		bytes = KS_IMAGE_ARGV_BYTES;
		image->flags |= KS_FLAG_ARGV_CUT;
	}
	if (bytes && bpf_probe_read_user(image->argv, bytes, (void *)from))
		return;
	image->argv_bytes = bytes;
	image->known |= KS_KNOWN_ARGV;
}

static __always_inline void keep_exe(struct ks_image *image, struct scratch *to, struct file *exe)
{
	u32 flags, bytes;

	to->walk.end = 0;
	flags = append_path(SLOT_PROCESS, (u64)BPF_CORE_READ(exe, f_path.dentry),
			    (u64)BPF_CORE_READ(exe, f_path.mnt), (u64)current_task());
	bytes = to->walk.end;
	if (bytes > KS_IMAGE_EXE_BYTES) {
		bytes = KS_IMAGE_EXE_BYTES;
		flags |= PATH_CUT;
	}
	bpf_probe_read_kernel(image->exe, bytes, to->bytes);
	image->exe_bytes = bytes;
	image->known |= KS_KNOWN_EXE;
	image->flags |= flags & PATH_CUT ? KS_FLAG_EXE_CUT : 0;
	image->flags |= flags & PATH_DELETED ? KS_FLAG_EXE_DELETED : 0;
}

static __always_inline void forget_description(struct ks_image *image)
{
	if (image->described.cgroup)
		__sync_fetch_and_add(&described_execs, 1);
	__builtin_memset(&image->described, 0, sizeof(image->described));
}

static __always_inline void handle_exec(void)
{
	struct task_struct *task = current_task();
	struct mm_struct *mm = BPF_CORE_READ(task, mm);
	struct file *exe = BPF_CORE_READ(mm, exe_file);
	struct ks_image *image;
	struct scratch *to;
	struct ks_ref ref;

	fill_ref(&ref, task); /* whichever thread called exec is the leader now */
	image = image_of(&ref);
	if (!image || !mm)
		return;
	forget_description(image);
	image->known = 0;
	image->flags = 0;
	keep_argv(image, mm);
	to = scratch_take(SLOT_PROCESS);
	if (!to)
		return;
	if (exe)
		keep_exe(image, to, exe);
	scratch_give(to);
}

/* The last thread has inherited the children of the others: find_new_reaper(), kernel/exit.c. */
static __always_inline bool has_children(struct task_struct *last)
{
	return BPF_CORE_READ(last, children.next) !=
	       (void *)last + bpf_core_field_offset(struct task_struct, children);
}

static __always_inline u32 exit_code(struct task_struct *task)
{
	/* wait_task_zombie(), kernel/exit.c */
	return BPF_CORE_READ(task, signal, flags) & SIGNAL_GROUP_EXIT
		   ? BPF_CORE_READ(task, signal, group_exit_code)
		   : BPF_CORE_READ(task, group_leader, exit_code);
}

/* Not inline: its stack must not add to that of the functions that on_exit() calls besides. */
static __noinline void submit_exit(struct task_struct *task, struct task_struct *leader,
				   bool watched)
{
	struct ks_exit record = {};

	begin(&record.header, KS_REC_EXIT);
	record.known = fill_ids(&record.ids, leader, false);
	record.code = exit_code(task);
	record.watched = watched;
	submit(&record.header, sizeof(record), KS_LOST_EXIT);
}

/*
 * The last thread of a process ends. A parent that leaves children behind is described now: they
 * may send signals later, and nothing in the kernel will know then who started them.
 */
static __always_inline void handle_exit(void)
{
	struct task_struct *task = current_task();
	struct task_struct *leader = BPF_CORE_READ(task, group_leader);
	struct ks_image_key key;
	struct ks_image *image;
	struct ks_ref ref;
	bool watched;

	if (BPF_CORE_READ(task, signal, live.counter))
		return;
	fill_ref(&ref, leader);
	if (has_children(task))
		mention_with_ancestors(SLOT_PROCESS, (u64)task);
	watched = cfg_target_pids && ref.vpid && !bpf_map_delete_elem(&target_pids, &ref.vpid);
	if (watched)
		mention(SLOT_PROCESS, (u64)task);
	key = image_key(&ref);
	image = bpf_map_lookup_elem(&images, &key);
	if (watched || (image && image->described.cgroup))
		submit_exit(task, leader, watched);
}

static __always_inline void handle_free(struct task_struct *task)
{
	struct ks_image_key key;
	struct ks_ref ref;

	if (BPF_CORE_READ(task, pid) != BPF_CORE_READ(task, tgid))
		return;
	fill_ref(&ref, task);
	key = image_key(&ref);
	bpf_map_delete_elem(&images, &key);
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(on_fork, struct task_struct *parent, struct task_struct *child)
{
	stay_on_cpu();
	handle_fork(parent, child);
	leave_cpu();
	return 0;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(on_exec)
{
	stay_on_cpu();
	handle_exec();
	leave_cpu();
	return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(on_exit)
{
	stay_on_cpu();
	handle_exit();
	leave_cpu();
	return 0;
}

SEC("tp_btf/sched_process_free")
int BPF_PROG(on_free, struct task_struct *task)
{
	stay_on_cpu();
	handle_free(task);
	leave_cpu();
	return 0;
}
