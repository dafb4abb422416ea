/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who had a pid before. A pid is used again once its process has ended, and who kept the number
 * signals another process. Of each pid two former owners are kept: the last, and the last that
 * lived for a while, for these are the ones whose pids are written into files.
 */
#ifndef KS_FORMER_BPF_H
#define KS_FORMER_BPF_H

#define NS_PER_S 1000000000ULL

enum {
	PID_INIT_INO = 0xEFFFFFFC, /* of the initial pid namespace: include/linux/proc_ns.h */
	LASTING_S = 10,		   /* who lived so long... */
	LASTING_KEPT_S = 86400,	   /* ...is of interest for so long, */
	OTHERS_KEPT_S = 60,	   /* others for so long; children of the sender for ever */
};

/* ---- a pid in a namespace ---- */

static __always_inline u64 pid_key(u32 namespace, u32 pid)
{
	return (u64) namespace << 32 | pid;
}

/* In the namespace at that level, which is not 0: the initial one. */
static __always_inline u64 nested_key(struct pid *pid, u32 level)
{
	struct upid upid;

	read_upid(&upid, pid, level);
	return pid_key(BPF_CORE_READ(STRUCT_AT(pid_namespace, upid.ns), ns.inum), upid.nr);
}

/* Where the last owner is. Neighbours in a namespace are neighbours here. */
static __always_inline u32 place_of(u64 key)
{
	u32 namespace = key >> 32;

	return ((u32)key + (namespace * 0x9e3779b1U >> 16)) & (FORMERS - 1);
}

/* ---- one of them ---- */

/* Of all that is in it: processes that end on other CPUs may write the same one meanwhile. */
static __always_inline u32 sum_of(const struct former *former, u64 key)
{
	const u64 *words = (void *)former;
	u64 sum = key;
	u32 i;

#pragma unroll
	for (i = 0; i < __builtin_offsetof(struct former, session) / sizeof(u64); i++)
		sum = sum * 3 + words[i];
	sum = sum * 3 + former->session;
	return sum ^ sum >> 32;
}

static __always_inline void keep_former(struct former *former, u64 key, bool is_lasting)
{
	u32 place = place_of(key), lasting = place + FORMERS;
	struct former *to = bpf_map_lookup_elem(&formers, &place);

	former->sum = sum_of(former, key);
	if (to)
		*to = *former;
	to = is_lasting ? bpf_map_lookup_elem(&formers, &lasting) : NULL;
	if (to)
		*to = *former;
}

/*
 * 0: none, as of the kernel's threads. No session gets the number of one that has a process left:
 * it holds the pid.
 */
static __always_inline u32 session_number(struct task_struct *task)
{
	struct pid *session = session_of(task);
	struct upid upid;

	if (!session)
		return 0;
	read_upid(&upid, session, 0);
	return upid.nr;
}

/* By its number in each namespace from which it is seen. */
static __always_inline void keep_nested(struct former *former, struct pid *pid, bool is_lasting)
{
	u32 level = BPF_CORE_READ(pid, level), i;

	for (i = 1; i < 32 && i <= level; i++) /* as in nested_pid() */
		keep_former(former, nested_key(pid, i), is_lasting);
}

static u64 tick_zero_ns; /* when the ticks that are counted began */

/*
 * CLOCK_MONOTONIC, about a tick off: a process that ends would wait for the memory of that clock,
 * which is in no cache. The count of ticks is, and follows it: tick_do_update_jiffies64(),
 * kernel/time/tick-sched.c.
 */
static __always_inline u64 coarse_ns(void)
{
	u64 ns = bpf_jiffies64() * cfg_tick_ns;

	if (!tick_zero_ns)
		tick_zero_ns = bpf_ktime_get_ns() - ns;
	return tick_zero_ns + ns;
}

/* The process of `leader` ends. Not inline: see find_by_tid(). */
static __noinline void note_former(struct task_struct *leader, u32 code)
{
	struct task_struct *parent = BPF_CORE_READ(leader, real_parent, group_leader);
	u64 start = BPF_CORE_READ(leader, start_time), now = coarse_ns();
	u64 end = now > start ? now : start;
	bool is_lasting = end - start >= LASTING_S * NS_PER_S;
	struct former former;

	former.pid = BPF_CORE_READ(leader, pid);
	former.parent_pid = BPF_CORE_READ(parent, pid);
	former.start_ns = BPF_CORE_READ(leader, start_boottime);
	former.parent_start_ns = BPF_CORE_READ(parent, start_boottime);
	former.end_ns = end;
	copy_comm(former.comm, leader);
	former.uid = BPF_CORE_READ(leader, real_cred, uid.val);
	former.code = code;
	former.session = session_number(leader);
	keep_former(&former, pid_key(PID_INIT_INO, former.pid), is_lasting);
	keep_nested(&former, BPF_CORE_READ(leader, thread_pid), is_lasting);
}

/* ---- the target of a signal ---- */

/*
 * By the number that the target has for the sender, whose namespace is that of the target or around
 * it. Where it is neither, as for who has brought a pidfd along, by that of all.
 */
