/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Facts of a task: its identity, its exec, its strings. The same code serves current, a hook's
 * argument and a task that was searched for.
 */
#ifndef KS_TASK_BPF_H
#define KS_TASK_BPF_H

enum {
	USER_NS_DEPTH = 33,
	PAGE_BYTES = 4096, /* the smallest of any kernel: what is read does not cross a page */
};

/* Of this kernel, as its BTF has it: a constant to the verifier. */
#define PID_TYPE(name)                                                                             \
	(bpf_core_enum_value_exists(enum pid_type, PIDTYPE_##name)                                 \
	     ? bpf_core_enum_value(enum pid_type, PIDTYPE_##name)                                  \
	     : KS_PIDTYPE_##name)

/* Element `i` of pid->numbers, whose last is the innermost namespace. */
static __always_inline void read_upid(struct upid *to, struct pid *pid, u32 i)
{
	bpf_probe_read_kernel(to, sizeof(*to),
			      (void *)pid + i * sizeof(*to) +
				  bpf_core_field_offset(struct pid, numbers));
}

static __always_inline struct pid *session_of(struct task_struct *task)
{
	return BPF_CORE_READ(task, signal, pids[PID_TYPE(SID)]);
}

/* The pid of `pid` in the tracer's namespace; 0 if it is not visible there. */
static __noinline u32 nested_pid(struct pid *pid)
{
	u32 level = BPF_CORE_READ(pid, level), i;

	for (i = 1; i < 32 && i <= level;
	     i++) { /* MAX_PID_NS_LEVEL, include/linux/pid_namespace.h */
		struct upid upid;

		read_upid(&upid, pid, i);
		if (BPF_CORE_READ(STRUCT_AT(pid_namespace, upid.ns), ns.inum) == cfg_pidns)
			return upid.nr;
	}
	return 0;
}

/* The pid of the thread `task`, which is `global` in the initial namespace, as the tracer sees it.
 */
static __always_inline u32 visible_pid(struct task_struct *task, u32 global)
{
	return cfg_pidns ? nested_pid(BPF_CORE_READ(task, thread_pid)) : global;
}

static __always_inline u32 visible_tgid(struct task_struct *task)
{
	return cfg_pidns ? nested_pid(BPF_CORE_READ(task, group_leader, thread_pid))
			 : BPF_CORE_READ(task, tgid);
}

static __always_inline void fill_ref(struct ks_pidref *ref, struct task_struct *leader)
{
	ref->pid = BPF_CORE_READ(leader, pid);
	ref->vpid = visible_pid(leader, ref->pid);
	ref->start_ns = BPF_CORE_READ(leader, start_boottime);
}

/*
 * The uid that owns the outermost user namespace below the initial one: whoever may map many uids
 * is one user. Without such a namespace, the real uid.
 */
static __always_inline u32 owner_uid(struct task_struct *task)
{
	const struct cred *cred = BPF_CORE_READ(task, real_cred);
	struct user_namespace *namespace = BPF_CORE_READ(cred, user_ns), *parent;
	u32 uid = BPF_CORE_READ(cred, uid.val);
	int i;

	for (i = 0; i < USER_NS_DEPTH; i++) {
		parent = BPF_CORE_READ(namespace, parent);
		if (!parent)
			break;
		uid = BPF_CORE_READ(namespace, owner.val);
		namespace = parent;
	}
	return uid;
}

static __always_inline void fill_creds(struct ks_ids *ids, struct task_struct *task)
{
	const struct cred *cred = BPF_CORE_READ(task, real_cred);
	/* Neighbours since v2.6.29 (d84f4f992cbd); the loader says whether they still are. */
	struct {
		u32 uid, gid, suid, sgid, euid, egid, fsuid, fsgid;
	} all;

	if (!IS_CAST &&
	    bpf_core_field_offset(struct cred, fsgid) - bpf_core_field_offset(struct cred, uid) ==
		sizeof(all) - sizeof(u32)) {
		bpf_core_read(&all, sizeof(all), &cred->uid);
	} else {
		all.uid = BPF_CORE_READ(cred, uid.val);
		all.gid = BPF_CORE_READ(cred, gid.val);
		all.suid = BPF_CORE_READ(cred, suid.val);
		all.sgid = BPF_CORE_READ(cred, sgid.val);
		all.euid = BPF_CORE_READ(cred, euid.val);
		all.egid = BPF_CORE_READ(cred, egid.val);
		all.fsuid = BPF_CORE_READ(cred, fsuid.val);
		all.fsgid = BPF_CORE_READ(cred, fsgid.val);
	}
	ids->uid = all.uid;
	ids->gid = all.gid;
	ids->euid = all.euid;
	ids->egid = all.egid;
	ids->suid = all.suid;
	ids->sgid = all.sgid;
	ids->fsuid = all.fsuid;
	ids->fsgid = all.fsgid;
}

static __always_inline void copy_comm(char *to, struct task_struct *task)
{
	const u64 *words = (void *)task->comm;

	_Static_assert(KS_COMM_BYTES == 2 * sizeof(u64), "it is two words");
	if (IS_CAST) {
		((u64 *)to)[0] = words[0];
		((u64 *)to)[1] = words[1];
	} else {
		bpf_core_read(to, KS_COMM_BYTES, &task->comm);
	}
}

static __always_inline u64 leader_start(struct task_struct *task, bool is_leader, const bool typed)
{
	return is_leader ? NUMBER(start_boottime)
			 : BPF_CORE_READ(task, group_leader, start_boottime);
}

static __always_inline u32 tgid_of(struct task_struct *task, const bool typed)
{
	return NUMBER(tgid);
}

/* Returns the KS_KNOWN_ bits that hold now. */
static __always_inline u32 fill_ids(struct ks_ids *ids, struct task_struct *task, const bool typed)
{
	struct task_struct *parent = BPF_CORE_READ(task, real_parent);
	struct tty_struct *tty = BPF_CORE_READ(task, signal, tty);

	ids->tid = NUMBER(pid);
	ids->vtid = visible_pid(task, ids->tid);
	ids->process.pid = NUMBER(tgid);
	ids->process.vpid = cfg_pidns ? visible_tgid(task) : ids->process.pid;
	ids->process.start_ns = leader_start(task, ids->tid == ids->process.pid, typed);
	ids->ppid = BPF_CORE_READ(parent, tgid);
	ids->vppid = cfg_pidns ? visible_tgid(parent) : ids->ppid;
	fill_creds(ids, task);
	copy_comm(ids->comm, task);
	ids->tty[0] = 0;
	if (tty)
		bpf_core_read_str(ids->tty, sizeof(ids->tty), &tty->name);
	if (!bpf_core_field_exists(task->loginuid))
		return KS_KNOWN_IDS;
	ids->auid = NUMBER(loginuid.val);
	ids->ses = NUMBER(sessionid);
	return KS_KNOWN_IDS | KS_KNOWN_AUDIT;
}

/*
 * fatal_signal_pending(), include/linux/sched/signal.h: whatever kills brings SIGKILL to each
 * thread. `task` is current: so it is here and below, where it was asked for already.
 */
static __always_inline bool is_sigkill_pending(struct task_struct *task)
{
	u64 pending = cfg_task_btf ? typed_current(task)->pending.signal.sig[0]
				   : BPF_CORE_READ(task, pending.signal.sig[0]);

	return pending & (1UL << 8);
}

static __always_inline u32 own_flags(struct task_struct *task)
{
	return cfg_task_btf ? typed_current(task)->flags : BPF_CORE_READ(task, flags);
}

static __always_inline u32 thread_flags(struct task_struct *task, const bool typed)
{
	u32 flags = NUMBER(flags);

	return (flags & PF_KTHREAD ? KS_FLAG_KTHREAD : 0) |
	       (flags & PF_EXITING ? KS_FLAG_EXITING : 0) | (NUMBER(ptrace) ? KS_FLAG_TRACED : 0);
}

/* Tasks created before audit was first enabled have none: audit_alloc(), kernel/auditsc.c. */
static __always_inline u32 audit_flag(struct task_struct *task, const bool typed)
{
	if (!bpf_core_field_exists(task->audit_context))
		return 0;
	return NUMBER(audit_context) ? KS_FLAG_AUDITED : 0;
}

static __always_inline void fill_task(struct ks_task *to, struct task_struct *task,
				      const bool typed)
{
	to->known = fill_ids(&to->ids, task, typed);
	to->flags = thread_flags(task, typed) | audit_flag(task, typed);
}

#endif
