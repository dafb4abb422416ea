/* SPDX-License-Identifier: GPL-2.0-only */
/* What is lost, and whose it was: part of record.h, which includes it. */
#ifndef KS_LOSS_LAYOUT_H
#define KS_LOSS_LAYOUT_H

/* Causes of loss, counted in the kernel. */
enum ks_lost {
	KS_LOST_EVENT,	 /* KS_REC_SIGNAL, KS_REC_CALL: no room in the ring KS_RING_BULK */
	KS_LOST_RETURN,	 /* results unknown */
	KS_LOST_PROCESS, /* tried again with the next event */
	KS_LOST_EXIT,
	KS_LOST_BUSY,	/* an event whose scratch space was in use: nothing could be gathered */
	KS_LOST_LABEL,	/* or another text: tried again with the next event */
	KS_LOST_STATE,	/* an event of a call that there was no memory to keep the state of */
	KS_LOST_SEARCH, /* targets of a call behind the last that was searched; counts calls */
	/* Three that user space counts: enum loss of user/event/event.h. */
	KS_LOST_LETHAL = KS_LOST_SEARCH + 4, /* as KS_LOST_EVENT, in the ring KS_RING_LETHAL */
	KS_LOST_SHARE, /* an event of who has had a share of KS_RING_BULK; in struct ks_losses */
	KS_LOST_MAX,
};

/* An event for which this ring has no room. */
#define KS_LOST_OF_RING(ring) ((ring) == KS_RING_LETHAL ? KS_LOST_LETHAL : KS_LOST_EVENT)

/*
 * Whose event it was: of the sender or, if the kernel sent it, of the target. By the uid that
 * owns the outermost user namespace: see owner_uid() in bpf/task.bpf.h.
 */
enum ks_user { KS_USER_ROOT, KS_USER_SYSTEM, KS_USER_OTHER, KS_USERS };

enum { KS_SYSTEM_UID_MAX = 999 }; /* of the users that belong to the system, by convention */

enum ks_refusal { KS_REFUSAL_FULL, KS_REFUSAL_SHARE, KS_REFUSALS };

/*
 * The events that had no room in this ring before this record, since the start. Comes before the
 * next record that has room, and is how losses are reported: the count in each header is that of
 * the last one.
 */
struct ks_losses {
	struct ks_header header;
	ks_u64 counts[KS_REFUSALS][KS_USERS];
};

_Static_assert(sizeof(struct ks_losses) == 80, "contract");

#endif
