/* SPDX-License-Identifier: GPL-2.0-only */
/* The maps, and the configuration that user space sets between open and load. */
#ifndef KS_MAPS_BPF_H
#define KS_MAPS_BPF_H

/* Filters. A count of 0 means "any", and costs no lookup. */
const volatile ks_u64 cfg_signals; /* wanted; signal n is bit n - 1 */
const volatile ks_u64
    cfg_explicit_signals; /* of these, asked for by name: the mutes below do not apply */
const volatile ks_u64 cfg_fatal_signals; /* their default action ends the process */
const volatile bool cfg_want_signal0;	 /* signal 0 is wanted */
const volatile bool cfg_failed_only;
const volatile ks_u32 cfg_origins = ~0U; /* bit n: enum ks_origin n */
const volatile ks_u32 cfg_target_pids, cfg_target_uids, cfg_sender_pids, cfg_sender_uids;
const volatile bool cfg_verdicts; /* why targets end is wanted: all that may end them is recorded */
const volatile bool cfg_mains;	  /* so is the end of each KS_WATCH_MAIN */
const volatile ks_u32 cfg_follow; /* enum ks_watch: as what the children of targets are watched */
/* Environment */
const volatile ks_u32 cfg_pidns;  /* inode of the tracer's pid namespace; 0: the initial one */
const volatile ks_u32 cfg_mounts; /* inode of the tracer's mount namespace; 0: not known */
const volatile bool cfg_disable_preemption; /* see disable_preemption() */
const volatile bool cfg_task_btf;	    /* see emit_event() */
const volatile bool cfg_task_storage;	    /* see state_of_current(); needs cfg_task_btf */
const volatile ks_u32
    cfg_regs_bytes; /* see saved_register(); 0, which needs cfg_task_btf: a helper */
const volatile bool cfg_compat_returns; /* a hook sees the return of compat system calls */
const volatile bool cfg_use_fexit;	/* calls are hooked as functions, see was_executed() */
const volatile ks_u64 cfg_timekeeper;	/* address of the kernel's clocks; 0: not known */
const volatile ks_u64 cfg_tick_ns;	/* see coarse_ns() */
const volatile bool cfg_track_entry;	/* a hook sees calls begin */
const volatile ks_u32 cfg_refused_max;	/* see is_shown(); 0: any number */
const volatile bool cfg_all_returns;	/* see predict_return() */
const volatile bool cfg_stacks;		/* helpers get stacks and name functions */
const volatile ks_u32 cfg_page_bytes;	/* of this kernel */
const volatile bool cfg_lethal_ring;	/* KS_RING_LETHAL is used */
const volatile ks_u64 cfg_shared_bytes; /* of KS_RING_BULK; 0: too small to be shared */
const volatile bool
    cfg_hook_permission_check;	      /* a hook sees whom a call checks its permission for */
const volatile ks_u32 cfg_user_execs; /* the most exec infos of one user: see take_room() */
const volatile ks_s32 cfg_hierarchy;  /* of cgroups: see cgroup_of(); KS_HIERARCHY_ or a number */

/* Environment variables: see env.bpf.h. */
const volatile ks_u32 cfg_env_names; /* so many are wanted; 0: none, which costs nothing */
const volatile struct ks_env_name cfg_env[KS_ENV_NAMES_MAX];
const volatile char cfg_env_unset[KS_ENV_NAMES_MAX][KS_ENV_ITEM_BYTES]; /* the text without any */

/* Labels: see label.bpf.h. What user space does not set is pruned with all that needs it. */
const volatile ks_u32 cfg_lsm;		 /* enum ks_lsm */
const volatile ks_u64 cfg_lsm_blobs;	 /* address of that module's struct lsm_blob_sizes */
const volatile ks_u64 cfg_selinux_state; /* address of it */
const volatile struct ks_label_layout cfg_layout;

/* So that no user can aim at what another's hash is: of labels, and of shares. */
const volatile ks_u64 cfg_random_key;

/* What could not be written, by enum ks_lost. */
ks_u64 lost[KS_LOST_MAX];
/* Events for which a ring had no room, as in struct ks_losses, and how many of them it reported. */
ks_u64 lost_events[KS_RINGS][KS_REFUSALS][KS_USERS];
ks_u64 reported_events[KS_RINGS];
bool proc_seed_done; /* user space has seeded all processes that are older than the tracer */

