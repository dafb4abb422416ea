/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whom a call meant, where no signal shows it: because the sender may not, or the signal was 0.
 * Audit lists these, too: audit_signal_info(), which check_kill_permission() calls for each target.
 * Where that can be hooked, it says who; elsewhere the targets are searched for, as kernel/signal.c
 * does, when the call returns.
 */
#ifndef KS_PERMISSION_BPF_H
#define KS_PERMISSION_BPF_H

enum {
	TASKS_MAX = 65536,	  /* looked at for one call */
	SEARCH_STEPS = 256,	  /* at a time */
	SEARCH_NS_MAX = 20000000, /* nothing else runs on this CPU meanwhile */
};

/* May the call have more than one target? */
static __always_inline bool has_many_targets(const struct ks_call *call)
{
	return (call->via == KS_VIA_KILL && (s32)call->args[0] <= 0) ||
	       (call->via == KS_VIA_PIDFD_SEND_SIGNAL &&
		call->args[3] & PIDFD_SIGNAL_PROCESS_GROUP);
}

/* ---- one target ---- */

/*
 * Codes that only the kernel and the process itself may use are refused before any target is looked
 * at: do_rt_sigqueueinfo() and its like, kernel/signal.c.
 */
static __always_inline bool is_forged(const struct ks_call *call, struct pid *target)
{
	bool is_third = call->via != KS_VIA_RT_TGSIGQUEUEINFO;
	u64 info = is_third ? call->args[2] : call->args[3];
	s32 code = SI_USER;

	if (is_compat(call))
		info = (u32)info;
	if (call->via <= KS_VIA_TGKILL || !info ||
	    BPF_CORE_READ(current_task(), thread_pid) == target)
		return false;
	bpf_probe_read_user(&code, sizeof(code), (void *)(info + SI_CODE_OFFSET));
	return code >= 0 || code == SI_TKILL;
}

/* Whom a call meant, if it was one process or thread. */
static __always_inline struct pid *find_target(const struct ks_call *call, long ret)
{
	bool by_thread = call->via == KS_VIA_TGKILL || call->via == KS_VIA_RT_TGSIGQUEUEINFO;
	s32 nr = by_thread ? call->args[1] : call->args[0];

	if (call->via != KS_VIA_PIDFD_SEND_SIGNAL)
		return nr > 0 ? find_pid(current_pid_ns(), nr) : NULL;
	/* Other errors may come before the descriptor was looked at. */
	return ret >= 0 || ret == -EPERM ? find_pidfd_pid(nr) : NULL;
}

/* Did it come to the check? -EACCES is what security modules answer. */
static __always_inline bool was_checked(const struct ks_call *call, long ret, struct pid *target)
{
	return ret >= 0 || ret == -EACCES || (ret == -EPERM && !is_forged(call, target));
}

/* ---- many targets: may the sender? ---- */

/* cap_capable() of security/commoncap.c for CAP_KILL over `target`. */
static __always_inline bool has_cap_kill(const struct cred *cred, const struct cred *target)
{
	struct user_namespace *own = BPF_CORE_READ(cred, user_ns);
	struct user_namespace *over = BPF_CORE_READ(target, user_ns);
	u32 euid = BPF_CORE_READ(cred, euid.val), effective = 0;
	int i;

	bpf_core_read(&effective, sizeof(effective), &cred->cap_effective);
	for (i = 0; i < USER_NS_DEPTH && over; i++) {
		struct user_namespace *parent = BPF_CORE_READ(over, parent);

		if (over == own)
			return effective & (1U << CAP_KILL);
		if (parent == own && BPF_CORE_READ(over, owner.val) == euid)
			return true;
		over = parent;
	}
	return false;
}

/* kill_ok_by_cred(), kernel/signal.c */
static __always_inline bool is_same_user(const struct cred *cred, const struct cred *target)
{
	u32 uid = BPF_CORE_READ(cred, uid.val), euid = BPF_CORE_READ(cred, euid.val);
	u32 target_uid = BPF_CORE_READ(target, uid.val), suid = BPF_CORE_READ(target, suid.val);

	return euid == suid || euid == target_uid || uid == suid || uid == target_uid;
}

