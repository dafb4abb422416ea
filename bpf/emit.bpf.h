/* SPDX-License-Identifier: GPL-2.0-only */
/* Emits records into the ring, and the descriptions of processes that come before events. */
#ifndef KS_EMIT_BPF_H
#define KS_EMIT_BPF_H

enum { WAKE_EVERY_NS = 10 * 1000 * 1000 };

/*
 * Waking the reader costs more than the record. It is woken at most once in WAKE_EVERY_NS, and
 * polls after each wakeup until it has found the ring empty for twice as long: see
 * user/source/ring.c.
 */
static __always_inline u64 wakeup(u64 now)
{
	if (now - last_wake_ns < WAKE_EVERY_NS)
		return BPF_RB_NO_WAKEUP;
	last_wake_ns = now;
	return BPF_RB_FORCE_WAKEUP;
}

static __always_inline void fill_header(struct ks_header *header, enum ks_record_type type,
					u16 fixed_bytes, u32 ring)
{
	header->version = KS_RECORD_VERSION;
	header->type = type;
	header->fixed_bytes = fixed_bytes;
	header->lost = reported_events[counted_ring(ring)];
	header->time_ns = bpf_ktime_get_ns();
	header->flags = 0;
	header->generation = *(volatile ks_u16 *)&generation;
	header->ring = ring;
	header->slot = 0;
	header->cpu = bpf_get_smp_processor_id();
}

/* ---- events that are lost ---- */

/* `ring`: that has no room for an event of the thread `payer`, or NO_RING. Not inline: it is rare.
 */
__noinline int count_lost_event(u32 ring, u64 payer)
{
	u32 uid = owner_uid(STRUCT_AT(task_struct, payer));
	u32 user = !uid ? KS_USER_ROOT : uid <= KS_SYSTEM_UID_MAX ? KS_USER_SYSTEM : KS_USER_OTHER;
	u32 refusal = ring == NO_RING ? KS_REFUSAL_SHARE : KS_REFUSAL_FULL;

	__sync_fetch_and_add(&lost_events[counted_ring(ring)][refusal][user], 1);
	return count_loss(KS_LOST_OF_RING(ring)); /* then the sum: see report_losses() */
}

static __always_inline void fill_losses(struct ks_losses *record, u32 ring)
{
	const u64 *from = &lost_events[ring][0][0];
	u64 *to = &record->counts[0][0], sum = 0;
	int i;

	fill_header(&record->header, KS_REC_LOSSES, sizeof(*record), ring);
	record->header.size = sizeof(*record);
#pragma unroll
	for (i = 0; i < KS_REFUSALS * KS_USERS; i++) {
		to[i] = *(const volatile u64 *)&from[i];
		sum += to[i];
	}
	reported_events[ring] = sum;
}

/* Room is reserved before they are read, so that no header that counts them comes earlier. */
#define REPORT_LOSSES(map, ring)                                                                   \
	do {                                                                                       \
		struct ks_losses *record = bpf_ringbuf_reserve(map, sizeof(*record), 0);           \
		if (!record)                                                                       \
			return -1;                                                                 \
		fill_losses(record, ring);                                                         \
		bpf_ringbuf_submit(record, BPF_RB_NO_WAKEUP);                                      \
	} while (0)

/* Not inline: it is rare. No stack but its own. 0, or -1: there is no room; the next tries again.
 */
__noinline int report_losses(u32 ring)
{
	if (ring == KS_RING_LETHAL)
		REPORT_LOSSES(&lethal, KS_RING_LETHAL);
	else
		REPORT_LOSSES(&bulk, KS_RING_BULK);
	return 0;
}

static __always_inline void begin(struct ks_header *header, enum ks_record_type type,
				  u16 fixed_bytes, u32 ring)
{
	if (ring != NO_RING && lost[KS_LOST_OF_RING(ring)] > reported_events[counted_ring(ring)])
		report_losses(ring);
	fill_header(header, type, fixed_bytes, ring);
}

/* ---- records ---- */

/* 0, or there is no room: then the loss is to be counted. */
static __always_inline int put(struct ks_header *header, u32 size, u64 flags)
{
	size &= RECORD_BYTES - 1;
	header->size = size;
	if (header->ring == KS_RING_LETHAL)
		return bpf_ringbuf_output(&lethal, header, size, flags);
	return bpf_ringbuf_output(&bulk, header, size, flags);
}

