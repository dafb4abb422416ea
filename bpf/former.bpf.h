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

/* Where former owners are. Neighbours in a namespace are neighbours here. */
static __always_inline struct formers *formers_of(u64 key)
{
	u32 namespace = key >> 32, index = key;

	index += namespace * 0x9e3779b1U >> 16;
	index &= FORMERS - 1;
	return bpf_map_lookup_elem(&formers, &index);
}

/* ---- one of them ---- */

/* Of all that is in it: processes that end on other CPUs may write the same one meanwhile. */
static __always_inline u64 sum_of(const struct ks_former *former, u64 key)
{
	const u64 *words = (void *)former;
	u64 sum = key;
	u32 i;

#pragma unroll
	for (i = 0; i < sizeof(*former) / sizeof(u64); i++)
		sum = sum * 3 + words[i];
	return sum;
}

static __always_inline void fill_former(struct ks_former *former, struct task_struct *leader,
					u64 end_ns, u32 code)
{
	u64 node = ADDRESS_OF(cgroup_of(leader));

	fill_ref(&former->process, leader);
	fill_ref(&former->parent, BPF_CORE_READ(leader, real_parent, group_leader));
	former->end_ns = end_ns;
	former->cgroup_id = node ? BPF_CORE_READ(STRUCT_AT(kernfs_node, node), id) : 0;
	copy_comm(former->comm, leader);
	former->uid = BPF_CORE_READ(leader, real_cred, uid.val);
	former->code = code;
}

static __always_inline void keep_former(struct formers *to, const struct ks_former *former, u64 key,
					bool is_lasting)
{
	u64 sum = sum_of(former, key);

	to->last.former = *former;
	to->last.key = key;
	to->last.sum = sum;
	if (is_lasting)
		to->lasting = to->last;
}

/* The process of `leader` ends. Not inline: see find_by_tid(). */
static __noinline void note_former(struct task_struct *leader, u32 code)
{
	u64 now = bpf_ktime_get_ns(), key = nested_key(leader);
	bool is_lasting = now - BPF_CORE_READ(leader, start_time) >= LASTING_S * NS_PER_S;
	struct ks_former former;
	struct formers *to;

	fill_former(&former, leader, now, code);
	to = formers_of(pid_key(PID_INIT_INO, former.process.pid));
	if (to)
		keep_former(to, &former, pid_key(PID_INIT_INO, former.process.pid), is_lasting);
	to = key ? formers_of(key) : NULL;
	if (to)
		keep_former(to, &former, key, is_lasting);
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

/* Whether `kept` is another process, whole, and had the pid. */
static __always_inline bool is_former(const struct former *kept, u64 key,
				      const struct ks_task *target)
{
	return kept->key == key && kept->former.process.start_ns != target->ids.process.start_ns;
}

static __always_inline bool is_child(const struct ks_former *former, const struct ks_task *sender)
{
	return former->parent.pid == sender->ids.process.pid &&
	       former->parent.start_ns == sender->ids.process.start_ns;
}

/* The one of interest; NULL: none is. */
static __always_inline const struct former *choose_former(const struct formers *formers, u64 key,
							  const struct ks_signal *record)
{
	const struct former *last = &formers->last, *lasting = &formers->lasting;
	u64 now = record->header.time_ns;
	bool is_last = is_former(last, key, &record->target);

	if (is_last && is_child(&last->former, &record->sender))
		return last;
	if (is_former(lasting, key, &record->target) &&
	    (is_child(&lasting->former, &record->sender) ||
	     now - lasting->former.end_ns < LASTING_KEPT_S * NS_PER_S))
		return lasting;
	return is_last && now - last->former.end_ns < OTHERS_KEPT_S * NS_PER_S ? last : NULL;
}

/* Behind the record, which nothing follows yet. Not inline: see find_by_tid(). */
static __noinline void add_former(struct ks_signal *record, struct scratch *to, u64 target)
{
	struct task_struct *leader = BPF_CORE_READ(STRUCT_AT(task_struct, target), group_leader);
	u64 key = sent_key(&record->target, leader);
	const struct formers *formers = formers_of(key);
	struct ks_former *former = (void *)(record + 1);
	const struct former *kept;

	kept = formers ? choose_former(formers, key, record) : NULL;
	if (!kept)
		return;
	*former = kept->former;
	if (sum_of(former, key) != kept->sum)
		return;
	record->former.offset = sizeof(*record);
	record->former.bytes = sizeof(*former);
	to->walk.end = sizeof(*record) + sizeof(*former);
}

#endif
