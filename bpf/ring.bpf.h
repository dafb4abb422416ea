/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which ring a record goes to. Signals that end a process, and its end, go to KS_RING_LETHAL. A
 * process ends once, so no user can fill this ring as fast as a loop of other signals fills the
 * other. Who still fills half of it, by a fork bomb, gets no more than a share, and the rest goes
 * to the other ring.
 * That ring is shared likewise: while more than half of it is full, who has had a share is refused,
 * so that others find room.
 */
#ifndef KS_RING_BPF_H
#define KS_RING_BPF_H

enum {
	EPOCH_SHIFT = 27, /* an epoch is 2^27 ns: 134 ms */
	OWNER_LEVEL = 3,  /* of a cgroup: that of a container, mostly */
	CGROUP_DEPTH = 32,
	SHARE_PART = 16,		      /* of a ring: a user's share in an epoch */
	KILLING_BYTES = 2048,		      /* what one takes: event, descriptions, exit */
	UNDECIDED_BYTES = 32 * KILLING_BYTES, /* a user's, in an epoch */
};

/* ---- whose it is ---- */

/* The ancestor of a cgroup's node at OWNER_LEVEL below the root, or the node if it is not that
 * deep. */
static __always_inline u64 owner_cgroup(u64 node)
{
	u64 first = node, second = node, third = node;
	int i;

	for (i = 0; i < CGROUP_DEPTH; i++) {
		u64 parent = ADDRESS_OF(kernfs_parent(STRUCT_AT(kernfs_node, node)));

		if (!parent)
			break;
		third = second;
		second = first;
		first = node;
		node = parent;
	}
	return third;
}

/* A global function, as those that follow: the verifier checks each once. */
__noinline u64 owner_of(u64 address)
{
	struct task_struct *task = STRUCT_AT(task_struct, address);
	u32 uid = owner_uid(task);
	u64 node = uid ? 0 : ADDRESS_OF(cgroup_of(task));

	return node ? owner_cgroup(node) : uid;
}

/* ---- shares ---- */

/*
 * The place of a share in this epoch. Keyed, so that no user can choose one that collides with
 * another's; and moved from epoch to epoch, so that a collision ends with it.
 */
static __always_inline u32 share_index(u64 owner, u64 epoch)
{
	u64 hash = (owner ^ cfg_random_key) * 0x9e3779b97f4a7c15ULL + epoch;

	hash = (hash ^ hash >> 32) * 0xd6e8feb86659fd93ULL;
	hash = (hash ^ hash >> 32) * 0xd6e8feb86659fd93ULL;
	return hash >> 56;
}

/*
 * Adds `bytes` to what was taken of that kind from the share at `index` in this epoch. Returns all
 * of that, in bytes.
 */
static __always_inline u64 take_share(u32 index, u64 epoch, enum share_kind kind, u64 bytes)
{
	struct share *share = bpf_map_lookup_elem(&shares, &index);

	if (!share)
		return 0;
	if (share->epoch != epoch) {
		__builtin_memset(share, 0, sizeof(*share));
		share->epoch = epoch;
	}
	__sync_fetch_and_add(&share->bytes[kind], bytes); /* v5.10 returns nothing from it */
	return share->bytes[kind];
}

/* Likewise, a killing, from the share of the owner of `task`. */
static __always_inline u64 take_killing(u64 task, enum share_kind kind)
{
	u64 epoch = bpf_ktime_get_ns() >> EPOCH_SHIFT;

	return take_share(share_index(owner_of(task), epoch), epoch, kind, KILLING_BYTES);
}

/* Whether the lethal ring has room for `task`: while half of it is free, for all. */
__noinline int has_room_for(u64 task)
{
	u64 bytes = bpf_ringbuf_query(&lethal, BPF_RB_RING_SIZE);
	u64 used = bpf_ringbuf_query(&lethal, BPF_RB_AVAIL_DATA);

	if (used <= bytes / 2)
		return 1;
	return bytes - used > RECORD_BYTES &&
	       take_killing(task, SHARE_LETHAL) <= bytes / SHARE_PART;
}

/* Takes the first bytes of a share of KS_RING_BULK. The rest is charged as it is written. */
static __noinline int share_bulk_ring(struct scratch *to, u64 payer)
{
	u64 epoch = bpf_ktime_get_ns() >> EPOCH_SHIFT;

	to->payer = share_index(owner_of(payer), epoch) + 1;
	return take_share(to->payer - 1, epoch, SHARE_BULK, sizeof(struct ks_header)) <=
		       cfg_shared_bytes / SHARE_PART
		   ? KS_RING_BULK
		   : NO_RING;
}

/*
 * KS_RING_BULK, or NO_RING: it is more than half full, and the owner of the thread `payer` has had
 * a share. `slot`: that of the event.
 */
__noinline int bulk_ring_of(u32 slot, u64 payer)
{
	struct scratch *to = slot_bytes(slot);

	if (!cfg_shared_bytes || !to)
		return KS_RING_BULK;
	to->payer = 0;
	if (bpf_ringbuf_query(&bulk, BPF_RB_AVAIL_DATA) <= cfg_shared_bytes / 2)
		return KS_RING_BULK;
	return share_bulk_ring(to, payer);
}

/* ---- what ends a process ---- */

/* The KS_DEATH_ that a signal is, 0 if it is none, or it is not decided. */
static __always_inline u32 death_of(u32 facts)
{
	return facts & KS_EFFECT_EXIT ? KS_DEATH_EXIT : facts & KS_EFFECT_CORE ? KS_DEATH_CORE : 0;
}

/* Whether it has not been reported yet: for v5.10, a signal that repeats the first is one, too. */
static __always_inline bool is_first_death(struct task_struct *target, u32 death)
{
	struct task_struct *leader = BPF_CORE_READ(target, group_leader);
	struct ks_exec *exec;
	struct ks_pidref ref;

	fill_ref(&ref, leader);
	exec = get_or_create_exec(&ref, leader);
	if (!exec)
		return true;
	if (exec->deaths & death)
		return false;
	exec->deaths |= death;
	return true;
}

/* ---- which ring ---- */

/* What may end a process, but has not yet, for there is a handler, or it is blocked, goes to the
 * lethal ring within a budget. */
static __always_inline bool is_lethal(struct task_struct *target, u64 payer, u32 facts)
{
	u32 death = death_of(facts);

	if (facts & KS_EFFECT_DYING)
		return false;
	if (!death)
		return take_killing(payer, SHARE_UNDECIDED) <= UNDECIDED_BYTES;
	return is_first_death(target, death);
}

/*
 * That of a signal for the thread `address`, sent by current, or, if not `is_sent`, by the kernel;
 * or NO_RING. `sig` is 0 if it was not queued. `facts`: KS_EFFECT_*.
 */
__noinline int ring_of_signal(u64 address, int is_sent, int sig, u32 facts)
{
	u64 payer = is_sent ? ADDRESS_OF(current_task()) : address;

	if (cfg_lethal_ring && sig && cfg_fatal_signals & BIT(sig) &&
	    is_lethal(STRUCT_AT(task_struct, address), payer, facts) && has_room_for(payer))
		return KS_RING_LETHAL;
	return bulk_ring_of(SLOT_SIGNAL, payer);
}

static __always_inline u32 ring_of_exit(struct task_struct *task)
{
	u64 address = ADDRESS_OF(task);

	if (cfg_lethal_ring && has_room_for(address))
		return KS_RING_LETHAL;
	return bulk_ring_of(event_slot_of(SLOT_PROCESS), address);
}

#endif
