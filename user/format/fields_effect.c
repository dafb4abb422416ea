// SPDX-License-Identifier: GPL-2.0-only
/* The fields of the state that the target of a signal was in. */
#include "format/fields_internal.h"

#include "event/event_names.h"

static bool fields_has(const struct event *event, uint32_t fact)
{
	return event->signal.effect.facts & fact;
}

/* The signal that ends a process hides what that was like before. */
static bool fields_is_state_known(const struct event *event)
{
	return !fields_has(event, KS_EFFECT_EXIT);
}

GET(field_get_handler, struct event)
{
	set_string(ret, name_of_handler(from->signal.effect.handler));
}

GET(field_get_blocked, struct event)
{
	set_bool(ret, fields_has(from, KS_EFFECT_BLOCKED));
}

GET(field_get_traced, struct event)
{
	set_bool(ret, from->signal.target.flags & KS_FLAG_TRACED);
}

GET(field_get_stopped, struct event)
{
	if (fields_is_state_known(from))
		set_bool(ret, fields_has(from, KS_EFFECT_STOPPED));
}

GET(field_get_fatal, struct event)
{
	set_bool(ret, fields_has(from, KS_EFFECT_EXIT | KS_EFFECT_CORE));
}

GET(field_get_dying, struct event)
{
	set_bool(ret, fields_has(from, KS_EFFECT_DYING));
}

GET(field_get_zombie, struct event)
{
	set_bool(ret, fields_has(from, KS_EFFECT_ZOMBIE));
}

GET(field_get_namespace_init, struct event)
{
	if (fields_is_state_known(from))
		set_bool(ret, fields_has(from, KS_EFFECT_INIT));
}

static const struct field effect_fields[] = {
	{ NAME("handler"), "HANDLER", 7, field_get_handler, "default, ignored or handled" },
	{ NAME("blocked"), "BLOCKED", 7, field_get_blocked, "whether the target blocked it" },
	{ NAME("traced"), "TRACED", 6, field_get_traced, "whether the target had a tracer" },
	{ NAME("stopped"), "STOPPED", 7, field_get_stopped, "whether the target was stopped" },
	{ NAME("fatal"), "FATAL", 5, field_get_fatal, "whether it is what ends the target" },
	{ NAME("dying"), "DYING", 5, field_get_dying, "whether the target was ending already" },
	{ NAME("zombie"), "ZOMBIE", 6, field_get_zombie, "whether the target had ended" },
	{ NAME("namespace_init"), "INIT", 5, field_get_namespace_init,
	  "whether the target was the first of its pid namespace" },
};
const struct field_set effect_set = { SET(effect_fields) };

static bool fields_has_effect(const struct event *event)
{
	return event->signal.target.present && fields_has(event, KS_EFFECT_KNOWN);
}

GET_PUBLIC(field_get_effect, struct event)
{
	set_object(ret, &effect_set, fields_has_effect(from) ? from : NULL);
}

/* What is true of it, in words. */
GET_PUBLIC(field_get_state, struct event)
{
	static const struct {
		uint32_t fact;
		const char *name;
	} states[] = {
		{ KS_EFFECT_BLOCKED, "blocked" }, { KS_EFFECT_STOPPED, "stopped" },
		{ KS_EFFECT_DYING, "dying" },	  { KS_EFFECT_EXIT, "fatal" },
		{ KS_EFFECT_CORE, "fatal" },
	};

	if (!fields_has_effect(from))
		return;
	ret->kind = VALUE_NAMES;
	ret->names[ret->n++] = name_of_handler(from->signal.effect.handler);
	if (from->signal.target.flags & KS_FLAG_TRACED)
		ret->names[ret->n++] = "traced";
	for (size_t i = 0; i < ARRAY_SIZE(states) && ret->n < VALUE_ITEMS_MAX; i++)
		if (fields_has(from, states[i].fact))
			ret->names[ret->n++] = states[i].name;
}

GET_PUBLIC(field_get_reason, struct event)
{
	set_string(ret, name_of_reason(from->signal.reason));
}
