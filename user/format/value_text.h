/* SPDX-License-Identifier: GPL-2.0-only */
/* What the formats for people share: values and sentences as safe text on one line. */
#ifndef KS_VALUE_TEXT_H
#define KS_VALUE_TEXT_H

#include "format/format.h"

/* Appends a value; "-" for VALUE_NULL. */
void format_value(struct formatter *formatter, const struct value *value);

/* Appends what the field of `object` holds, as format_value() does. */
void format_field(struct formatter *formatter, const struct field *field, const void *object);

/* "out of memory in a cgroup that has a limit, 120 MiB for /a/b; it had 118 MiB in memory" */
void format_signal_cause(struct formatter *formatter, const struct event *event);
void format_exit_cause(struct formatter *formatter, const struct event *event); /* likewise */

/* "svc[812] was killed by SIGKILL, sent by sh[4021] (sh xdkill.sh 812) 0.3 ms before" */
void format_exit(struct formatter *formatter, const struct event *event);

enum { FORMAT_COUNT_MAX = 32 };

/* " x14,000" of a signal event that stands for so many, else "". */
const char *format_count(const struct event *event, char text[FORMAT_COUNT_MAX]);

/* " (4000 more targets got no signal)" behind the last event of a call, if so. */
void format_unshown(struct formatter *formatter, const struct event *event);

/* " (unknown: target.unit)" behind a signal event that a filter let pass for that. */
void format_undecided(struct formatter *formatter, const struct event *event);

/*
 * " (the target's pid was that of xbuild, a child of the sender, until 2.3 s before)" behind a
 * signal event, if the sender may have meant that.
 */
void format_reuse(struct formatter *formatter, const struct event *event);

/* "  pkill[9] signalled 60 processes (SIGTERM): 3 units, 4 users; itself among them" */
void format_blast(struct formatter *formatter, const struct event *event);

/* "3 events lost here (ring_full)", and so on: see loss_text.h. */
void format_lost(struct formatter *formatter, const struct event *event);

#endif