static __always_inline int count_loss(enum ks_lost cause)
{
	__sync_fetch_and_add(&lost[cause], 1);
	return -1;
}

/* Execs of processes that had been described: each makes a description stale. */
ks_u64 exec_generation = 1;
/* So many have been written, or failed to be: see descriptions_hold(). */
ks_u64 descriptions;
/* When processes were described last: see may_be_described(). */
enum { DESCRIBED_PLACES = 16384 };
ks_u32 described_times[DESCRIBED_PLACES];
/* Raised by user space, with exec_generation: all processes are to be described again. */
ks_u16 generation;
/* When the reader was last woken: see wakeup(). */
ks_u64 last_wake_ns;

#define RING(name)                                                                                 \
	struct {                                                                                   \
		__uint(type, BPF_MAP_TYPE_RINGBUF);                                                \
		__uint(max_entries, 4096); /* set by user space */                                 \
	} name SEC(".maps")

RING(bulk);
RING(lethal);

/* What a user has taken lately, in bytes: see ring.bpf.h. */
enum share_kind { SHARE_LETHAL, SHARE_UNDECIDED, SHARE_BULK, SHARE_KINDS };

struct share {
	u64 epoch, bytes[SHARE_KINDS];
};

enum { SHARES = 256 };

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, SHARES);
	__type(key, u32);
	__type(value, struct share);
} shares SEC(".maps");

#define PID_SET(name)                                                                              \
	struct {                                                                                   \
		__uint(type, BPF_MAP_TYPE_HASH);                                                   \
		__uint(max_entries, 1024);                                                         \
		__type(key, u32);                                                                  \
		__type(value, u8);                                                                 \
	} name SEC(".maps")

/* In the tracer's namespace; values: enum ks_watch. An entry goes when its process does. */
PID_SET(target_pids);
PID_SET(target_uids);
PID_SET(sender_pids);
PID_SET(sender_uids);

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 65536);
	__type(key, struct ks_exec_key);
	__type(value, struct ks_exec);
} execs SEC(".maps");

enum { OWNERS_SHIFT = 12 };

/* How many exec infos are of a user, root excepted. Two users may have the same place. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1 << OWNERS_SHIFT);
	__type(key, u32);
	__type(value, u32);
} execs_of_user SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 65536); /* this, and those of `execs` and `blows`, user space sets */
	__type(key, u64);
	__type(value, struct ks_long_text);
} long_texts SEC(".maps");

/* The signals that ended processes, until the record of their end: see blow.bpf.h. Whoever holds
 * the end of processes off, by ptrace(2), takes no room from others: it has as much as `execs`. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 65536);
	__type(key, struct ks_exec_key);
	__type(value, struct ks_blow);
} blows SEC(".maps");

/* Who had a pid before: see former.bpf.h. A line of the cache: all that end write one. */
struct former {
	u32 pid, parent_pid; /* pid 0: none */
	u64 start_ns, parent_start_ns;
	u64 end_ns;
	char comm[KS_COMM_BYTES];
	u32 uid, code;
	u32 session; /* in the initial pid namespace */
	u32 sum;     /* see sum_of() */
};

enum { FORMERS = 32768 };

/* The last, then the last that lasted. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2 * FORMERS);
	__type(key, u32);
	__type(value, struct former);
} formers SEC(".maps");

/* A text that has been emitted: bit n: into ring n; as long as `generation` is this. */
struct emitted_text {
	u16 rings, generation;
};

/* By id. One that falls out is emitted again. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1); /* set by user space */
	__type(key, u64);
	__type(value, struct emitted_text);
} emitted_texts SEC(".maps");

/* A call of the kill family under way: lives from its begin, if that is seen, or its first wanted
 * signal to its return. */
struct call_state {
	u64 id; /* 0: none */
	u32 signals;
	u32 lethal_signals; /* of these, in KS_RING_LETHAL */
	u32 refused;	    /* of these, targets that got none */
	u32 unshown;	    /* more of such targets, without a record */
	u64 has_many_targets;
	u64 args[2]; /* with nr, whether a return is that of this call */
	u32 nr;
	u32 written;		 /* of the signals, those that were not refused a ring */
	u64 entry_ns, coarse_ns; /* when it began, as in struct ks_call; 0: not seen */
	u64 pending_check; /* the thread checked last, if no signal was generated for it since; 0:
			      none */
	struct ks_task target; /* of `pending_check`, then */
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct call_state);
} calls SEC(".maps"); /* on threads */

