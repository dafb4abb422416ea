/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The titles of workers: what is kept of a process that was forked and executed nothing are the
 * arguments of its creator, but it may have written another title over them. Only while it runs
 * itself that can be read: when it acts on the signal that ends it, before its memory is freed.
 */
#ifndef KS_TITLE_BPF_H
#define KS_TITLE_BPF_H

/* Of the threads that end, each comes by: get_signal(), kernel/signal.c. One is enough. */
static __always_inline bool is_leader(void)
{
	u64 ids = bpf_get_current_pid_tgid();

	return (u32)ids == ids >> 32;
}

/* Nothing depends on titles: they get what others leave. */
static __always_inline bool has_room_for_title(void)
{
	return bpf_ringbuf_query(&lethal, BPF_RB_AVAIL_DATA) <=
	       bpf_ringbuf_query(&lethal, BPF_RB_RING_SIZE) / 2;
}

/* The process of current, its leader, ends by a signal, if that has been recorded as its end. */
static __always_inline void handle_end(void)
{
	struct task_struct *task = current_task();
	u32 place = PLACE(SLOT_PROCESS, KS_RING_LETHAL);
	struct ks_fingerprint now;
	struct ks_exec *exec;
	struct ks_pidref ref;

	fill_ref(&ref, task);
	exec = lookup_exec(&ref);
	if (!exec || !exec->deaths || exec->flags & KS_FLAG_ARGV_OWN || !has_room_for_title())
		return;
	fingerprint(&now, task, exec);
	note_described_time(ref.pid);
	if (!emit_process(place, task, task, exec, true))
		note_description(exec, place, &now);
}

#endif
