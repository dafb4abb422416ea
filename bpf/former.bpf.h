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
	LASTING_KEPT_S = 3600,	   /* ...is of interest for so long, */
	OTHERS_KEPT_S = 60,	   /* others for so long; children of the sender for ever */
};

/* ---- a pid in a namespace ---- */

static __always_inline u64 pid_key(u32 namespace, u32 pid)
{
	return (u64) namespace << 32 | pid;
}

/* In its own namespace, if that is not the initial one; else 0. */
static __always_inline u64 nested_key(struct task_struct *task)
{
	struct pid *pid = BPF_CORE_READ(task, thread_pid);
	u32 level = BPF_CORE_READ(pid, level);
	struct upid upid;

	if (!level)
		return 0;
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
static __always_inline u64 sum_of(const struct former *former, u64 key)
{
	const u64 *words = (void *)former;
	u64 sum = key;
	u32 i;

#pragma unroll
	for (i = 0; i < __builtin_offsetof(struct former, sum) / sizeof(u64); i++)
		sum = sum * 3 + words[i];
	return sum;
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
	u64 key = nested_key(leader), end = now > start ? now : start;
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
	keep_former(&former, pid_key(PID_INIT_INO, former.pid), is_lasting);
	if (key)
		keep_former(&former, key, is_lasting);
}

/* ---- the target of a signal ---- */

/*
 * By the number that the target has for the sender, if both are in the same namespace: only
 * processes of the initial one may be known by several.
 */
static __always_inline u64 sent_key(const struct ks_task *target, struct task_struct *leader)
{
	u64 own = nested_key(current_task()), key = own ? nested_key(leader) : 0;

	return key && own >> 32 == key >> 32 ? key : pid_key(PID_INIT_INO, target->ids.process.pid);
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
 * Of two, the last that lasted comes before one that is no child: its pid is in a file, perhaps.
 * Mostly there is none: that takes two lookups.
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
	u64 key;

	if (!to)
		return 0;
	record = (void *)to->bytes;
	key = sent_key(&record->target, leader);
	if (!find_former(&former, record, place_of(key), key))
		return 0;
	if (former.end_ns > BPF_CORE_READ(leader, start_time)) /* see coarse_ns() */
		former.end_ns = BPF_CORE_READ(leader, start_time);
	write_former((void *)(record + 1), &former, key);
	record->former.offset = sizeof(*record);
	record->former.bytes = sizeof(struct ks_former);
	to->walk.end = sizeof(*record) + sizeof(struct ks_former);
	return 0;
}

#endif
