// SPDX-License-Identifier: GPL-2.0-only
#include "compare/view.h"

#include <libaudit.h>
#include <stdlib.h>
#include <string.h>

#include "event/event_names.h"
#include "lib/array.h"

static struct target *compare_view_add_target(struct view *view)
{
	struct target *targets =
	    array_reserve(view->targets, &view->room, view->n, sizeof(*targets));

	if (!targets)
		return NULL;
	view->targets = targets;
	targets[view->n] = (struct target){ 0 };
	return &view->targets[view->n++];
}

static void compare_view_take_sender(struct view *view, const struct audit_field *field)
{
	if (!strcmp(field->name, "pid"))
		view->pid = strtoul(field->value, NULL, 10);
	else if (!strcmp(field->name, "uid"))
		view->uid = strtoul(field->value, NULL, 10);
	else if (!strcmp(field->name, "euid"))
		view->euid = strtoul(field->value, NULL, 10);
	else if (!strcmp(field->name, "comm"))
		audit_text_decode(field->value, view->comm, sizeof(view->comm));
}

static void compare_view_take_target(struct view *view, const struct audit_field *field)
{
	struct target *target =
	    field->nth < view->n ? &view->targets[field->nth] : compare_view_add_target(view);

	if (!target)
		return;
	if (!strcmp(field->name, "opid"))
		target->pid = strtoul(field->value, NULL, 10);
	else if (!strcmp(field->name, "ouid"))
		target->uid = strtoul(field->value, NULL, 10);
	else if (!strcmp(field->name, "ocomm"))
		audit_text_decode(field->value, target->comm, sizeof(target->comm));
}

static void compare_view_take_field(void *context, const struct audit_field *field)
{
	if (!strcmp(field->record, "SYSCALL"))
		compare_view_take_sender(context, field);
	else if (!strcmp(field->record, "OBJ_PID"))
		compare_view_take_target(context, field);
}

void compare_view_fill(struct view *view, struct audit_text *parser,
		       const struct compare_event *event)
{
	*view = (struct view){ 0 };
	audit_text_walk(parser, strbuf_str(&event->text), event->text.len, compare_view_take_field,
			view);
}

void compare_view_clear(struct view *view)
{
	free(view->targets);
}

int compare_signal_of(const struct audit_key *key)
{
	return (int32_t)key->args[ks_signal_argument(ks_via_of(key->arch, key->nr))];
}