/* The same, where threads have no storage; by their id. One of the two is made. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 8192);
	__type(key, u32);
	__type(value, struct call_state);
} calls_by_tid SEC(".maps");

/* The program that handles returns of calls whose functions are hooked: set by user space. */
struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, u32);
} returns SEC(".maps");

/*
 * Where a record is put together: the stack is too small. One slot per place that can be
 * interrupted by another: signals come in interrupts, too. `busy` guards against what no slot
 * foresees, such as a hook preempted by itself.
 */
enum slot {
	SLOT_SIGNAL,
	SLOT_SIGNAL_PROCESS, /* the processes that an event refers to: see process_slot_of() */
	SLOT_RETURN,
	SLOT_PROCESS, /* likewise, and for the hooks of a process's life */
	SLOT_MAX,
};

#define process_slot_of(slot) ((slot) + 1)
#define event_slot_of(slot) ((slot)-1)

/* Where a record is put together, and which ring it goes to, in one number: stack is scarce. */
#define PLACE(slot, ring) ((slot) | (ring) << 8)
#define slot_of(place) ((place)&0xff)
#define ring_of(place) ((place) >> 8)

/* In place of a ring: who pays for the record has had the share of the ring. It is a loss. */
enum { NO_RING = KS_RINGS };

/* Where a record for it counts. */
static __always_inline u32 counted_ring(u32 ring)
{
	return ring == KS_RING_LETHAL ? KS_RING_LETHAL : KS_RING_BULK;
}

enum {
	RECORD_BYTES = 16384, /* more than the largest record; a power of two, to mask with */
	CHUNK_BYTES = 2048,   /* the most that is read at once */
};

/*
 * How far a record has been written and where a path walk is. In map memory and volatile, not in
 * registers: what comes from there is any number to the verifier, so that all ways through one
 * round of a loop are the same to it when they meet, and it need not trace back how a bound arose.
 */
struct walk {
	u64 at; /* a dentry, or a kernfs_node */
	u64 mount;
	u64 root_dentry, root_mount; /* of the process's root directory */
	u32 root_end;		     /* offset where the walk met it; 0: not yet */
	u32 start, end;		     /* of the path so far */
	u32 flags;		     /* PATH_ */
	u32 way;		     /* see mix_way() */
	u32 is_mute;		     /* names are not appended: for `way` only */
};

/* The search for the targets of a call: where it is. */
struct search {
	u64 next; /* process; 0: behind the last */
	u64 end_ns;
	u32 prior_targets;
	u32 is_all; /* every process, not a group */
};

/* The search for variables in an environment: where it is. */
struct env_search {
	u64 at, end;
	u32 missing;   /* bit n: number n was not found so far */
	u32 is_inside; /* of a string that is longer than what was read of it */
	u32 is_unreadable;
	u32 padding;
};

/* Likewise, where a walk through the categories of an SELinux label is. */
struct runs {
	u64 node;	 /* an ebitmap_node */
	u32 bit;	 /* in the node: where to go on */
	s32 first, last; /* of the run that is not finished; -2: none */
	u32 padding;
};

struct scratch {
	u64 busy;
	u64 texts; /* how many have been made here: see add_text() */
	u32 payer; /* of an event in KS_RING_BULK: index in `shares`, plus 1; 0: there is room for
		      all */
	u32 padding;
	volatile struct walk walk;
	volatile struct search search;
	volatile struct env_search env_search;
	volatile struct runs runs;
	char bytes[RECORD_BYTES + CHUNK_BYTES];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, SLOT_MAX);
	__type(key, u32);
	__type(value, struct scratch);
} scratches SEC(".maps");

/* The last records that may be repeated: see repeat.bpf.h. */
struct last {
	u64 bytes; /* 0: none */
	/* Whether descriptions hold: see descriptions_hold(). */
	u64 descriptions, exec_generation, way_time;
	struct ks_places sender, target;
	u64 words[KS_REPEAT_BYTES / sizeof(u64)];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, KS_REPEAT_SLOTS);
	__type(key, u32);
	__type(value, struct last);
} lasts SEC(".maps");

#endif
