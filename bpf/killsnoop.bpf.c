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

char LICENSE[] SEC("license") = "GPL";

/* ---- hook: a signal is generated ---- */

static __always_inline void enter_call(struct ks_call *call, u64 now)
{
	struct call_state *state;

	if (is_compat(call) && !cfg_compat_returns)
		return;
	state = bpf_task_storage_get(&calls, bpf_get_current_task_btf(), NULL,
				     BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!state)
		return;
	if (!state->id) {
		state->id = now;
		state->signals = 0;
	}
	state->signals++;
	call->id = state->id;
	call->returns = 1;
}

/*
 * Whose credentials: security_current_getsecid_subj() and security_task_getsecid_obj(), which audit
 * calls, take those by which a task acts and those by which it is acted upon.
 */
static __always_inline void add_labels(struct ks_signal *record, u32 slot,
				       struct task_struct *target)
{
	record->sender_label = label_of(slot, BPF_CORE_READ(current_task(), cred));
	record->target_label = target ? label_of(slot, BPF_CORE_READ(target, real_cred)) : 0;
}

/* The sender, and what the event refers to: descriptions come before it. */
static __always_inline void submit_event(struct ks_signal *record, struct scratch *to, u32 slot,
					 struct task_struct *target)
{
	struct task_struct *task = bpf_get_current_task_btf();

	to->walk.end = sizeof(*record);
	fill_task(&record->sender, task, true);
	record->personality = task->personality;
	add_own_argv(record, to);
	mention_with_ancestors(slot + 1, (u64)current_task());
	if (target)
		mention(slot + 1, as_number(to, target));
	add_labels(record, slot + 1, target);
	submit(&record->header, to->walk.end, KS_LOST_EVENT);
}

static __always_inline void fill_signal(struct ks_signal *record, int sig,
					struct task_struct *target, int group, int result)
{
	begin(&record->header, KS_REC_SIGNAL);
	record->signal = sig;
	record->result = result;
	record->to_group = group;
	fill_task(&record->target, target, true);
	if (record->origin == KS_ORIGIN_USER)
		enter_call(&record->call, record->header.time_ns);
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
	} else {
		record->origin = KS_ORIGIN_KERNEL;
		__builtin_memset(&record->call, 0, sizeof(record->call));
	}
	record->unasked = !is_wanted(record, target, sig, result);
	if (!record->unasked || (cfg_target_pids && cfg_lethal & BIT(sig))) {
		fill_signal(record, sig, target, group, result);
		submit_event(record, to, SLOT_SIGNAL, target);
	}
	scratch_give(to);
	return 0;
}

/* ---- hooks: a call of the kill family returns ---- */

static __always_inline void submit_return(struct call_state *state, u32 tid, long ret)
{
	struct ks_return record = {};

	begin(&record.header, KS_REC_RETURN);
	record.call_id = state->id;
	record.ret = ret;
	record.sender_tid = tid;
	record.signals = state->signals;
	state->id = 0;
	submit(&record.header, sizeof(record), KS_LOST_RETURN);
}

/* Whom a call without a signal meant, if it was one process. */
static __always_inline struct task_struct *find_target(const struct ks_call *call, long ret)
{
	bool by_thread = call->via == KS_VIA_TGKILL || call->via == KS_VIA_RT_TGSIGQUEUEINFO;
	s32 nr = by_thread ? call->args[1] : call->args[0];

	if (call->via != KS_VIA_PIDFD_SEND_SIGNAL)
		return nr > 0 ? find_task(nr) : NULL;
	/* Other errors may come before the descriptor was looked at. */
	return ret >= 0 || ret == -EPERM ? find_pidfd_task(nr) : NULL;
}

static __always_inline bool is_wanted_target(struct task_struct *target)
{
	return (!cfg_target_pids || (target && in_set(&target_pids, visible_tgid(target)))) &&
	       (!cfg_target_uids || (target && in_set(&target_uids, real_uid(target))));
}

/* Whether a return that no signal of ours came before is an event, as far as the call tells. */
static __always_inline bool is_wanted_call(const struct ks_call *call, long ret)
{
	s32 sig = signal_argument(call);

	return call->via && (ret < 0 || (sig == 0 && !cfg_failed_only)) && is_wanted_number(sig) &&
	       cfg_origins & (1U << KS_ORIGIN_USER) && is_wanted_sender(current_task());
}

static __always_inline void submit_call(struct scratch *to, const struct ks_call *call, long ret)
{
	struct ks_signal *record = (void *)to->bytes;
	struct task_struct *target = find_target(call, ret);

	if (!is_wanted_target(target))
		return;
	__builtin_memset(record, 0, sizeof(*record));
	begin(&record->header, KS_REC_CALL);
	record->call = *call;
	record->call.ret = ret;
	record->info.kind = KS_INFO_NONE;
	record->signal = signal_argument(call);
	record->result = KS_RESULT_NONE;
	record->origin = KS_ORIGIN_USER;
	if (target)
		fill_task(&record->target, target, false);
	submit_event(record, to, SLOT_RETURN, target);
}

static __always_inline void handle_return(long ret)
{
	struct call_state *state =
	    bpf_task_storage_get(&calls, bpf_get_current_task_btf(), NULL, 0);
	struct ks_call call;
	struct scratch *to;

	if (state && state->id) {
		submit_return(state, BPF_CORE_READ(current_task(), pid), ret);
		return;
	}
	if (ret >= 0 && !cfg_probes)
		return;
	fill_call(&call, current_task());
	if (!is_wanted_call(&call, ret))
		return;
	to = scratch_take(SLOT_RETURN);
	if (!to) {
		count_loss(KS_LOST_BUSY);
		return;
	}
	submit_call(to, &call, ret);
	scratch_give(to);
}

static __noinline int on_return(long ret)
{
	stay_on_cpu();
	handle_return(ret);
	leave_cpu();
	return 0;
}

/* One program for the tracepoints of all six calls: user space attaches it to each. */
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
