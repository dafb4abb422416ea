/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The signal that ended a process is kept until the record of its end: if one of the two records is
 * lost, the other names the culprit. Where `deaths` of an exec info is 0, nothing is kept: an end
 * without a signal costs no lookup.
 */
#ifndef KS_BLOW_BPF_H
#define KS_BLOW_BPF_H

static __always_inline void fill_blow(struct ks_blow *to, const struct ks_signal *record)
{
	struct task_struct *task = current_task();

	__builtin_memset(to, 0, sizeof(*to));
	fill_ref(&to->sender, BPF_CORE_READ(task, group_leader));
	copy_comm(to->comm, task);
	to->tid = BPF_CORE_READ(task, pid);
	to->uid = real_uid(task);
	to->time_ns = record->header.time_ns;
	to->call_id = record->call.id;
	to->signal = record->signal;
	to->origin = record->origin;
}

/*
 * The signal in SLOT_SIGNAL ends its target. If another one did so before, that was to dump core
 * and had not begun: this one counts. If it was the same, v5.10 let this one through to the dying:
 * the first counts. There is room for each process that has an exec info, but no memory if one call
 * kills a hundred: see get_or_create_exec(). Then their events say it, whose loss is counted. A
 * global function: its stack is its own.
 */
__noinline int keep_blow(void)
{
	struct scratch *from = slot_bytes(SLOT_SIGNAL);
	const struct ks_signal *record;
	const struct ks_blow *kept;
	struct ks_exec_key key;
	struct ks_exec *exec;
	struct ks_blow blow;

	if (!from)
		return 0;
	record = (void *)from->bytes;
	key = exec_key(&record->target.ids.process);
	exec = bpf_map_lookup_elem(&execs, &key);
	kept = bpf_map_lookup_elem(&blows, &key);
	if (!exec || (kept && kept->signal == (u32)record->signal))
		return 0;
	exec->deaths |= death_of(record->effect.facts);
	fill_blow(&blow, record);
	bpf_map_update_elem(&blows, &key, &blow, BPF_ANY);
	return 0;
}

static __always_inline void forget_blow(const struct ks_exec *exec, const struct ks_exec_key *key)
{
	if (exec->deaths)
		bpf_map_delete_elem(&blows, key);
}

/* A process ends once. */
static __always_inline void take_blow(struct ks_exit *record)
{
	struct ks_exec_key key = exec_key(&record->ids.process);
	const struct ks_exec *exec = bpf_map_lookup_elem(&execs, &key);
	const struct ks_blow *blow;

	if (!exec || !exec->deaths)
		return;
	blow = bpf_map_lookup_elem(&blows, &key);
	if (blow)
		record->blow = *blow;
	forget_blow(exec, &key);
}

#endif
