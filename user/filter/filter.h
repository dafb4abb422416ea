/* SPDX-License-Identifier: GPL-2.0-only */
/* The filters on events: what the BPF side decided already holds here, too. */
#ifndef KS_FILTER_H
#define KS_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event/event.h"
#include "lib/signame.h"

enum { FILTER_LIST_MAX = 1024 };

/* A repeatable option that takes lists. */
struct number_list {
	uint32_t items[FILTER_LIST_MAX];
	size_t n;
};

struct text_list {
	const char *items[FILTER_LIST_MAX];
	size_t n;
};

struct filter {
	struct number_list target_pids, target_uids, sender_pids, sender_uids;
	struct text_list target_comms, target_exes, target_units;
	struct text_list sender_comms, sender_exes, sender_units;
	struct sigset_spec spec;
	struct sigset_mask wanted, named; /* what spec amounts to */
	uint32_t origins;		  /* bit n: enum event_origin n; 0: any */
	bool has_pids;			  /* targets are those of target_pids, or of a command */
	bool names_programs; /* comms match the name of the executable, too, which audit lacks */
	bool failed_only;
	bool all;
};

/*
 * Whether an event is to be shown. A signal: a filter on what is unknown lets it pass, and says so
 * in `undecided`. An exit: of a target by pid, always; of a descendant of a command, if a signal
 * brought it about; of a process that a name, executable or unit selects, if so, or if it is the
 * main one of its cgroup. A loss always is.
 */
bool filter_match(const struct filter *filter, struct event *event);

/*
 * Whether a shell pattern means this executable: its name or, with a slash in the pattern, its
 * whole path, where `*` matches slashes, too.
 */
bool filter_matches_exe(const char *path, const char *pattern);

/* Whether targets are selected by name, executable or unit, as they come and go. */
bool filter_names_targets(const struct filter *filter);

/* Whether a signal may be why such a target ends; any, where they are not selected so. */
bool filter_may_match_target(const struct filter *filter, const struct event *event);

/* Whether signals of a call of the kill family, or others, may be wanted. */
bool filter_has_user(const struct filter *filter);
bool filter_has_kernel(const struct filter *filter);

/* Whether some of it is decided in user space only: by name, executable, unit or cause. */
bool filter_is_late(const struct filter *filter);

#endif