/* check_kill_permission(), kernel/signal.c, but for what a security module may add. */
__noinline int may_signal(u64 task, int sig)
{
	struct task_struct *target = STRUCT_AT(task_struct, task);
	const struct cred *cred = BPF_CORE_READ(current_task(), cred);
	const struct cred *target_cred = BPF_CORE_READ(target, real_cred);

	return BPF_CORE_READ(current_task(), tgid) == BPF_CORE_READ(target, tgid) ||
	       is_same_user(cred, target_cred) || has_cap_kill(cred, target_cred) ||
	       (sig == SIGCONT && session_of(target) == session_of(current_task()));
}

/*
 * Why a call with the result `ret`, or 0 if it has other targets, did not reach that thread; 0: it
 * is not known. EACCES is what security modules answer.
 */
static __always_inline enum ks_reason reason_of_refusal(const struct ks_call *call, u64 task,
							int sig, long ret)
{
	if (!task || (ret && ret != -EPERM && ret != -EACCES))
		return KS_REASON_NONE;
	if (ret && is_forged(call, BPF_CORE_READ(STRUCT_AT(task_struct, task), thread_pid)))
		return KS_REASON_SIGINFO;
	return may_signal(task, sig) ? KS_REASON_SECURITY_MODULE : KS_REASON_OTHER_USER;
}

/* ---- many targets: who? ---- */

/* The group that the call names. */
static __always_inline struct pid *find_group(const struct ks_call *call)
{
	s32 nr = call->args[0];

	if (call->via == KS_VIA_PIDFD_SEND_SIGNAL)
		return find_pidfd_pid(nr);
	return nr ? find_pid(current_pid_ns(), -nr)
		  : BPF_CORE_READ(current_task(), signal, pids[PID_TYPE(PGID)]);
}

static __always_inline u64 group_link(void)
{
	return bpf_core_field_offset(struct task_struct, pid_links) +
	       PID_TYPE(PGID) * bpf_core_type_size(struct hlist_node);
}

static __always_inline u64 tasks_link(void)
{
	return bpf_core_field_offset(struct task_struct, tasks);
}

/* The first process that the call may mean; 0: none. */
static __always_inline u64 first_target(const struct ks_call *call, bool is_all)
{
	struct pid_namespace *initial;
	struct upid upid;
	struct pid *group;
	u64 node;

	if (!is_all) {
		group = find_group(call);
		node = group ? (u64)BPF_CORE_READ(group, tasks[PID_TYPE(PGID)].first) : 0;
		return node ? node - group_link() : 0;
	}
	read_upid(&upid, BPF_CORE_READ(current_task(), thread_pid), 0);
	initial = STRUCT_AT(pid_namespace, upid.ns);
	return (u64)task_of(find_pid(initial, 1)); /* all others come behind it */
}

/*
 * The one after; 0: none. An index of pid_links that no compiler can see would count elements of
 * our hlist_node, which is smaller than the kernel's.
 */
static __always_inline u64 next_target(struct task_struct *task, bool is_all)
{
	u64 node =
	    is_all
		? (u64)BPF_CORE_READ(task, tasks.next)
		: (u64)BPF_CORE_READ(STRUCT_AT(hlist_node, ADDRESS_OF(task) + group_link()), next);

	if (!node)
		return 0;
	node -= is_all ? tasks_link() : group_link();
	/* The list is a ring; the idle task is its head. */
	return is_all && !BPF_CORE_READ(STRUCT_AT(task_struct, node), pid) ? 0 : node;
}

/* Its number in current's pid namespace; 0: not visible there. */
static __always_inline u32 pid_nr_in_current_ns(struct task_struct *task)
{
	struct pid *pid = BPF_CORE_READ(task, thread_pid);
	struct pid *own = BPF_CORE_READ(current_task(), thread_pid);
	u32 level = BPF_CORE_READ(own, level);
	struct upid upid, own_upid;

	if (BPF_CORE_READ(pid, level) < level)
		return 0;
	read_upid(&own_upid, own, level & 31);
	read_upid(&upid, pid, level & 31);
	return upid.ns == own_upid.ns ? upid.nr : 0;
}

/* kill(-1) leaves these out: kill_something_info(), kernel/signal.c. */
static __always_inline bool is_excluded_from_kill_all(struct task_struct *task)
{
	return pid_nr_in_current_ns(task) <= 1 ||
	       BPF_CORE_READ(task, tgid) == BPF_CORE_READ(current_task(), tgid);
}

#endif
