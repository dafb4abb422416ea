/* SPDX-License-Identifier: GPL-2.0-only */
/* What can be decided before anything is copied. */
#ifndef KS_FILTER_BPF_H
#define KS_FILTER_BPF_H

#define BIT(sig) (1ULL << (((sig)-1) & 63))

static __always_inline bool in_set(void *set, u32 key)
{
	return bpf_map_lookup_elem(set, &key);
}

/* `vpid`: of a process, in the tracer's namespace. */
static __always_inline enum ks_watch watch_of(u32 vpid)
{
	const u8 *watch = bpf_map_lookup_elem(&target_pids, &vpid);

	return watch ? *watch : KS_WATCH_NOT;
}

static __always_inline enum ks_watch watch_of_task(struct task_struct *task)
{
	return cfg_target_pids ? watch_of(visible_tgid(task)) : KS_WATCH_TARGET;
}

static __always_inline bool is_target(enum ks_watch watch)
{
	return watch == KS_WATCH_TARGET || watch == KS_WATCH_DESCENDANT;
}

static __always_inline u32 real_uid(struct task_struct *task)
{
	return BPF_CORE_READ(task, real_cred, uid.val);
}

static __always_inline bool is_wanted_number(int sig)
{
	if (sig == 0)
		return cfg_want_signal0;
	if (sig < 0 || sig > KS_SIGNAL_MAX)
		return !cfg_explicit_signals || cfg_explicit_signals == ~0ULL;
	return cfg_signals & BIT(sig);
}

static __always_inline bool is_wanted_sender(struct task_struct *task)
{
	return (!cfg_sender_pids || in_set(&sender_pids, visible_tgid(task))) &&
	       (!cfg_sender_uids || in_set(&sender_uids, real_uid(task)));
}

/* Muted unless an option names them: few want to see them. `target_tgid`: of the process. */
static __always_inline bool is_muted(int sig, const struct ks_info *info, bool from_user,
				     u32 target_tgid)
{
	if (cfg_explicit_signals & BIT(sig))
		return false;
	if (sig == SIGCONT)
		return !from_user;
	if (sig >= SIGRTMIN && bpf_get_current_pid_tgid() >> 32 == target_tgid)
		return true;
	if (from_user)
		return false;
	return (info->kind == KS_INFO_REAL && info->code == SI_TIMER) ||
	       (info->kind == KS_INFO_PRIV &&
		(sig == SIGALRM || sig == SIGVTALRM || sig == SIGPROF));
}

#endif