/* What is no event: see emit_described() for these. 0, or -1 and the loss is counted. */
static __always_inline int emit(struct ks_header *header, u32 size, enum ks_lost cause)
{
	u64 flags = cause == KS_LOST_PROCESS ? BPF_RB_NO_WAKEUP : wakeup(header->time_ns);

	return put(header, size, flags) ? count_loss(cause) : 0;
}

static __always_inline struct scratch *scratch_get(u32 slot)
{
	struct scratch *scratch = slot_bytes(slot);

	if (!scratch || scratch->busy)
		return NULL;
	scratch->busy = 1;
	return scratch;
}

static __always_inline void scratch_put(struct scratch *scratch)
{
	scratch->busy = 0;
}

/*
 * Who pays for the event in `slot` has taken so much of KS_RING_BULK: see bulk_ring_of(). A global
 * function: its stack is its own.
 */
__noinline int charge(u32 slot, u32 bytes)
{
	struct scratch *to = slot_bytes(slot);
	struct share *share;
	u32 index;

	if (!to || !to->payer)
		return 0;
	index = to->payer - 1;
	share = bpf_map_lookup_elem(&shares, &index);
	if (share)
		__sync_fetch_and_add(&share->bytes[SHARE_BULK], bytes);
	return 0;
}

/* Likewise, for a description by way of `place`, whichever ring it went to. */
static __always_inline void charge_description(u32 place, u32 bytes)
{
	if (cfg_shared_bytes && ring_of(place) == KS_RING_BULK)
		charge(event_slot_of(slot_of(place)), bytes);
}

/* ---- processes that events refer to ---- */

/*
 * Writes a KS_REC_PROCESS, or a KS_REC_TITLE. 0, or -1 and the loss is counted; 1: there is no
 * title. `thread`: see fingerprint(). By what way its names were found is in walk.way then.
 */
static __always_inline int emit_process(u32 place, struct task_struct *leader,
					struct task_struct *thread, const struct ks_exec *exec,
					const bool is_title)
{
	struct scratch *to = scratch_get(slot_of(place));
	struct ks_description *record;
	int err;

	__sync_fetch_and_add(&descriptions, 1);
	if (!to)
		return count_loss(KS_LOST_PROCESS);
	record = (void *)to->bytes;
	begin(&record->header, is_title ? KS_REC_TITLE : KS_REC_PROCESS, sizeof(*record),
	      ring_of(place));
	record->exec_ns = exec->exec_ns;
	to->walk.end = sizeof(*record);
	to->walk.way = to->walk.is_mute = 0;
	fill_process(&record->process, to, slot_of(place), leader, thread, exec);
	if (is_title) {
		record->header.lost = 0;
		if (!add_title(&record->process, to, slot_of(place), thread)) {
			scratch_put(to);
			return 1;
		}
	}
	fill_files(record, thread, exec);
	record->env = (struct ks_span){};
	record->padding = 0;
	if (cfg_env_names)
		record->env = add_env(to, slot_of(place), exec);
	err = emit(&record->header, to->walk.end, KS_LOST_PROCESS);
	charge_description(place, to->walk.end);
	scratch_put(to);
	return err;
}

enum { DESCRIPTION_STALE = -2 };

enum way { WAY_IS_ANOTHER, WAY_IS_SAME, WAY_IS_NOT_DUE };

/* The way that emit_process() would go now; 0: not known. */
static __always_inline u32 find_way(u32 slot, struct task_struct *task, const struct ks_exec *exec)
{
	struct scratch *to = scratch_get(slot);
	u32 way;

	if (!to)
		return 0;
	to->walk.end = to->walk.way = 0;
	to->walk.is_mute = 1;
	walk_ways(to, slot, task, exec);
	to->walk.is_mute = 0;
	way = to->walk.way;
	scratch_put(to);
	return way;
}

static __always_inline struct ks_noted *noted_in(struct ks_exec *exec, u32 ring)
{
	return ring == KS_RING_LETHAL ? &exec->noted[KS_RING_LETHAL] : &exec->noted[KS_RING_BULK];
}

/*
 * Whether no name of its paths has changed since it was described. They are walked at most once in
 * WAY_TICKS, so that repeated signals cost no more. What has ended keeps its names.
 */