static __always_inline u64 sent_key(const struct ks_task *target, struct task_struct *leader)
{
	struct pid *own = BPF_CORE_READ(current_task(), thread_pid);
	struct pid *pid = BPF_CORE_READ(leader, thread_pid);
	u32 level = BPF_CORE_READ(own, level);
	u64 key;

	if (!level || level > BPF_CORE_READ(pid, level))
		return pid_key(PID_INIT_INO, target->ids.process.pid);
	key = nested_key(pid, level);
	if (key >> 32 != nested_key(own, level) >> 32)
		return pid_key(PID_INIT_INO, target->ids.process.pid);
	return key;
}

/*
 * Whether the former owner was in the sender's namespace: another that is gone may have had the
 * same inode number.
 */
static __always_inline bool is_of_namespace(const struct former *former, u64 key)
{
	struct pid *own = BPF_CORE_READ(current_task(), thread_pid);
	struct upid upid;

	if (key >> 32 == PID_INIT_INO)
		return true;
	read_upid(&upid, own, BPF_CORE_READ(own, level));
	return former->start_ns >= BPF_CORE_READ(STRUCT_AT(pid_namespace, upid.ns), child_reaper,
						 group_leader, start_boottime);
}

/* Whether there is another process, whole, that had the pid. */
static __always_inline bool read_former(struct former *to, u32 place, u64 key,
					const struct ks_task *target)
{
	const struct former *kept = bpf_map_lookup_elem(&formers, &place);

	if (!kept || !kept->pid || kept->start_ns == target->ids.process.start_ns)
		return false;
	if (key >> 32 == PID_INIT_INO && kept->pid != (u32)key)
		return false;
	*to = *kept;
	return to->sum == sum_of(to, key);
}

/* Whether the sender may have meant it: if it was a child, or is not forgotten yet. */
static __always_inline bool is_of_interest(const struct former *former,
					   const struct ks_signal *record, u64 kept_s)
{
	const struct ks_pidref *sender = &record->sender.ids.process;

	return (former->parent_pid == sender->pid && former->parent_start_ns == sender->start_ns) ||
	       (kept_s && record->header.time_ns < former->end_ns + kept_s * NS_PER_S);
}

enum { SESSION_STEPS = 4 };

/*
 * The session of the former owner, if the sender is in it. That number was another session's if
 * all of these had ended meanwhile; so the sender, or one whom it is from, has to be as old. These
 * may have made the session themselves, but as long as there have been others, none else had its
 * number.
 */
static __always_inline u32 shared_session(const struct former *former)
{
	struct task_struct *task = BPF_CORE_READ(current_task(), group_leader);
	u32 i;

	if (!former->session || session_number(task) != former->session)
		return 0;
	for (i = 0; i < SESSION_STEPS; i++) {
		if (BPF_CORE_READ(task, start_time) < former->end_ns)
			return session_number(task) == former->session ? former->session : 0;
		task = BPF_CORE_READ(task, real_parent, group_leader);
	}
	return 0;
}

/* The tracer's number: the same if it counts as the sender does, or all see all. */
static __always_inline void write_former(struct ks_former *to, const struct former *from, u64 key)
{
	to->process.pid = from->pid;
	to->process.vpid = !cfg_pidns ? from->pid : key >> 32 == cfg_pidns ? (u32)key : 0;
	to->process.start_ns = from->start_ns;
	to->parent.pid = from->parent_pid;
	to->parent.vpid = cfg_pidns ? 0 : from->parent_pid;
	to->parent.start_ns = from->parent_start_ns;
	to->end_ns = from->end_ns;
	__builtin_memcpy(to->comm, from->comm, sizeof(to->comm));
	to->uid = from->uid;
	to->code = from->code;
}

/*
 * Of two, the last that lasted comes before one that is neither a child nor of the session: its pid
 * is in a file, perhaps. Mostly there is none: that takes two lookups.
 */
static __always_inline bool find_former(struct former *to, const struct ks_signal *record,
					u32 place, u64 key)
{
	const struct ks_task *target = &record->target;
	bool is_recent = false;

	if (read_former(to, place, key, target)) {
		if (is_of_interest(to, record, 0))
			return true;
		is_recent = is_of_interest(to, record, OTHERS_KEPT_S);
		if (is_recent && shared_session(to))
			return true;
	}
	if (read_former(to, place + FORMERS, key, target) &&
	    is_of_interest(to, record, LASTING_KEPT_S))
		return true;
	return is_recent && read_former(to, place, key, target);
}

/* Behind the record in `slot`, which nothing follows yet. */
__noinline int add_former(u32 slot, u64 target)
{
	struct task_struct *leader = BPF_CORE_READ(STRUCT_AT(task_struct, target), group_leader);
	struct scratch *to = slot_bytes(slot);
	struct ks_signal *record;
	struct former former;
	u32 session;
	u64 key;

	if (!to)
		return 0;
	record = (void *)to->bytes;
	key = sent_key(&record->target, leader);
	if (!find_former(&former, record, place_of(key), key) || !is_of_namespace(&former, key))
		return 0;
	if (former.end_ns > BPF_CORE_READ(leader, start_time)) /* see coarse_ns() */
		former.end_ns = BPF_CORE_READ(leader, start_time);
	write_former((void *)(record + 1), &former, key);
	session = shared_session(&former);
	record->former_session = session == session_number(leader) ? 0 : session;
	record->target_number = key;
	record->former.offset = sizeof(*record);
	record->former.bytes = sizeof(struct ks_former);
	to->walk.end = sizeof(*record) + sizeof(struct ks_former);
	return 0;
}

#endif