static __always_inline enum way compare_way(struct ks_exec *exec, const struct ks_places *now,
					    u32 place, struct task_struct *thread)
{
	struct ks_noted *noted = noted_in(exec, ring_of(place));
	u32 way;

	if (noted->way_time == way_time() || !now->cwd || !now->exe)
		return WAY_IS_NOT_DUE;
	way = find_way(slot_of(place), thread, exec);
	if (way && way != noted->way)
		return WAY_IS_ANOTHER;
	noted->way_time = way_time();
	return WAY_IS_SAME;
}

/*
 * User space has one description of a process, whichever ring it came by: what the other ring has
 * must come again if it is not the same. Not inline: see find_by_tid().
 */
static __noinline void note_description(struct ks_exec *exec, u32 place,
					const struct ks_fingerprint *now)
{
	struct ks_noted *other = noted_in(exec, !ring_of(place));
	struct ks_noted *noted = noted_in(exec, ring_of(place));
	struct scratch *to = slot_bytes(slot_of(place));

	noted->described = *now;
	noted->way = to ? to->walk.way : 0;
	noted->way_time = way_time();
	if (!is_described(&other->described, now) || other->way != noted->way)
		other->described.places.cgroup = 0;
}

/*
 * An event refers to the process of `thread`: describes it in the ring of `place`, unless the last
 * description there still holds.
 * Returns 1 if its ancestors are described, too, 0 if that is not known, DESCRIPTION_STALE if exec
 * came between, -1 if it could not be done. A global function, as those it calls: the verifier
 * checks it once, though many places emit processes.
 */
__noinline int emit_process_if_stale(u32 place, u64 thread)
{
	struct task_struct *task = STRUCT_AT(task_struct, thread);
	struct task_struct *leader = BPF_CORE_READ(task, group_leader);
	struct ks_fingerprint now;
	struct ks_exec *exec;
	struct ks_pidref ref;
	enum way way;

	task = describing_thread(task);
	fill_ref(&ref, leader);
	exec = get_or_create_exec(&ref, leader);
	if (!exec) /* described each time, until there is an exec info to note it in */
		return emit_process(place, leader, task, initial_exec(&ref), false);
	fingerprint(&now, task, exec);
	if (is_described(&noted_in(exec, ring_of(place))->described, &now)) {
		way = compare_way(exec, &now.places, place, task);
		if (way != WAY_IS_ANOTHER)
			return way == WAY_IS_NOT_DUE &&
			       noted_in(exec, ring_of(place))->ancestors_generation ==
				   exec_generation;
	}
	note_described_time(ref.pid);
	if (emit_process(place, leader, task, exec, false))
		return -1;
	if (!(now.version & 1))
		note_description(exec, place, &now);
	/* Exec counts first, then checks for a description: mostly, one of both sees the other. */
	if (has_execed(exec, now.version))
		return DESCRIPTION_STALE;
	return noted_in(exec, ring_of(place))->ancestors_generation == exec_generation;
}

/* All ancestors: once, and again after any process that was described has changed. */
__noinline int emit_ancestors(u32 place, u64 thread)
{
	struct task_struct *leader = BPF_CORE_READ(STRUCT_AT(task_struct, thread), group_leader);
	struct task_struct *task = leader;
	u64 generation = exec_generation;
	struct ks_exec *exec;
	struct ks_pidref ref;
	int i, described;

	fill_ref(&ref, task);
	for (i = 0; i < KS_ANCESTORS_MAX; i++) {
		task = BPF_CORE_READ(task, real_parent);
		if (!task || !BPF_CORE_READ(task, pid))
			break;
		described = emit_process_if_stale(place, ADDRESS_OF(task));
		if (described == -1)
			return -1;
		if (described == DESCRIPTION_STALE)
			generation = 0;
		task = BPF_CORE_READ(task, group_leader);
	}
	exec = get_or_create_exec(&ref, leader);
	if (exec)
		noted_in(exec, ring_of(place))->ancestors_generation = generation;
	return 0;
}

/* A process and those it comes from. */
static __always_inline void emit_process_and_ancestors(u32 place, u64 thread)
{
	if (ring_of(place) == NO_RING)
		return;
	if (emit_process_if_stale(place, thread) != 1)
		emit_ancestors(place, thread);
}

#endif
